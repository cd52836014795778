#!/bin/sh
# tls.sh -- TLS: npm phoenix over wss and https, commands over https, certificates that are renewed, and
# what openssl's own client sees. KITH names the program, build-asan/kith by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")/.."
. ../script/lib/at_end.sh
KITH_TEST_CA=
at_end '[ -z "$KITH_TEST_CA" ] || rm -r "$KITH_TEST_CA"'
. lib/ca.sh
lib/node.sh tls
