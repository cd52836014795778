/* wire/json.c -- the grammar of RFC 8259, as steps from the start of a thing to its end. */
#include "wire/json.h"

#include "base/limits.h"
#include "wire/json_scan.h"

static bool is_short_escape(uint8_t c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return true;
    default: return false;
    }
}

/* `p` is at a backslash. A surrogate must be half of a pair: alone it is no character. */
static const uint8_t *escape_end(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 2) return NULL;
    if (p[1] != 'u') return is_short_escape(p[1]) ? p + 2 : NULL;
    unsigned c = json_hex4(p + 2, end);
    if (c == JSON_NOT_HEX || json_is_low(c)) return NULL;
    if (!json_is_high(c)) return p + 6;
    bool paired = end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
                  json_is_low(json_hex4(p + 8, end));
    return paired ? p + 12 : NULL;
}

const uint8_t *json_string_end(const uint8_t *p, const uint8_t *end)
{
    if (p == end || *p != '"') return NULL;
    p++;
    while ((p = json_skip_plain(p, end)) < end) {
        if (*p == '"') return p + 1;
        do { /* where there is one there are mostly more: nothing is skipped in between */
            p = *p == '\\' ? escape_end(p, end) : NULL;
            if (!p) return NULL;
        } while (p < end && *p == '\\');
    }
    return NULL;
}

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static const uint8_t *skip_digits(const uint8_t *p, const uint8_t *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* The exponent of a number that is known to be well formed; `p` behind the e. It saturates far
 * beyond what any count of digits could bring back into range. */
static int64_t exponent(const uint8_t *p, const uint8_t *end)
{
    bool minus = *p == '-';
    if (minus || *p == '+') p++;
    int64_t v = 0;
    for (; p < end; p++)
        if (v < INT64_C(100000000000000)) v = v * 10 + (*p - '0');
    return minus ? -v : v;
}

/* What lies between the largest double and the next power of two rounds up to infinity from
 * 1.7976931348623158079..e308 on. Twenty digits decide; what differs only behind them does not. */
#define MAX_EXPONENT 308
static const char max_digits[20] = "17976931348623158079";

/* The digits from the first that is not 0, the point left out, are below the limit's. */
static bool below_limit(const uint8_t *p, const uint8_t *end)
{
    for (size_t i = 0; i < sizeof max_digits; p++) {
        if (p == end) return true;
        if (*p == '.') continue;
        if (*p != max_digits[i]) return *p < max_digits[i];
        i++;
    }
    return false;
}

/* A well-formed number with a fraction or an exponent fits a double. What counts is the power of
 * ten of its first digit that is not 0. */
static bool fits_double(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *first = NULL, *point = NULL, *e = end;
    for (p += *p == '-'; p < e; p++) {
        if (*p == '.')
            point = p;
        else if (!is_digit(*p))
            e = p;
        else if (*p != '0' && !first)
            first = p;
    }
    if (!first) return true;
    if (!point) point = e;
    int64_t power = first < point ? point - first - 1 : point - first;
    if (e < end) power += exponent(e + 1, end);
    return power < MAX_EXPONENT || (power == MAX_EXPONENT && below_limit(first, e));
}

static const uint8_t *number_end(const uint8_t *start, const uint8_t *end)
{
    const uint8_t *p = start + (*start == '-');
    const uint8_t *q = skip_digits(p, end);
    if (q == p || (*p == '0' && q > p + 1)) return NULL;
    const uint8_t *integer = q;
    if (q < end && *q == '.') {
        p = q + 1;
        q = skip_digits(p, end);
        if (q == p) return NULL;
    }
    if (q < end && (*q | 0x20) == 'e') {
        p = q + 1;
        if (p < end && (*p == '-' || *p == '+')) p++;
        q = skip_digits(p, end);
        if (q == p) return NULL;
    }
    return q == integer || fits_double(start, q) ? q : NULL;
}

static const uint8_t *word_end(const uint8_t *p, const uint8_t *end, const char *word, size_t len)
{
    return (size_t)(end - p) >= len && memcmp(p, word, len) == 0 ? p + len : NULL;
}

/* "key": value */
static const uint8_t *member_end(const uint8_t *p, const uint8_t *end, unsigned depth)
{
    p = json_string_end(p, end);
    if (!p) return NULL;
    p = json_skip_space(p, end);
    if (p == end || *p != ':') return NULL;
    return json_value_end(json_skip_space(p + 1, end), end, depth);
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
static const uint8_t *container_end(const uint8_t *p, const uint8_t *end, unsigned depth)
{
    if (depth >= JSON_DEPTH_MAX) return NULL;
    bool object = *p == '{';
    uint8_t close = object ? '}' : ']';
    p = json_skip_space(p + 1, end);
    if (p < end && *p == close) return p + 1;
    for (;;) {
        p = object ? member_end(p, end, depth + 1) : json_value_end(p, end, depth + 1);
        if (!p) return NULL;
        p = json_skip_space(p, end);
        if (p == end) return NULL;
        if (*p == close) return p + 1;
        if (*p != ',') return NULL;
        p = json_skip_space(p + 1, end);
    }
}

const uint8_t *json_value_end(const uint8_t *p, const uint8_t *end, unsigned depth)
{
    if (p == end) return NULL;
    switch (*p) {
    case '"': return json_string_end(p, end);
    case '{':
    case '[': return container_end(p, end, depth);
    case 'n': return word_end(p, end, "null", 4);
    case 't': return word_end(p, end, "true", 4);
    case 'f': return word_end(p, end, "false", 5);
    default: return *p == '-' || is_digit(*p) ? number_end(p, end) : NULL;
    }
}
