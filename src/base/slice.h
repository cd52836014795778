/* base/slice.h -- reading borrowed bytes. */
#pragma once

#include <kith/slice.h> // IWYU pragma: export

#include <stdbool.h>
#include <string.h>

static inline kith_slice slice_of(const void *ptr, size_t len)
{
    return (kith_slice){(const uint8_t *)ptr, len};
}

/* `s` is a NUL-terminated string, or NULL for nothing. */
static inline kith_slice slice_str(const char *s) { return slice_of(s, s ? strlen(s) : 0); }

static inline bool slice_eq(kith_slice a, kith_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(kith_slice a, const char *s) { return slice_eq(a, slice_str(s)); }

static inline bool slice_starts(kith_slice a, kith_slice prefix)
{
    return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.ptr, prefix.ptr, prefix.len) == 0);
}

/* What is left behind the first `n` bytes; n <= s.len. */
static inline kith_slice slice_from(kith_slice s, size_t n)
{
    return slice_of(s.ptr ? s.ptr + n : NULL, s.len - n);
}

static inline kith_slice slice_head(kith_slice s, size_t n) { return slice_of(s.ptr, n); }

/* Bytewise order, the shorter first: <0, 0, >0. */
int slice_cmp(kith_slice a, kith_slice b);

/* ASCII letters without case, as HTTP compares its names. */
bool slice_eq_nocase(kith_slice a, kith_slice b);

/* Index of the first `byte`, or s.len. */
size_t slice_find(kith_slice s, uint8_t byte);

/* Cuts at the first `byte`: *head is what stands before it, the result what stands behind.
 * Without one, *head is all and the result is empty with a NULL ptr. */
kith_slice slice_cut(kith_slice s, uint8_t byte, kith_slice *head);

/* Decimal digits only, no sign, no leading zero (but "0" itself), no overflow. */
bool slice_u64(kith_slice s, uint64_t *out);
