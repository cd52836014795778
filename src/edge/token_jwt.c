/* edge/token_jwt.c -- JWT (RFC 7515, 7519, 8725): which keys may fit, and whether one does. */
#include "edge/token_key.h"
#include "edge/token_signature.h"
#include "wire/base64.h"

#include <jansson.h>

#define DECODED_BYTES_MAX (TOKEN_BYTES_MAX / 4 * 3 + 3)

struct header {
    json_t *json; /* owns the texts */
    const char *alg, *kid;
};

static kith_err read_header(struct token_try *t, kith_slice part, struct header *h)
{
    uint8_t bytes[DECODED_BYTES_MAX];
    size_t n;
    if (base64url_decode(part, bytes, &n) != KITH_OK)
        return token_refuse(t, "its header is not base64url");
    h->json = json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(h->json)) return token_refuse(t, "its header is not a JSON object");
    h->alg = json_string_value(json_object_get(h->json, "alg"));
    h->kid = json_string_value(json_object_get(h->json, "kid"));
    if (!h->alg) return token_refuse(t, "its header names no alg");
    if (!h->kid && json_object_get(h->json, "kid"))
        return token_refuse(t, "its kid is not a string");
    return KITH_OK;
}

/* A key that comes with the token, or from where the token says, is the attacker's key; and a
 * critical extension is one that its reader must know, and we know none. */
static kith_err check_header(struct token_try *t, const struct header *h)
{
    static const char *const refused[][2] = {
        {"crit", "its header has crit, and no extension is supported"},
        {"jku", "its header has jku: keys come from the configuration only"},
        {"x5u", "its header has x5u: keys come from the configuration only"},
        {"jwk", "its header has jwk: keys come from the configuration only"},
        {"x5c", "its header has x5c: keys come from the configuration only"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (json_object_get(h->json, refused[i][0])) return token_refuse(t, refused[i][1]);
    return KITH_OK;
}

static bool has_kid(const struct token_key *key, const char *kid)
{
    return key->kind == TOKEN_JWT && (key->kid != NULL) == (kid != NULL) &&
           slice_is(slice_str(key->kid), kid);
}

/* The payload is decoded only once its signature is known to be good. */
static kith_err read_payload(const struct token_key *key, struct token_try *t, kith_slice part,
                             struct token_claims *out)
{
    uint8_t bytes[DECODED_BYTES_MAX];
    size_t n;
    if (base64url_decode(part, bytes, &n) != KITH_OK)
        return token_refuse(t, "its payload is not base64url");
    return token_jwt_claims(key, t, slice_of(bytes, n), out);
}

/* The algorithm is the key's; that the token names the same one is one more condition. */
static kith_err try_keys(const struct token_keys *k, struct token_try *t, const struct header *h,
                         const kith_slice part[3], struct token_claims *out)
{
    uint8_t sig[DECODED_BYTES_MAX];
    size_t sig_len;
    bool signed_by_one = false;
    if (base64url_decode(part[2], sig, &sig_len) != KITH_OK)
        return token_refuse(t, "its signature is not base64url");
    kith_slice text = slice_head(t->token, part[0].len + 1 + part[1].len);
    kith_err best =
        token_refuse(t, h->kid ? "no key has its kid" : "it has no kid, and each key has");
    for (size_t i = 0; i < k->count; i++) {
        const struct token_key *key = &k->keys[i];
        if (!has_kid(key, h->kid)) continue;
        bool alg = strcmp(h->alg, token_alg_name(key->alg)) == 0;
        t->checks++;
        bool ok = token_signature_ok(key, key->alg, text, slice_of(sig, sig_len)) && alg;
        signed_by_one = signed_by_one || ok;
        if (ok)
            best = read_payload(key, t, part[1], out);
        else if (!signed_by_one)
            best = token_refuse(t, alg ? "its signature is wrong" : "its alg is not the key's");
        if (best == KITH_OK) break;
    }
    return best;
}

kith_err token_jwt(const struct token_keys *k, struct token_try *t, struct token_claims *out)
{
    kith_slice part[3];
    struct header h = {0};
    if (!token_split(t->token, part)) return token_refuse(t, "neither a JWT nor a Phoenix.Token");
    if (!token_keys_have(k, TOKEN_JWT)) return token_refuse(t, "no key for JWTs is configured");
    kith_err e = read_header(t, part[0], &h);
    if (e == KITH_OK) e = check_header(t, &h);
    if (e == KITH_OK) e = try_keys(k, t, &h, part, out);
    json_decref(h.json);
    return e;
}
