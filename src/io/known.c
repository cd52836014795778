/* io/known.c -- lists that were told, in a ring: `next` is written next, `oldest` makes room. */
#include "io/known.h"

#include "base/ids.h"
#include "base/limits.h"
#include "base/map.h"
#include "shard/sight_mail.h"

#include <stdlib.h>

struct list {
    uint8_t *bytes; /* the user, then the ids; NULL: dropped */
    uint32_t user_len, ids_len, count;
};

struct known {
    struct siphash_key key;
    size_t bytes, bytes_max;
    uint32_t next, oldest; /* grow for ever; a place is one of them mod KNOWN_USERS_MAX */
    struct map index;      /* by user */
    struct list lists[KNOWN_USERS_MAX];
};

struct known *known_new(size_t bytes_max, const struct siphash_key *key)
{
    struct known *k = calloc(1, sizeof *k); /* touched as they come */
    if (!k) return NULL;
    k->bytes_max = bytes_max;
    k->key = *key;
    return k;
}

void known_free(struct known *k)
{
    if (!k) return;
    for (uint32_t i = 0; i < KNOWN_USERS_MAX; i++)
        free(k->lists[i].bytes);
    map_fini(&k->index);
    free(k);
}

static kith_slice user_at(const struct known *k, uint32_t place)
{
    return slice_of(k->lists[place].bytes, k->lists[place].user_len);
}

static uint64_t hash_of(const void *owner, uint32_t place)
{
    const struct known *k = owner;
    return siphash13(&k->key, user_at(k, place));
}

static uint32_t find(const struct known *k, kith_slice user)
{
    struct map_probe p = map_probe(siphash13(&k->key, user));
    uint32_t place;
    while ((place = map_next(&k->index, &p)) != MAP_NONE)
        if (slice_eq(user_at(k, place), user)) break;
    return place;
}

static size_t size_of(const struct list *l) { return (size_t)l->user_len + l->ids_len; }

static void drop_at(struct known *k, uint32_t place)
{
    struct list *l = &k->lists[place];
    if (!l->bytes) return;
    map_remove(&k->index, hash_of(k, place), place);
    k->bytes -= size_of(l);
    free(l->bytes);
    *l = (struct list){0};
}

void known_drop(struct known *k, kith_slice user)
{
    uint32_t place = find(k, user);
    if (place != MAP_NONE) drop_at(k, place);
}

static void make_room(struct known *k, size_t bytes)
{
    while (k->oldest != k->next &&
           (k->bytes + bytes > k->bytes_max || k->next - k->oldest == KNOWN_USERS_MAX))
        drop_at(k, k->oldest++ % KNOWN_USERS_MAX);
}

void known_put(struct known *k, kith_slice user, kith_slice ids, uint32_t count)
{
    struct list l = {NULL, (uint32_t)user.len, (uint32_t)ids.len, count};
    known_drop(k, user);
    if (user.len == 0 || size_of(&l) > k->bytes_max || !(l.bytes = malloc(size_of(&l)))) return;
    memcpy(l.bytes, user.ptr, user.len);
    if (ids.len) memcpy(l.bytes + user.len, ids.ptr, ids.len);
    make_room(k, size_of(&l));
    uint32_t place = k->next % KNOWN_USERS_MAX;
    k->lists[place] = l;
    if (map_add(&k->index, hash_of(k, place), place, hash_of, k) != KITH_OK) {
        free(l.bytes);
        k->lists[place] = (struct list){0};
        return;
    }
    k->bytes += size_of(&l);
    k->next++;
}

kith_err known_get(const struct known *k, kith_slice user, struct buf *out, uint32_t *count)
{
    uint32_t place = find(k, user);
    if (place == MAP_NONE) return KITH_NONE;
    const struct list *l = &k->lists[place];
    buf_put(out, slice_of(l->bytes + l->user_len, l->ids_len));
    *count = l->count;
    return out->failed ? KITH_NOMEM : KITH_OK;
}

static void drop_all(struct known *k, kith_slice users)
{
    for (kith_slice user; ids_next(&users, &user);)
        known_drop(k, user);
}

void known_drop_sight(struct known *k, const struct mail *m)
{
    struct sight_lists l = sight_of_mail(m);
    known_drop(k, mail_a(m));
    drop_all(k, l.gained);
    drop_all(k, l.asked);
    drop_all(k, l.lost);
}
