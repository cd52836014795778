#!/bin/sh
# strategies.sh -- the comparison of the ways of doing presence runs, small: each way comes to its
# end, tells whom it promises to tell, and nobody of strangers but the one that is known for it.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
bench=$KITH_BUILD/bench/strategies examples=$KITH_BUILD/examples
scratch=$(mktemp -d)
at_end 'end_begun; rm -rf "$scratch"'
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

measure() { # measure OPTION...
    TMPDIR=$scratch "$bench" --examples "$examples" "$@" >"$scratch/figures" 2>"$scratch/said"
}
says() { # says WAY USERS FIGURE VALUE
    grep "\"way\":\"$1\",\"users\":$2," "$scratch/figures" | grep -q "\"$3\":{\"median\":$4,"
}
refuses() { # refuses OPTION...
    status=0
    measure "$@" || status=$?
    [ "$status" -eq 64 ]
}
leaves_nothing() { ! pgrep -f "$scratch/kith-bench" && [ ! -e "$scratch"/kith-bench-* ]; }

mkdir "$scratch/out"
check 'every way comes to its end' measure --quick --json --out "$scratch/out"
for way in social intercept friend_rooms; do
    check "$way tells of every friend" says $way 80 user-missed 0
    check "$way tells of no stranger" says $way 80 user-strangers 0
done
check 'before_social tells nobody' says before_social 80 user-missed 6
check 'single_room tells everybody of all' says single_room 80 user-strangers 73
check 'a social user is tracked once' says social 80 user-presences 1
check 'a user of friend_rooms is tracked once for each friend' says friend_rooms 80 user-presences 6
check 'a flip of social is two diffs, each encoded once' says social 80 flip-encodings 2
check 'and reaches the friends alone' says social 80 flip-messages 14
check 'the claims are judged' grep -q '^| single room | strangers are told of | .*: 73, among 80 | holds |$' "$scratch/out/claims.md"
check 'there is data for plots' grep -q '^friend_rooms	80	' "$scratch/out/figures.tsv"

check 'what takes too long is stopped, and says so' \
    measure --quick --json --ways single_room --users 20,40 --flips 1000 --rate 5 --bound 1
check 'and is not tried with more users' \
    grep -q '"users":40,"stopped":"not tried"' "$scratch/figures"
breaks() { # breaks PROGRAM WAY WORDS: run as that way, it is found out
    mkdir -p "$scratch/wrong"
    ln -sf "$(realpath "$examples/$1")" "$scratch/wrong/$2"
    status=0
    measure --quick --ways "$2" --users 20 --examples "$scratch/wrong" || status=$?
    [ "$status" -eq 1 ] && grep -q "$3" "$scratch/said"
}
check 'a way that tells of strangers against its promise is an error' \
    breaks single_room intercept 'clients were told of strangers, '
check 'and so is one that forgets friends' \
    breaks before_social social 'are online and not shown to whom they should be'
check 'a way that there is not is misuse' refuses --ways socail
check 'as are sizes that do not ascend' refuses --users 200,100
check 'no server and no folder is left behind' leaves_nothing

# interrupted SIGNAL: while its servers run; a background job of a shell would be deaf to INT.
interrupted() {
    TMPDIR=$scratch perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' \
        "$bench" --examples "$examples" --users 100 --ways social >"$scratch/figures" 2>"$scratch/said" &
    pid=$!
    within 10 pgrep -f "$scratch/kith-bench" >"$scratch/pids" || return 1
    kill -"$1" $pid
    wait $pid && return 1
    within 10 leaves_nothing
}
within() { # within SECONDS COMMAND...: it says yes in that time
    tries=$(($1 * 10))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] && sleep 0.1 || return 1
    done
}
check 'nor by one that is interrupted' interrupted INT
check 'nor by one that is killed' interrupted KILL

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
