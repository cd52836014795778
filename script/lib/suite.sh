#!/bin/sh
# script/lib/suite.sh LOGS SUITE -- runs one suite of tests/suites and writes its figures to
# LOGS/<name>.count, as count.awk prints them: passed, failed, skipped, seconds, name. KITH_SUITE_S=N: it has
# N seconds, and 0: as long as it takes.
set -u
logs=$1 suite=$2
name=$(basename "$suite" .sh)
limit_s=${KITH_SUITE_S-600}
[ "${KITH_LONG-}" = 1 ] && limit_s=0 # none

start=$(date +%s%N)
# timeout gives it a process group of its own, which Ctrl-C does not reach: it is told so, and tells all of them.
env --default-signal=INT,QUIT timeout -k 10 "$limit_s" "$suite" >"$logs/$name.log" 2>&1 &
run=$!
trap 'kill "$run"; wait "$run"; exit 130' INT TERM
wait "$run"
status=$?
seconds=$(awk "BEGIN { printf \"%.2f\", ($(date +%s%N) - $start) / 1e9 }")

counts=$(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$logs/$name.log" | tail -n 1)
passed=${counts% *} failed=${counts#* } skipped=0
case "$status $counts" in
'77 ') passed=0 failed=0 skipped=1 ;;
*' ') passed=0 failed=1 ;;
'0 '*) ;;
*) [ "$failed" -gt 0 ] || failed=1 ;;
esac

printf '%s %s %s %s %s\n' "$passed" "$failed" "$skipped" "$seconds" "$name" >"$logs/$name.count"
[ "$failed" -eq 0 ] || {
    printf '%s\n' "--- $name, status $status:"
    tail -n 80 "$logs/$name.log"
}
[ "$skipped" -eq 0 ] || printf 'suite %s left out: %s\n' "$name" "$(tail -n 1 "$logs/$name.log")"
printf 'suite %s: %s passed, %s failed, %s s\n' "$name" "$passed" "$failed" "$seconds"
