/* wire/http_query.c -- application/x-www-form-urlencoded, read one parameter at a time. */
#include "wire/http.h"

#include "wire/http_chars.h"
#include "wire/utf8.h"

/* false: a `%` without two hexadecimal digits behind it. */
static bool decode(kith_slice s, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i] == '+' ? ' ' : s.ptr[i];
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
        bool good = decode(key, scratch);
        if (scratch->failed) return KITH_NOMEM;
        if (!good || !slice_is(buf_slice(scratch), name)) continue;
        good = decode(value, scratch);
        if (scratch->failed) return KITH_NOMEM;
        *out = buf_slice(scratch);
        return good && utf8_valid(*out) ? KITH_OK : KITH_BAD;
    }
    return KITH_NONE;
}
