#!/bin/sh
# attack.sh -- who tries to learn of somebody whom it may not see, and who says what no client says, by every door of a
# real server. With KITH_LONG=1 by time as well, against a release build.
# KITH names the program, build-asan/kith by default.
# runs alone: what must not come is waited for, and the timing of answers is compared
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
if [ "${KITH_LONG-}" = 1 ]; then
    script/build
    export KITH="$PWD/build/kith" KITH_BUILD="$PWD/build"
fi
exec tests/lib/node.sh attack
