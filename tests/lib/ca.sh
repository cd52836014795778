# ca.sh -- a CA of the tests' own, for suites that use lib/tls.mjs. Sourced. KITH_TEST_CA is its folder, for the
# suite to remove. Node reads whom it trusts once, when it starts.
KITH_TEST_CA=$(mktemp -d)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=CA of the tests' \
    -keyout "$KITH_TEST_CA/ca.key" -out "$KITH_TEST_CA/ca.pem" 2>"$KITH_TEST_CA/err" || {
    cat "$KITH_TEST_CA/err"
    exit 1
}
export KITH_TEST_CA NODE_EXTRA_CA_CERTS="$KITH_TEST_CA/ca.pem"
