/* shard/sessions.c -- which sessions of a user are on this shard. */
#include "shard/sessions.h"

static uint64_t hash(const struct world *w, kith_slice user)
{
    return siphash13(&w->o.hash_key, user);
}

static kith_slice user_of(const struct world *w, uint32_t slot)
{
    return social_user(clients_at(w->clients, slot)->social);
}

static uint64_t hash_of(const void *owner, uint32_t slot)
{
    const struct world *w = owner;
    return hash(w, user_of(w, slot));
}

kith_err sessions_add(struct world *w, uint32_t slot)
{
    return map_add(&w->sessions, hash(w, user_of(w, slot)), slot, hash_of, w);
}

void sessions_remove(struct world *w, uint32_t slot)
{
    map_remove(&w->sessions, hash(w, user_of(w, slot)), slot);
}

struct map_probe sessions_walk(const struct world *w, kith_slice user)
{
    return map_probe(hash(w, user));
}

bool sessions_next(const struct world *w, struct map_probe *walk, kith_slice user, uint32_t *slot)
{
    while ((*slot = map_next(&w->sessions, walk)) != MAP_NONE)
        if (slice_eq(user_of(w, *slot), user)) return true;
    return false;
}
