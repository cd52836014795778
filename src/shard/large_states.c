/* shard/large_states.c -- the bound of all large full states together. */
#include "shard/large_states.h"

#include "shard/gather.h"

#include <stdlib.h>

void large_states_fini(struct large_states *l)
{
    free(l->items);
    heap_fini(&l->line);
}

/* What waits of it, with what waits before it; 0: it has been taken, or its client is gone. */
static uint32_t rest_of(const struct world *w, const struct large_state *s)
{
    uint32_t slot;
    return clients_find(w->clients, s->handle, &slot) ? clients_at(w->clients, slot)->excused : 0;
}

static bool is_large(size_t bytes) { return bytes > OUTBOX_BYTES_MAX; }

/* Only what is large still: the rest is what a socket may owe in any case. */
static struct large_states counted(const struct world *w)
{
    struct large_states l = w->large_states;
    l.count = 0;
    l.waiting = 0;
    for (uint32_t i = 0; i < w->large_states.count; i++) {
        uint32_t rest = rest_of(w, &w->large_states.items[i]);
        if (!is_large(rest)) continue;
        l.waiting += rest;
        l.count++;
    }
    return l;
}

static void count_anew(struct world *w)
{
    struct large_states *l = &w->large_states;
    uint32_t all = l->count, kept = 0;
    *l = counted(w);
    for (uint32_t i = 0; i < all; i++)
        if (is_large(rest_of(w, &l->items[i]))) l->items[kept++] = l->items[i];
}

static struct social *session_of(const struct world *w, uint64_t handle)
{
    uint32_t slot;
    return clients_find(w->clients, handle, &slot) ? clients_at(w->clients, slot)->social : NULL;
}

static bool waits(const struct world *w, uint64_t handle)
{
    const struct social *s = session_of(w, handle);
    for (unsigned form = 0; s && form < SOCIAL_FORMS; form++) {
        const struct gather *g = s->channels[form].gather;
        if (s->channels[form].joined && g && g->phase == GATHER_IN_LINE) return true;
    }
    return false;
}

static void leave_line(struct world *w, uint64_t handle)
{
    struct social *s = session_of(w, handle);
    if (s) s->in_line = false;
}

static bool has_room(const struct world *w, const struct large_states *l, uint64_t bytes)
{
    return l->count < LARGE_STATES_MAX &&
           l->waiting + l->gathered + bytes <= w->o.large_states_bytes;
}

/* Of the largest state. */
static bool has_room_for_next(const struct world *w, const struct large_states *l)
{
    _Static_assert(LARGE_STATES_BYTES_MAX % STATE_BYTES_MAX == 0, "a part of what there is");
    return has_room(w, l, w->o.large_states_bytes / (LARGE_STATES_BYTES_MAX / STATE_BYTES_MAX));
}

/* Who is gone, or waits no more, holds up nobody. */
static bool anyone_waits(struct world *w)
{
    const struct deadline *first;
    while ((first = heap_min(&w->large_states.line)) && !waits(w, first->what))
        leave_line(w, heap_pop(&w->large_states.line).what);
    return first;
}

bool large_states_fit(struct world *w, size_t bytes, bool its_turn)
{
    struct large_states *l = &w->large_states;
    if (!is_large(bytes)) return true;
    if (!l->items) l->items = calloc(LARGE_STATES_MAX, sizeof *l->items);
    if (!l->items || (!its_turn && anyone_waits(w))) return false;
    if (!has_room(w, l, 0)) count_anew(w);
    return has_room(w, l, 0);
}

static void forget(struct large_states *l, uint64_t handle)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->items[i].handle != handle) l->items[kept++] = l->items[i];
    l->count = kept;
}

void large_states_note(struct world *w, uint32_t slot, size_t bytes)
{
    struct large_states *l = &w->large_states;
    uint64_t handle = clients_handle(w->clients, slot);
    if (!is_large(bytes)) return;
    forget(l, handle); /* the later one of two is behind the earlier */
    l->items[l->count++] = (struct large_state){
        .handle = handle, .since_ms = w->now.mono_ms, .bytes = (uint32_t)bytes};
    l->waiting += bytes;
}

bool large_states_gathered(const struct world *w)
{
    return w->large_states.gathered > w->o.large_states_bytes;
}

kith_err large_states_wait(struct world *w, uint32_t slot, uint64_t deadline_ms)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (s->in_line) return KITH_OK;
    kith_err e = heap_push(&w->large_states.line, deadline_ms, clients_handle(w->clients, slot));
    s->in_line = e == KITH_OK;
    return e;
}

/* Else what is being put together has all the room, and makes some by itself. */
static bool may_make_room(const struct world *w)
{
    struct large_states l = w->large_states;
    l.count = 0;
    l.waiting = 0;
    return has_room_for_next(w, &l);
}

/* A client has LARGE_STATE_MS in any case, and then as long as it would be done in as much time
 * again at its pace; this is when that ends, or will if it takes no more. */
static uint64_t slow_since(const struct large_state *s, uint32_t rest)
{
    uint64_t taken = rest < s->bytes ? s->bytes - rest : 0;
    return s->since_ms + LARGE_STATE_MS * (taken > rest ? taken : rest) / (rest ? rest : 1);
}

/* Of those that are slow the one that has been for longest; of several the largest. */
static void make_room(struct world *w)
{
    struct large_states *l = &w->large_states;
    uint32_t slot, most = 0;
    uint64_t who = 0, first = w->now.mono_ms;
    for (uint32_t i = 0; i < l->count; i++) {
        uint32_t rest = rest_of(w, &l->items[i]);
        uint64_t since = slow_since(&l->items[i], rest);
        if (!rest || since > first || (since == first && rest <= most)) continue;
        first = since;
        most = rest;
        who = l->items[i].handle;
    }
    if (!most || !clients_find(w->clients, who, &slot)) return;
    clients_push(w->clients, slot, NULL);
    w->stats.states_cut++;
    forget(l, who);
    l->waiting -= most < l->waiting ? most : l->waiting;
}

bool large_states_next(struct world *w, uint32_t *slot)
{
    struct large_states *l = &w->large_states;
    if (!anyone_waits(w)) return false;
    if (!has_room_for_next(w, l)) count_anew(w);
    if (!has_room_for_next(w, l) && may_make_room(w)) make_room(w);
    if (!has_room_for_next(w, l)) return false;
    uint64_t first = heap_pop(&l->line).what;
    leave_line(w, first);
    return clients_find(w->clients, first, slot);
}

uint64_t large_states_due(const struct world *w)
{
    const struct large_states *l = &w->large_states;
    if (!heap_min(&l->line)) return UINT64_MAX;
    struct large_states now = counted(w);
    if (has_room_for_next(w, &now)) return w->now.mono_ms;
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < l->count && may_make_room(w); i++) {
        uint32_t rest = rest_of(w, &l->items[i]);
        uint64_t since = slow_since(&l->items[i], rest);
        if (rest && since < due) due = since;
    }
    return due;
}
