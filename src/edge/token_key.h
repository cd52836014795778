/* edge/token_key.h -- what the files of the token share: one key, one attempt to verify. */
#pragma once

#include "base/limits.h"
#include "edge/token.h"

#include <openssl/evp.h>

struct token_key {
    enum token_kind kind;
    enum token_alg alg; /* JWT */
    uint8_t *secret;    /* owned. HS*: as given; Phoenix: derived with the salt */
    size_t secret_len;
    EVP_PKEY *public; /* owned. RS256, ES256, EdDSA */
    char *kid;        /* owned, as the next three; NULL where not given */
    char *user_path;
    char *issuer, *audience;
    int64_t max_age_s;
    bool exp_optional;
};

struct token_keys {
    size_t count;
    struct token_key keys[TOKEN_KEYS_MAX];
};

bool token_keys_have(const struct token_keys *k, enum token_kind kind);

static inline kith_slice token_secret(const struct token_key *key)
{
    return slice_of(key->secret, key->secret_len);
}

/* One token on its way through the keys. */
struct token_try {
    kith_slice token;
    uint64_t unix_ms;
    struct buf *scratch;
    unsigned checks;    /* signatures computed so far */
    const char *reason; /* static, for the log */
};

kith_err token_refuse(struct token_try *t, const char *reason); /* KITH_REFUSED */
kith_err token_expire(struct token_try *t, const char *reason); /* KITH_EXPIRED */

/* Cuts `token` into three parts at its dots. False: not exactly three. */
bool token_split(kith_slice token, kith_slice part[3]);

/* token_phoenix.c, token_jwt.c: verify. token_claims.c: what a JWT's payload says, its signature
 * being good. */
kith_err token_phoenix(const struct token_keys *k, struct token_try *t, struct token_claims *out);
kith_err token_jwt(const struct token_keys *k, struct token_try *t, struct token_claims *out);
kith_err token_jwt_claims(const struct token_key *key, struct token_try *t, kith_slice json,
                          struct token_claims *out);

/* The three HMACs that Phoenix.Token knows, by the first part of the token. False: none of them. */
bool token_phoenix_alg(kith_slice part, enum token_alg *alg);
bool token_phoenix_derive(kith_slice key_base, const char *salt, uint8_t out[32]);

const char *token_alg_name(enum token_alg alg); /* as JWT writes it: RFC 7518, section 3.1 */
bool token_alg_is_hmac(enum token_alg alg);
