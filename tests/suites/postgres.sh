#!/bin/sh
# tests/suites/postgres.sh -- the store on a PostgreSQL server of its own: the tests of the store that
# its file passes, and those of what only a server does. KITH_BUILD names the build folder,
# build-asan by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. tests/support/postgres.sh
build=${KITH_BUILD:-$PWD/build-asan}

trap pg_end EXIT
trap 'exit 130' INT TERM
pg_begin || exit $?

# What a test may do to the server.
printf '#!/bin/sh\n. %s/tests/support/postgres.sh\npg_dir=%s\n' "$PWD" "$pg_dir" >"$pg_dir/ctl"
printf 'case $1 in\ncrash) pg_down immediate ;;\nup) pg_up ;;\nnew) pg_database "k$$" ;;\nesac\n' >>"$pg_dir/ctl"
chmod +x "$pg_dir/ctl"
export KITH_TEST_POSTGRES_CTL="$pg_dir/ctl" KITH_TEST_POSTGRES="$pg_url" CMOCKA_MESSAGE_OUTPUT=tap

status=0
for name in postgres postgres_lost store store_erase store_shared rules ruling seens asks calls keeper keeper_turns; do
    printf '\ntest: kith:io / %s\n' "$name"
    code=0
    timeout 60 "$build/tests/io/test_$name" 2>&1 || code=$?
    [ "$code" = 0 ] || status=1
    printf 'duration: 0\nresult: exit status %s\n' "$code"
done >"$pg_dir/tap"

# A server on it, and its clients: the main paths.
KITH_TEST_POSTGRES_NEW="$pg_dir/ctl" node --test --test-reporter=tap tests/rest/push.test.mjs \
    tests/rest/sight.test.mjs tests/clients/visibility.test.mjs tests/clients/resume.test.mjs \
    tests/clients/last_seen.test.mjs >"$pg_dir/clients" || status=1
clients() { sed -n "s/^# $1 //p" "$pg_dir/clients"; }
[ "$(clients fail)" = 0 ] || grep -B 2 -A 20 '^ *not ok' "$pg_dir/clients" || :

grep '^not ok' "$pg_dir/tap" | grep -v '# SKIP' || :
[ "$status" = 0 ] || cat "$pg_dir/tap"
awk -f script/lib/count.awk "$pg_dir/tap" |
    awk -v p="$(clients pass)" -v f="$(clients fail)" '
        { passed += $1; failed += $2 } END { passed += p; failed += f; printf "%d passed, %d failed\n", passed, failed }'
exit "$status"
