#!/bin/sh
# tests/suites/cluster.sh -- several nodes of one cluster, on a PostgreSQL and a NATS server of its
# own. KITH names the program, build-asan's by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. tests/support/postgres.sh
. script/lib/at_end.sh

at_end 'end_begun; pg_end'
command -v nats-server >/dev/null || {
    echo 'there is no NATS server: apt-get install nats-server'
    exit 77
}
pg_begin || exit $?

printf '#!/bin/sh\n. %s/tests/support/postgres.sh\npg_dir=%s\n' "$PWD" "$pg_dir" >"$pg_dir/ctl"
printf 'case $1 in\nnew) pg_database "k$$" ;;\nesac\n' >>"$pg_dir/ctl"
chmod +x "$pg_dir/ctl"
nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$pg_dir" >"$pg_dir/nats.log" 2>&1 &
until # the file may be there before what is in it
    KITH_TEST_NATS=$(cat "$pg_dir"/nats-server_*.ports 2>/dev/null | sed -n 's/.*"\(nats:[^"]*\)".*/\1/p')
    [ -n "$KITH_TEST_NATS" ]
do sleep 0.05; done
export KITH_TEST_NATS KITH_TEST_POSTGRES_NEW="$pg_dir/ctl"

status=0
node --test --test-reporter=tap tests/cluster/*.test.mjs >"$pg_dir/tap" || status=1
count() { sed -n "s/^# $1 //p" "$pg_dir/tap"; }
[ "$status" = 0 ] || grep -B 2 -A 25 '^ *not ok' "$pg_dir/tap" || :
printf '%s passed, %s failed\n' "$(count pass)" "$(count fail)"
exit "$status"
