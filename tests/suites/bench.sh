#!/bin/sh
# tests/suites/bench.sh -- the benchmarks of the whole server and of several nodes run, small: they must
# come to their end, print every figure, and every presence that was due must have been delivered.
# runs long
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
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
    'R = 100: bare loop, reading one, CPU' '50 vanish at once: last friend told, beyond grace'; do
    check "it prints: $figure" has "$figure"
done
check 'every presence that was due was delivered' all_delivered
nothing_wrong() { [ "$(grep 'of all phases' "$scratch/figures" | grep -c '"median":0,.*"reached":true')" = 2 ]; }
check 'nobody is shown who is not there, and nothing else is wrong' nothing_wrong
check 'no server and no folder is left behind' leaves_nothing
two_workers() {
    TMPDIR=$scratch "$KITH_BUILD/bench/serve" --quick --workers 2 --scenes flips --json >"$scratch/figures" 2>"$scratch/said"
}
all_flips() { [ "$(grep 'R = .*of those expected' "$scratch/figures" | grep -c '"median":1,')" = 2 ]; }
check 'a server of two threads is measured, too' two_workers
check 'and delivers every change' all_flips

nodes() {
    TMPDIR=$scratch script/lib/with_servers.sh "$KITH_BUILD/bench/cluster" --quick --json >"$scratch/figures" 2>"$scratch/said"
}
always() { grep '"at_least":1,' "$scratch/figures" >"$scratch/always" && ! grep '"reached":false' "$scratch/always"; }
check 'the benchmark of nodes comes to its end' nodes
for figure in 'apply one remote join, 20000 held' 'list one topic, with 1000 unsent changes' 'update, with the way to its home: p99' \
    'decode and merge 5000: CPU' 'a replicated presence, of 20000: allocated' 'a fresh node knows all of 20000' \
    'a status change, 10000 in a batch: wire' '9 nodes, 3000 flips/s at each: messages heard a flip'; do
    check "it prints: $figure" has "$figure"
done
if command -v nats-server >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    check 'it prints: woken: presences that both nodes know, of all' has 'woken: presences that both nodes know, of all'
    check 'nobody is missed who is there' always
fi
check 'no node and no folder is left behind' leaves_nothing

many() { "$KITH_BUILD/bench/million" --quick --json >"$scratch/figures" 2>"$scratch/said"; }
check 'the benchmark of very many users comes to its end' many
for figure in 'all come: CPU for each join' 'RSS of a user' 'a subscription, with its topic and both ends' 'a presence entry' \
    'in time: flips' 'as fast as it can: CPU for each delivery' 'as fast as it can: a delivery, in those'; do
    check "it prints: $figure" has "$figure"
done
check 'each is shown every friend once, and nobody else' always

star() { "$KITH_BUILD/bench/star" --quick --json >"$scratch/figures" 2>"$scratch/said"; }
check 'the benchmark of a star comes to its end' star
for figure in 'bystanders, p99: 100 changes a second' "bystanders' p99, of that without: it goes 5 times a second" \
    'announced: 10 changes a second' 'CPU for each delivery of the star: 100 changes a second' 'longest turn: 100 changes a second'; do
    check "it prints: $figure" has "$figure"
done
check 'each watcher has the last change of a star, and bystanders are told all' always

storms() { TMPDIR=$scratch "$KITH_BUILD/bench/storms" --quick --json >"$scratch/figures" 2>"$scratch/said"; }
check 'the benchmark of storms comes to its end' storms
for figure in 'until the last one is back' "bystanders' p99, of that without the star" 'frames withheld from one that reads nothing'; do
    check "it prints: $figure" has "$figure"
done
check 'everybody is back, and bystanders are told all' always
check 'nor is anything wrong there' nothing_wrong
check 'no server of it and no folder is left behind' leaves_nothing

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
