/* wire/utf8.c -- UTF-8 by RFC 3629, ASCII first: most of what clients send is nothing else. */
#include "wire/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

static uint64_t load(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* The first byte that is not ASCII, or `end`. */
static const uint8_t *skip_ascii(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 32 && !((load(p) | load(p + 8) | load(p + 16) | load(p + 24)) & HIGH_BITS))
        p += 32;
    for (; end - p >= 8; p += 8) {
        uint64_t high = load(p) & HIGH_BITS;
        if (high) return p + (__builtin_ctzll(high) >> 3);
    }
    while (p < end && *p < 0x80)
        p++;
    return p;
}

static bool continues(uint8_t c) { return (c & 0xC0) == 0x80; }

/* Length of the sequence of two to four bytes at `p`; 0: there is none. The second byte has the
 * narrower bounds of the table in RFC 3629, section 4: there lie overlong forms and surrogates. */
static size_t sequence(const uint8_t *p, size_t left)
{
    uint8_t head = p[0];
    size_t len = head < 0xE0 ? 2 : head < 0xF0 ? 3 : 4;
    if (head < 0xC2 || head > 0xF4 || left < len || !continues(p[1])) return 0;
    if (head == 0xE0 && p[1] < 0xA0) return 0;
    if (head == 0xED && p[1] > 0x9F) return 0;
    if (head == 0xF0 && p[1] < 0x90) return 0;
    if (head == 0xF4 && p[1] > 0x8F) return 0;
    if (len > 2 && !continues(p[2])) return 0;
    if (len > 3 && !continues(p[3])) return 0;
    return len;
}

bool utf8_valid(kith_slice s)
{
    if (s.len == 0) return true;
    const uint8_t *p = s.ptr, *end = s.ptr + s.len;
    while ((p = skip_ascii(p, end)) < end) {
        do {
            size_t len = sequence(p, (size_t)(end - p));
            if (!len) return false;
            p += len;
        } while (p < end && *p >= 0x80);
    }
    return true;
}

size_t utf8_control(kith_slice s)
{
    if (s.len == 0) return 0;
    if (s.ptr[0] < 0x20 || s.ptr[0] == 0x7F) return 1;
    return s.ptr[0] == 0xC2 && s.len > 1 && continues(s.ptr[1]) && s.ptr[1] < 0xA0 ? 2 : 0;
}

bool utf8_has_control(kith_slice s)
{
    for (; s.len; s = slice_from(s, 1))
        if (utf8_control(s)) return true;
    return false;
}
