#!/bin/sh
# tests/suites/soak.sh -- script/soak, for ten seconds, and what it judges by. With KITH_LONG=1 a minute of a cluster, and
# whatever can be planted is found: memory and descriptors that are lost, views that are wrong, a server that stands still.
set -u
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
scratch=$(mktemp -d)
at_end 'end_begun; rm -rf "$scratch"'
. tests/lib/check.sh

judged() { node --test tests/soak/meter.test.mjs; }
check 'of rounds that are made up it says what is broken' judged
refused() { status=0 && script/soak "$@" || status=$?; [ "$status" = 64 ]; }
check 'a number that is none is refused' refused --minutes many
check 'so is half a server' refused --nodes 2.5
check 'so is an option that there is not' refused --hours 1
check 'and nobody to look at' refused --people 2
check 'ten seconds of one server' script/soak --minutes 0.16 --people 60

leaves_nothing() { # ended in the middle: no file, and no process, since each has its files there
    mkdir "$scratch/left"
    TMPDIR=$scratch/left script/soak --minutes 9 --people 20 >"$scratch/soak" 2>&1 &
    timeout 60 sh -c 'until grep -q "all are there" "$1"; do sleep 0.1; done' - "$scratch/soak"
    kill "$!" && wait "$!"
    timeout 10 sh -c 'while [ -n "$(ls "$1")" ]; do sleep 0.1; done' - "$scratch/left" || { ls -R "$scratch/left"; return 1; }
}
check 'ended in the middle it leaves nothing' leaves_nothing

broken() { # broken WHAT ROW: with it planted, that is the one promise that is broken
    script/soak --minutes 0.6 --people 40 --plant "$1" >"$scratch/soak" 2>&1 && return 1
    cat "$scratch/soak"
    [ "$(grep -c '| BROKEN |' "$scratch/soak")" = 1 ] && grep -q "^| $2 .* BROKEN" "$scratch/soak"
}
if [ "${KITH_LONG-}" = 1 ]; then
    script/build >/dev/null
    export KITH="$PWD/build/kith" # a sanitizer's memory is no measure
    check 'memory that is lost is found' broken memory 'n1: memory'
    check 'descriptors that are lost are found' broken descriptors 'n1: descriptors'
    check 'views that are wrong are found' broken views views
    check 'a server that stands still is found' broken pace deliveries
    check 'a minute of three nodes' script/soak --minutes 1 --people 100 --nodes 3
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
