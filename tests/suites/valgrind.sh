#!/bin/sh
# tests/suites/valgrind.sh [FOLDER] -- valgrind watches a server from its start to its end, while clients, long-polls,
# TLS and a back end come and go: not an error, and not a byte lost. FOLDER is a build without sanitizers; with KITH_LONG=1
# it is build/, and else, if none is named, this is left out: .ci/run names one.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/at_end.sh
folder=${1:-build}
[ -n "${1-}" ] || [ "${KITH_LONG-}" = 1 ] || { echo 'it takes a build without sanitizers: KITH_LONG=1' && exit 77; }
deps $DEPS_COUNTS
command -v valgrind >/dev/null || { echo 'there is no valgrind' && exit 77; }
[ -n "${1-}" ] || script/build >/dev/null
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
. tests/lib/check.sh

watched() { # watched FILE PROGRAM: a program that is that one, watched
    {
        printf '#!/bin/sh\nexec valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible \\\n'
        printf '    --errors-for-leak-kinds=definite,indirect,possible --fair-sched=yes --error-exitcode=99 \\\n'
        printf '    --log-file=%s/log.%%p %s "$@"\n' "$scratch" "$2"
    } >"$1"
    chmod +x "$1"
}
watched "$scratch/kith" "$(realpath "$folder/kith")"
unset KITH_BUILD
# Its certificate is nobody else's.
session() { KITH="$scratch/kith" NODE_TLS_REJECT_UNAUTHORIZED=0 node --no-warnings --test --test-reporter=tap tests/valgrind/session.test.mjs; }
check 'a life of a server, watched by valgrind' session
silent() { ! cat "$scratch"/log.* | grep .; }
check 'which has nothing to say' silent

# What it would say
cat >"$scratch/lossy.c" <<'C'
#include <stdlib.h>
int main(int count, char **words)
{
    char *volatile lost = malloc((size_t)count * 100);
    lost = NULL;
    return words[0] == lost;
}
C
cc -o "$scratch/lossy" "$scratch/lossy.c"
watched "$scratch/watched" "$scratch/lossy"
found() { status=0 && "$scratch/watched" || status=$?; [ "$status" = 99 ] && cat "$scratch"/log.* | grep 'definitely lost'; }
check 'a hundred bytes that are lost would be found' found

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
