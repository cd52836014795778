#!/bin/sh
# proxies.sh -- Kith behind real proxies, with the configs of examples/proxies: upgrades, long-polls, whose they
# are, restarts, and silence. KITH names the program, build-asan/kith by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
. script/lib/deps.sh
KITH_PROXIES=$(deps_proxies) || exit $?
KITH_TEST_CA=
trap '[ -z "$KITH_TEST_CA" ] || rm -r "$KITH_TEST_CA"' EXIT
trap 'exit 130' INT TERM
. tests/lib/ca.sh
export KITH_PROXIES
tests/lib/node.sh proxies
