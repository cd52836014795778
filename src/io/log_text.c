/* io/log_text.c -- foreign text in a log. */
#include "io/log_text.h"

#include "wire/utf8.h"

#include <stdio.h>
#include <string.h>

/* The code point at the start, and its bytes in UTF-8; 0: there is none. */
static unsigned decode(kith_slice s, uint32_t *out)
{
    uint8_t c = s.ptr[0];
    unsigned len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (!len || len > s.len || !utf8_valid(slice_head(s, len))) return 0;
    *out = len == 1 ? c : c & (0x7fu >> len);
    for (unsigned i = 1; i < len; i++)
        *out = *out << 6 | (s.ptr[i] & 0x3f);
    return len;
}

/* Controls, line ends, and what changes how the text around it is shown or is not shown at all
 * (Unicode's categories Cc, Cf, Zl and Zp), first and last. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe007f},
};

static bool shows(uint32_t c)
{
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
        if (c >= unseen[i].first && c <= unseen[i].last) return false;
    return true;
}

static size_t put_escape(char *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[] = {'\\', 'x', hex[byte >> 4], hex[byte & 0xf]};
    memcpy(out, escape, sizeof escape); /* without an end: four of them fill LOG_ONE_MAX */
    return sizeof escape;
}

size_t log_put_one(char out[LOG_ONE_MAX], kith_slice *text, bool quotes)
{
    uint32_t c = 0;
    unsigned len = decode(*text, &c);
    bool as_is = len && shows(c) && !(quotes && (c == '"' || c == '\\'));
    kith_slice one = slice_head(*text, len ? len : 1);
    size_t n = 0;
    *text = slice_from(*text, one.len);
    if (as_is) memcpy(out, one.ptr, one.len);
    if (as_is) return one.len;
    for (size_t i = 0; i < one.len; i++)
        n += put_escape(out + n, one.ptr[i]);
    return n;
}

const char *log_id(char out[LOG_ID_MAX], kith_slice id)
{
    size_t n = 0;
    out[n++] = '"';
    while (id.len) {
        if (n > LOG_ID_MAX - LOG_ONE_MAX - 5) {
            n += (size_t)snprintf(out + n, 4, "...");
            break;
        }
        char one[LOG_ONE_MAX];
        size_t len = log_put_one(one, &id, true);
        memcpy(out + n, one, len);
        n += len;
    }
    out[n++] = '"';
    out[n] = 0;
    return out;
}
