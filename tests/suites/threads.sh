#!/bin/sh
# tests/suites/threads.sh -- what threads share, under the thread sanitizer: the tests of io and of the library,
# which start them; with KITH_LONG=1 also the suites that drive whole servers, which by themselves have a thread
# for each core. It builds them in build-tsan/.
# runs by name
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/build.sh
servers='clients rest cluster tls life tables hooks attack floods http_friends metrics'

build=build-tsan
configure_in $build -Ddebug=true -Doptimization=1 -Dwerror=false -Db_sanitize=thread \
    -Dtests=enabled -Dweb=auto
status=0 reports=$PWD/$build/reports logs=$PWD/$build/suites
rm -rf "$reports" "$logs"
mkdir -p "$reports" "$logs"
# A race ends its process, so that whoever waits for it sees it; and what it was stands in a file,
# whatever that one makes of it.
options=halt_on_error=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}
export TSAN_OPTIONS="$options" CMOCKA_MESSAGE_OUTPUT=tap
# Their long form would take the sanitizer longer than they have.
env -u KITH_LONG meson test -C $build --suite kith:io --suite kith:kith --timeout-multiplier 4 --print-errorlogs --quiet ||
    status=$?
awk -f script/lib/count.awk $build/meson-logs/testlog.txt >"$logs/unit.count"

# One after the other, in their short form: all that they do takes some times as long as usual.
with_servers() {
    export KITH="$PWD/$build/kith" KITH_BUILD="$PWD/$build" TSAN_OPTIONS="$options:log_path=$reports/race"
    unset KITH_LONG CMOCKA_MESSAGE_OUTPUT
    for suite in $servers; do
        KITH_SUITE_S=0 script/lib/suite.sh "$logs" "tests/suites/$suite.sh"
    done
    # Its figures are of memory and of time, and the sanitizer takes some times as much of both.
    sed -i 's/^\([1-9][0-9]*\) [0-9]*/\1 0/' "$logs/floods.count"
}
[ "${KITH_LONG-}" != 1 ] || with_servers
for race in "$reports"/*; do
    [ -f "$race" ] || continue
    head -n 60 "$race"
    echo '0 1 0 0 race' >>"$logs/races.count"
done

cat "$logs"/*.count | awk '{ passed += $1; failed += $2 }
    END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' || status=1
exit $status
