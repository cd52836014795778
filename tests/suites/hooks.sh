#!/bin/sh
# tests/suites/hooks.sh -- events of real servers go to back ends, those of examples/hooks: both are killed; and,
# where there are a PostgreSQL and a NATS server to be had, nodes of a cluster. KITH names the program,
# build-asan/kith by default.
# runs late: nodes and back ends are killed by the clock, and others have to see it in time
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. tests/support/postgres.sh

nats='' status=0 scratch=$(mktemp -d)
trap '[ -z "$nats" ] || kill "$nats" 2>/dev/null || :; pg_end; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

node --test --test-reporter=tap tests/hooks/hooks.test.mjs tests/hooks/killed.test.mjs >"$scratch/alone" || status=1
if command -v nats-server >/dev/null && pg_begin; then
    printf '#!/bin/sh\n. %s/tests/support/postgres.sh\npg_dir=%s\n' "$PWD" "$pg_dir" >"$pg_dir/ctl"
    printf 'case $1 in\nnew) pg_database "k$$" ;;\nesac\n' >>"$pg_dir/ctl"
    chmod +x "$pg_dir/ctl"
    nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$pg_dir" >"$pg_dir/nats.log" 2>&1 &
    nats=$!
    until ls "$pg_dir"/nats-server_*.ports >/dev/null 2>&1; do sleep 0.05; done
    KITH_TEST_NATS=$(sed -n 's/.*"\(nats:[^"]*\)".*/\1/p' "$pg_dir"/nats-server_*.ports)
    export KITH_TEST_NATS KITH_TEST_POSTGRES_NEW="$pg_dir/ctl"
    node --test --test-reporter=tap tests/hooks/nodes.test.mjs >"$scratch/nodes" || status=1
fi
count() { cat "$scratch"/* | sed -n "s/^# $1 //p" | awk '{ n += $1 } END { print n + 0 }'; }
[ "$status" = 0 ] || grep -h -B 2 -A 25 '^ *not ok' "$scratch"/* || :
printf '%s passed, %s failed\n' "$(count pass)" "$(count fail)"
exit "$status"
