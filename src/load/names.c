/* load/names.c -- what users are called. */
#include "load/names.h"

#include "base/assert.h"

#include <stdlib.h>

void names_fini(struct names *n)
{
    buf_fini(&n->text);
    map_fini(&n->map);
    free(n->at);
    *n = (struct names){0};
}

static kith_slice listed(const struct names *n, uint32_t user)
{
    const uint8_t *at = n->text.ptr + n->at[user];
    return slice_of(at + 1, *at);
}

static kith_slice numbered(uint64_t id, struct name_text *room)
{
    char *end = room->at + sizeof room->at, *at = end;
    do
        *--at = (char)('0' + id % 10);
    while (id /= 10);
    return slice_of(at, (size_t)(end - at));
}

kith_slice names_of(const struct names *n, uint32_t user, struct name_text *room)
{
    KITH_ASSERT(user < n->count);
    return n->listed ? listed(n, user) : numbered(n->first_id + user, room);
}

static uint64_t hash_of(const void *owner, uint32_t user)
{
    const struct names *n = owner;
    return siphash13(&n->key, listed(n, user));
}

static kith_err find_listed(const struct names *n, kith_slice name, uint32_t *user)
{
    struct map_probe p = map_probe(siphash13(&n->key, name));
    for (uint32_t u; (u = map_next(&n->map, &p)) != MAP_NONE;)
        if (slice_eq(listed(n, u), name)) {
            *user = u;
            return KITH_OK;
        }
    return KITH_NONE;
}

kith_err names_find(const struct names *n, kith_slice name, uint32_t *user)
{
    uint64_t id;
    if (n->listed) return find_listed(n, name, user);
    if (!slice_u64(name, &id) || id < n->first_id || id - n->first_id >= n->count) return KITH_NONE;
    *user = (uint32_t)(id - n->first_id);
    return KITH_OK;
}

static bool make_room(struct names *n)
{
    if (n->count < n->room) return true;
    size_t room = n->room ? 2 * n->room : 256;
    size_t *at = realloc(n->at, room * sizeof *at);
    if (!at) return false;
    n->at = at;
    n->room = room;
    return true;
}

kith_err names_take(struct names *n, kith_slice name, uint32_t *user)
{
    KITH_ASSERT(name.len > 0 && name.len <= USER_ID_BYTES_MAX);
    if (find_listed(n, name, user) == KITH_OK) return KITH_OK;
    size_t before = n->text.len;
    uint8_t *text = make_room(n) ? buf_reserve(&n->text, 1 + name.len) : NULL;
    if (!text) return KITH_NOMEM;
    text[0] = (uint8_t)name.len;
    memcpy(text + 1, name.ptr, name.len);
    n->at[n->count] = before;
    n->text.len += 1 + name.len;
    kith_err e = map_add(&n->map, siphash13(&n->key, name), n->count, hash_of, n);
    if (e) {
        n->text.len = before;
        return e;
    }
    *user = n->count++;
    return KITH_OK;
}
