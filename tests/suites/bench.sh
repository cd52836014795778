#!/bin/sh
# tests/suites/bench.sh -- the benchmark of the whole server runs, small: it must come to its end,
# print every figure, and every presence that was due must have been delivered.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

check() { # check NAME COMMAND...
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s\n' "$name"
        cat "$scratch/figures" "$scratch/said"
    fi
}

runs() { TMPDIR=$scratch "$KITH_BUILD/bench/serve" --quick --json >"$scratch/figures" 2>"$scratch/said"; }
has() { grep -q "\"name\":\"$1\"" "$scratch/figures"; }
all_delivered() {
    grep 'of those expected' "$scratch/figures" >"$scratch/delivered" &&
        ! grep -v '"median":1,' "$scratch/delivered"
}
leaves_nothing() { ! pgrep -f "$scratch/kith-bench" && [ ! -e "$scratch"/kith-bench-* ]; }

check 'the benchmark comes to its end' runs
for figure in 'RSS of a joined user without friends' 'RSS of a subscription' 'join storm: joins' \
    'R = 500: ratio' 'R = 500: latency, p99' 'churn: ratio' \
    '50 vanish at once: last friend told, beyond grace'; do
    check "it prints: $figure" has "$figure"
done
check 'every presence that was due was delivered' all_delivered
check 'no server and no folder is left behind' leaves_nothing

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
