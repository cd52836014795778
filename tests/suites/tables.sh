#!/bin/sh
# tests/suites/tables.sh -- friends from an application's own tables, on a PostgreSQL server that is
# stopped and started, and for several nodes a NATS server. KITH names the program, build-asan's by
# default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. tests/support/postgres.sh
. script/lib/at_end.sh
build=${KITH_BUILD:-$PWD/build-asan}

at_end 'end_begun; pg_end'
pg_begin || exit $?
pg_sql postgres "CREATE ROLE kith_reader LOGIN PASSWORD 'kith''s key'"

# What a test may do to the server.
cat >"$pg_dir/ctl" <<END
#!/bin/sh
. $PWD/tests/support/postgres.sh
pg_dir=$pg_dir
case \$1 in
new) pg_database "k\$\$" ;;
app)
    pg_database "a\$\$" | sed 's/kith:/kith_reader:/'
    "\$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "\$pg_dir" -U postgres -d "a\$\$" -f $PWD/examples/friendships.sql
    ;;
sql) pg_sql "\$2" "\$3" ;;
down) pg_down immediate ;;
up) pg_up ;;
still) pg_signal STOP ;;
on) pg_signal CONT ;;
esac
END
chmod +x "$pg_dir/ctl"
export KITH_TEST_TABLES="$pg_dir/ctl"

status=0
CMOCKA_MESSAGE_OUTPUT=tap KITH_TEST_POSTGRES_CTL="$pg_dir/ctl" KITH_TEST_POSTGRES="$pg_url" \
    timeout 100 "$build/tests/io/test_tables" >"$pg_dir/unit" 2>&1 || status=1
[ "$status" = 0 ] || cat "$pg_dir/unit"

node --test --test-reporter=tap tests/tables/friends.test.mjs tests/tables/hostile.test.mjs \
    >"$pg_dir/tap1" || status=1
node --test --test-reporter=tap tests/tables/lost.test.mjs >"$pg_dir/tap2" || status=1
node --test --test-reporter=tap tests/tables/harmed.test.mjs >"$pg_dir/tap5" || status=1
count() { cat "$pg_dir"/tap* | sed -n "s/^# $1 //p" | awk '{ n += $1 } END { print n + 0 }'; }

if command -v nats-server >/dev/null; then
    nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$pg_dir" >"$pg_dir/nats.log" 2>&1 &
    until ls "$pg_dir"/nats-server_*.ports >/dev/null 2>&1; do sleep 0.05; done
    KITH_TEST_NATS=$(sed -n 's/.*"\(nats:[^"]*\)".*/\1/p' "$pg_dir"/nats-server_*.ports)
    export KITH_TEST_NATS
    KITH_TEST_POSTGRES_NEW="$pg_dir/ctl" node --test --test-reporter=tap tests/tables/nodes.test.mjs \
        >"$pg_dir/tap3" || status=1
    KITH_TEST_POSTGRES_NEW="$pg_dir/ctl" node --test --test-reporter=tap tests/tables/nodes_lost.test.mjs \
        >"$pg_dir/tap4" || status=1
fi

# Queries that cannot be: the server does not start, and says why.
kith=${KITH:-$build/kith} root=$PWD url=$("$pg_dir/ctl" app)
mkdir "$pg_dir/commands" && cd "$pg_dir/commands" && : >in
. "$root/tests/lib/terminal.sh"
set +e # it looks at exit codes itself
config() {
    printf '[server]\nauth = none\nlisten = 127.0.0.1:0\napi = off\ndata = :memory:\n[source]\nurl = %s\n' "$url" >kith.conf
    printf '%s\n' "$@" >>kith.conf
    chmod 600 kith.conf
}
config 'friends = SELECT friend FROM friendships WHERE user_id = $1'
expect 'no such column' 78 '' 'source.friends: column "friend" does not exist, at character 8' "$kith" serve --config kith.conf
expect 'and the check of a config says so, by its line' 78 '' '^.*kith.conf:8: source.friends: column' "$kith" config check kith.conf
config 'friends = SELECT user_id, friend_id FROM friendships WHERE user_id = $1'
expect 'two columns' 78 '' 'source.friends gives 2 columns' "$kith" serve --config kith.conf
config 'friends = SELECT accepted FROM friendships WHERE user_id = $1'
expect 'no ids' 78 '' 'boolean, which is no id' "$kith" serve --config kith.conf
config 'friends = SELECT friend_id FROM friendships'
expect 'nobody is asked about' 78 '' 'takes 0 parameters' "$kith" serve --config kith.conf
config 'watches = SELECT friend_id FROM friendships' 'watches = WHERE user_id = $1 OR true' 'friends = SELECT 1'
expect 'both kinds' 78 '' 'kith.conf:[0-9]*: source.friends is of friends both ways' "$kith" config check kith.conf
config 'friends = SELECT friend_id FROM friendships WHERE user_id = $1' 'channel = off'
sed -i "s|kith_reader:[^@]*@|nobody:word@|" kith.conf
expect 'one who is not let in' 78 '' 'source.url: the database lets nobody in' "$kith" serve --config kith.conf
config 'friends = SELECT friend_id FROM friendships WHERE user_id = $1'
expect 'one that is right' 0 'friends from PostgreSQL at .*, database a[0-9]*$' '' "$kith" config check kith.conf
sed -i "s|^url = .*|url = postgresql://kith_reader:word@127.0.0.1:1/x|" kith.conf
expect 'a database that is away' 0 'database x, which cannot be reached just now' '' "$kith" config check kith.conf
set -e
[ "$failed" = 0 ] || status=1
cd "$root"

[ "$status" = 0 ] || grep -h -B 2 -A 25 '^ *not ok' "$pg_dir"/tap* || :
passed=$(($(count pass) + passed + $(grep -c '^ok' "$pg_dir/unit" || :)))
failed=$(($(count fail) + failed + $(grep -c '^not ok' "$pg_dir/unit" || :)))
printf '%s passed, %s failed\n' "$passed" "$failed"
exit "$status"
