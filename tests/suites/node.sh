#!/bin/sh
# node.sh FOLDER -- runs the tests of tests/FOLDER with node's test runner and sums them up.
set -eu
cd "$(dirname "$0")/.."

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --loglevel=error >&2
fi

notes=$(mktemp)
trap 'rm -f "$notes"' EXIT
failed=0
node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$notes" "$1"/*.test.mjs || failed=1

count() { sed -n "s/^# $1 //p" "$notes" | tail -n 1; }
passes=$(count pass)
failures=$(($(count fail) + $(count cancelled)))
if [ "$failed" = 1 ] && [ "$failures" = 0 ]; then failures=1; fi # the runner itself fell over
echo "${passes:-0} passed, $failures failed"
exit "$failed"
