/* shard/pacing.c -- how often a user whom many watch is announced. */
#include "shard/pacing.h"

#include <stdlib.h>

struct paced_user {
    uint64_t due_ms; /* the next change may be announced; its place in the heap may be earlier */
    struct paced *first;
    uint8_t len;
    uint8_t id[USER_ID_BYTES_MAX];
};

static struct paced_user *at(const struct pacing *p, uint32_t number)
{
    return pool_at(&p->users, number);
}

static kith_slice id_of(const struct paced_user *u) { return slice_of(u->id, u->len); }

void pacing_init(struct pacing *p) { pool_init(&p->users, sizeof(struct paced_user)); }

void pacing_free(struct paced *changes)
{
    for (struct paced *next; changes; changes = next) {
        next = changes->next;
        free(changes);
    }
}

void pacing_fini(struct pacing *p)
{
    for (uint32_t i = 0; i < p->due.count; i++)
        pacing_free(at(p, (uint32_t)p->due.items[i].what)->first);
    heap_fini(&p->due);
    map_fini(&p->index);
    pool_fini(&p->users);
}

static uint64_t hash_of(const void *owner, uint32_t number)
{
    const struct world *w = owner;
    return siphash13(&w->o.hash_key, id_of(at(&w->pacing, number)));
}

static struct paced_user *find(const struct world *w, kith_slice user)
{
    if (w->pacing.users.count == 0) return NULL;
    struct map_probe probe = map_probe(siphash13(&w->o.hash_key, user));
    for (uint32_t n; (n = map_next(&w->pacing.index, &probe)) != MAP_NONE;)
        if (slice_eq(id_of(at(&w->pacing, n)), user)) return at(&w->pacing, n);
    return NULL;
}

static kith_err add(struct world *w, kith_slice user, uint64_t due_ms)
{
    uint32_t number;
    kith_err e = pool_take(&w->pacing.users, &number);
    if (e) return e;
    struct paced_user *u = at(&w->pacing, number);
    *u = (struct paced_user){.due_ms = due_ms, .len = (uint8_t)user.len};
    if (user.len) memcpy(u->id, user.ptr, user.len);
    e = map_add(&w->pacing.index, hash_of(w, number), number, hash_of, w);
    if (!e && heap_push(&w->pacing.due, due_ms, number) != KITH_OK) {
        map_remove(&w->pacing.index, hash_of(w, number), number);
        e = KITH_NOMEM;
    }
    if (e) pool_give(&w->pacing.users, number);
    return e;
}

static uint32_t interval_ms(const struct world *w, uint32_t audience)
{
    uint64_t ms = (uint64_t)audience * 1000 / w->o.hot_deliveries_s;
    return ms < HOT_INTERVAL_MS_MAX ? (uint32_t)ms : HOT_INTERVAL_MS_MAX;
}

/* Changes of several sessions that are announced at once count each, however long it takes. */
void pacing_announced(struct world *w, kith_slice user, uint32_t audience)
{
    if (audience < w->o.hot_audience) return;
    struct paced_user *u = find(w, user);
    uint64_t due = w->now.mono_ms + interval_ms(w, audience);
    if (!u)
        (void)add(w, user, due);
    else if (u->due_ms > w->now.mono_ms)
        u->due_ms += interval_ms(w, audience);
    else
        u->due_ms = due;
}

bool pacing_waits(const struct world *w, kith_slice user)
{
    const struct paced_user *u = find(w, user);
    return u && (u->first || u->due_ms > w->now.mono_ms);
}

static bool same(const struct paced *a, const struct paced *b)
{
    if (a->ref.seq || b->ref.seq) return a->ref.inc == b->ref.inc && a->ref.seq == b->ref.seq;
    return a->owner == b->owner;
}

static bool joins_only(const struct paced *p) { return p->ref.seq == 0 && !p->shows; }

kith_err pacing_keep(struct world *w, kith_slice user, const struct paced *p, uint32_t joins_max,
                     kith_slice fields)
{
    struct paced_user *u = find(w, user);
    struct paced **place = &u->first;
    uint32_t alike = 0;
    for (; *place && !same(*place, p); place = &(*place)->next)
        alike += joins_only(*place) == joins_only(p) && (*place)->shows == p->shows;
    if (!*place && alike >= (joins_only(p) ? joins_max : SESSIONS_MAX)) return KITH_FULL;
    struct paced *kept = malloc(sizeof *kept + fields.len);
    if (!kept) return KITH_NOMEM;
    *kept = *p;
    kept->len = (uint16_t)fields.len;
    if (fields.len) memcpy(kept->fields, fields.ptr, fields.len);
    kept->next = *place ? (*place)->next : NULL;
    free(*place);
    *place = kept;
    w->stats.announcements_held++;
    return KITH_OK;
}

struct paced *pacing_take(struct world *w, kith_slice user, uint64_t owner, struct dot ref)
{
    const struct paced wanted = {.owner = owner, .ref = ref};
    struct paced_user *u = find(w, user);
    if (!u) return NULL;
    struct paced **place = &u->first, *found;
    while (*place && !same(*place, &wanted))
        place = &(*place)->next;
    found = *place;
    if (!found) return NULL;
    *place = found->next;
    found->next = NULL;
    return found;
}

struct paced *pacing_take_all(struct world *w, kith_slice user)
{
    struct paced_user *u = find(w, user);
    struct paced *all = u ? u->first : NULL;
    if (u) u->first = NULL;
    return all;
}

void pacing_put_back(struct world *w, kith_slice user, struct paced *p)
{
    struct paced_user *u = find(w, user);
    struct paced **place = &u->first;
    while (*place)
        place = &(*place)->next;
    p->next = NULL;
    *place = p;
}

void pacing_forget(struct world *w, kith_slice user, uint64_t owner)
{
    pacing_free(pacing_take(w, user, owner, (struct dot){0}));
}

bool pacing_unshow(struct world *w, kith_slice user, uint64_t owner)
{
    struct paced *waits = pacing_take(w, user, owner, (struct dot){0});
    bool shows = waits && waits->shows;
    if (waits && !shows)
        pacing_put_back(w, user, waits);
    else
        pacing_free(waits);
    return shows;
}

/* False: its interval has grown since it was put into the heap, where it is again. */
static bool take(struct world *w, uint64_t now_ms, struct pacing_due *out)
{
    struct pacing *p = &w->pacing;
    uint32_t number = (uint32_t)heap_pop(&p->due).what;
    struct paced_user *u = at(p, number);
    /* What has no room in the heap, where one has just left, is not made to wait. */
    if (u->due_ms > now_ms && heap_push(&p->due, u->due_ms, number) == KITH_OK) return false;
    memcpy(out->user, u->id, u->len);
    out->user_len = u->len;
    out->changes = u->first;
    map_remove(&p->index, hash_of(w, number), number);
    pool_give(&p->users, number);
    return true;
}

bool pacing_next(struct world *w, uint64_t now_ms, struct pacing_due *out)
{
    const struct deadline *d;
    while ((d = heap_min(&w->pacing.due)) && d->at_ms <= now_ms)
        if (take(w, now_ms, out)) return true;
    return false;
}

uint64_t pacing_next_due(const struct world *w)
{
    const struct deadline *d = heap_min(&w->pacing.due);
    return d ? d->at_ms : UINT64_MAX;
}
