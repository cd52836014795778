/* tests/fuzz/fuzz_address.c -- addresses and networks as text, against what the C library reads;
 * and X-Forwarded-For: each line of the input is such a header, or, with a '!' before it, another
 * one. */
#include "base/assert.h"
#include "edge/forwarded.h"

#include <arpa/inet.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { TEXT_MAX = 64, WORDS_MAX = 256 };

/* A second opinion */

static bool reads_as(int family, kith_slice s, void *out)
{
    char text[TEXT_MAX] = "";
    if (s.len >= TEXT_MAX || slice_find(s, 0) < s.len) return false;
    if (s.len) memcpy(text, s.ptr, s.len);
    return inet_pton(family, text, out) == 1;
}

static bool bare(kith_slice s, struct address *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(out->bytes, mapped, sizeof mapped);
    return reads_as(AF_INET, s, out->bytes + 12) || reads_as(AF_INET6, s, out->bytes);
}

/* Digits without a zero before them, up to `most`. */
static bool number(kith_slice s, unsigned long most, unsigned long *out)
{
    char text[8] = "";
    if (s.len == 0 || s.len >= sizeof text || (s.len > 1 && s.ptr[0] == '0')) return false;
    memcpy(text, s.ptr, s.len);
    *out = strtoul(text, NULL, 10);
    return strspn(text, "0123456789") == s.len && *out <= most;
}

static bool is_port(kith_slice s)
{
    unsigned long port;
    return s.len && s.ptr[0] == ':' && number(slice_from(s, 1), 65535, &port);
}

static bool expected(kith_slice s, struct address *out)
{
    const uint8_t *end = s.len ? memchr(s.ptr, ']', s.len) : NULL, *colon;
    if (end && s.ptr[0] == '[') {
        kith_slice host = slice_of(s.ptr + 1, (size_t)(end - s.ptr) - 1);
        kith_slice rest = slice_from(s, host.len + 2);
        return reads_as(AF_INET6, host, out->bytes) && (!rest.len || is_port(rest));
    }
    if (bare(s, out)) return true;
    colon = s.len ? memrchr(s.ptr, ':', s.len) : NULL;
    size_t at = colon ? (size_t)(colon - s.ptr) : 0;
    kith_slice host = slice_head(s, at);
    return colon && memchr(host.ptr, '.', host.len) && !memchr(host.ptr, ':', host.len) &&
           is_port(slice_from(s, at)) && bare(host, out);
}

static bool bit(const struct address *a, unsigned at)
{
    return a->bytes[at / 8] >> (7 - at % 8) & 1;
}

static bool shares(const struct address *a, const struct address *b, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++)
        if (bit(a, i) != bit(b, i)) return false;
    return true;
}

static bool expected_network(kith_slice s, struct network *out)
{
    unsigned long bits, most;
    size_t slash = slice_find(s, '/');
    kith_slice host = slice_head(s, slash);
    struct address zeros = {0};
    if (!bare(host, &out->address)) return false;
    bits = most = slice_find(host, ':') < host.len ? 128 : 32;
    if (slash < s.len && !number(slice_from(s, slash + 1), most, &bits)) return false;
    out->bits = (uint8_t)(bits + 128 - most);
    for (unsigned i = 0; i < out->bits; i++)
        zeros.bytes[i / 8] |= (uint8_t)(out->address.bytes[i / 8] & 0x80 >> i % 8);
    return memcmp(&zeros, &out->address, sizeof zeros) == 0;
}

/* What is held against it */

static void check_address(kith_slice s)
{
    struct address got, want;
    bool is = address_parse(s, &got);
    KITH_ASSERT(is == expected(s, &want));
    if (is) KITH_ASSERT(memcmp(&got, &want, sizeof got) == 0);
}

static void check_network(kith_slice s)
{
    struct network got, want;
    struct address of[] = {{{0}}, {{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}}, {{0x20, 1}}};
    bool is = network_parse(s, &got);
    KITH_ASSERT(is == expected_network(s, &want));
    if (!is) return;
    KITH_ASSERT(got.bits == want.bits && shares(&got.address, &want.address, 128));
    KITH_ASSERT(network_has(&got, &got.address));
    for (int i = 0; i < 3; i++)
        KITH_ASSERT(network_has(&got, &of[i]) == shares(&got.address, &of[i], got.bits));
}

static const struct proxies proxies = {
    .count = 3,
    .all = {{{{[10] = 0xff, [11] = 0xff, [12] = 10}}, 104},
            {{{[15] = 1}}, 128},
            {{{0x20, 0x01, 0x0d, 0xb8}}, 32}},
};

/* All that is named, from left to right, and then from its end. */
static bool expected_client(const struct http_request *r, struct address *out)
{
    kith_slice words[WORDS_MAX];
    size_t n = 0;
    bool named = false;
    for (size_t i = 0; i < r->header_count; i++) {
        if (r->headers[i].name.len != 15) continue;
        for (kith_slice rest = r->headers[i].value; rest.ptr && n < WORDS_MAX;) {
            kith_slice w;
            rest = slice_cut(rest, ',', &w);
            while (w.len && strchr(" \t", w.ptr[0]) && w.ptr[0])
                w = slice_from(w, 1);
            while (w.len && strchr(" \t", w.ptr[w.len - 1]) && w.ptr[w.len - 1])
                w.len--;
            if (w.len) words[n++] = w;
        }
    }
    for (struct address a; n-- > 0; *out = a, named = true) {
        if (named && !proxies_have(&proxies, out)) break;
        if (!expected(words[n], &a)) break;
    }
    return named;
}

static void check_client(kith_slice text)
{
    struct http_request r = {0};
    struct address got, want;
    size_t room = sizeof r.headers / sizeof r.headers[0];
    if (text.len > WORDS_MAX) return;
    for (kith_slice line; text.ptr && r.header_count < room;) {
        text = slice_cut(text, '\n', &line);
        bool other = line.len && line.ptr[0] == '!';
        r.headers[r.header_count++] = (struct http_header){
            other ? KITH_LIT("x-forwarded") : KITH_LIT("X-Forwarded-For"), line};
    }
    bool named = forwarded_client(&proxies, &r, &got);
    KITH_ASSERT(named == expected_client(&r, &want));
    if (named) KITH_ASSERT(memcmp(&got, &want, sizeof got) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    kith_slice text = slice_of(bytes, len);
    check_address(text);
    check_network(text);
    check_client(text);
    return 0;
}
