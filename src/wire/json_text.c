/* wire/json_text.c -- what a JSON string says, and how a text is said as one. */
#include "wire/json.h"
#include "wire/json_scan.h"

/* A parsed string's inside, byte by byte as it is after unescaping. */
struct reader {
    const uint8_t *p, *end;
    uint8_t pending[3]; /* what is still to come of an escaped character */
    uint8_t count;
};

static struct reader reader_of(struct json string)
{
    return (struct reader){.p = string.raw.ptr + 1, .end = string.raw.ptr + string.raw.len - 1};
}

/* The code point of the \u escape or pair of escapes at *p, which it steps over. */
static unsigned code_point(const uint8_t **p)
{
    unsigned c = json_hex4(*p + 2, *p + 6);
    *p += 6;
    if (!json_is_high(c)) return c;
    unsigned low = json_hex4(*p + 2, *p + 6);
    *p += 6;
    return 0x10000 + ((c & 0x3FF) << 10) + (low & 0x3FF);
}

static size_t put_utf8(uint8_t *at, unsigned c)
{
    if (c < 0x80) {
        at[0] = (uint8_t)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        at[i] = (uint8_t)(0x80 | (c & 0x3F));
    at[0] = (uint8_t)((0xF00u >> len) | c);
    return len;
}

/* Writes the character of the escape at *p, which it steps over: 1 to 4 bytes, fewer than read. */
static size_t unescape(const uint8_t **p, uint8_t *at)
{
    uint8_t c = (*p)[1];
    if (c == 'u') return put_utf8(at, code_point(p));
    switch (c) {
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    default: break;
    }
    *p += 2;
    *at = c;
    return 1;
}

/* -1: the end. */
static int next_byte(struct reader *r)
{
    if (r->count) {
        uint8_t c = r->pending[0];
        memmove(r->pending, r->pending + 1, sizeof r->pending - 1);
        r->count--;
        return c;
    }
    if (r->p == r->end) return -1;
    if (*r->p != '\\') return *r->p++;
    uint8_t c[4];
    r->count = (uint8_t)(unescape(&r->p, c) - 1);
    memcpy(r->pending, c + 1, r->count);
    return c[0];
}

static kith_slice inside(struct json string)
{
    return slice_of(string.raw.ptr + 1, string.raw.len - 2);
}

static bool escaped(kith_slice in) { return slice_find(in, '\\') < in.len; }

int json_text_cmp(struct json a, struct json b)
{
    if (!escaped(inside(a)) && !escaped(inside(b))) return slice_cmp(inside(a), inside(b));
    struct reader left = reader_of(a), right = reader_of(b);
    int x, y;
    do {
        x = next_byte(&left);
        y = next_byte(&right);
    } while (x == y && x >= 0);
    return x - y;
}

bool json_text_is(struct json string, kith_slice text)
{
    if (slice_eq(inside(string), text)) return !escaped(text);
    if (!escaped(inside(string))) return false;
    struct reader r = reader_of(string);
    for (size_t i = 0; i < text.len; i++)
        if (next_byte(&r) != text.ptr[i]) return false;
    return next_byte(&r) < 0;
}

/* Unescapes `in` to `at`, which may be where it lies: what is written never overtakes what is
 * read. Returns the end. */
static uint8_t *unescape_all(kith_slice in, uint8_t *at)
{
    const uint8_t *p = in.ptr, *end = in.ptr + in.len;
    while (p < end) {
        const uint8_t *q = p + slice_find(slice_of(p, (size_t)(end - p)), '\\');
        memmove(at, p, (size_t)(q - p));
        at += q - p;
        for (p = q; p < end && *p == '\\';)
            at += unescape(&p, at);
    }
    return at;
}

kith_slice json_text(struct json string, struct buf *scratch)
{
    kith_slice in = inside(string);
    if (!escaped(in)) return in;
    buf_clear(scratch);
    uint8_t *at = buf_reserve(scratch, in.len);
    if (!at) return slice_of(NULL, 0);
    scratch->len = (size_t)(unescape_all(in, at) - at);
    return buf_slice(scratch);
}

kith_slice json_text_inplace(struct json string)
{
    kith_slice in = inside(string);
    if (!escaped(in)) return in;
    uint8_t *at = (uint8_t *)(uintptr_t)in.ptr;
    return slice_of(at, (size_t)(unescape_all(in, at) - at));
}

/* The letter of the short escape of `c`, or 0. */
static uint8_t short_escape(uint8_t c)
{
    switch (c) {
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '"':
    case '\\': return c;
    default: return 0;
    }
}

static uint8_t *escape(uint8_t *at, uint8_t c)
{
    uint8_t letter = short_escape(c);
    *at++ = '\\';
    if (letter) {
        *at++ = letter;
        return at;
    }
    memcpy(at, c < 0x10 ? "u000" : "u001", 4);
    at[4] = (uint8_t) "0123456789ABCDEF"[c & 15];
    return at + 5;
}

size_t json_quoted_len(kith_slice text)
{
    size_t len = text.len + 2;
    if (text.len == 0) return len;
    const uint8_t *p = text.ptr, *end = text.ptr + text.len;
    for (; (p = json_skip_plain(p, end)) < end; p++)
        len += short_escape(*p) ? 1 : 5;
    return len;
}

uint8_t *json_quote(uint8_t *at, kith_slice text)
{
    const uint8_t *p = text.ptr, *end = text.len ? text.ptr + text.len : p;
    *at++ = '"';
    while (p < end) {
        const uint8_t *q = json_skip_plain(p, end);
        memcpy(at, p, (size_t)(q - p));
        at += q - p;
        p = q;
        if (p < end) at = escape(at, *p++);
    }
    *at++ = '"';
    return at;
}

void json_put_quoted(struct buf *b, kith_slice text)
{
    uint8_t *at = buf_reserve(b, json_quoted_len(text));
    if (at) b->len = (size_t)(json_quote(at, text) - b->ptr);
}
