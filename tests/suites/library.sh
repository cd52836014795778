#!/bin/sh
# tests/suites/library.sh -- the library as it is installed: the names it has, each header alone,
# and a program that finds it by pkg-config, against the shared and against the static one.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/build.sh
. script/lib/at_end.sh
scratch=$(mktemp -d)
at_end 'rm -rf "$scratch"'
passed=0 failed=0

check() { # check NAME COMMAND...: the command says yes
    name=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        passed=$((passed + 1)) && printf 'ok - %s\n' "$name"
    else
        failed=$((failed + 1)) && printf 'not ok - %s: %s\n' "$name" "$*"
        sed 's/^/    /' "$scratch/said"
    fi
}

build=build-library
configure_in $build --buildtype=release -Dtests=disabled -Dweb=disabled
version=$(sed -n 's/^#define KITH_VERSION *"\([0-9.]*\)".*/\1/p' include/kith/version.h)
ninja -C $build --quiet libkith.a "libkith.so.$version" kith >&2
meson install -C $build --destdir "$scratch/root" --no-rebuild --quiet --tags devel,runtime >&2
root=$scratch/root
pc=$(find "$root" -name kith.pc)
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$root"
lib=$(dirname "${pc%/*}")

# --- names

strict='-std=c11 -Wall -Wextra -pedantic -Werror'
cc -E -P -I "$root/usr/local/include" -include kith/kith.h -x c /dev/null | tr '\n' ' ' | sed 's/[;}]/\n/g' |
    sed -n 's/.*visibility("default")))//; t name
        d
        :name
        s/__attribute__(([a-z_]*))//g
        s/^[^(]*\(kith_[a-z0-9_]*\)(.*/\1/p' | sort >"$scratch/declared"
nm -D --defined-only "$lib/libkith.so" | awk '{ print $3 }' | sort >"$scratch/exported"
nm -g --defined-only "$lib/libkith.a" | awk 'NF == 3 { print $3 }' | sort >"$scratch/archived"
check 'the headers declare what can be counted' [ "$(wc -l <"$scratch/declared")" -gt 50 ]
check 'the shared library exports what the headers declare, and nothing else' \
    diff "$scratch/declared" "$scratch/exported"
check 'so does the static one' diff "$scratch/declared" "$scratch/archived"

# --- headers

for header in "$root"/usr/local/include/kith/*.h; do
    name=kith/$(basename "$header")
    printf '#include <%s>\n#include <%s>\nextern int nothing;\n' "$name" "$name" >"$scratch/alone.c"
    check "$name stands alone, and twice" cc $strict -c "$scratch/alone.c" -o "$scratch/alone.o" \
        $(pkg-config --cflags kith)
done

# --- a program

cat >"$scratch/hello.c" <<'C'
#include <kith/kith.h>

#include <stdio.h>

static kith_err join(struct kith_channel *c, kith_payload payload)
{
    return kith_channel_reply(c, true, payload);
}

static kith_err connect_all(struct kith_socket *s) { return kith_socket_set_user(s, KITH_LIT("me")); }

static const struct kith_channel_behaviour room = {.topic = "room:*", .join = join};
static const struct kith_channel_behaviour *const rooms[] = {&room, NULL};
static const struct kith_socket_behaviour sockets = {
    .path = "/socket", .channels = rooms, .connect = connect_all};

int map_fini(void); /* a name of its own that the library has inside, too */
int map_fini(void) { return 7; }

int main(void)
{
    kith_problem why = {"none"};
    struct kith_server *s = NULL;
    struct kith_config *c = kith_config_new();
    kith_err e = kith_config_set(c, "server.auth", "app", &why);
    if (!e) e = kith_config_set(c, "server.listen", "127.0.0.1:0", &why);
    if (!e) e = kith_config_set(c, "server.api", "off", &why);
    if (!e) e = kith_config_set(c, "server.data", ":memory:", &why);
    if (!e) e = kith_server_new(c, &s, &why);
    kith_config_free(c);
    if (!e) e = kith_server_socket(s, &sockets);
    if (!e) e = kith_server_start(s, &why);
    if (!e && kith_server_port(s) == 0) e = KITH_BAD;
    if (!e) e = kith_server_stop(s, &why);
    kith_server_free(s);
    printf("%s %s: %s\n", kith_version(), kith_err_text(e), why.text);
    return e || map_fini() != 7;
}
C
runs() { [ "$("$@")" = "$version ok: none" ]; }
check 'a program compiles against the shared library' \
    cc $strict "$scratch/hello.c" -o "$scratch/shared" $(pkg-config --cflags --libs kith)
check 'and runs' runs env LD_LIBRARY_PATH="$lib" "$scratch/shared"
check 'a program compiles against the static library' \
    cc $strict "$scratch/hello.c" -o "$scratch/static" \
    $(pkg-config --cflags kith) -L"$lib" -l:libkith.a $(pkg-config --libs $(pkg-config --print-requires-private kith)) -lm -pthread
check 'and runs' runs "$scratch/static"
check 'pkg-config has the version of the header' [ "$(pkg-config --modversion kith)" = "$version" ]
check 'the installed program runs' runs env LD_LIBRARY_PATH= sh -c \
    '[ "$("$0" --version)" = "kith '"$version"'" ] && echo "'"$version"' ok: none"' "$root/usr/local/bin/kith"

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
