/* edge/token_keys.c -- the set of a server's keys: what may enter it. */
#include "edge/token_key.h"
#include "edge/token_signature.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#define SECRET_BYTES_MIN 32 /* 256 bits: RFC 7518, section 3.2 */
#define SECRET_BYTES_MAX 65536
#define DERIVED_BYTES    32

struct token_keys *token_keys_new(void) { return calloc(1, sizeof(struct token_keys)); }

static void key_fini(struct token_key *key)
{
    OPENSSL_cleanse(key->secret, key->secret_len);
    free(key->secret);
    EVP_PKEY_free(key->public);
    free(key->kid);
    free(key->user_path);
    free(key->issuer);
    free(key->audience);
}

void token_keys_free(struct token_keys *k)
{
    if (!k) return;
    for (size_t i = 0; i < k->count; i++)
        key_fini(&k->keys[i]);
    free(k);
}

size_t token_keys_count(const struct token_keys *k) { return k->count; }

bool token_keys_have(const struct token_keys *k, enum token_kind kind)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->keys[i].kind == kind) return true;
    return false;
}

const char *token_alg_name(enum token_alg alg)
{
    static const char *const names[] = {
        [TOKEN_HS256] = "HS256", [TOKEN_HS384] = "HS384", [TOKEN_HS512] = "HS512",
        [TOKEN_RS256] = "RS256", [TOKEN_ES256] = "ES256", [TOKEN_EDDSA] = "EdDSA"};
    return names[alg];
}

bool token_alg_is_hmac(enum token_alg alg) { return alg <= TOKEN_HS512; }

static bool same(const char *a, const char *b) { return slice_is(slice_str(a), b); }

static bool is_empty(const char *s) { return s && !*s; }

static kith_err check_secret(kith_slice secret, kith_problem *why)
{
    if (secret.len < SECRET_BYTES_MIN)
        return problem(KITH_BAD, why,
                       "the secret has %zu bytes and needs at least 32; make one: openssl rand "
                       "-base64 48",
                       secret.len);
    if (secret.len > SECRET_BYTES_MAX)
        return problem(KITH_BAD, why, "the secret is longer than 65536 bytes");
    if (memmem(secret.ptr, secret.len, "-----BEGIN", 10))
        return problem(
            KITH_BAD, why,
            "this is a PEM key, and HMAC needs a shared secret; for a public key set the "
            "algorithm to RS256, ES256 or EdDSA");
    return KITH_OK;
}

static kith_err check_texts(const struct token_key_options *o, kith_problem *why)
{
    if (is_empty(o->kid) || is_empty(o->user_path) || is_empty(o->issuer) || is_empty(o->audience))
        return problem(KITH_BAD, why,
                       "kid, user, issuer or audience is empty; leave it out instead");
    if (o->max_age_s < 0) return problem(KITH_BAD, why, "max_age is negative");
    return KITH_OK;
}

/* One kid of one issuer must mean one key. The same kid of two issuers means two. */
static kith_err check_unique(const struct token_keys *k, const struct token_key_options *o,
                             kith_problem *why)
{
    for (size_t i = 0; o->kid && o->kind == TOKEN_JWT && i < k->count; i++) {
        const struct token_key *other = &k->keys[i];
        if (other->kid && same(other->kid, o->kid) && same(other->issuer, o->issuer))
            return problem(
                KITH_BAD, why,
                "another key has this kid and issuer already; give each key its own kid");
    }
    return KITH_OK;
}

/* NULL: out of memory. */
static void *copy_of(const void *bytes, size_t n)
{
    void *copy = malloc(n);
    return copy ? memcpy(copy, bytes, n) : NULL;
}

static bool copy_text(char **to, const char *from)
{
    *to = from ? copy_of(from, strlen(from) + 1) : NULL;
    return !from || *to;
}

static kith_err copy_secret(struct token_key *key, kith_slice secret)
{
    key->secret = copy_of(secret.ptr, secret.len);
    key->secret_len = key->secret ? secret.len : 0;
    return key->secret ? KITH_OK : KITH_NOMEM;
}

static kith_err derive(struct token_key *key, const struct token_key_options *o, kith_problem *why)
{
    uint8_t derived[DERIVED_BYTES];
    if (!o->salt || !*o->salt)
        return problem(KITH_BAD, why,
                       "salt is missing; it is the text given to Phoenix.Token.sign, such as "
                       "\"user socket\"");
    if (!token_phoenix_derive(o->secret, o->salt, derived)) return KITH_NOMEM;
    kith_err e = copy_secret(key, slice_of(derived, sizeof derived));
    OPENSSL_cleanse(derived, sizeof derived);
    return e;
}

static kith_err fill_key(struct token_key *key, const struct token_key_options *o,
                         kith_problem *why)
{
    if (o->kind == TOKEN_JWT && !token_alg_is_hmac(o->alg))
        return token_public_key(o->secret, o->alg, &key->public, why);
    kith_err e = check_secret(o->secret, why);
    if (e != KITH_OK) return e;
    return o->kind == TOKEN_PHOENIX ? derive(key, o, why) : copy_secret(key, o->secret);
}

kith_err token_keys_add(struct token_keys *k, const struct token_key_options *o, kith_problem *why)
{
    if (k->count == TOKEN_KEYS_MAX)
        return problem(KITH_FULL, why, "more than %d keys", TOKEN_KEYS_MAX);
    kith_err e = check_texts(o, why);
    if (e == KITH_OK) e = check_unique(k, o, why);
    if (e != KITH_OK) return e;

    struct token_key key = {
        .kind = o->kind, .alg = o->alg, .max_age_s = o->max_age_s, .exp_optional = o->exp_optional};
    bool copied = copy_text(&key.kid, o->kid) && copy_text(&key.user_path, o->user_path) &&
                  copy_text(&key.issuer, o->issuer) && copy_text(&key.audience, o->audience);
    e = copied ? fill_key(&key, o, why) : KITH_NOMEM;
    if (e == KITH_NOMEM) problem(e, why, "out of memory");
    if (e == KITH_OK)
        k->keys[k->count++] = key;
    else
        key_fini(&key);
    return e;
}
