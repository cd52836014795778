#!/bin/sh
# script/lib/fuzz_one.sh RESULTS SECONDS NAME -- runs one fuzz target from its kept corpus. New
# finds go to a corpus that is thrown away; a failure leaves RESULTS/NAME.failed.
set -u
results=$1 seconds=$2 name=$3
kept=tests/fuzz/corpus/$name
crashes=build-fuzz/crashes/$name-
mkdir -p build-fuzz/crashes "$results/$name"
[ -d "$kept" ] || kept=
dictionary=tests/fuzz/$name.dict
[ -f "$dictionary" ] && dictionary=-dict=$dictionary || dictionary=

build-fuzz/tests/fuzz/fuzz_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$crashes" $dictionary "$results/$name" $kept \
    >"$results/$name.log" 2>&1 || {
    : >"$results/$name.failed"
    printf 'fuzz %s: FAILED\n' "$name"
    tail -n 60 "$results/$name.log"
    printf 'Again with: build-fuzz/tests/fuzz/fuzz_%s <the file that it named>\n' "$name"
    exit 0
}
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$results/$name.log")
printf 'fuzz %s: %s runs in %s s, nothing found\n' "$name" "$runs" "$seconds"
