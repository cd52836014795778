/* shard/sight.c -- a change of who may see whom, on a shard. */
#include "shard/sight.h"

#include "shard/asking.h"
#include "shard/diffs.h"
#include "shard/fastlane.h"
#include "shard/gather.h"
#include "shard/sessions.h"
#include "shard/shade.h"
#include "shard/watching.h"

#include <stdlib.h>

/* Sessions whose clients are to be told. */
struct told {
    uint32_t *slots;
    uint32_t count, cap;
};

static bool add_slot(struct told *t, uint32_t slot)
{
    if (t->count == t->cap) {
        uint32_t cap = t->cap ? t->cap * 2 : 16;
        uint32_t *slots = realloc(t->slots, cap * sizeof *slots);
        if (!slots) return false;
        t->slots = slots;
        t->cap = cap;
    }
    t->slots[t->count++] = slot;
    return true;
}

/* How the subscription of one session changes: as of watching_add. */
typedef kith_err (*change_fn)(struct world *w, uint32_t slot, kith_slice user);

static kith_err gain(struct world *w, uint32_t slot, kith_slice user)
{
    kith_err e = watching_gain(w, slot, user);
    struct asked *a = asking_find(w, slot, user);
    if (a) a->by_edge = watching_has(w, slot, user);
    return e;
}

static kith_err lose(struct world *w, uint32_t slot, kith_slice user)
{
    struct asked *a = asking_find(w, slot, user);
    if (a) a->by_edge = false;
    return watching_lose(w, slot, user);
}

static kith_err gain_by_asking(struct world *w, uint32_t slot, kith_slice user)
{
    asking_find(w, slot, user)->by_edge = false;
    return watching_gain(w, slot, user);
}

static kith_err lose_unless_by_edge(struct world *w, uint32_t slot, kith_slice user)
{
    const struct asked *a = asking_find(w, slot, user);
    return a && !a->by_edge ? watching_lose(w, slot, user) : KITH_NONE;
}

/* A state on its way may have been asked for before. */
static void spoil_states(struct world *w, uint32_t slot)
{
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        const struct social_channel *c = social_channel_of(w, slot, form);
        if (c && c->gather) gather_spoil(c->gather);
    }
}

/* What follows from how its subscription has changed. True: its client is to be told. */
static bool follow_up(struct world *w, uint32_t slot, kith_err changed)
{
    if (changed == KITH_NONE) return false;
    if (changed) clients_fall_behind(w->clients, slot);
    spoil_states(w, slot);
    return changed == KITH_OK;
}

/* One that there is no memory to note is changed all the same, and its client owed a full state. */
static void change_one(struct world *w, uint32_t slot, kith_slice user, change_fn change,
                       struct told *told)
{
    if (follow_up(w, slot, change(w, slot, user)) && !add_slot(told, slot))
        clients_fall_behind(w->clients, slot);
}

/* All who see it by asking. */
static void end_publicity(struct world *w, kith_slice user, struct told *told)
{
    topic_id topic = pubsub_find(w->asking, user);
    uint32_t slot;
    if (topic == TOPIC_NONE) return;
    for (struct pubsub_walk walk = {0}; pubsub_next(w->asking, topic, &walk, &slot);)
        change_one(w, slot, user, lose_unless_by_edge, told);
}

/* The diffs are a join, and then leaves, see diffs.h. */
static void tell(struct world *w, const struct sight *s, bool gains, const struct told *told)
{
    kith_slice rest = s->diffs, payload;
    for (bool join = true; diffs_next(&rest, &payload); join = false)
        if (join == gains) fastlane_tell(w, s->user, payload, told->slots, told->count);
}

enum { GAINED, ASKED, LOST, PARTS, SKIPS = 10 };

static kith_slice list_of(const struct sight *s)
{
    return s->part == GAINED ? s->lists.gained : s->part == ASKED ? s->lists.asked : s->lists.lost;
}

static void change_session(struct world *w, uint32_t slot, const struct sight *s,
                           struct told *gained, struct told *lost)
{
    if (s->part == GAINED)
        change_one(w, slot, s->user, gain, gained);
    else if (s->part == ASKED && asking_goes_on(w, slot, s->user))
        change_one(w, slot, s->user, gain_by_asking, gained);
    else
        change_one(w, slot, s->user, lose, lost);
}

