/* base/siphash.h -- SipHash (Aumasson, Bernstein, 2012): a keyed hash that hostile keys can't aim
 * at, and a PRF for refs. */
#pragma once

#include "base/slice.h"

struct siphash_key {
    uint64_t k0, k1;
};

/* SipHash-1-3, 64 bits: for hash tables. About 15 ns for a key of 16 bytes. */
uint64_t siphash13(const struct siphash_key *key, kith_slice bytes);

/* SipHash-2-4 with 128 bits of output, little endian: a PRF. */
void siphash24_128(const struct siphash_key *key, kith_slice bytes, uint8_t out[16]);
