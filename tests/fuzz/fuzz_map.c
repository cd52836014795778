/* tests/fuzz/fuzz_map.c -- the hash index against a plain set: each byte of the input adds the
 * value that it names, or removes it. */
#include "base/assert.h"
#include "base/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A bad hash on purpose, so that walks run into each other and around the end. */
static uint64_t hash_of(const void *owner, uint32_t value)
{
    (void)owner;
    return value & 1 ? UINT64_MAX - value % 4 : value % 16;
}

static bool holds(const struct map *m, uint32_t value)
{
    struct map_probe p = map_probe(hash_of(NULL, value));
    for (uint32_t got; (got = map_next(m, &p)) != MAP_NONE;)
        if (got == value) return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct map m = {0};
    bool in[256] = {0};
    uint32_t count = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t v = bytes[i];
        KITH_ASSERT(holds(&m, v) == in[v]);
        if (in[v])
            map_remove(&m, hash_of(NULL, v), v);
        else if (map_add(&m, hash_of(NULL, v), v, hash_of, NULL) != KITH_OK)
            break;
        in[v] = !in[v];
        count += in[v] ? 1 : UINT32_MAX;
        KITH_ASSERT(m.count == count);
    }
    for (uint32_t v = 0; v < 256; v++)
        KITH_ASSERT(holds(&m, v) == in[v]);
    map_fini(&m);
    return 0;
}
