#!/bin/sh
# tests/suites/chaos.sh -- nodes that are killed, replaced, cut off from each other, left without NATS
# and lied to, and clients that vanish, in network namespaces: left out where there can be none. The
# other scenes are played with KITH_LONG=1; the times of everyday are script/chaos's own.
# runs late: network interfaces come and go, at which a browser breaks off what it is loading
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/../.."
[ "$(id -u)" = 0 ] || { echo 'network namespaces need root' && exit 77; }
for tool in ip nft nats-server; do
    command -v $tool >/dev/null || { echo "there is no $tool" && exit 77; }
done
export KITH="${KITH:-$PWD/build-asan/kith}"
[ "${KITH_LONG-}" != 1 ] || exec script/chaos --seed 1 --jobs 2
exec script/chaos --short --seed 1 --jobs 4 --people 15
