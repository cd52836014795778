/* wire/etf.c -- a Phoenix.Token's payload: who, when, for how long. */
#include "wire/etf.h"

#include "base/assert.h"
#include "wire/etf_term.h"

#define LEGACY_MAX_AGE_S 86400 /* of tokens that don't say: what their verifier assumed */
#define BIG_BYTES_MAX    53    /* 128 decimal digits: no id is longer */
#define BIG_DIGITS_MAX   128

/* A payload is read twice: first whole, by etf_whole, then piece by piece, when nothing in it can
 * be malformed any more. */
static struct etf_term head(kith_slice *in)
{
    struct etf_term t;
    bool whole = etf_head(in, &t);
    KITH_ASSERT(whole);
    return t;
}

static kith_slice next(kith_slice *in)
{
    kith_slice term;
    bool whole = etf_whole(in, ETF_DEPTH_MAX, &term);
    KITH_ASSERT(whole);
    return term;
}

static struct etf_term term_of(kith_slice whole) { return head(&whole); }

static bool is_name(kith_slice whole, kith_slice name)
{
    struct etf_term t = term_of(whole);
    return (t.kind == ETF_ATOM || t.kind == ETF_BINARY) && slice_eq(t.bytes, name);
}

/* The value under a key. One that stands twice (as atom and as binary) names nobody. */
static bool in_map(kith_slice in, uint64_t children, kith_slice name, kith_slice *value)
{
    unsigned found = 0;
    for (uint64_t i = 0; i < children; i += 2) {
        kith_slice k = next(&in), v = next(&in);
        if (!is_name(k, name)) continue;
        *value = v;
        found++;
    }
    return found == 1;
}

/* A keyword list: pairs of a key and a value. */
static bool in_keywords(kith_slice in, uint64_t children, kith_slice name, kith_slice *value)
{
    unsigned found = 0;
    for (uint64_t i = 0; i < children; i++) {
        kith_slice pair = next(&in);
        struct etf_term t = head(&pair);
        if (t.kind != ETF_TUPLE || t.children != 2) continue;
        if (!is_name(next(&pair), name)) continue;
        *value = next(&pair);
        found++;
    }
    return found == 1;
}

static bool in_tuple(kith_slice in, uint64_t children, kith_slice name, kith_slice *value)
{
    uint64_t at;
    if (!slice_u64(name, &at) || at >= children) return false;
    for (uint64_t i = 0; i <= at; i++)
        *value = next(&in);
    return true;
}

static bool step(kith_slice whole, kith_slice name, kith_slice *value)
{
    struct etf_term t = head(&whole);
    switch (t.kind) {
    case ETF_MAP: return in_map(whole, t.children, name, value);
    case ETF_LIST: return in_keywords(whole, t.children, name, value);
    case ETF_TUPLE: return in_tuple(whole, t.children, name, value);
    default: return false;
    }
}

static bool follow(kith_slice data, const char *path, kith_slice *value)
{
    *value = data;
    for (kith_slice rest = slice_str(path), name; rest.len;) {
        rest = slice_cut(rest, '.', &name);
        if (!step(*value, name, value)) return false;
    }
    return true;
}

static void put_latin1(struct buf *b, kith_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c >= 0x80) buf_putc(b, (uint8_t)(0xC0 | c >> 6));
        buf_putc(b, c < 0x80 ? c : (uint8_t)(0x80 | (c & 0x3F)));
    }
}

/* One digit a round: the magnitude, most significant byte first, is divided by ten. */
static bool put_big(struct buf *b, const struct etf_term *t)
{
    uint8_t n[BIG_BYTES_MAX], digits[BIG_DIGITS_MAX];
    size_t len = t->bytes.len, at = sizeof digits;
    if (len > sizeof n) return false;
    memcpy(n, t->bytes.ptr, len);
    while (len) {
        unsigned rest = 0;
        for (size_t i = len; i-- > 0; rest %= 10) {
            rest = rest << 8 | n[i];
            n[i] = (uint8_t)(rest / 10);
        }
        digits[--at] = (uint8_t)('0' + rest);
        while (len && n[len - 1] == 0)
            len--;
    }
    if (t->negative) buf_putc(b, '-');
    buf_put(b, slice_of(digits + at, sizeof digits - at));
    return true;
}

