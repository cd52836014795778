/* edge/token_verify.c -- which kind of token is this, and is it good? */
#include "edge/token_key.h"
#include "edge/token_signature.h"
#include "wire/utf8.h"

kith_err token_refuse(struct token_try *t, const char *reason)
{
    t->reason = reason;
    return KITH_REFUSED;
}

kith_err token_expire(struct token_try *t, const char *reason)
{
    t->reason = reason;
    return KITH_EXPIRED;
}

bool token_split(kith_slice token, kith_slice part[3])
{
    kith_slice rest = token;
    for (int i = 0; i < 2; i++) {
        rest = slice_cut(rest, '.', &part[i]);
        if (!rest.ptr) return false;
    }
    part[2] = rest;
    return slice_find(rest, '.') == rest.len;
}

bool token_user_valid(kith_slice user)
{
    return user.len >= 1 && user.len <= USER_ID_BYTES_MAX && utf8_valid(user) &&
           slice_find(user, 0) == user.len;
}

/* Encrypted tokens of plug_crypto 2 and 1. */
static bool is_encrypted(kith_slice token)
{
    return slice_starts(token, KITH_LIT("XCP.")) || slice_starts(token, KITH_LIT("QTEyOEdDTQ."));
}

static enum token_kind kind_of(kith_slice token)
{
    enum token_alg any;
    kith_slice first;
    slice_cut(token, '.', &first);
    return token_phoenix_alg(first, &any) ? TOKEN_PHOENIX : TOKEN_JWT;
}

static kith_err verify(const struct token_keys *k, struct token_try *t, struct token_claims *out)
{
    if (t->token.len == 0) return token_refuse(t, "no token");
    if (t->token.len > TOKEN_BYTES_MAX) return token_refuse(t, "longer than 8 KiB");
    if (is_encrypted(t->token))
        return token_refuse(t,
                            "made by Phoenix.Token.encrypt, which is not supported; make it with "
                            "Phoenix.Token.sign");
    return kind_of(t->token) == TOKEN_PHOENIX ? token_phoenix(k, t, out) : token_jwt(k, t, out);
}

/* A token that fell before any signature was computed costs one nevertheless, so that the time of a
 * refusal doesn't say how far it came. */
static void spend(const struct token_keys *k, const struct token_try *t)
{
    const struct token_key *key = k->count ? &k->keys[0] : NULL;
    enum token_kind kind = kind_of(t->token);
    for (size_t i = k->count; i-- > 0;)
        if (k->keys[i].kind == kind) key = &k->keys[i];
    size_t n = t->token.len < TOKEN_BYTES_MAX ? t->token.len : TOKEN_BYTES_MAX;
    if (key) (void)token_signature_ok(key, key->alg, slice_head(t->token, n), (kith_slice){0});
}

kith_err token_verify(const struct token_keys *k, kith_slice token, uint64_t unix_ms,
                      struct buf *scratch, struct token_claims *out, const char **reason)
{
    struct token_try t = {.token = token, .unix_ms = unix_ms, .scratch = scratch, .reason = "good"};
    kith_err e = verify(k, &t, out);
    if (e != KITH_OK && t.checks == 0) spend(k, &t);
    *reason = t.reason;
    return e;
}
