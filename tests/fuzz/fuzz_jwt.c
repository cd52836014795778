/* tests/fuzz/fuzz_jwt.c -- tokens against fixed keys. An input that begins with J is a header, a
 * newline and a payload, to be signed as a JWT; one with P a payload to be signed as a
 * Phoenix.Token; anything else is a token as it is, and never a good one. */
#include "vectors/jwt_tokens.h"
#include "vectors/phoenix_tokens.h"

#include "base/assert.h"
#include "edge/token_signature.h"
#include "wire/base64.h"

#define SECRET "a shared secret of some 40 characters..."
#define NOW_MS (JWT_NOW_S * 1000ull)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct token_keys *fixed_keys(void)
{
    static const struct token_key_options o[] = {
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET)},
        {.kind = TOKEN_JWT, .secret = KITH_LIT(SECRET), .kid = "uid", .user_path = "uid"},
        {.kind = TOKEN_JWT,
         .secret = KITH_LIT(SECRET),
         .kid = "strict",
         .issuer = "me",
         .audience = "you"},
        {.kind = TOKEN_JWT, .alg = TOKEN_ES256, .secret = KITH_LIT(PEM_EC)},
        {.kind = TOKEN_JWT, .alg = TOKEN_RS256, .secret = KITH_LIT(PEM_RSA)},
        {.kind = TOKEN_JWT, .alg = TOKEN_EDDSA, .secret = KITH_LIT(PEM_ED25519)},
        {.kind = TOKEN_PHOENIX, .secret = KITH_LIT(PHOENIX_KEY_BASE), .salt = PHOENIX_SALT},
    };
    struct token_keys *k = token_keys_new();
    for (size_t i = 0; k && i < sizeof o / sizeof o[0]; i++)
        KITH_ASSERT(token_keys_add(k, &o[i], NULL) == KITH_OK);
    return k;
}

static void put_base64url(struct buf *b, kith_slice s)
{
    uint8_t *at = buf_reserve(b, base64url_len(s.len) + 1);
    base64url_encode(s, (char *)at);
    b->len += base64url_len(s.len);
}

static void put_signature(struct buf *b, kith_slice secret)
{
    uint8_t mac[TOKEN_MAC_BYTES_MAX];
    size_t n = token_mac(TOKEN_HS256, secret, buf_slice(b), mac);
    buf_putc(b, '.');
    put_base64url(b, slice_of(mac, n));
}

static void sign_jwt(struct buf *b, kith_slice input)
{
    kith_slice header, payload = slice_cut(input, '\n', &header);
    put_base64url(b, header);
    buf_putc(b, '.');
    put_base64url(b, payload);
    put_signature(b, KITH_LIT(SECRET));
}

static void sign_phoenix(struct buf *b, kith_slice payload)
{
    static uint8_t key[32];
    if (!key[0]) KITH_ASSERT(token_phoenix_derive(KITH_LIT(PHOENIX_KEY_BASE), PHOENIX_SALT, key));
    buf_puts(b, "SFMyNTY.");
    put_base64url(b, payload);
    put_signature(b, slice_of(key, sizeof key));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct token_keys *keys; /* PBKDF2 once, not for each input */
    if (!keys) keys = fixed_keys();
    struct buf token = {0}, scratch = {0};
    struct token_claims claims;
    const char *reason = NULL;
    kith_slice input = slice_of(bytes, len);
    if (len && bytes[0] == 'J')
        sign_jwt(&token, slice_from(input, 1));
    else if (len && bytes[0] == 'P')
        sign_phoenix(&token, slice_from(input, 1));
    else
        buf_put(&token, input);

    kith_err e = token_verify(keys, buf_slice(&token), NOW_MS, &scratch, &claims, &reason);
    KITH_ASSERT(reason && *reason);
    KITH_ASSERT(e == KITH_OK || e == KITH_REFUSED || e == KITH_EXPIRED);
    if (e == KITH_OK) {
        KITH_ASSERT(len && (bytes[0] == 'J' || bytes[0] == 'P'));
        KITH_ASSERT(token_user_valid(claims.user) && claims.expires_at_ms >= NOW_MS);
    }
    buf_fini(&token);
    buf_fini(&scratch);
    return 0;
}
