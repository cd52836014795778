/* wire/address.c -- addresses of the Internet and networks of them, as text (RFC 4291 section 2.2)
 * and as bytes. */
#include "wire/address.h"

#include <string.h>

enum { WORDS = 8, V4_AT = 12 };

static const uint8_t v4_prefix[V4_AT] = {[10] = 0xff, [11] = 0xff};

/* Four numbers up to 255, with no zero before them: some read those as octal. */
static bool parse_v4(kith_slice text, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        kith_slice part;
        uint64_t n;
        text = slice_cut(text, '.', &part);
        if (!slice_u64(part, &n) || n > 255) return false;
        if ((i < 3) != (text.ptr != NULL)) return false;
        out[i] = (uint8_t)n;
    }
    return true;
}

static bool parse_word(kith_slice text, uint8_t out[2])
{
    unsigned n = 0;
    if (text.len == 0 || text.len > 4) return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i], low = c | 0x20;
        if (c >= '0' && c <= '9')
            n = n << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            n = n << 4 | (low - 'a' + 10u);
        else
            return false;
    }
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    return true;
}

/* Words between colons, with an IPv4 address for the last two perhaps; *words is how many. */
static bool parse_words(kith_slice text, uint8_t out[16], unsigned *words)
{
    *words = 0;
    if (text.len == 0) return true;
    for (kith_slice part; text.ptr;) {
        text = slice_cut(text, ':', &part);
        bool last = !text.ptr, v4 = last && slice_find(part, '.') < part.len;
        if (*words + (v4 ? 2 : 1) > WORDS) return false;
        if (v4 ? !parse_v4(part, out + 2 * *words) : !parse_word(part, out + 2 * *words))
            return false;
        *words += v4 ? 2 : 1;
    }
    return true;
}

/* Where a double colon stands; else the length. */
static size_t find_gap(kith_slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == ':' && text.ptr[i + 1] == ':') return i;
    return text.len;
}

static bool parse_v6(kith_slice text, uint8_t out[16])
{
    uint8_t behind[16];
    unsigned n, more;
    size_t gap = find_gap(text);
    memset(out, 0, 16);
    if (gap == text.len) return parse_words(text, out, &n) && n == WORDS;
    if (slice_find(slice_head(text, gap), '.') < gap) return false;
    if (!parse_words(slice_head(text, gap), out, &n) ||
        !parse_words(slice_from(text, gap + 2), behind, &more) || n + more >= WORDS)
        return false;
    memcpy(out + 16 - 2 * more, behind, 2 * (size_t)more);
    return true;
}

static bool parse_bare(kith_slice text, struct address *out)
{
    struct address a;
    bool v6 = slice_find(text, ':') < text.len;
    memcpy(a.bytes, v4_prefix, V4_AT);
    if (v6 ? !parse_v6(text, a.bytes) : !parse_v4(text, a.bytes + V4_AT)) return false;
    *out = a;
    return true;
}

static bool is_port(kith_slice text)
{
    uint64_t port;
    return slice_u64(text, &port) && port <= UINT16_MAX;
}

bool address_parse(kith_slice text, struct address *out)
{
    kith_slice host, rest;
    if (text.len && text.ptr[0] == '[') {
        rest = slice_cut(slice_from(text, 1), ']', &host);
        if (!rest.ptr || slice_find(host, ':') == host.len) return false;
        if (rest.len && (rest.ptr[0] != ':' || !is_port(slice_from(rest, 1)))) return false;
        return parse_bare(host, out);
    }
    rest = slice_cut(text, ':', &host);
    if (rest.ptr && slice_find(host, '.') < host.len) return is_port(rest) && parse_bare(host, out);
    return parse_bare(text, out);
}

/* The bytes of an address of which no more than `bits` are kept. */
kith_slice address_owner(const struct address *a)
{
    bool v4 = memcmp(a->bytes, v4_prefix, sizeof v4_prefix) == 0;
    return slice_of(a->bytes, v4 ? sizeof a->bytes : 8);
}

static struct address masked(const struct address *a, unsigned bits)
{
    struct address out = *a;
    for (unsigned i = 0; i<sizeof out.bytes; i++, bits = bits> 8 ? bits - 8 : 0)
        if (bits < 8) out.bytes[i] &= (uint8_t)(0xff00u >> bits);
    return out;
}

bool network_has(const struct network *n, const struct address *a)
{
    struct address within = masked(a, n->bits);
    return memcmp(&within, &n->address, sizeof within) == 0;
}

bool network_parse(kith_slice text, struct network *out)
{
    kith_slice host, bits_text = slice_cut(text, '/', &host);
    struct network n = {.bits = 128};
    if (!parse_bare(host, &n.address)) return false;
    uint64_t most = slice_find(host, ':') == host.len ? 32 : 128, bits = most;
    if (bits_text.ptr && (!slice_u64(bits_text, &bits) || bits > most)) return false;
    n.bits = (uint8_t)(bits + 128 - most);
    if (!network_has(&n, &n.address)) return false;
    *out = n;
    return true;
}
