/* base/sealed.c -- names that strangers carry for us. */
#include "base/sealed.h"

#include "base/assert.h"

enum { NAME = SEALED_NAME_BYTES, SEAL = SEALED_BYTES - NAME };

static void seal_of(const struct sealed_keys *k, const uint8_t name[NAME], kith_slice bound,
                    uint8_t seal[SEAL])
{
    uint8_t all[NAME + SEALED_BOUND_MAX];
    KITH_ASSERT(bound.len <= SEALED_BOUND_MAX);
    memcpy(all, name, NAME);
    if (bound.len) memcpy(all + NAME, bound.ptr, bound.len);
    siphash24_128(&k->seal, slice_of(all, NAME + bound.len), seal);
}

/* The same takes it away again. */
static void veil(const struct sealed_keys *k, const uint8_t seal[SEAL], uint8_t name[NAME])
{
    uint8_t mask[NAME];
    siphash24_128(&k->veil, slice_of(seal, SEAL), mask);
    for (int i = 0; i < NAME; i++)
        name[i] ^= mask[i];
}

void sealed_write(const struct sealed_keys *k, const uint8_t name[NAME], kith_slice bound,
                  uint8_t out[SEALED_BYTES])
{
    seal_of(k, name, bound, out);
    memcpy(out + SEAL, name, NAME);
    veil(k, out, out + SEAL);
}

bool sealed_read(const struct sealed_keys *k, const uint8_t sealed[SEALED_BYTES], kith_slice bound,
                 uint8_t name[NAME])
{
    uint8_t seal[SEAL], difference = 0;
    memcpy(name, sealed + SEAL, NAME);
    veil(k, sealed, name);
    seal_of(k, name, bound, seal);
    for (int i = 0; i < SEAL; i++)
        difference |= seal[i] ^ sealed[i];
    return difference == 0;
}
