/* edge/token_claims.c -- what a JWT claims: who, for whom, by whom, from when until when (RFC 7519,
 * section 4.1). Its signature is known to be good. */
#include "edge/token_key.h"

#include <inttypes.h>
#include <jansson.h>

/* NumericDate is seconds, perhaps with a fraction. Absent: *ms stays. False: not a number. */
static bool read_time(const json_t *claims, const char *name, double *ms)
{
    const json_t *v = json_object_get(claims, name);
    if (v && !json_is_number(v)) return false;
    if (v) *ms = json_number_value(v) * 1000;
    return true;
}

/* A session ends at `exp` itself; one that only the leeway let in ends with the leeway. */
static uint64_t session_end(double exp, double now)
{
    double end = exp > now ? exp : exp + TOKEN_LEEWAY_MS;
    return end < (double)INT64_MAX ? (uint64_t)end : UINT64_MAX;
}

static kith_err check_times(const struct token_key *key, struct token_try *t, const json_t *claims,
                            uint64_t *expires)
{
    double exp = (double)INT64_MAX, nbf = 0, iat = 0, now = (double)t->unix_ms;
    if (!read_time(claims, "exp", &exp) || !read_time(claims, "nbf", &nbf) ||
        !read_time(claims, "iat", &iat))
        return token_refuse(t, "its exp, nbf or iat is not a number");
    if (!key->exp_optional && !json_object_get(claims, "exp"))
        return token_refuse(t, "it has no exp");
    if (now >= exp + TOKEN_LEEWAY_MS) return token_expire(t, "expired");
    if (now + TOKEN_LEEWAY_MS < nbf) return token_refuse(t, "not valid yet, by its nbf");
    if (now + TOKEN_LEEWAY_MS < iat) return token_refuse(t, "issued in the future, by its iat");
    *expires = session_end(exp, now);
    return KITH_OK;
}

static bool is_text(const json_t *v, const char *text)
{
    return json_is_string(v) && strcmp(json_string_value(v), text) == 0;
}

/* One text or an array of them. A token that is meant for somebody is refused by a key that is not
 * told who it is: RFC 7519, section 4.1.3. */
static bool audience_fits(const json_t *aud, const char *audience)
{
    if (!aud) return !audience;
    if (json_is_string(aud)) return is_text(aud, audience);
    bool found = false;
    for (size_t i = 0; i < json_array_size(aud); i++) {
        if (!json_is_string(json_array_get(aud, i))) return false;
        found = found || is_text(json_array_get(aud, i), audience);
    }
    return found;
}

static kith_err check_parties(const struct token_key *key, struct token_try *t,
                              const json_t *claims)
{
    const json_t *iss = json_object_get(claims, "iss"), *aud = json_object_get(claims, "aud");
    if (iss && !json_is_string(iss)) return token_refuse(t, "its iss is not a string");
    if (key->issuer && !is_text(iss, key->issuer)) return token_refuse(t, "its iss is another");
    if (aud && !key->audience)
        return token_refuse(t, "it has an aud, and its key no audience; set one");
    if (!audience_fits(aud, key->audience)) return token_refuse(t, "its aud is another");
    return KITH_OK;
}

/* `sub` is text by the RFC. A claim of the app's own may be an integer, as database ids are. */
static bool put_user(const struct token_key *key, const json_t *claims, struct buf *to)
{
    const json_t *v = json_object_get(claims, key->user_path ? key->user_path : "sub");
    buf_clear(to);
    if (json_is_string(v))
        buf_put(to, slice_of(json_string_value(v), json_string_length(v)));
    else if (json_is_integer(v) && key->user_path)
        buf_printf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else
        return false;
    return true;
}

static kith_err check_claims(const struct token_key *key, struct token_try *t, const json_t *claims,
                             struct token_claims *out)
{
    struct token_claims result;
    if (!json_is_object(claims)) return token_refuse(t, "its payload is not a JSON object");
    kith_err e = check_parties(key, t, claims);
    if (e == KITH_OK) e = check_times(key, t, claims, &result.expires_at_ms);
    if (e != KITH_OK) return e;
    if (!put_user(key, claims, t->scratch))
        return token_refuse(t, "its user is missing or no text");
    if (t->scratch->failed) return token_refuse(t, "out of memory");
    result.user = buf_slice(t->scratch);
    if (!token_user_valid(result.user)) return token_refuse(t, "its user is no valid id");
    *out = result;
    return KITH_OK;
}

kith_err token_jwt_claims(const struct token_key *key, struct token_try *t, kith_slice json,
                          struct token_claims *out)
{
    json_t *claims = json_loadb((const char *)json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL);
    kith_err e = check_claims(key, t, claims, out);
    json_decref(claims);
    return e;
}
