#!/bin/sh
# tests/suites/hooks.sh -- events of real servers go to back ends, those of examples/hooks: both are killed; and,
# where there are a PostgreSQL and a NATS server to be had, nodes of a cluster. KITH names the program,
# build-asan/kith by default.
# runs late: nodes and back ends are killed by the clock, and others have to see it in time
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. tests/support/postgres.sh
. script/lib/at_end.sh

status=0 scratch=$(mktemp -d)
at_end 'end_begun; pg_end; rm -rf "$scratch"'
mkdir "$scratch/tmp"
export TMPDIR="$scratch/tmp"

node --test --test-reporter=tap tests/hooks/hooks.test.mjs tests/hooks/killed.test.mjs >"$scratch/tap1" || status=1
if command -v nats-server >/dev/null && pg_begin; then
    printf '#!/bin/sh\n. %s/tests/support/postgres.sh\npg_dir=%s\n' "$PWD" "$pg_dir" >"$pg_dir/ctl"
    printf 'case $1 in\nnew) pg_database "k$$" ;;\nesac\n' >>"$pg_dir/ctl"
    chmod +x "$pg_dir/ctl"
    nats-server -a 127.0.0.1 -p -1 --ports_file_dir "$pg_dir" >"$pg_dir/nats.log" 2>&1 &
    until ls "$pg_dir"/nats-server_*.ports >/dev/null 2>&1; do sleep 0.05; done
    KITH_TEST_NATS=$(sed -n 's/.*"\(nats:[^"]*\)".*/\1/p' "$pg_dir"/nats-server_*.ports)
    export KITH_TEST_NATS KITH_TEST_POSTGRES_NEW="$pg_dir/ctl"
    node --test --test-reporter=tap tests/hooks/nodes.test.mjs >"$scratch/tap2" || status=1
fi
count() { cat "$scratch"/tap* | sed -n "s/^# $1 //p" | awk '{ n += $1 } END { print n + 0 }'; }
[ "$status" = 0 ] || grep -h -B 2 -A 25 '^ *not ok' "$scratch"/tap* || :
printf '%s passed, %s failed\n' "$(count pass)" "$(count fail)"
exit "$status"
