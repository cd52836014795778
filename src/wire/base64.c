/* wire/base64.c -- RFC 4648, strictly: one spelling for each string of bytes. */
#include "wire/base64.h"

static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* The two alphabets differ in their last two characters. */
struct alphabet {
    char c62, c63;
};
static const struct alphabet standard = {'+', '/'}, url_safe = {'-', '_'};

static char letter(struct alphabet a, unsigned v)
{
    return v < 62 ? common[v] : v == 62 ? a.c62 : a.c63;
}

/* 0 to 63, or -1 for a foreign character. */
static int value(struct alphabet a, uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == (uint8_t)a.c62) return 62;
    return c == (uint8_t)a.c63 ? 63 : -1;
}

/* The bits stand in `acc`, the newest lowest; a last group is filled up with zeros. Returns the end
 * of what was written. */
static char *encode(struct alphabet a, kith_slice in, char *out)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < in.len; i++) {
        acc = acc << 8 | in.ptr[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *out++ = letter(a, acc >> (bits - 6) & 63);
    }
    if (bits) *out++ = letter(a, acc << (6 - bits) & 63);
    return out;
}

/* A single character in the last group holds no byte, and its spare bits must be zero: else two
 * texts would mean the same bytes. */
static kith_err decode(struct alphabet a, kith_slice in, uint8_t *out, size_t *len)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        int v = value(a, in.ptr[i]);
        if (v < 0) return KITH_BAD;
        acc = acc << 6 | (uint32_t)v;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out[n++] = (uint8_t)(acc >> bits);
    }
    if (bits >= 6 || (acc & ((1u << bits) - 1))) return KITH_BAD;
    *len = n;
    return KITH_OK;
}

void base64_encode(kith_slice in, char *out)
{
    const char *end = out + base64_len(in.len);
    for (out = encode(standard, in, out); out < end; out++)
        *out = '=';
}

void base64url_encode(kith_slice in, char *out) { encode(url_safe, in, out); }

kith_err base64_decode(kith_slice in, uint8_t *out, size_t *len)
{
    if (in.len % 4) return KITH_BAD;
    for (int pad = 0; pad < 2 && in.len && in.ptr[in.len - 1] == '='; pad++)
        in.len--;
    return decode(standard, in, out, len);
}

kith_err base64url_decode(kith_slice in, uint8_t *out, size_t *len)
{
    return decode(url_safe, in, out, len);
}
