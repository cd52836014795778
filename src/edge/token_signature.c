/* edge/token_signature.c -- signatures by OpenSSL. */
#include "edge/token_signature.h"

#include "base/assert.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#define RSA_BYTES_MAX 1024 /* of a signature: 8192 bits, the most that token_public_key takes */
#define DER_BYTES_MAX 80   /* SEQUENCE of two INTEGERs of at most 33 bytes */

/* The order of P-256: r and s lie in [1, n). */
static const uint8_t p256_order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

static const EVP_MD *hash_of(enum token_alg alg)
{
    switch (alg) {
    case TOKEN_HS384: return EVP_sha384();
    case TOKEN_HS512: return EVP_sha512();
    case TOKEN_EDDSA: return NULL; /* Ed25519 hashes by itself */
    default: return EVP_sha256();
    }
}

size_t token_mac(enum token_alg alg, kith_slice secret, kith_slice text,
                 uint8_t out[TOKEN_MAC_BYTES_MAX])
{
    unsigned n = 0;
    KITH_ASSERT(secret.len <= INT_MAX);
    if (!HMAC(hash_of(alg), secret.ptr, (int)secret.len, text.ptr, text.len, out, &n)) return 0;
    return n;
}

static bool mac_ok(const struct token_key *key, enum token_alg alg, kith_slice text, kith_slice sig)
{
    uint8_t mac[TOKEN_MAC_BYTES_MAX];
    size_t n = token_mac(alg, token_secret(key), text, mac);
    return n && sig.len == n && CRYPTO_memcmp(mac, sig.ptr, n) == 0;
}

/* What OpenSSL says of a failure stays out of the thread's error queue: TLS reads that too. */
static bool verify(EVP_PKEY *key, enum token_alg alg, kith_slice text, kith_slice sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, hash_of(alg), NULL, key) == 1 &&
              EVP_DigestVerify(ctx, sig.ptr, sig.len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return ok;
}

static bool in_range(const uint8_t number[32])
{
    static const uint8_t zero[32];
    return memcmp(number, zero, 32) != 0 && memcmp(number, p256_order, 32) < 0;
}

/* JWS writes an ECDSA signature as r || s (RFC 7518, section 3.4), OpenSSL reads DER. 0: no
 * memory. */
static size_t der_of(const uint8_t raw[64], uint8_t der[DER_BYTES_MAX])
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
    int n = 0;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s)) {
        r = s = NULL; /* now the signature's */
        n = i2d_ECDSA_SIG(sig, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return n > 0 ? (size_t)n : 0;
}

static size_t signature_bytes(const struct token_key *key)
{
    int n = key->alg == TOKEN_RS256 ? EVP_PKEY_get_size(key->public) : 64;
    KITH_ASSERT(n > 0 && n <= RSA_BYTES_MAX);
    return (size_t)n;
}

/* All ones is a signature in form for every algorithm, and right for no text. */
static bool public_ok(const struct token_key *key, kith_slice text, kith_slice sig)
{
    uint8_t raw[RSA_BYTES_MAX], der[DER_BYTES_MAX];
    size_t n = signature_bytes(key);
    bool form = sig.len == n &&
                (key->alg != TOKEN_ES256 || (in_range(sig.ptr) && in_range(sig.ptr + 32)));
    memset(raw, 1, n);
    if (form) memcpy(raw, sig.ptr, n);
    kith_slice checked = key->alg == TOKEN_ES256 ? slice_of(der, der_of(raw, der))
                                                 : slice_of(raw, n);
    return verify(key->public, key->alg, text, checked) && form;
}

bool token_signature_ok(const struct token_key *key, enum token_alg alg, kith_slice text,
                        kith_slice sig)
{
    return token_alg_is_hmac(alg) ? mac_ok(key, alg, text, sig) : public_ok(key, text, sig);
}
