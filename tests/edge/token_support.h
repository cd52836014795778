/* tests/edge/token_support.h -- keys, verdicts and JWTs for the tests of tokens. */
#pragma once

#include "edge/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define SECRET "a shared secret of some 40 characters..."

static struct buf scratch;
static const char *last_reason;

static inline struct token_keys *keys_of(const struct token_key_options *o, size_t count)
{
    struct token_keys *k = token_keys_new();
    kith_problem why = {"no problem"};
    assert_non_null(k);
    for (size_t i = 0; i < count; i++)
        if (token_keys_add(k, &o[i], &why) != KITH_OK) fail_msg("key %zu: %s", i, why.text);
    assert_int_equal(token_keys_count(k), count);
    return k;
}

static inline struct token_keys *hs256_keys(void)
{
    return keys_of(&(struct token_key_options){.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)}, 1);
}

static inline struct token_keys *pem_keys(enum token_alg alg, const char *pem)
{
    return keys_of(
        &(struct token_key_options){.kind = TOKEN_JWT, .alg = alg, .secret = slice_str(pem)}, 1);
}

/* The token in an allocation of its own size, so that a sanitizer sees a read beyond its end. */
static inline kith_err judge(const struct token_keys *k, kith_slice token, uint64_t unix_ms,
                             struct token_claims *claims)
{
    uint8_t *copy = malloc(token.len ? token.len : 1);
    assert_non_null(copy);
    if (token.len) memcpy(copy, token.ptr, token.len);
    last_reason = NULL;
    kith_err e =
        token_verify(k, slice_of(copy, token.len), unix_ms, &scratch, claims, &last_reason);
    free(copy);
    assert_non_null(last_reason);
    return e;
}

static inline void assert_good(const struct token_keys *k, kith_slice token, uint64_t unix_ms,
                               const char *user)
{
    struct token_claims claims = {0};
    if (judge(k, token, unix_ms, &claims) != KITH_OK) fail_msg("%s", last_reason);
    if (!slice_is(claims.user, user))
        fail_msg("user %.*s, expected %s", (int)claims.user.len, claims.user.ptr, user);
}

static inline void assert_verdict(const struct token_keys *k, kith_slice token, uint64_t unix_ms,
                                  kith_err verdict, const char *reason)
{
    struct token_claims claims = {.expires_at_ms = 77};
    kith_err e = judge(k, token, unix_ms, &claims);
    if (e != verdict)
        fail_msg("%s, expected %s: %s", kith_err_text(e), kith_err_text(verdict), reason);
    assert_string_equal(last_reason, reason);
    assert_int_equal(claims.expires_at_ms, 77); /* on an error nothing has changed */
    assert_null(claims.user.ptr);
}

#define assert_refused(k, token, ms, reason) assert_verdict(k, token, ms, KITH_REFUSED, reason)
#define assert_expired(k, token, ms, reason) assert_verdict(k, token, ms, KITH_EXPIRED, reason)

/* base64url by OpenSSL, appended to `out`. */
static inline void put_b64(struct buf *out, kith_slice in)
{
    uint8_t *at = buf_reserve(out, in.len * 2 + 8);
    size_t n = (size_t)EVP_EncodeBlock(at, in.ptr, (int)in.len);
    while (n && at[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        at[i] = at[i] == '+' ? '-' : at[i] == '/' ? '_' : at[i];
    out->len += n;
}

/* The signature of what stands in `out` so far. */
static inline void put_hmac(struct buf *out, const EVP_MD *hash, kith_slice secret)
{
    uint8_t mac[64];
    unsigned n = 0;
    assert_non_null(HMAC(hash, secret.ptr, (int)secret.len, out->ptr, out->len, mac, &n));
    buf_putc(out, '.');
    put_b64(out, slice_of(mac, n));
}

static struct buf minted;

/* A JWT by SECRET; borrowed until the next. */
static inline kith_slice jwt_of(kith_slice header, kith_slice payload)
{
    buf_clear(&minted);
    put_b64(&minted, header);
    buf_putc(&minted, '.');
    put_b64(&minted, payload);
    put_hmac(&minted, EVP_sha256(), KITH_LIT(SECRET));
    return buf_slice(&minted);
}

static inline kith_slice jwt(const char *payload)
{
    return jwt_of(KITH_LIT("{\"alg\":\"HS256\"}"), slice_str(payload));
}

static inline int free_support(void **state)
{
    (void)state;
    buf_fini(&scratch);
    buf_fini(&minted);
    return 0;
}
