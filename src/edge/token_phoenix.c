/* edge/token_phoenix.c -- Phoenix.Token: an HMAC over an Erlang term. */
#include "edge/token_key.h"
#include "edge/token_signature.h"
#include "wire/base64.h"
#include "wire/etf.h"

#define ITERATIONS        1000 /* plug_crypto's default for key_iterations */
#define DECODED_BYTES_MAX (TOKEN_BYTES_MAX / 4 * 3 + 3)

bool token_phoenix_derive(kith_slice key_base, const char *salt, uint8_t out[32])
{
    return PKCS5_PBKDF2_HMAC((const char *)key_base.ptr, (int)key_base.len, (const uint8_t *)salt,
                             (int)strlen(salt), ITERATIONS, EVP_sha256(), 32, out) == 1;
}

bool token_phoenix_alg(kith_slice part, enum token_alg *alg)
{
    static const struct {
        const char *text; /* base64url of the algorithm's name */
        enum token_alg alg;
    } known[] = {{"SFMyNTY", TOKEN_HS256}, {"SFMzODQ", TOKEN_HS384}, {"SFM1MTI", TOKEN_HS512}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        *alg = known[i].alg;
        if (slice_is(part, known[i].text)) return true;
    }
    return false;
}

/* `infinity` passes before the time of signing is looked at, as plug_crypto has it. A fraction of a
 * millisecond makes no difference, since now has none. */
static kith_err check_age(struct token_try *t, const struct etf_token *token, uint64_t *expires)
{
    double now = (double)t->unix_ms, signed_at = (double)token->signed_at_ms;
    *expires = UINT64_MAX;
    if (token->never_expires) return KITH_OK;
    if (token->max_age_s <= 0) return token_expire(t, "expired: its max_age is not positive");
    if (signed_at > now) return token_refuse(t, "signed in the future");
    double end = signed_at + token->max_age_s * 1000;
    if (end < now) return token_expire(t, "expired");
    if (end < (double)INT64_MAX) *expires = (uint64_t)end;
    return KITH_OK;
}

static kith_err check_payload(const struct token_key *key, struct token_try *t, kith_slice payload,
                              struct token_claims *out)
{
    struct etf_token token;
    kith_err e = etf_token(payload, key->user_path, t->scratch, &token);
    if (e == KITH_NOMEM) return token_refuse(t, "out of memory");
    if (e != KITH_OK) return token_refuse(t, "no user in its data; say by user = where it stands");
    if (key->max_age_s) {
        token.never_expires = false;
        token.max_age_s = (double)key->max_age_s;
    }
    struct token_claims claims = {.user = token.user};
    e = check_age(t, &token, &claims.expires_at_ms);
    if (e != KITH_OK) return e;
    if (!token_user_valid(token.user)) return token_refuse(t, "its user is no valid id");
    *out = claims;
    return KITH_OK;
}

kith_err token_phoenix(const struct token_keys *k, struct token_try *t, struct token_claims *out)
{
    uint8_t payload[DECODED_BYTES_MAX], sig[DECODED_BYTES_MAX];
    size_t payload_len, sig_len;
    kith_slice part[3];
    enum token_alg alg;
    if (!token_split(t->token, part) || !token_phoenix_alg(part[0], &alg))
        return token_refuse(t, "not three parts");
    if (!token_keys_have(k, TOKEN_PHOENIX))
        return token_refuse(t, "no key for Phoenix tokens is configured");
    if (base64url_decode(part[1], payload, &payload_len) != KITH_OK ||
        base64url_decode(part[2], sig, &sig_len) != KITH_OK)
        return token_refuse(t, "not base64url");

    kith_slice text = slice_head(t->token, part[0].len + 1 + part[1].len);
    kith_err best = token_refuse(t, "signed with another secret_key_base or salt");
    for (size_t i = 0; i < k->count; i++) {
        const struct token_key *key = &k->keys[i];
        if (key->kind != TOKEN_PHOENIX) continue;
        t->checks++;
        if (!token_signature_ok(key, alg, text, slice_of(sig, sig_len))) continue;
        best = check_payload(key, t, slice_of(payload, payload_len), out);
        if (best == KITH_OK) break;
    }
    return best;
}
