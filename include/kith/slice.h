/* kith/slice.h -- bytes that belong to somebody else. No terminator is promised. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct kith_slice {
    const uint8_t *ptr; /* may be NULL where len is 0 */
    size_t len;
} kith_slice;

/* The bytes of a string literal, without its terminator. */
#define KITH_LIT(s) ((kith_slice){(const uint8_t *)("" s), sizeof(s) - 1})

/* The bytes of a C string, which must outlive the slice; NULL gives the empty one. */
static inline kith_slice kith_str(const char *s)
{
    return (kith_slice){(const uint8_t *)s, s ? strlen(s) : 0};
}

/* Byte by byte. */
static inline bool kith_equal(kith_slice a, kith_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
