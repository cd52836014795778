/* shard/full.c -- users who may have no further socket until a time.
 *
 * There is a table as soon as there is one, and it never grows: a user has one of a few places that
 * its hash names, its own, else one that is over, else somebody else's. Who is forgotten like that
 * is let in, refused by its home, and told of here again. */
#include "shard/full.h"

#include <stdlib.h>

enum { PLACES = 8 };
_Static_assert(FULL_USERS_MAX % PLACES == 0, "each hash has as many");

struct full_user {
    uint64_t user, until_ms;
};

static struct full_user *first_place(const struct world *w, uint64_t user)
{
    return w->full + user % (FULL_USERS_MAX / PLACES) * PLACES;
}

/* Its own, or NULL. */
static struct full_user *find(const struct world *w, uint64_t user)
{
    struct full_user *first = first_place(w, user);
    for (unsigned i = 0; i < PLACES; i++)
        if (first[i].user == user) return &first[i];
    return NULL;
}

static struct full_user *place_for(const struct world *w, uint64_t user)
{
    struct full_user *first = first_place(w, user), *at = find(w, user);
    for (unsigned i = 0; !at && i < PLACES; i++)
        if (first[i].until_ms <= w->now.mono_ms) at = &first[i];
    return at ? at : first;
}

void full_set(struct world *w, uint64_t user, uint64_t until_ms)
{
    if (!w->full) w->full = calloc(FULL_USERS_MAX, sizeof *w->full);
    if (!w->full) return; /* as one that is forgotten */
    *place_for(w, user) = (struct full_user){.user = user, .until_ms = until_ms};
}

bool full_has(const struct world *w, kith_slice user)
{
    const struct full_user *at = w->full && user.len ? find(w, siphash13(&w->o.hash_key, user))
                                                     : NULL;
    return at && at->until_ms > w->now.mono_ms;
}

void full_receive(struct world *w, const struct mail *m) { full_set(w, m->user_hash, m->until_ms); }

void full_forget(struct world *w)
{
    free(w->full);
    w->full = NULL;
}
