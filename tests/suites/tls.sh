#!/bin/sh
# tls.sh -- TLS: npm phoenix over wss and https, commands over https, certificates that are renewed, and
# what openssl's own client sees. KITH names the program, build-asan/kith by default.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
ca=$(mktemp -d)
trap 'rm -rf "$ca"' EXIT
trap 'exit 130' INT TERM
# Node reads whom it trusts once, when it starts.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=CA of the tests' \
    -keyout "$ca/ca.key" -out "$ca/ca.pem" 2>"$ca/err" || { cat "$ca/err"; exit 1; }
KITH_TEST_CA=$ca NODE_EXTRA_CA_CERTS=$ca/ca.pem ../lib/node.sh tls