static void put_integer_text(struct buf *b, int64_t v)
{
    if (v < 0) buf_putc(b, '-');
    buf_put_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* Atoms with which Erlang and Elixir say "nobody" or "yes": never a user. */
static bool is_no_user(kith_slice atom)
{
    return slice_is(atom, "nil") || slice_is(atom, "undefined") || slice_is(atom, "true") ||
           slice_is(atom, "false");
}

static void put_text(struct buf *b, const struct etf_term *t)
{
    if (t->latin1)
        put_latin1(b, t->bytes);
    else
        buf_put(b, t->bytes);
}

static bool put_user(struct buf *b, kith_slice whole)
{
    struct etf_term t = term_of(whole);
    switch (t.kind) {
    case ETF_INTEGER: put_integer_text(b, t.integer); return true;
    case ETF_BIG: return put_big(b, &t);
    case ETF_ATOM:
        if (is_no_user(t.bytes)) return false;
        put_text(b, &t);
        return true;
    case ETF_BINARY:
    case ETF_CHARS: put_text(b, &t); return true;
    default: return false;
    }
}

static bool read_max_age(kith_slice whole, struct etf_token *out)
{
    struct etf_term t = term_of(whole);
    out->never_expires = t.kind == ETF_ATOM && slice_is(t.bytes, "infinity");
    out->max_age_s = t.kind == ETF_FLOAT ? t.real : (double)t.integer;
    return out->never_expires || t.kind == ETF_FLOAT || t.kind == ETF_INTEGER;
}

static bool read_signed_at(kith_slice whole, struct etf_token *out)
{
    struct etf_term t = term_of(whole);
    out->signed_at_ms = t.integer;
    return t.kind == ETF_INTEGER;
}

/* Finds data and reads the times, in the payload's three forms. */
static bool read_payload(kith_slice whole, struct etf_token *out, kith_slice *data)
{
    kith_slice in = whole, at;
    struct etf_term t = head(&in);
    out->never_expires = false;
    out->max_age_s = LEGACY_MAX_AGE_S;
    if (t.kind == ETF_MAP)
        return step(whole, KITH_LIT("data"), data) && step(whole, KITH_LIT("signed"), &at) &&
               read_signed_at(at, out);
    if (t.kind != ETF_TUPLE || t.children < 2 || t.children > 3) return false;
    *data = next(&in);
    if (!read_signed_at(next(&in), out)) return false;
    return t.children == 2 || read_max_age(next(&in), out);
}

kith_err etf_token(kith_slice bytes, const char *path, struct buf *scratch, struct etf_token *out)
{
    struct etf_token token;
    kith_slice whole, data, user;
    if (!bytes.len || bytes.ptr[0] != ETF_VERSION) return KITH_BAD;
    kith_slice in = slice_from(bytes, 1);
    if (!etf_whole(&in, ETF_DEPTH_MAX, &whole) || in.len) return KITH_BAD;
    if (!read_payload(whole, &token, &data) || !follow(data, path, &user)) return KITH_BAD;
    buf_clear(scratch);
    if (!put_user(scratch, user)) return KITH_BAD;
    if (scratch->failed) return KITH_NOMEM;
    token.user = buf_slice(scratch);
    *out = token;
    return KITH_OK;
}

static void put_be(struct buf *b, size_t width, uint64_t v)
{
    while (width-- > 0)
        buf_putc(b, (uint8_t)(v >> (8 * width)));
}

static void put_integer(struct buf *b, uint64_t v)
{
    if (v <= INT32_MAX) {
        buf_putc(b, v <= UINT8_MAX ? SMALL_INTEGER_EXT : INTEGER_EXT);
        put_be(b, v <= UINT8_MAX ? 1 : 4, v);
        return;
    }
    uint8_t n = 0;
    for (uint64_t rest = v; rest; rest >>= 8)
        n++;
    buf_putc(b, SMALL_BIG_EXT);
    buf_putc(b, n);
    buf_putc(b, 0);
    for (; n; n--, v >>= 8)
        buf_putc(b, (uint8_t)v);
}

static void put_binary(struct buf *b, kith_slice s)
{
    buf_putc(b, BINARY_EXT);
    put_be(b, 4, s.len);
    buf_put(b, s);
}

void etf_put_token(struct buf *b, kith_slice user, const char *path, uint64_t signed_at_ms,
                   uint32_t max_age_s)
{
    buf_putc(b, ETF_VERSION);
    buf_putc(b, SMALL_TUPLE_EXT);
    buf_putc(b, 3);
    for (kith_slice rest = slice_str(path), name; rest.len;) {
        rest = slice_cut(rest, '.', &name);
        buf_putc(b, MAP_EXT);
        put_be(b, 4, 1);
        put_binary(b, name);
    }
    put_binary(b, user);
    put_integer(b, signed_at_ms);
    put_integer(b, max_age_s);
}
