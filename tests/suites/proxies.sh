#!/bin/sh
# proxies.sh -- Kith behind real proxies, with the configs of examples/proxies: upgrades, long-polls, whose they
# are, restarts, and silence. KITH names the program, build-asan/kith by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
. script/lib/at_end.sh
KITH_PROXIES=$(deps_proxies) || exit $?
KITH_TEST_CA=
at_end '[ -z "$KITH_TEST_CA" ] || rm -r "$KITH_TEST_CA"'
. tests/lib/ca.sh
export KITH_PROXIES
tests/lib/node.sh proxies
