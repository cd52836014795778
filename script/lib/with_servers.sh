#!/bin/sh
# script/lib/with_servers.sh COMMAND... -- runs what wants several nodes beside a PostgreSQL and a NATS server of its
# own, which KITH_BENCH_POSTGRES, KITH_BENCH_NATS and KITH_BENCH_NATS_PID name. Where there are none it runs
# without, and says so.
set -eu
. "$(dirname -- "$0")/../../tests/support/postgres.sh"
. "$(dirname -- "$0")/at_end.sh"

# NATS has nothing to keep, and who is told to end while it stands still hears nothing of it.
nats= bench=
at_end '[ -z "$bench" ] || kill "$bench" 2>/dev/null || :; [ -z "$nats" ] || kill -KILL "$nats" 2>/dev/null || :; pg_end'

command -v nats-server >/dev/null || {
    echo 'without real nodes: there is no NATS server (apt-get install nats-server)' >&2
    exec "$@"
}
pg_begin >&2 || {
    echo 'without real nodes: there is no PostgreSQL server (apt-get install postgresql)' >&2
    exec "$@"
}
nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$pg_dir" >"$pg_dir/nats.log" 2>&1 &
nats=$!
until ls "$pg_dir"/nats-server_*.ports >/dev/null 2>&1; do sleep 0.05; done
KITH_BENCH_NATS=$(sed -n 's/.*"\(nats:[^"]*\)".*/\1/p' "$pg_dir"/nats-server_*.ports)
export KITH_BENCH_NATS KITH_BENCH_NATS_PID="$nats" KITH_BENCH_POSTGRES="$pg_url"
# A shell that waits by `wait` hears at once that it is to end.
"$@" &
bench=$!
wait "$bench"
