/* shard/spread.c -- an announcement to many, told a part in each turn.
 *
 * Whom it is for is a bit a client: made in one walk over the topic's subscribers, taken back when
 * one no longer listens, and gone through in the order in which clients lie in memory. */
#include "shard/spread.h"

#include <stdlib.h>

struct spread {
    struct spread *next;
    unsigned home;
    uint32_t words; /* of bits[] */
    uint32_t at;    /* the first word that may have a bit */
    struct forms forms;
    uint64_t bits[]; /* clients to be told; behind them the payload */
};

static bool has(const struct spread *s, uint32_t slot)
{
    return slot / 64 < s->words && s->bits[slot / 64] >> slot % 64 & 1;
}

static void clear(struct spread *s, uint32_t slot)
{
    s->bits[slot / 64] &= ~((uint64_t)1 << slot % 64);
}

static void deliver(struct world *w, struct spread *s, uint32_t slot)
{
    clear(s, slot);
    forms_deliver(w, &s->forms, s->home, slot);
}

/* False: all have been told. */
static bool next(struct spread *s, uint32_t *slot)
{
    while (s->at < s->words && !s->bits[s->at])
        s->at++;
    if (s->at == s->words) return false;
    *slot = s->at * 64 + (uint32_t)__builtin_ctzll(s->bits[s->at]);
    return true;
}

static void free_one(struct spread *s)
{
    forms_fini(&s->forms);
    free(s);
}

void spread_fini(struct spreads *s)
{
    for (struct spread *one; (one = s->first);) {
        s->first = one->next;
        free_one(one);
    }
    *s = (struct spreads){0};
}

static void drop_first(struct spreads *s)
{
    struct spread *first = s->first;
    s->first = first->next;
    if (!s->first) s->last = NULL;
    s->count--;
    free_one(first);
}

static void finish(struct world *w, struct spread *s)
{
    for (uint32_t slot; next(s, &slot);)
        deliver(w, s, slot);
}

static void append(struct spreads *all, struct spread *s)
{
    if (all->last)
        all->last->next = s;
    else
        all->first = s;
    all->last = s;
    all->count++;
}

kith_err spread_begin(struct world *w, unsigned home, topic_id topic, kith_slice user,
                      kith_slice payload)
{
    uint32_t words = clients_end(w->clients) / 64 + 1;
    struct spread *s = calloc(1, sizeof *s + words * sizeof s->bits[0] + payload.len);
    if (!s) return KITH_NOMEM;
    s->home = home;
    s->words = words;
    if (payload.len) memcpy(&s->bits[words], payload.ptr, payload.len);
    forms_init(&s->forms, user, slice_of((const uint8_t *)&s->bits[words], payload.len));
    s->forms.since_us = w->made_us;
    subscriber_id slot;
    for (struct pubsub_walk walk = {0}; pubsub_next(w->people, topic, &walk, &slot);)
        s->bits[slot / 64] |= (uint64_t)1 << slot % 64;
    append(&w->spreads, s);
    if (w->spreads.count > SPREADS_MAX) {
        finish(w, w->spreads.first);
        drop_first(&w->spreads);
    }
    return KITH_OK;
}

/* What is told to many waits behind what waits already, and others' changes would wait behind it.
 */
static bool is_in_the_way(const struct world *w)
{
    return clients_waiting(w->clients) >= w->o.spread_per_turn &&
           w->now.mono_ms - w->spreads.turn_ms < SPREAD_WAIT_MS;
}

void spread_turn(struct world *w)
{
    uint32_t left = w->o.spread_per_turn, slot;
    if (!w->spreads.first || is_in_the_way(w)) return;
    w->spreads.turn_ms = w->now.mono_ms;
    while (w->spreads.first) {
        for (; left && next(w->spreads.first, &slot); left--)
            deliver(w, w->spreads.first, slot);
        if (next(w->spreads.first, &slot)) return;
        drop_first(&w->spreads);
    }
}

uint64_t spread_next_due(const struct world *w)
{
    if (!w->spreads.first) return UINT64_MAX;
    return is_in_the_way(w) ? w->spreads.turn_ms + SPREAD_WAIT_MS : w->now.mono_ms;
}

void spread_finish(struct world *w, kith_slice user)
{
    for (struct spread *s = w->spreads.first; s; s = s->next)
        if (slice_eq(forms_user(&s->forms), user)) finish(w, s);
}

void spread_bring(struct world *w, uint32_t slot)
{
    for (struct spread *s = w->spreads.first; s; s = s->next)
        if (has(s, slot)) deliver(w, s, slot);
}

void spread_forget(struct world *w, uint32_t slot)
{
    for (struct spread *s = w->spreads.first; s; s = s->next)
        if (has(s, slot)) clear(s, slot);
}
