/* wire/http_chars.h -- the character classes of HTTP (RFC 9110, section 5.6). */
#pragma once

#include "base/slice.h"

static inline bool http_is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static inline bool http_is_alpha(uint8_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
static inline bool http_is_blank(uint8_t c) { return c == ' ' || c == '\t'; }
static inline bool http_is_visible(uint8_t c) { return c > 0x20 && c < 0x7F; }

/* The value of a hexadecimal digit, or 16. */
static inline uint8_t http_hex(uint8_t c)
{
    if (http_is_digit(c)) return (uint8_t)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (uint8_t)(c - 'a' + 10) : 16;
}

/* Of a method or a field's name. */
static inline bool http_is_tchar(uint8_t c)
{
    switch (c) {
    case '!':
    case '#':
    case '$':
    case '%':
    case '&':
    case '\'':
    case '*':
    case '+':
    case '-':
    case '.':
    case '^':
    case '_':
    case '`':
    case '|':
    case '~': return true;
    default: return http_is_digit(c) || http_is_alpha(c);
    }
}

/* Of a field's value: visible, blank, or above ASCII. */
static inline bool http_is_field_char(uint8_t c) { return (c >= 0x20 && c != 0x7F) || c == '\t'; }

/* `s` without the blanks around it. */
static inline kith_slice http_trim(kith_slice s)
{
    while (s.len && http_is_blank(s.ptr[0]))
        s = slice_from(s, 1);
    while (s.len && http_is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}
