/* tests/fuzz/fuzz_pem.c -- public keys as an operator may give them. The first byte tells the
 * algorithm, and whether the rest is the PEM or the DER that goes into one. What is taken is a
 * sound key of that algorithm's kind, and nothing that is no signature is one under it; why another
 * is not is said in words that a terminal can show. */
#include "vectors/jwt_tokens.h"

#include "base/assert.h"
#include "edge/token_signature.h"
#include "mutate.h"
#include "wire/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { DER_BYTES_MAX = 4096, LINE = 64 };

static void put_pem(struct buf *out, kith_slice der)
{
    char text[DER_BYTES_MAX * 2];
    base64_encode(der, text);
    buf_puts(out, "-----BEGIN PUBLIC KEY-----\n");
    for (kith_slice rest = slice_of(text, base64_len(der.len)); rest.len;) {
        kith_slice line = slice_head(rest, rest.len < LINE ? rest.len : LINE);
        buf_put(out, line);
        buf_putc(out, '\n');
        rest = slice_from(rest, line.len);
    }
    buf_puts(out, "-----END PUBLIC KEY-----\n");
}

static void check_key(EVP_PKEY *key, enum token_alg alg)
{
    static const char *const kinds[] = {
        [TOKEN_RS256] = "RSA", [TOKEN_ES256] = "EC", [TOKEN_EDDSA] = "ED25519"};
    const struct token_key k = {.kind = TOKEN_JWT, .alg = alg, .public = key};
    KITH_ASSERT(EVP_PKEY_is_a(key, kinds[alg]));
    KITH_ASSERT(alg != TOKEN_RS256 || EVP_PKEY_get_bits(key) >= 2048);
    KITH_ASSERT(!token_signature_ok(&k, alg, KITH_LIT("text"), (kith_slice){0}));
    KITH_ASSERT(!token_signature_ok(&k, alg, KITH_LIT("text"), KITH_LIT("no signature")));
}

static void check_reason(const kith_problem *why)
{
    KITH_ASSERT(why->text[0]);
    for (const char *c = why->text; *c; c++)
        KITH_ASSERT((unsigned char)*c >= 0x20 && *c != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const enum token_alg algs[] = {TOKEN_RS256, TOKEN_ES256, TOKEN_EDDSA};
    if (len == 0 || len > DER_BYTES_MAX) return 0;
    enum token_alg alg = algs[bytes[0] % 3];
    kith_slice rest = slice_of(bytes + 1, len - 1);
    struct buf pem = {0};
    EVP_PKEY *key = NULL;
    kith_problem why = {""};
    if (bytes[0] & 0x80)
        put_pem(&pem, rest);
    else
        buf_put(&pem, rest);
    if (token_public_key(buf_slice(&pem), alg, &key, &why) == KITH_OK)
        check_key(key, alg);
    else
        check_reason(&why);
    EVP_PKEY_free(key);
    buf_fini(&pem);
    return 0;
}
