#!/bin/sh
# tests/packages/check.sh FOLDER [debian|container] -- the packages in FOLDER, in a Debian of their own: installed, run as the unit
# would, upgraded, removed, purged. Then the Containerfile, step by step. For root; script/package --check calls it.
set -u
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/at_end.sh
house=$PWD packages=$1
[ "$(id -u)" = 0 ] || { echo 'for root alone: it makes a Debian in a folder' && exit 77; }
scratch=$(mktemp -d)
root=$scratch/debian
server=
leave() {
    end_begun
    for folder in "$scratch"/*/proc "$scratch"/container/*/proc; do ! mountpoint -q "$folder" || umount "$folder"; done
    rm -rf --one-file-system "$scratch"
}
at_end leave
cd "$scratch" || exit 1
. "$house/tests/lib/terminal.sh"

# A base that is made once, and copied for each who wants one. /proc is what packages' scripts and threads look at.
base=${KITH_DEBIAN:-$house/build/debian}
if [ ! -d "$base/var/lib/dpkg" ]; then
    echo 'making a Debian, which takes minutes' >&2
    debootstrap --variant=minbase bookworm "$base.part" >debootstrap.log 2>&1 && mv "$base.part" "$base" ||
        { tail -n 5 debootstrap.log && rm -rf "$base.part" && exit 77; }
fi
new_debian() { # new_debian FOLDER
    cp -a "$base" "$1"
    cp /etc/resolv.conf "$1/etc/"
    mount -t proc proc "$1/proc"
}
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root "$@"; }
files() { find "$root" -xdev \( -path "$root/proc" -o -path "$root/var/cache" -o -path "$root/var/log" -o -path "$root/var/lib/dpkg" -o -path "$root/var/lib/apt" -o -path "$root/root" -o -path "$root/tmp" \) -prune -o -print | sed "s|^$root||" | sort; }

