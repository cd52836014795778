#!/bin/sh
# tests/suites/hardened.sh [FOLDER...] -- the program and the library of each build folder are built so that errors in
# them are harder to use; of build-asan and, where there is one, build/ if none is named. And what lacks any of it is
# found, by programs that do.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
command -v readelf >/dev/null || { echo 'there is no readelf: apt-get install binutils' && exit 77; }
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
. tests/lib/check.sh
hardened() { sh tests/lib/hardened.sh "$@"; }

[ $# -gt 0 ] || set -- "${KITH_BUILD:-build-asan}" $([ ! -f build/kith ] || echo build)
for folder; do
    for file in kith libkith.so; do
        option=
        ! readelf -dW "$folder/$file" | grep -q 'libasan' || option=--sanitized
        check "$folder/$file is hardened" hardened $option "$folder/$file"
    done
done

cat >"$scratch/small.c" <<'C'
#include <stdio.h>
#include <string.h>
int main(int count, char **words)
{
    char text[16];
    snprintf(text, (size_t)count * 4, "%s", words[0]);
    return (int)strlen(text) == count;
}
C
whole='-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -pie -Wl,-z,relro -Wl,-z,now'
small() { cc $whole "$@" -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE="${level:-2}" "$scratch/small.c" -o "$scratch/small"; }
small
check 'a small program with all of it is, too' hardened "$scratch/small"
lacks() { # lacks WHAT OPTION...: with these it is found to lack that
    what=$1
    shift
    small "$@"
    found() { ! hardened "$scratch/small" >"$scratch/why" && grep -F "$what" "$scratch/why" && [ "$(wc -l <"$scratch/why")" -le 2 ]; }
    check "what is built with $* is not: $what" found
}
lacks '(no PIE)' -no-pie -fno-pie
lacks '(no RELRO)' -Wl,-z,norelro
lacks '(no BIND_NOW)' -Wl,-z,lazy
lacks 'stack may be executed' -Wl,-z,execstack
lacks '(RPATH)' -Wl,-rpath,/nowhere
lacks '(no stack protector)' -fno-stack-protector
level=0 lacks '(no FORTIFY)' -fPIE

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
