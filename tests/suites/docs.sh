#!/bin/sh
# tests/suites/docs.sh -- what is written for users of the library and the commands: every page is
# there, renders, and leaves nothing out; its C compiles; every public function has a contract.
# KITH_BUILD names the build folder, build-asan by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/at_end.sh
deps $DEPS_DOCS
build=${KITH_BUILD:-build-asan}
kith=${KITH:-$build/kith}
[ -f "$build/libkith.so" ] || { echo "no library in $build: run script/test" && exit 77; }
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
said=$scratch/said
passed=0 failed=0

check() { # check NAME COMMAND...: the command says yes
    name=$1
    shift
    if "$@" >"$said" 2>&1; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s\n' "$name"
        sed 's/^/    /' "$said"
    fi
}
refuses() { ! "$@"; }
equal() { [ "$1" = "$2" ]; }

meson install -C "$build" --no-rebuild --quiet --destdir "$scratch/root" >"$said" 2>&1 ||
    { cat "$said" && exit 1; }
root=$scratch/root/usr/local
man=$root/share/man

# --- The tour

# `function` (`file`), `function` in `file`, or `file`, `function`: the one is in the other.
tour() {
    tr -s '\n ' '  ' <docs/TOUR.md | tr -d '*' >"$scratch/tour"
    {
        grep -oE '`[a-z_0-9]+` (in |\()`src/[a-z_/]+\.c`' "$scratch/tour" | sed 's/ in / (/; s/[`(]//g'
        grep -oE '`src/[a-z_/]+\.c`, `[a-z_0-9]+`' "$scratch/tour" | sed 's/[`,]//g; s/\(.*\) \(.*\)/\2 \1/'
    } >"$scratch/places"
    astray=0
    while read -r function file; do
        grep -qE "^[a-z].*\<$function\(" "$file" || { echo "$file has no $function" && astray=1; }
    done <"$scratch/places"
    [ "$(wc -l <"$scratch/places")" -ge 20 ] || { echo 'too few places were read' && astray=1; }
    return $astray
}
check 'the tour finds each function where it says' tour

# --- What must hold

check 'what must hold names tests that there are' python3 -B tests/docs/promises.py
sed 's/`halfopen`/`halfoven`/; s/`a_ping_counts_like_a_message`/`a_ping_counts`/' docs/reliability.md >"$scratch/promises.md"
sed 's/`refs_have_a_bound`/`refs_have_none`/; s/| promise 35 |/| promise 36 |/; s/| promise 28 |/| by TLS |/' SECURITY.md \
    >"$scratch/security.md"
planted() { python3 -B tests/docs/promises.py "$scratch/promises.md" "$scratch/security.md" | grep -c "$1"; }
check 'and one that is gone would be found' \
    equal "$(planted 'no test `\(halfoven\|a_ping_counts\|refs_have_none\)` in')" 3
check 'so would a promise that is none, and a bound without a test' \
    equal "$(planted 'there is no promise 36\|no test is named')" 3

# --- The man pages

page() { printf '%s/man%s/%s' "$man" "${1##*.}" "$1"; }
text() { MANWIDTH=1000 man -E ascii -l "$(page "$1")" | col -b; }
renders() { # all its warnings, and none; a page has no date before its release
    man --warnings -E UTF-8 -l "$(page "$1")" 2>"$scratch/warnings" | grep -q . || return 1
    mandoc -T lint -W warning "$(page "$1")" | grep -v 'missing date' >>"$scratch/warnings" || :
    cat "$scratch/warnings"
    [ ! -s "$scratch/warnings" ]
}
names() { # names PAGE: it has each word of standard input
    text "$1" >"$scratch/text"
    lacking=0
    while read -r word; do
        grep -qF -- "$word" "$scratch/text" || { echo "$1 lacks $word" && lacking=1; }
    done
    return $lacking
}
headers=$(cd include/kith && echo *.h | sed 's/\.h//g; s/\<kith\> *//')
commands=$("$kith" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
pages="kith.1 kith.conf.5 libkith.3 $(printf 'kith-%s.1 ' $commands)"
pages="$pages $(printf 'kith_%s.3 ' $headers)"
for page in $pages; do
    check "$page renders without a warning" renders "$page"
done
check 'and there are no others' [ "$(find "$man" -type f | wc -l)" -eq "$(echo $pages | wc -w)" ]

options() { "$kith" "$1" --help | grep -oE '^ +(-.,)? +--[a-z-]+(=[^ ]+)?' | sed 's/.*--/--/'; }
for command in $commands; do
    options $command >"$scratch/options"
    check "kith-$command.1 names each of its options" names kith-$command.1 <"$scratch/options"
done
printf '%s\n' $commands >"$scratch/commands"
check 'kith.1 names each command' names kith.1 <"$scratch/commands"
"$kith" config init | sed -n 's/^#\{0,1\}\([a-z_]* = .*\)/\1/p' >"$scratch/keys"
check 'kith.conf.5 names each setting' names kith.conf.5 <"$scratch/keys"
for header in $headers; do
    sed -n 's/.*\<\(kith_[a-z_]*\)(.*/\1/p' include/kith/$header.h | sort -u >"$scratch/functions"
    check "kith_$header.3 names each of its functions" names kith_$header.3 <"$scratch/functions"
done
for header in $headers; do text kith_$header.3; done >"$scratch/all"
undocumented() {
    nm -D --defined-only "$build/libkith.so" | sed -n 's/.* T \(kith_\)/\1/p' |
        grep -vxFf "$scratch/words"
}
grep -oE '\<kith_[a-z_]+' "$scratch/all" | sort -u >"$scratch/words"
check 'some page names each function that the library has' refuses undocumented

# --- The headers' contracts

doxygen_of() {
    { cat docs/Doxyfile && echo "OUTPUT_DIRECTORY = $scratch/doxygen" && echo "INPUT = $1"; } |
        doxygen -
}
contracts() { python3 -B docs/man/contracts.py "$@"; }
check 'Doxygen takes the headers without a warning' doxygen_of include/kith
check 'each function has a contract' contracts include/kith/*.h

planted=$scratch/planted/kith/planted.h
planted() { # planted LINE...: a header of these lines
    mkdir -p "$scratch/planted/kith"
    {
        printf '/* kith/planted.h -- a header of the test. */\n#pragma once\n\n'
        printf '%s\n' "$@"
    } >"$planted"
}
# refused NAME WORDS COMMAND...: it says no, with these words
refused() {
    name=$1 words=$2
    shift 2
    no() { ! "$@" >"$scratch/why" 2>&1 && grep -F -- "$words" "$scratch/why"; }
    check "$name" no "$@"
}
planted 'KITH_API void kith_planted(void);'
refused 'Doxygen refuses a function without a comment' \
    'kith_planted(void) (function) of file planted.h is not documented' doxygen_of "$scratch/planted/kith"
