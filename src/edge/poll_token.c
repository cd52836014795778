/* edge/poll_token.c -- a session's name, sealed and veiled, as RFC 5297 does it:
 *
 *     name   shard 1 | generation 3 | slot 4 | mount 1 | number 7
 *     token  seal(name) 16 | name xor veil(seal) 16
 *
 * Names differ, so seals do, and no two names are veiled alike. Both are SipHash-2-4 with 128 bits
 * of output, a PRF each under a key of its own. */
#include "edge/poll_token.h"

#include "wire/base64.h"

#include <openssl/crypto.h>

enum { NAME = 16, SEAL = 16 };

static void put_u64(uint8_t *at, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t *at)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | at[i];
    return v;
}

static void veil(const struct poll_keys *k, const uint8_t seal[SEAL], uint8_t name[NAME])
{
    uint8_t mask[NAME];
    siphash24_128(&k->veil, slice_of(seal, SEAL), mask);
    for (int i = 0; i < NAME; i++)
        name[i] ^= mask[i];
}

void poll_token_write(const struct poll_keys *k, const struct poll_name *n,
                      char out[POLL_TOKEN_LEN])
{
    uint8_t bytes[SEAL + NAME];
    put_u64(bytes + SEAL, (uint64_t)n->shard << 56 | n->handle);
    put_u64(bytes + SEAL + 8, (uint64_t)n->mount << 56 | n->number);
    siphash24_128(&k->seal, slice_of(bytes + SEAL, NAME), bytes);
    veil(k, bytes, bytes + SEAL);
    base64url_encode(slice_of(bytes, sizeof bytes), out);
}

bool poll_token_read(const struct poll_keys *k, kith_slice token, struct poll_name *out)
{
    uint8_t bytes[SEAL + NAME + 4], seal[SEAL];
    size_t len;
    if (token.len != POLL_TOKEN_LEN || base64url_decode(token, bytes, &len)) return false;
    veil(k, bytes, bytes + SEAL);
    siphash24_128(&k->seal, slice_of(bytes + SEAL, NAME), seal);
    if (CRYPTO_memcmp(seal, bytes, SEAL) != 0) return false;
    uint64_t where = get_u64(bytes + SEAL), which = get_u64(bytes + SEAL + 8);
    *out = (struct poll_name){.mount = (unsigned)(which >> 56),
                              .shard = (unsigned)(where >> 56),
                              .handle = where & (UINT64_MAX >> 8),
                              .number = which & (UINT64_MAX >> 8)};
    return true;
}
