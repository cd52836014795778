/* wire/etf_term.c -- one term of Erlang's external term format (erts: ext_dist). */
#include "wire/etf_term.h"

#include <math.h>

/* Behind its tag a term has a number of `width` bytes, big endian: the integer itself, or how many
 * bytes or children follow. */
static const struct form {
    uint8_t tag, width;
    enum etf_kind kind;
    bool latin1;
} forms[] = {
    {SMALL_INTEGER_EXT, 1, ETF_INTEGER, false},
    {INTEGER_EXT, 4, ETF_INTEGER, false},
    {NEW_FLOAT_EXT, 0, ETF_FLOAT, false},
    {SMALL_BIG_EXT, 1, ETF_BIG, false},
    {LARGE_BIG_EXT, 4, ETF_BIG, false},
    {ATOM_EXT, 2, ETF_ATOM, true},
    {SMALL_ATOM_EXT, 1, ETF_ATOM, true},
    {ATOM_UTF8_EXT, 2, ETF_ATOM, false},
    {SMALL_ATOM_UTF8_EXT, 1, ETF_ATOM, false},
    {BINARY_EXT, 4, ETF_BINARY, false},
    {STRING_EXT, 2, ETF_CHARS, true},
    {SMALL_TUPLE_EXT, 1, ETF_TUPLE, false},
    {LARGE_TUPLE_EXT, 4, ETF_TUPLE, false},
    {NIL_EXT, 0, ETF_LIST, false},
    {LIST_EXT, 4, ETF_LIST, false},
    {MAP_EXT, 4, ETF_MAP, false},
};

static const struct form *form_of(uint8_t tag)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].tag == tag) return &forms[i];
    return NULL;
}

static bool take(kith_slice *in, size_t n, kith_slice *out)
{
    if (in->len < n) return false;
    *out = slice_head(*in, n);
    *in = slice_from(*in, n);
    return true;
}

static bool take_number(kith_slice *in, size_t width, uint64_t *out)
{
    kith_slice s;
    if (!take(in, width, &s)) return false;
    *out = 0;
    for (size_t i = 0; i < width; i++)
        *out = *out << 8 | s.ptr[i];
    return true;
}

/* IEEE 754. Infinities and NaN have no term in Erlang, so no honest token holds one. */
static bool take_real(kith_slice *in, struct etf_term *t)
{
    uint64_t bits;
    if (!take_number(in, 8, &bits)) return false;
    memcpy(&t->real, &bits, sizeof bits);
    return isfinite(t->real);
}

/* A sign byte and `n` bytes. What fits 64 bits becomes an ordinary integer. */
static bool take_big(kith_slice *in, size_t n, struct etf_term *t)
{
    kith_slice sign;
    if (!take(in, 1, &sign) || !take(in, n, &t->bytes) || sign.ptr[0] > 1) return false;
    t->negative = sign.ptr[0];
    while (t->bytes.len && t->bytes.ptr[t->bytes.len - 1] == 0)
        t->bytes.len--;
    uint64_t v = 0;
    if (t->bytes.len <= 8)
        for (size_t i = t->bytes.len; i-- > 0;)
            v = v << 8 | t->bytes.ptr[i];
    if (t->bytes.len > 8 || v > INT64_MAX) return true;
    t->kind = ETF_INTEGER;
    t->integer = t->negative ? -(int64_t)v : (int64_t)v;
    return true;
}

bool etf_head(kith_slice *in, struct etf_term *out)
{
    kith_slice tag;
    const struct form *f = take(in, 1, &tag) ? form_of(tag.ptr[0]) : NULL;
    uint64_t n;
    if (!f || !take_number(in, f->width, &n)) return false;
    *out = (struct etf_term){.kind = f->kind, .latin1 = f->latin1};
    switch (f->kind) {
    case ETF_INTEGER: out->integer = f->width == 1 ? (int64_t)n : (int32_t)(uint32_t)n; return true;
    case ETF_BIG: return take_big(in, n, out);
    case ETF_FLOAT: return take_real(in, out);
    case ETF_ATOM:
    case ETF_BINARY:
    case ETF_CHARS: return take(in, n, &out->bytes);
    case ETF_TUPLE: out->children = n; return true;
    case ETF_LIST: out->children = f->width ? n + 1 : 0; return true;
    case ETF_MAP: break;
    }
    out->children = 2 * n;
    return true;
}

/* Recursion, at most ETF_DEPTH_MAX deep. */
static bool skip(kith_slice *in, unsigned depth)
{
    struct etf_term t;
    if (!etf_head(in, &t)) return false;
    if (t.kind < ETF_TUPLE) return true;
    if (depth == 0) return false;
    for (uint64_t i = 0; i < t.children; i++)
        if (!skip(in, depth - 1)) return false;
    return true;
}

bool etf_whole(kith_slice *in, unsigned depth, kith_slice *out)
{
    kith_slice start = *in;
    if (!skip(in, depth)) return false;
    *out = slice_head(start, start.len - in->len);
    return true;
}
