/* edge/token.h -- who is this? Phoenix.Token and JWT, verified and minted. Algorithms are pinned
 * per key and never taken from the token; the reason of a refusal is for the log, never for the
 * client. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum token_kind { TOKEN_PHOENIX, TOKEN_JWT };
enum token_alg { TOKEN_HS256, TOKEN_HS384, TOKEN_HS512, TOKEN_RS256, TOKEN_ES256, TOKEN_EDDSA };

struct token_key_options {
    enum token_kind kind;
    enum token_alg alg;    /* JWT; for Phoenix the token's header may name any of its three HMACs */
    const char *kid;       /* JWT; NULL: tokens without one */
    kith_slice secret;     /* HS*: >= 32 bytes. Phoenix: secret_key_base. RS256, ES256, EdDSA: the
                              public key as PEM */
    const char *salt;      /* Phoenix */
    const char *user_path; /* Phoenix: see wire/etf.h. JWT: the claim, whose value may be an
                              integer; NULL: sub, which must be text */
    int64_t max_age_s;     /* Phoenix: overrides the token's; 0: don't */
    const char *issuer, *audience; /* JWT: required to match where set */
    bool exp_optional;             /* JWT */
};

struct token_keys; /* the set of keys of a server; immutable once built, so threads may share it */

struct token_keys *token_keys_new(void); /* NULL: out of memory */
void token_keys_free(struct token_keys *k);
/* Copies what it needs. Derives a Phoenix key from its salt, about 0.4 ms. KITH_BAD: a secret under
 * 32 bytes, a malformed, private or weak key, the wrong type for the algorithm, a kid twice with
 * one issuer (the same kid of two issuers means two keys). KITH_FULL: TOKEN_KEYS_MAX are there.
 * KITH_NOMEM. `why` says what to do. */
KITH_MUST_USE kith_err token_keys_add(struct token_keys *k, const struct token_key_options *o,
                                      kith_problem *why);
size_t token_keys_count(const struct token_keys *k);

/* An id as the whole house takes it: valid UTF-8 of 1 to USER_ID_BYTES_MAX bytes without NUL, which
 * neither PostgreSQL nor a C string can hold. */
bool token_user_valid(kith_slice user);

struct token_claims {
    kith_slice user; /* in `scratch`; valid UTF-8 without NUL, 1 to USER_ID_BYTES_MAX bytes */
    uint64_t expires_at_ms; /* unix; when its session ends. UINT64_MAX: never. A JWT that only the
                               leeway let in ends with the leeway, any other at its exp */
};

/* KITH_OK, KITH_REFUSED, KITH_EXPIRED; *reason is a static text for the log. Costs one HMAC or
 * signature check for each key that may fit, mostly one; nothing of the payload is read before it.
 * A token refused before that costs one too: with keys of one algorithm, time tells only whether
 * the signature was good (an expired token's payload is read: microseconds). */
KITH_MUST_USE kith_err token_verify(const struct token_keys *k, kith_slice token, uint64_t unix_ms,
                                    struct buf *scratch, struct token_claims *out,
                                    const char **reason);

/* Mints a token for `user` with the first key of its kind that can sign (HS*, Phoenix): appends to
 * `out`. KITH_NONE: no such key. KITH_BAD: `user` is no valid id. KITH_NOMEM. */
KITH_MUST_USE kith_err token_mint(const struct token_keys *k, enum token_kind kind, kith_slice user,
                                  uint64_t unix_ms, uint32_t ttl_s, struct buf *out);
