/* edge/api_key.c -- the keys of the REST API, each as the SHA-256 of its secret: what is compared
 * has one length, and where two differ says nothing about the secret. */
#include "edge/api_key.h"

#include "base/limits.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>

#define SECRET_BYTES_MIN 32 /* as for tokens: nobody guesses them, and no hash has to be slow */

struct api_keys {
    unsigned count;
    struct api_key {
        uint8_t hash[SHA256_DIGEST_LENGTH];
        enum api_role role;
    } keys[API_KEYS_MAX];
};

struct api_keys *api_keys_new(void) { return calloc(1, sizeof(struct api_keys)); }

void api_keys_free(struct api_keys *k) { free(k); }

static bool hash_of(kith_slice secret, uint8_t out[SHA256_DIGEST_LENGTH])
{
    return SHA256(secret.ptr, secret.len, out) != NULL;
}

/* What a header's value may be made of without being trimmed or changed on its way. */
bool api_secret_sendable(kith_slice secret)
{
    if (secret.len > API_SECRET_BYTES_MAX) return false;
    for (size_t i = 0; i < secret.len; i++)
        if (secret.ptr[i] <= ' ' || secret.ptr[i] > '~') return false;
    return true;
}

static kith_err check_secret(kith_slice secret, kith_problem *why)
{
    if (secret.len < SECRET_BYTES_MIN)
        return problem(KITH_BAD, why,
                       "the secret has %zu bytes and needs at least 32; make one: openssl rand "
                       "-base64 48",
                       secret.len);
    if (secret.len > API_SECRET_BYTES_MAX)
        return problem(KITH_BAD, why,
                       "the secret is longer than %d bytes; make one: openssl rand -base64 48",
                       API_SECRET_BYTES_MAX);
    if (!api_secret_sendable(secret))
        return problem(KITH_BAD, why,
                       "the secret holds a blank, a line's end or another byte that is no visible "
                       "ASCII; make one: openssl rand -base64 48");
    return KITH_OK;
}

kith_err api_keys_add(struct api_keys *k, enum api_role role, kith_slice secret, kith_problem *why)
{
    struct api_key key = {.role = role};
    if (k->count == API_KEYS_MAX) return problem(KITH_FULL, why, "more than %d keys", API_KEYS_MAX);
    kith_err e = check_secret(secret, why);
    if (e) return e;
    if (!hash_of(secret, key.hash)) return problem(KITH_IO, why, "SHA-256 failed in OpenSSL");
    for (unsigned i = 0; i < k->count; i++)
        if (CRYPTO_memcmp(k->keys[i].hash, key.hash, sizeof key.hash) == 0)
            return problem(KITH_EXISTS, why,
                           "another key has this secret already; give each key its own");
    k->keys[k->count++] = key;
    return KITH_OK;
}

/* What stands behind "Bearer" and one or more blanks. NULL bytes: it is not of this scheme. */
static kith_slice secret_in(kith_slice authorization)
{
    kith_slice scheme, rest = slice_cut(authorization, ' ', &scheme);
    if (!slice_eq_nocase(scheme, KITH_LIT("bearer"))) return (kith_slice){0};
    while (rest.len && rest.ptr[0] == ' ')
        rest = slice_from(rest, 1);
    return rest;
}

enum api_role api_keys_role(const struct api_keys *k, kith_slice authorization)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    unsigned role = API_NONE;
    kith_slice secret = secret_in(authorization);
    if (!k || !secret.len || !hash_of(secret, hash)) return API_NONE;
    for (unsigned i = 0; i < k->count; i++) {
        unsigned differs = CRYPTO_memcmp(k->keys[i].hash, hash, sizeof hash) != 0;
        role |= k->keys[i].role & (differs - 1); /* no two keys are one */
    }
    return (enum api_role)role;
}
