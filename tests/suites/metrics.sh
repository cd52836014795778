#!/bin/sh
# tests/suites/metrics.sh -- what /metrics says, of a busy node of a cluster that reads an application's own tables, since
# that one says all: held to Prometheus' own checker and to docs/metrics.md. KITH names the program, build-asan's by
# default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. tests/support/postgres.sh
. script/lib/at_end.sh
promtool=$(deps_promtool) || exit $?

at_end 'end_begun; pg_end'
command -v nats-server >/dev/null || {
    echo 'there is no NATS server: apt-get install nats-server'
    exit 77
}
pg_begin || exit $?
pg_sql postgres "CREATE ROLE kith_reader LOGIN PASSWORD 'kith''s key'"
cat >"$pg_dir/ctl" <<CTL
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
esac
CTL
chmod +x "$pg_dir/ctl"
nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$pg_dir" >"$pg_dir/nats.log" 2>&1 &
until ls "$pg_dir"/nats-server_*.ports >/dev/null 2>&1; do sleep 0.05; done
KITH_TEST_NATS=$(sed -n 's/.*"\(nats:[^"]*\)".*/\1/p' "$pg_dir"/nats-server_*.ports)
export KITH_TEST_NATS KITH_TEST_POSTGRES_NEW="$pg_dir/ctl" KITH_TEST_TABLES="$pg_dir/ctl" KITH_PROMTOOL="$promtool"
tests/lib/node.sh metrics
