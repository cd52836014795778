#!/bin/sh
# tests/suites/threads.sh -- what threads share: the tests of io and of the library, which start
# them, under the thread sanitizer. It builds them in build-tsan/.
# runs long
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/build.sh

build=build-tsan
configure_in $build -Ddebug=true -Doptimization=1 -Dwerror=false -Db_sanitize=thread \
    -Dtests=enabled -Dweb=disabled
status=0
export TSAN_OPTIONS="halt_on_error=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}" CMOCKA_MESSAGE_OUTPUT=tap
meson test -C $build --suite kith:io --suite kith:kith --timeout-multiplier 4 --print-errorlogs --quiet ||
    status=$?
awk -f script/lib/count.awk $build/meson-logs/testlog.txt |
    awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }'
exit $status
