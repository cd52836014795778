/* edge/token_pem.c -- public keys from PEM: the right kind, strong enough, and not the private one.
 */
#include "edge/token_signature.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define RSA_BITS_MIN  2048 /* RFC 7518, section 3.3 */
#define RSA_BITS_MAX  8192 /* a check of more takes milliseconds */
#define PEM_BYTES_MAX 65536

/* NULL: it is not there. */
static const uint8_t *find(kith_slice s, const char *text)
{
    return s.ptr ? memmem(s.ptr, s.len, text, strlen(text)) : NULL;
}

static bool contains(kith_slice s, const char *text) { return find(s, text) != NULL; }

static bool holds_two(kith_slice pem)
{
    const uint8_t *first = find(pem, "-----BEGIN");
    return first && contains(slice_from(pem, (size_t)(first - pem.ptr) + 10), "-----BEGIN");
}

/* What people put here by mistake, each with the command that helps. */
static const char *mistake(kith_slice pem)
{
    if (contains(pem, "PRIVATE KEY-----"))
        return "this is a private key; keep it where tokens are signed, and give the server the "
               "public one: openssl pkey -in FILE -pubout";
    if (contains(pem, "-----BEGIN CERTIFICATE"))
        return "this is a certificate; take its key: openssl x509 -in FILE -noout -pubkey";
    if (contains(pem, "-----BEGIN RSA PUBLIC KEY-----"))
        return "this is a PKCS#1 key; convert it: openssl rsa -RSAPublicKey_in -in FILE -pubout";
    if (!contains(pem, "-----BEGIN PUBLIC KEY-----"))
        return "no public key in it; it must be PEM, beginning with -----BEGIN PUBLIC KEY-----";
    if (holds_two(pem)) return "more than one key in it; give each a section of its own";
    if (pem.len > PEM_BYTES_MAX) return "too long for a public key";
    return NULL;
}

static EVP_PKEY *read_pem(kith_slice pem)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

static bool is_sound(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok = ctx && EVP_PKEY_public_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok;
}

static const char *unfit_rsa(EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    if (!EVP_PKEY_is_a(key, "RSA")) return "RS256 needs an RSA key";
    if (bits < RSA_BITS_MIN) return "an RSA key needs at least 2048 bits";
    if (bits > RSA_BITS_MAX) return "an RSA key may have at most 8192 bits";
    return is_sound(key) ? NULL : "the RSA key is not a sound one";
}

static const char *unfit_ec(EVP_PKEY *key)
{
    char curve[32] = "";
    if (!EVP_PKEY_is_a(key, "EC") ||
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof curve,
                                       NULL) != 1 ||
        strcmp(curve, "prime256v1") != 0)
        return "ES256 needs an EC key on the curve P-256";
    return is_sound(key) ? NULL : "the EC key is not a point on its curve";
}

static const char *unfit(EVP_PKEY *key, enum token_alg alg)
{
    if (alg == TOKEN_RS256) return unfit_rsa(key);
    if (alg == TOKEN_ES256) return unfit_ec(key);
    return EVP_PKEY_is_a(key, "ED25519") ? NULL : "EdDSA needs an Ed25519 key";
}

kith_err token_public_key(kith_slice pem, enum token_alg alg, EVP_PKEY **out, kith_problem *why)
{
    const char *wrong = mistake(pem);
    if (wrong) return problem(KITH_BAD, why, "%s", wrong);
    EVP_PKEY *key = read_pem(pem);
    wrong = key ? unfit(key, alg) : "the public key is damaged: OpenSSL cannot read it";
    ERR_clear_error();
    if (wrong) {
        EVP_PKEY_free(key);
        return problem(KITH_BAD, why, "%s", wrong);
    }
    *out = key;
    return KITH_OK;
}
