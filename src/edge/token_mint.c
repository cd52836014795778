/* edge/token_mint.c -- tokens of our own, for the command line and the demo page. */
#include "edge/token_key.h"
#include "edge/token_signature.h"
#include "wire/base64.h"
#include "wire/etf.h"
#include "wire/json.h"

struct request {
    const struct token_key *key;
    kith_slice user;
    uint64_t unix_ms;
    uint32_t ttl_s;
};

static void put_base64url(struct buf *out, kith_slice bytes)
{
    size_t n = base64url_len(bytes.len);
    uint8_t *at = n ? buf_reserve(out, n) : NULL;
    if (!at) return;
    base64url_encode(bytes, (char *)at);
    out->len += n;
}

static void put_member(struct buf *b, const char *name, kith_slice text)
{
    buf_putc(b, ',');
    json_put_quoted(b, slice_str(name));
    buf_putc(b, ':');
    json_put_quoted(b, text);
}

static void put_header(struct buf *b, const struct token_key *key)
{
    buf_printf(b, "{\"alg\":\"%s\"", token_alg_name(key->alg));
    put_member(b, "typ", KITH_LIT("JWT"));
    if (key->kid) put_member(b, "kid", slice_str(key->kid));
    buf_putc(b, '}');
}

static void put_claims(struct buf *b, const struct request *r)
{
    const struct token_key *key = r->key;
    buf_puts(b, "{\"iat\":");
    buf_put_u64(b, r->unix_ms / 1000);
    buf_puts(b, ",\"exp\":");
    buf_put_u64(b, r->unix_ms / 1000 + r->ttl_s);
    put_member(b, key->user_path ? key->user_path : "sub", r->user);
    if (key->issuer) put_member(b, "iss", slice_str(key->issuer));
    if (key->audience) put_member(b, "aud", slice_str(key->audience));
    buf_putc(b, '}');
}

/* Public keys check and cannot sign. */
static const struct token_key *signer(const struct token_keys *k, enum token_kind kind)
{
    for (size_t i = 0; i < k->count; i++)
        if (k->keys[i].kind == kind && !k->keys[i].public) return &k->keys[i];
    return NULL;
}

/* Moves what is composed in `part` over; a failure there is one of the whole. */
static void put_part(struct buf *text, struct buf *part)
{
    put_base64url(text, buf_slice(part));
    text->failed = text->failed || part->failed;
    buf_clear(part);
}

/* The two parts that a signature covers. */
static void put_parts(struct buf *text, struct buf *part, const struct request *r)
{
    if (r->key->kind == TOKEN_PHOENIX) {
        buf_puts(text, "SFMyNTY.");
        etf_put_token(part, r->user, r->key->user_path, r->unix_ms, r->ttl_s);
    } else {
        put_header(part, r->key);
        put_part(text, part);
        buf_putc(text, '.');
        put_claims(part, r);
    }
    put_part(text, part);
}

/* Nothing of `out` changes unless all of the token is there. */
static kith_err sign(struct buf *out, struct buf *text, const struct token_key *key)
{
    uint8_t mac[TOKEN_MAC_BYTES_MAX];
    enum token_alg alg = key->kind == TOKEN_PHOENIX ? TOKEN_HS256 : key->alg;
    size_t n = token_mac(alg, token_secret(key), buf_slice(text), mac);
    buf_putc(text, '.');
    put_base64url(text, slice_of(mac, n));
    if (!n || text->failed) return KITH_NOMEM;
    size_t before = out->len;
    buf_put(out, buf_slice(text));
    return out->len == before + text->len ? KITH_OK : KITH_NOMEM;
}

kith_err token_mint(const struct token_keys *k, enum token_kind kind, kith_slice user,
                    uint64_t unix_ms, uint32_t ttl_s, struct buf *out)
{
    struct request r = {signer(k, kind), user, unix_ms, ttl_s};
    if (!r.key) return KITH_NONE;
    if (!token_user_valid(user)) return KITH_BAD;
    struct buf text = {0}, part = {0};
    put_parts(&text, &part, &r);
    kith_err e = text.failed ? KITH_NOMEM : sign(out, &text, r.key);
    buf_fini(&part);
    buf_fini(&text);
    return e;
}
