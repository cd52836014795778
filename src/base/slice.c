/* base/slice.c -- reading borrowed bytes. */
#include "base/slice.h"

int slice_cmp(kith_slice a, kith_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

bool slice_eq_nocase(kith_slice a, kith_slice b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    return true;
}

size_t slice_find(kith_slice s, uint8_t byte)
{
    const uint8_t *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

kith_slice slice_cut(kith_slice s, uint8_t byte, kith_slice *head)
{
    size_t at = slice_find(s, byte);
    *head = slice_head(s, at);
    return at < s.len ? slice_from(s, at + 1) : (kith_slice){NULL, 0};
}

bool slice_u64(kith_slice s, uint64_t *out)
{
    if (s.len == 0 || s.len > 20 || (s.ptr[0] == '0' && s.len > 1)) return false;
    uint64_t v = 0, before = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned d = (unsigned)s.ptr[i] - '0';
        if (d > 9) return false;
        before = v;
        v = v * 10 + d;
    }
    if (s.len == 20 && (before > UINT64_MAX / 10 || v < before)) return false; /* it went around */
    *out = v;
    return true;
}