refused 'and so do the contracts' 'kith_planted: no comment speaks of it' contracts "$planted"
planted '/* Plants it. */' 'KITH_API KITH_MUST_USE kith_err kith_planted(void);'
refused 'an error that no comment names' 'kith_planted: it returns a kith_err' contracts "$planted"
planted '/* The plant. */' 'KITH_API const char *kith_planted(void);'
refused 'a pointer that nobody owns' 'kith_planted: it returns a pointer' contracts "$planted"
planted '/* The plant; static storage. */' 'KITH_API const char *kith_planted(void);' '' \
    '/* Plants it. KITH_FULL. */' 'KITH_API KITH_MUST_USE kith_err kith_plant(void);'
check 'a header in order is accepted' contracts "$planted"

# --- The C of the guides, all of a page together, as who follows it would have it

blocks() {
    awk -v file="$1" '/^```$/ { on = 0 }
        on
        /^```c$/ { on = 1; print "#line " NR + 1 " \"" file "\"" }' "$1"
}
sanitize=
nm -D "$build/libkith.so" | grep -q __asan_ && sanitize=-fsanitize=address,undefined
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name kith.pc)")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$scratch/root
compile() { # compile OUT FILE OPTION...: against what is installed
    out=$1 file=$2
    shift 2
    ${CC:-cc} -std=c17 -Wall -Wextra -Werror -Wno-unused $sanitize "$@" "$file" -o "$out" \
        $(pkg-config --cflags --libs kith)
}
for page in docs/library.md docs/from-phoenix.md; do
    blocks $page >"$scratch/page.c"
    check "$page has C in it" grep -q kith_ "$scratch/page.c"
    check 'which compiles, and calls only what the library has' \
        compile "$scratch/page.so" "$scratch/page.c" -fPIC -shared -Wl,-z,defs
done
awk '/^```c$/ { on = 1; next } /^```$/ && on { exit } on' docs/library.md >"$scratch/rooms.c"
check 'the first server of docs/library.md is a program' compile "$scratch/rooms" "$scratch/rooms.c"
from_a_clone() { # as the page says, with this clone and this build for ~/kith
    clone=$PWD built=$(realpath "$build")
    line=$(sed -n 's/^\(cc rooms\.c -I .*\) && \.\/rooms$/\1/p' docs/library.md |
        sed "s|[^ ,]*/kith/build|$built|g; s|[^ ]*/kith/include|$clone/include|; s|^cc |${CC:-cc} $sanitize |")
    (cd "$scratch" && eval "$line" && ldd rooms | grep -F "=> $built/libkith.so")
}
check 'and is one without an installation' from_a_clone
cat tests/docs/main_of_page.c >>"$scratch/page.c" # which has the last page
check 'and that of docs/from-phoenix.md with a main' \
    compile "$scratch/page" "$scratch/page.c" -D_POSIX_C_SOURCE=200809L
export KITH_ROOMS="$scratch/rooms" KITH_PHOENIX_PAGE="$scratch/page"
export LD_LIBRARY_PATH="${PKG_CONFIG_PATH%/pkgconfig}"
check 'which do what the pages say' tests/lib/node.sh docs

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
