/* kith/slice.h -- bytes that belong to somebody else. No terminator is promised. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct kith_slice {
    const uint8_t *ptr; /* may be NULL where len is 0 */
    size_t len;
} kith_slice;

/* The bytes of a string literal, without its terminator. */
#define KITH_LIT(s) ((kith_slice){(const uint8_t *)("" s), sizeof(s) - 1})
