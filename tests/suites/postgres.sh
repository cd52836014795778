#!/bin/sh
# tests/suites/postgres.sh -- the store on a PostgreSQL server of its own: the tests of the store that
# its file passes, and those of what only a server does. KITH_BUILD names the build folder,
# build-asan by default.
# runs long
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. tests/support/postgres.sh
. script/lib/at_end.sh
build=${KITH_BUILD:-$PWD/build-asan}

at_end 'end_begun; pg_end'
pg_begin || exit $?

# What a test may do to the server.
printf '#!/bin/sh\n. %s/tests/support/postgres.sh\npg_dir=%s\n' "$PWD" "$pg_dir" >"$pg_dir/ctl"
printf 'case $1 in\ncrash) pg_down immediate ;;\nup) pg_up ;;\nnew) pg_database "k$$" ;;\nesac\n' >>"$pg_dir/ctl"
chmod +x "$pg_dir/ctl"
export KITH_TEST_POSTGRES_CTL="$pg_dir/ctl" KITH_TEST_POSTGRES="$pg_url" CMOCKA_MESSAGE_OUTPUT=tap

status=0
for name in postgres postgres_changes postgres_lost store events events_nodes events_store newest store_erase store_shared rules rules_read ruling seens asks calls calls_export keeper keeper_turns; do
    printf '\ntest: kith:io / %s\n' "$name"
    code=0
    timeout 60 "$build/tests/io/test_$name" 2>&1 || code=$?
    [ "$code" = 0 ] || status=1
    printf 'duration: 0\nresult: exit status %s\n' "$code"
done >"$pg_dir/tap"

# A server on it, and its clients: the main paths.
KITH_TEST_POSTGRES_NEW="$pg_dir/ctl" node --test --test-reporter=tap tests/rest/push.test.mjs \
    tests/rest/erased.test.mjs tests/rest/sight.test.mjs tests/clients/visibility.test.mjs \
    tests/clients/last_seen.test.mjs >"$pg_dir/clients" || status=1
clients() { sed -n "s/^# $1 //p" "$pg_dir/clients"; }
[ "$(clients fail)" = 0 ] || grep -B 2 -A 20 '^ *not ok' "$pg_dir/clients" || :

# Commands on it.
kith=${KITH:-$build/kith} root=$PWD url=$("$pg_dir/ctl" new) other=$("$pg_dir/ctl" new)
mkdir "$pg_dir/commands" && cd "$pg_dir/commands" && : >in
. "$root/tests/lib/terminal.sh"
set +e # it looks at exit codes itself
printf '1 2\n1 3\n' >in
expect 'edges go into it' 0 '4 edges new, 0 already there' '' "$kith" graph import - --mutual --store "$url"
expect 'and come out' 0 '^1 2$' '' "$kith" graph export --store "$url"
expect 'a rule is kept' 0 'set' '' "$kith" visibility 1 except 2 --store "$url"
expect 'and shown' 0 'except' '' "$kith" visibility 1 --store "$url"
expect 'who may see a user' 0 '3' '' "$kith" audience 1 --store "$url"
expect 'nobody is there' 69 '' 'cannot be reached' "$kith" graph export --store postgresql://x:word@127.0.0.1:1/x
expect 'one who is not let in' 78 '' 'lets nobody in' "$kith" graph export --store "postgresql://kith:word@/kith?host=$pg_dir"
expect 'no URL' 64 '' 'write it as postgresql://' "$kith" graph export --store mysql://x
expect 'two places' 64 '' '--data and --store are two places' "$kith" graph export --data x --store "$url"
printf '[server]\nauth = none\nlisten = 127.0.0.1:0\napi = off\n[store]\nurl = postgresql://kith:word@127.0.0.1:1/x\n' >kith.conf
chmod 600 kith.conf
expect 'a server that cannot reach it' 69 '' 'cannot be reached' "$kith" serve --config kith.conf
expect 'a config names it without its password' 0 'data in PostgreSQL at 127.0.0.1:1, database x, which cannot be reached just now$' '' "$kith" config check kith.conf
sed -i "s|^url = .*|url = postgresql://kith:word@127.0.0.1:1|" kith.conf
expect 'and that of its role where none is named' 0 'at 127.0.0.1:1, database kith, which cannot' '' "$kith" config check kith.conf
sed -i "s|^url = .*|url = postgresql://127.0.0.1:1|" kith.conf
expect 'and none where it is the process that names it' 0 'at 127.0.0.1:1, which cannot' '' "$kith" config check kith.conf
sed -i "s|^url = .*|url = postgresql://kith:word@/kith?host=$pg_dir|" kith.conf
expect 'and says that it lets nobody in' 78 '' 'kith.conf:6: store.url: the database lets nobody in: ' "$kith" config check kith.conf
sed -i "s|^url = .*|url = $other|; s/^api = .*/api = 127.0.0.1:0/" kith.conf
"$kith" serve --config kith.conf >ready 2>serve.err &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do grep -q ready ready && break || sleep 0.5; done
expect 'no command writes beside a node' 69 '' 'in use by the node kith' "$kith" graph add 1 2 --store "$other"
expect 'but one may read' 0 '' '' "$kith" graph export --store "$other"
expect 'and no second node of its name' 69 '' 'a node named kith holds the database' "$kith" serve --config kith.conf
api=$(sed -n 's/.* api //p' ready)
expect 'kith top shows that it answers' 0 'M  *up ' '' "$kith" top --once -i 0.1 "$api"
pg_down immediate
told() { "$kith" visibility 1 --api "$api" >/dev/null 2>&1; "$kith" top --once -i 0.1 "$api" >out 2>err && grep -q "$1" out; }
within 20 told 'its database is lost, for [0-9]* s' && ok 'and that it is lost' || not_ok 'and that it is lost' 'it does not'
asked=$(curl -s -i -X PUT "$api/v1/users/1/friends/2")
case $asked in
*' 503 '*[Rr]etry-[Aa]fter:*'"code":"store_lost"'*) ok 'what would change it is to be tried again later' ;;
*) not_ok 'what would change it is to be tried again later' "$asked" ;;
esac
pg_up
within 20 told 'M  *up ' && ok 'and that it is back' || not_ok 'and that it is back' 'it does not'
kill "$server" && wait "$server" && ok 'it ends well' || not_ok 'it ends well' "$(cat serve.err)"
set -e
[ "$failed" = 0 ] || status=1
cd "$root"

grep '^not ok' "$pg_dir/tap" | grep -v '# SKIP' || :
[ "$status" = 0 ] || cat "$pg_dir/tap"
awk -f script/lib/count.awk "$pg_dir/tap" |
    awk -v p=$(($(clients pass) + passed)) -v f=$(($(clients fail) + failed)) '
        { passed += $1; failed += $2 } END { passed += p; failed += f; printf "%d passed, %d failed\n", passed, failed }'
exit "$status"
