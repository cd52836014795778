#!/bin/sh
# tests/suites/install.sh -- what `meson install` puts into a system and takes out again, a program that is
# built on what it has put there, and the unit of systemd. KITH_BUILD=a build folder, build/ if not said.
set -u
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
house=$PWD
build=${KITH_BUILD:-$house/build}
[ -f "$build/build.ninja" ] || { echo "no build in $build: run script/build" && exit 77; }
scratch=$(mktemp -d)
at_end 'end_begun; rm -rf "$scratch"'
cd "$scratch" || exit 1
. "$house/tests/lib/terminal.sh"

echo '# meson install'
prefix=$(meson introspect --buildoptions "$build" | python3 -c '
import json, sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
root=$scratch/root
expect 'it installs where DESTDIR says' 0 '*' '*' env DESTDIR="$root" meson install -C "$build" --no-rebuild --quiet
there() { [ -n "$(find "$root$prefix" -path "$root$prefix/$1")" ]; }
for file in bin/kith 'lib*/libkith.so.0' 'lib*/libkith.so' 'lib*/libkith.a' 'lib*/pkgconfig/kith.pc' \
    include/kith/kith.h share/man/man1/kith.1 share/man/man1/kith-serve.1 share/man/man5/kith.conf.5 \
    share/man/man3/libkith.3 lib/systemd/system/kith.service share/doc/kith/kith.conf; do
    if there "$file"; then ok "$file"; else not_ok "$file" 'is not there'; fi
done
find "$root" -type f ! -path "$root$prefix/*" >out
same 'and nothing elsewhere' out ''

echo '# a program on it'
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$root" -name kith.pc)")
libdir=$(dirname "$PKG_CONFIG_PATH")
expect 'pkg-config knows the version' 0 "^$("$root$prefix/bin/kith" --version | sed 's/kith //')$" '' pkg-config --modversion kith
sanitized=
! ldd "$root$prefix/bin/kith" | grep -q libasan || sanitized='-fsanitize=address,undefined'
expect 'hello.c compiles by pkg-config' 0 '' '' \
    sh -c "cc $sanitized -o hello '$house/examples/hello.c' \$(pkg-config --cflags --libs kith)"
LD_LIBRARY_PATH=$libdir ldd hello >out
grep -q "libkith.so.0 => $libdir" out && ok 'and takes the library that was installed' || not_ok 'and takes the library that was installed' 'it does not'
ASAN_OPTIONS=detect_leaks=0 LD_LIBRARY_PATH=$libdir ./hello 127.0.0.1:0 >out 2>err &
hello=$!
if within 20 grep -q '^ready ws://' out; then ok 'it serves'; else not_ok 'it serves' 'it does not'; fi
kill -TERM $hello
wait $hello && ok 'and ends well' || not_ok 'and ends well' 'it does not'

echo '# the unit'
unit=$(find "$root" -name kith.service)
sed "s|^\(Exec[A-Za-z]*=\)$prefix/bin/kith|\1$root$prefix/bin/kith|" "$unit" >kith.service
grep -q "^ExecStart=$root$prefix/bin/kith serve --config $prefix/etc/kith/kith.conf$\|^ExecStart=$root$prefix/bin/kith serve --config /etc/kith/kith.conf$" kith.service &&
    ok 'it starts what was installed' || not_ok 'it starts what was installed' 'it does not'
if command -v systemd-analyze >/dev/null; then
    expect 'systemd reads it without a word' 0 '' '' systemd-analyze verify --man=no ./kith.service
    # 0 is best, 10 worst; 2 is where systemd no longer says OK.
    expect 'and calls it safe' 0 '*' '*' systemd-analyze security --offline=true --threshold=15 ./kith.service
    sed 's/^SystemCallFilter=.*//; s/^CapabilityBoundingSet=.*//; s/^ProtectSystem=.*//' kith.service >open.service
    systemd-analyze security --offline=true --threshold=15 ./open.service >out 2>err
    [ $? -ne 0 ] && ok 'which it would not without the half of it' || not_ok 'which it would not without the half of it' 'it does'
else
    echo 'no systemd-analyze: the unit is not looked at'
fi

echo '# the settings to begin with'
mkdir conf && cp "$root$prefix/share/doc/kith/kith.conf" conf/
sed -i "s|^data = .*|data = $scratch/data|; s|^\(listen\|api\) = .*|\1 = 127.0.0.1:0|" conf/kith.conf
for secret in token.secret api.key; do (umask 077 && openssl rand -base64 48 >conf/$secret); done
expect 'kith.conf is right once its secrets are there' 0 '^conf/kith\.conf is right: .* keys: 1, data in' '' "$root$prefix/bin/kith" config check conf/kith.conf

echo '# ninja uninstall'
# Which takes out what was installed last, wherever that was.
expect 'it takes all out' 0 '*' '*' ninja -C "$build" uninstall
find "$root" ! -type d >out 2>/dev/null
same 'and leaves no file' out ''
find "$root" -type d -path "*kith*" >out 2>/dev/null
same 'and no folder of its own' out ''

conclude
