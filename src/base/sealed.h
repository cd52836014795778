/* base/sealed.h -- a name of 16 bytes as strangers carry it for us: sealed, so that nobody can make
 * one up, and veiled, so that it tells nothing, as RFC 5297 does it:
 *
 *     sealed  seal(name, what it is bound to) 16 | name xor veil(seal) 16
 *
 * What differs has another seal, and no two names are veiled alike. Both are SipHash-2-4 with 128
 * bits of output, a PRF each under a key of its own. */
#pragma once

#include "base/siphash.h"

enum { SEALED_NAME_BYTES = 16, SEALED_BYTES = 32, SEALED_BOUND_MAX = 160 };

struct sealed_keys {
    struct siphash_key seal, veil;
};

/* `bound` is not in it, and needed to open it; at most SEALED_BOUND_MAX bytes. */
void sealed_write(const struct sealed_keys *k, const uint8_t name[SEALED_NAME_BYTES],
                  kith_slice bound, uint8_t out[SEALED_BYTES]);
/* False: it was not written with these keys and `bound`. Takes the same time whatever is wrong with
 * it. */
bool sealed_read(const struct sealed_keys *k, const uint8_t sealed[SEALED_BYTES], kith_slice bound,
                 uint8_t name[SEALED_NAME_BYTES]);
