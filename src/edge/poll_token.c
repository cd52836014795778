/* edge/poll_token.c -- a session's name, sealed:
 *
 *     shard 1 | generation 3 | slot 4 | mount 1 | number 7
 *
 * Names differ, so what is sealed does. */
#include "edge/poll_token.h"

#include "wire/base64.h"

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

void poll_token_write(const struct sealed_keys *k, const struct poll_name *n,
                      char out[POLL_TOKEN_LEN])
{
    uint8_t name[SEALED_NAME_BYTES], bytes[SEALED_BYTES];
    put_u64(name, (uint64_t)n->shard << 56 | n->handle);
    put_u64(name + 8, (uint64_t)n->mount << 56 | n->number);
    sealed_write(k, name, (kith_slice){0}, bytes);
    base64url_encode(slice_of(bytes, sizeof bytes), out);
}

bool poll_token_read(const struct sealed_keys *k, kith_slice token, struct poll_name *out)
{
    uint8_t bytes[SEALED_BYTES + 4], name[SEALED_NAME_BYTES];
    size_t len;
    if (token.len != POLL_TOKEN_LEN || base64url_decode(token, bytes, &len)) return false;
    if (!sealed_read(k, bytes, (kith_slice){0}, name)) return false;
    uint64_t where = get_u64(name), which = get_u64(name + 8);
    *out = (struct poll_name){.mount = (unsigned)(which >> 56),
                              .shard = (unsigned)(where >> 56),
                              .handle = where & (UINT64_MAX >> 8),
                              .number = which & (UINT64_MAX >> 8)};
    return true;
}
