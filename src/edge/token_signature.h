/* edge/token_signature.h -- signatures by OpenSSL: HMAC, RSA, ECDSA, Ed25519. */
#pragma once

#include "edge/token_key.h"

#define TOKEN_MAC_BYTES_MAX 64

/* Reads a public key fit for `alg`. KITH_BAD: private, of another type, weak; `why` says what to
 * do. *out is the caller's. */
KITH_MUST_USE kith_err token_public_key(kith_slice pem, enum token_alg alg, EVP_PKEY **out,
                                        kith_problem *why);

/* HMAC with the hash of `alg`. Returns its length, 0 if the library failed. */
size_t token_mac(enum token_alg alg, kith_slice secret, kith_slice text,
                 uint8_t out[TOKEN_MAC_BYTES_MAX]);

/* Is `sig` the signature of `text`? `alg` is the key's own, or for a Phoenix key one of the HMACs.
 * A signature of a wrong length or form costs as much as a wrong one: something else is checked in
 * its place. */
bool token_signature_ok(const struct token_key *key, enum token_alg alg, kith_slice text,
                        kith_slice sig);
