#!/bin/sh
# tests/suites/sim.sh -- 500 seeds of the simulated cluster, those that once failed, and errors that
# are planted. A quarter of a minute of two cores, in a release build: its assertions stay on. With
# KITH_LONG=1 four hundred times as many.
set -u
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
seeds=500 mutant_seeds=1000
[ "${KITH_LONG-}" != 1 ] || seeds=200000
passed=0 failed=0
said=$(mktemp)
at_end 'rm -f "$said"'

check() { # check NAME COMMAND...: the command says yes
    name=$1
    shift
    if "$@" >"$said" 2>&1; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s\n' "$name"
        tail -n 60 "$said" | sed 's/^/    /'
    fi
}

refused() {
    status=0
    script/sim "$@" || status=$?
    [ "$status" = 64 ]
}
check 'a number that is none is refused, and not taken for none' refused --seeds many
check 'nor is one beyond the bounds taken' refused --seeds 1 --nodes 10

while read -r seed why; do
    case $seed in '#'*) continue ;; esac
    check "seed $seed: $why" script/sim --seeds 1 --from "$seed"
done <tests/sim/seeds
check "$seeds seeds" script/sim --seeds "$seeds"
tail -n 1 "$said"
check "what is planted is found within $mutant_seeds seeds" script/sim --mutants --seeds "$mutant_seeds"
cat "$said"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
