/* wire/json_scan.h -- what the json files share among themselves: small steps over bytes. */
#pragma once

#include "base/slice.h"

/* The end of the one value that begins at `p`, inside `depth` open containers; NULL: `p` is at the
 * end, or what stands there is no value. The text is valid UTF-8. */
const uint8_t *json_value_end(const uint8_t *p, const uint8_t *end, unsigned depth);

/* The end of the string that begins at `p`; NULL as above. */
const uint8_t *json_string_end(const uint8_t *p, const uint8_t *end);

static inline const uint8_t *json_skip_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline bool json_is_plain(uint8_t c) { return c >= 0x20 && c != '"' && c != '\\'; }

/* The first byte that a string cannot hold as it is (`"`, `\`, control characters), or `end`.
 * Eight bytes a step: each of the three terms sets the top bit of every byte it seeks. A borrow may
 * set others too, but only above one that is found, and only the lowest is asked for. */
static inline const uint8_t *json_skip_plain(const uint8_t *p, const uint8_t *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    for (; end - p >= 8; p += 8) {
        uint64_t w;
        memcpy(&w, p, sizeof w);
        uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
        uint64_t found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
                         ((w - ones * 0x20) & ~w);
        found &= ones * 0x80;
        if (found) return p + (__builtin_ctzll(found) >> 3);
    }
    while (p < end && json_is_plain(*p))
        p++;
    return p;
}

/* Four hex digits at `p`, of either case; JSON_NOT_HEX: there are none. */
#define JSON_NOT_HEX 0x10000u
static inline unsigned json_hex4(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 4) return JSON_NOT_HEX;
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        unsigned digit = p[i] - (unsigned)'0', letter = (p[i] | 0x20u) - 'a';
        if (digit > 9 && letter > 5) return JSON_NOT_HEX;
        v = v << 4 | (digit <= 9 ? digit : letter + 10);
    }
    return v;
}

/* The two halves of a surrogate pair. */
static inline bool json_is_high(unsigned c) { return c >> 10 == 0xD800 >> 10; }
static inline bool json_is_low(unsigned c) { return c >> 10 == 0xDC00 >> 10; }
