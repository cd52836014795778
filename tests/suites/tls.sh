#!/bin/sh
# tls.sh -- TLS: npm phoenix over wss and https, commands over https, certificates that are renewed, and
# what openssl's own client sees. KITH names the program, build-asan/kith by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
KITH_TEST_CA=
trap '[ -z "$KITH_TEST_CA" ] || rm -r "$KITH_TEST_CA"' EXIT
trap 'exit 130' INT TERM
. lib/ca.sh
lib/node.sh tls
