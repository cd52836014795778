/* io/tls_pair.h -- a certificate and its private key, as two files of PEM; and a CA's. */
#pragma once

#include "base/err.h"

#include <stdint.h>

struct ssl_ctx_st;

/* Behind the certificate stand those between it and its CA. */
struct tls_pair {
    const char *cert_file, *key_file;
};

/* Into `ctx`. *expires_s, if all is well, is when the first of the chain expires (unix), which may
 * be over. KITH_BAD: `why` says which file will not do, and what to do. */
KITH_MUST_USE kith_err tls_pair_load(struct ssl_ctx_st *ctx, const struct tls_pair *pair,
                                     uint64_t *expires_s, kith_problem *why);
/* The same for nothing but the answer. KITH_NOMEM. */
KITH_MUST_USE kith_err tls_pair_check(const struct tls_pair *pair, uint64_t *expires_s,
                                      kith_problem *why);
/* Whether the file has certificates to trust. Errors alike. */
KITH_MUST_USE kith_err tls_ca_check(const char *path, kith_problem *why);
