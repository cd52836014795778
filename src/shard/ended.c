/* shard/ended.c -- what sessions that have ended listened to. */
#include "shard/ended.h"

#include "shard/spread.h"
#include "shard/watched.h"
#include "shard/watching.h"

#include <stdlib.h>

struct ended {
    struct ended *next;
    struct watched *watched;
    struct watched_walk walk; /* so far it has been taken back */
    uint32_t slot;
};

static struct ended *take_first(struct ended_all *all)
{
    struct ended *first = all->first;
    all->first = first->next;
    if (!all->first) all->last = NULL;
    return first;
}

static void append(struct ended_all *all, struct ended *e)
{
    if (all->last)
        all->last->next = e;
    else
        all->first = e;
    all->last = e;
}

static void free_one(struct ended *e)
{
    watched_free(e->watched);
    free(e);
}

void ended_fini(struct ended_all *all)
{
    while (all->first)
        free_one(take_first(all));
    *all = (struct ended_all){0};
}

/* What was announced since then is on its way to the slot, too. */
static void finish(struct world *w, struct ended *e)
{
    spread_forget(w, e->slot);
    clients_let_go(w->clients, e->slot);
    free_one(e);
}

static void take_back(struct world *w, uint32_t max)
{
    uint32_t left = max;
    for (struct ended *e; left && (e = w->ended.first);) {
        if (!watching_drop_some(w, e->slot, e->watched, &e->walk, &left)) break;
        finish(w, take_first(&w->ended));
    }
    w->ended.count -= max - left;
}

void ended_begin(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    struct ended *e = s->watched ? malloc(sizeof *e) : NULL;
    if (!e) {
        watching_drop(w, slot);
        return;
    }
    *e = (struct ended){.watched = s->watched, .slot = slot};
    s->watched = NULL;
    spread_forget(w, slot);
    clients_hold(w->clients, slot);
    append(&w->ended, e);
    w->ended.count += watched_count(e->watched);
    while (w->ended.count > ENDED_MAX)
        take_back(w, w->o.ended_per_turn);
}

bool ended_settle(struct world *w, uint32_t slot)
{
    struct ended **place = &w->ended.first, *before = NULL, *e;
    uint32_t left = UINT32_MAX;
    if (!clients_at(w->clients, slot)->held) return true;
    for (; (e = *place)->slot != slot; place = &e->next)
        before = e;
    if (w->ended.count > ENDED_AT_ONCE && watched_count(e->watched) > w->o.left_at_once)
        return false;
    *place = e->next;
    if (w->ended.last == e) w->ended.last = before;
    (void)watching_drop_some(w, slot, e->watched, &e->walk, &left);
    w->ended.count -= UINT32_MAX - left;
    finish(w, e);
    return true;
}

bool ended_has_room(const struct world *w) { return w->ended.count < ENDED_MAX; }

void ended_turn(struct world *w) { take_back(w, w->o.ended_per_turn); }

uint64_t ended_next_due(const struct world *w)
{
    return w->ended.first ? w->now.mono_ms : UINT64_MAX;
}