static void apply_some(struct world *w, struct sight *s, uint32_t *left)
{
    struct told gained = {0}, lost = {0};
    kith_slice rest = slice_from(list_of(s), s->at), id;
    for (uint32_t slot, skipped = 0; *left && ids_next(&rest, &id);) {
        uint32_t sessions = 0;
        for (struct map_probe walk = sessions_walk(w, id); sessions_next(w, &walk, id, &slot);)
            change_session(w, slot, s, &gained, &lost), sessions++;
        /* To find that one is elsewhere costs a tenth of what a change does. */
        if (sessions || ++skipped % SKIPS == 0) --*left;
    }
    s->at = list_of(s).len - rest.len;
    tell(w, s, true, &gained);
    tell(w, s, false, &lost);
    free(gained.slots);
    free(lost.slots);
}

static bool lists_it(kith_slice ids, kith_slice user)
{
    for (kith_slice id; ids_next(&ids, &id);)
        if (slice_eq(id, user)) return true;
    return false;
}

void sight_apply_to(struct world *w, const struct sight *s, uint32_t slot)
{
    struct told gained = {0}, lost = {0};
    struct sight rest = *s;
    kith_slice user = social_user(clients_at(w->clients, slot)->social);
    for (; rest.part < PARTS; rest.part++, rest.at = 0)
        if (lists_it(slice_from(list_of(&rest), rest.at), user))
            change_session(w, slot, &rest, &gained, &lost);
    if (s->lists.publicity == PUBLICITY_ENDS)
        change_one(w, slot, s->user, lose_unless_by_edge, &lost);
    tell(w, s, true, &gained);
    tell(w, s, false, &lost);
    free(gained.slots);
    free(lost.slots);
}

static void end(struct world *w, const struct sight *s)
{
    struct told told = {0};
    if (s->lists.publicity != PUBLICITY_ENDS) return;
    end_publicity(w, s->user, &told);
    tell(w, s, false, &told);
    free(told.slots);
}

bool sight_apply(struct world *w, struct sight *s, uint32_t *left)
{
    for (; s->part < PARTS; s->part++, s->at = 0) {
        apply_some(w, s, left);
        if (s->at < list_of(s).len) return false;
    }
    end(w, s);
    return true;
}

void sight_applied(struct world *w, struct mail *m, uint64_t at)
{
    m->type = MAIL_APPLIED;
    m->shards = at;
    world_want(w, m);
}

/* Users that sessions ask for */

/* Users, or shades of those whom it may not see: with these the same is done, and has no effect
 * that its client could see. */

/* What the session asks of a user, or of whose shade it is. */
static struct asked *find_asked(const struct world *w, uint32_t slot, kith_slice id)
{
    struct shade other;
    struct asked *a = asking_find(w, slot, id);
    return a ? a : asking_find(w, slot, shade_of(&other, id));
}

static kith_err grant(struct world *w, uint32_t slot, kith_slice id)
{
    struct shade other;
    struct asked *a = find_asked(w, slot, id);
    if (!a || a->ending) return KITH_NONE;
    if (!shade_is(id)) return watching_gain(w, slot, id);
    bool seen = watching_has(w, slot, shade_of(&other, id)); /* since it was judged */
    return seen ? KITH_NONE : watching_add(w, slot, id);
}

static kith_err end_grant(struct world *w, uint32_t slot, kith_slice id)
{
    struct asked *a = find_asked(w, slot, id);
    if (!a || !a->ending) return KITH_NONE; /* gone, or it asks anew */
    bool has_shade = a->has_shade, stays = shade_is(id) ? has_shade : a->by_edge;
    asking_remove(w, slot, a);
    if (stays) return KITH_NONE;
    return (has_shade ? watching_lose : watching_remove)(w, slot, id);
}

void sight_apply_grant(struct world *w, uint64_t handle, bool asks, kith_slice diffs)
{
    kith_slice user, payloads, payload;
    uint32_t slot;
    if (!clients_find(w->clients, handle, &slot)) return;
    while (diffs_next_list(&diffs, &user, &payloads)) {
        if (!clients_at(w->clients, slot)->social) return;
        if (!follow_up(w, slot, (asks ? grant : end_grant)(w, slot, user))) continue;
        while (diffs_next(&payloads, &payload))
            fastlane_tell(w, user, payload, &slot, 1);
    }
}

void sight_grant_receive(struct world *w, struct mail *m)
{
    kith_slice rest = mail_a(m), user, payloads;
    sight_apply_grant(w, m->handle, m->asks, rest);
    w->sights_seen[m->from]++;
    while (diffs_next_list(&rest, &user, &payloads))
        watching_unmark_if_alone(w, m->from, user);
    sight_applied(w, m, 0);
}
