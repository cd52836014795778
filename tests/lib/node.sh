#!/bin/sh
# lib/node.sh FOLDER -- runs the tests of tests/FOLDER with node's test runner and sums them up.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
. ../script/lib/at_end.sh

# The same rule as script/lib/build.sh, for whoever starts a suite by itself.
cmp -s package-lock.json node_modules/.installed-lock || {
    npm ci --no-audit --no-fund --loglevel=error --fetch-retries=1 \
        --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2
    cp package-lock.json node_modules/.installed-lock
}

# What tests leave behind that are broken off goes with it.
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
notes=$scratch/tap
mkdir "$scratch/tmp"
status=0
TMPDIR=$scratch/tmp node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$notes" "$1"/*.test.mjs || status=$?

count() { sed -n "s/^# $1 //p" "$notes" | tail -n 1; }
passed=$(count pass) failed=$(count fail) cancelled=$(count cancelled)
failed=$((${failed:-0} + ${cancelled:-0}))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi # the runner itself fell over
echo "${passed:-0} passed, $failed failed"
exit "$status"
