#!/bin/sh
# lib/node.sh FOLDER -- runs the tests of tests/FOLDER with node's test runner and sums them up.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."

# The same rule as script/lib/build.sh, for whoever starts a suite by itself.
cmp -s package-lock.json node_modules/.installed-lock || {
    npm ci --no-audit --no-fund --loglevel=error --fetch-retries=1 \
        --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2
    cp package-lock.json node_modules/.installed-lock
}

notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
trap 'exit 130' INT TERM
status=0
node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$notes" "$1"/*.test.mjs || status=$?

count() { sed -n "s/^# $1 //p" "$notes" | tail -n 1; }
passed=$(count pass) failed=$(count fail) cancelled=$(count cancelled)
failed=$((${failed:-0} + ${cancelled:-0}))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi # the runner itself fell over
echo "${passed:-0} passed, $failed failed"
exit "$status"