try_packages() {
    new_debian "$root"
    echo '# install'
    cp "$packages"/*.deb "$root/root/"
    rm -f "$root"/root/*dbgsym*
    expect 'the package lists are read' 0 '*' '*' inside apt-get update -q
    inside apt-get install -q -y --no-install-recommends adduser gcc libc6-dev pkg-config python3-minimal >apt.log 2>&1
    # What the packages need, so that nothing but them is between before and after.
    inside sh -c 'apt-get install -q -y --no-install-recommends /root/*.deb && apt-get purge -q -y kith libkith0 libkith-dev' >apt.log 2>&1
    files >before
    expect 'the three are installed' 0 '*' '' inside sh -c 'dpkg -i /root/*.deb 2>&1'
    expect 'a user is made, which nobody logs in as' 0 '^kith:[^:]*:[0-9]*:[0-9]*:.*:/var/lib/kith:/usr/sbin/nologin$' '' inside getent passwd kith
    expect 'and its folder, which is private' 0 '^kith kith 700$' '' inside stat -c '%U %G %a' /var/lib/kith
    for secret in token.secret api.key; do
        expect "$secret is made, for root and the server" 0 '^root kith 640$' '' inside stat -c '%U %G %a' /etc/kith/$secret
    done
    expect 'they are two' 1 '*' '*' inside cmp -s /etc/kith/token.secret /etc/kith/api.key
    expect 'kith.conf is a conffile' 0 '^ /etc/kith/kith.conf ' '' inside dpkg-query -W -f '${Conffiles}\n' kith
    as_kith() { inside setpriv --reuid kith --regid kith --init-groups --reset-env "$@"; }
    expect 'the server may read it, and it is right' 0 'kith\.conf is right: clients on 127\.0\.0\.1:4000' '' as_kith sh -c 'kith config check /etc/kith/kith.conf | sed "s/ports.*//"'
    expect 'the program is found' 0 '^kith [0-9]' '' inside kith --version
    expect 'it and the library are hardened' 0 '' '' "$house/tests/lib/hardened.sh" "$root/usr/bin/kith" "$root"/usr/lib/*/libkith.so.0
    for page in man1/kith.1 man1/kith-serve.1 man5/kith.conf.5 man3/libkith.3; do
        [ -f "$root/usr/share/man/$page.gz" ] && ok "$page" || not_ok "$page" 'is not there'
    done
    expect 'the service begins with the system' 0 '*' '' inside test -L /etc/systemd/system/multi-user.target.wants/kith.service

    echo '# run'
    # As the unit has it, but for the ports, which somebody may have here.
    start=$(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/kith.service")
    run() { # run COMMAND...: the server, under COMMAND
        : >ready
        "$@" chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin setpriv --reuid kith --regid kith --init-groups --no-new-privs \
            --inh-caps=-all --bounding-set=-all sh -c "cd /var/lib/kith && exec $start --listen 127.0.0.1:0 --api 127.0.0.1:0" >ready 2>serve.err &
        server=$!
        within 60 grep -q '^ready ws' ready
    }
    if run env; then ok 'it serves, as kith and with no rights'; else cp serve.err err && not_ok 'it serves, as kith and with no rights' 'it does not'; fi
    port=$(sed -n 's|^ready ws://[^:]*:\([0-9]*\)/.*|\1|p' ready) api=$(sed -n 's/.* api //p' ready)
    token=$(inside kith token --user 1 --config /etc/kith/kith.conf)
    connects() { PYTHONDONTWRITEBYTECODE=1 KITH=/usr/bin/kith python3 -c "import sys; sys.path.insert(0, '$house/tests/life'); from manager import *; code, s = connect($port, '$token'); sys.exit(code != 101 or not beats(s))"; }
    connects && ok 'a client connects with a token of its secret' || not_ok 'a client connects with a token of its secret' 'it does not'
    expect 'its API takes the key that was made' 0 '^offline$' '' inside kith who 1 --api "$api" --key-file /etc/kith/api.key
    expect 'its data is where the unit says' 0 '^kith 600$' '' inside stat -c '%U %a' /var/lib/kith/kith.db
    kill -TERM $server
    wait $server && ok 'it ends well' || not_ok 'it ends well' "exit code $?"
    server=

    echo '# what it asks of the system'
    # Each system call of a run, against the filter of the unit: one that it refuses would be missed in earnest.
    if command -v strace >/dev/null && command -v systemd-analyze >/dev/null && run strace -f -qq -o calls; then
        port=$(sed -n 's|^ready ws://[^:]*:\([0-9]*\)/.*|\1|p' ready)
        connects
        pid=$(sed -n 's/^\([0-9]*\) .*execve("\/usr\/bin\/kith".*/\1/p' calls | head -n 1)
        kill -HUP "$pid"
        within 10 grep -q reloaded serve.err
        kill -TERM "$pid"
        wait $server
        server=
        python3 "$house/tests/packages/filter.py" "$root/lib/systemd/system/kith.service" calls >out 2>err
        [ $? -eq 0 ] && ok "the unit lets it: $(tail -n 1 out)" || not_ok 'the unit lets it' 'it does not'
    else
        echo 'no strace here: not looked at'
    fi

    echo '# a program on the library'
    cp "$house/examples/hello.c" "$root/root/"
    expect 'hello.c compiles by pkg-config' 0 '' '' inside sh -c 'cd /root && cc -o hello hello.c $(pkg-config --cflags --libs kith)'
    # Not by a function: its number would be that of a shell.
    chroot "$root" /root/hello 127.0.0.1:0 >hello.out 2>err &
    hello=$!
    within 20 grep -q '^ready ws://' hello.out && ok 'and serves' || not_ok 'and serves' 'it does not'
    kill -TERM $hello
    wait $hello && ok 'and ends well' || not_ok 'and ends well' 'it does not'

    echo '# upgrade'
    cp "$root/etc/kith/token.secret" secret
    echo '# mine' >>"$root/etc/kith/kith.conf"
    rm -f "$root"/var/lib/kith/kith.db*
    python3 - "$house/tests/vectors/store/schema-8.sql" "$root/var/lib/kith/kith.db" <<'PY'
import sqlite3, sys
sqlite3.connect(sys.argv[2]).executescript(open(sys.argv[1]).read())
PY
    inside chown kith:kith /var/lib/kith/kith.db
    expect 'the packages are installed over themselves' 0 '*' '' inside sh -c 'dpkg -i /root/*.deb 2>&1'
    cmp -s secret "$root/etc/kith/token.secret" && ok 'secrets stay' || not_ok 'secrets stay' 'they are others'
    grep -q '^# mine' "$root/etc/kith/kith.conf" && ok 'and what somebody wrote into kith.conf' || not_ok 'and what somebody wrote into kith.conf' 'it is gone'
    if run env; then ok 'an older database is brought up'; else cp serve.err err && not_ok 'an older database is brought up' 'it is not'; fi
    kill -TERM $server
    wait $server
    server=
    expect 'and its copy is there' 0 '^kith 600$' '' inside stat -c '%U %a' /var/lib/kith/kith.db.schema-8
    expect 'the friends are, too' 0 '^\{"watcher":"ann","watched":"bob"\}$' '' as_kith kith graph export --ndjson --data /var/lib/kith

    echo '# remove, purge'
    expect 'it is removed' 0 '*' '*' inside apt-get remove -q -y kith libkith0 libkith-dev
    expect 'and its data is there still' 0 '*' '' inside sh -c 'ls /var/lib/kith/kith.db /etc/kith/kith.conf /etc/kith/token.secret'
    expect 'the program is not' 1 '*' '*' inside test -e /usr/bin/kith
    expect 'it is purged' 0 '*' '*' inside dpkg --purge kith
    files >after
    diff before after >left
    same 'of files and folders nothing is left' left ''
    # But in the copies that adduser keeps of its files.
    inside grep -rl --exclude='*-' kith /etc /var/lib/systemd /lib/systemd >left 2>/dev/null
    same 'and no word of it' left ''
    expect 'nor its user' 2 '' '' inside getent passwd kith
    umount "$root/proc"
    rm -rf --one-file-system "$root"
}

try_container() {
    echo '# Containerfile'
    cp -a "$base" container-base
    cp /etc/resolv.conf container-base/etc/
    # Whom this machine trusts besides, as a proxy on its way out.
    mkdir -p container-base/usr/local/share/ca-certificates
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp {} container-base/usr/local/share/ca-certificates/ \; 2>/dev/null
    python3 "$house/tests/packages/container.py" "$house" container-base "$scratch/container" >container.log 2>&1
    status=$?
    grep -E '^(not )?ok - ' container.log
    passed=$((passed + $(grep -c '^ok - ' container.log)))
    failed=$((failed + $(grep -c '^not ok - ' container.log)))
    [ $status -eq 0 ] || { tail -n 30 container.log && failed=$((failed + 1)); }
}

[ "${2-debian}" != debian ] || try_packages
[ "${2-container}" != container ] || try_container
conclude
