/* wire/http_query.c -- what stands in a target: the segments of its path, and of its query
 * (application/x-www-form-urlencoded) one parameter at a time. */
#include "wire/http.h"

#include "wire/http_chars.h"
#include "wire/utf8.h"

/* `plus` is what a + stands for. False: a `%` without two hexadecimal digits behind it. */
static bool decode(kith_slice s, uint8_t plus, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i] == '+' ? plus : s.ptr[i];
        if (c == '%') {
            uint8_t high = i + 2 < s.len ? http_hex(s.ptr[i + 1]) : 16;
            uint8_t low = high < 16 ? http_hex(s.ptr[i + 2]) : 16;
            if (low == 16) return false;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        buf_putc(out, c);
    }
    return true;
}

kith_err http_query(kith_slice query, const char *name, struct buf *scratch, kith_slice *out)
{
    buf_clear(scratch);
    while (query.len) {
        kith_slice pair, key;
        query = slice_cut(query, '&', &pair);
        kith_slice value = slice_cut(pair, '=', &key);
        bool good = decode(key, ' ', scratch);
        if (scratch->failed) return KITH_NOMEM;
        if (!good || !slice_is(buf_slice(scratch), name)) continue;
        good = decode(value, ' ', scratch);
        if (scratch->failed) return KITH_NOMEM;
        *out = buf_slice(scratch);
        return good && utf8_valid(*out) ? KITH_OK : KITH_BAD;
    }
    return KITH_NONE;
}

kith_err http_query_name(kith_slice *query, struct buf *scratch, kith_slice *out)
{
    while (query->len) {
        kith_slice pair, key;
        *query = slice_cut(*query, '&', &pair);
        if (pair.len == 0) continue;
        slice_cut(pair, '=', &key);
        bool good = decode(key, ' ', scratch);
        if (scratch->failed) return KITH_NOMEM;
        *out = buf_slice(scratch);
        return good && utf8_valid(*out) ? KITH_OK : KITH_BAD;
    }
    return KITH_NONE;
}

kith_err http_segment(kith_slice *path, struct buf *scratch, kith_slice *out)
{
    if (path->len == 0) return KITH_NONE;
    kith_slice text = slice_from(*path, 1);
    kith_slice segment = slice_head(text, slice_find(text, '/'));
    *path = slice_from(text, segment.len);
    bool good = decode(segment, '+', scratch);
    if (scratch->failed) return KITH_NOMEM;
    *out = buf_slice(scratch);
    return good && utf8_valid(*out) ? KITH_OK : KITH_BAD;
}
