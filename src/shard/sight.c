/* shard/sight.c -- a change of who may see whom, on a shard. */
#include "shard/sight.h"

#include "shard/asking.h"
#include "shard/diffs.h"
#include "shard/fastlane.h"
#include "shard/sessions.h"
#include "shard/shade.h"
#include "shard/states.h"
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

static kith_err gain_if_asked(struct world *w, uint32_t slot, kith_slice user)
{
    struct asked *a = asking_find(w, slot, user);
    if (!a) return KITH_NONE;
    a->by_edge = false;
    return watching_gain(w, slot, user);
}

static kith_err lose_unless_asked(struct world *w, uint32_t slot, kith_slice user)
{
    return asking_find(w, slot, user) ? KITH_NONE : watching_lose(w, slot, user);
}

static kith_err lose_unless_by_edge(struct world *w, uint32_t slot, kith_slice user)
{
    const struct asked *a = asking_find(w, slot, user);
    return a && !a->by_edge ? watching_lose(w, slot, user) : KITH_NONE;
}

/* What follows from how its subscription has changed. True: its client is to be told. */
static bool follow_up(struct world *w, uint32_t slot, kith_err changed)
{
    if (changed == KITH_NONE) return false;
    if (changed) states_fall_behind(w, slot);
    states_ask_again(w, slot);
    return changed == KITH_OK;
}

/* One that there is no memory to note is changed all the same, and its client owed a full state. */
static void change_one(struct world *w, uint32_t slot, kith_slice user, change_fn change,
                       struct told *told)
{
    if (follow_up(w, slot, change(w, slot, user)) && !add_slot(told, slot))
        states_fall_behind(w, slot);
}

struct part {
    kith_slice ids; /* of watchers */
    change_fn change;
    struct told *told;
};

/* All sessions of those users. */
static void change_part(struct world *w, kith_slice user, const struct part *p)
{
    kith_slice ids = p->ids;
    for (kith_slice id; ids_next(&ids, &id);) {
        struct map_probe walk = sessions_walk(w, id);
        for (uint32_t slot; sessions_next(w, &walk, id, &slot);)
            change_one(w, slot, user, p->change, p->told);
    }
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

/* Who gains comes first: a topic that were empty in between would be unmarked at the home. */
void sight_apply(struct world *w, const struct sight *s)
{
    struct told gained = {0}, lost = {0};
    const struct part parts[] = {{s->lists.gained, gain, &gained},
                                 {s->lists.asked, gain_if_asked, &gained},
                                 {s->lists.asked, lose_unless_asked, &lost},
                                 {s->lists.lost, lose, &lost}};
    kith_slice rest = s->diffs, payload;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        change_part(w, s->user, &parts[i]);
    if (s->lists.publicity == PUBLICITY_ENDS) end_publicity(w, s->user, &lost);
    if (diffs_next(&rest, &payload)) fastlane_tell(w, s->user, payload, gained.slots, gained.count);
    while (diffs_next(&rest, &payload))
        fastlane_tell(w, s->user, payload, lost.slots, lost.count);
    free(gained.slots);
    free(lost.slots);
}

void sight_applied(struct world *w, struct mail *m, uint64_t at)
{
    m->type = MAIL_APPLIED;
    m->shards = at;
    world_want(w, m);
}

/* The home tells this shard of the user from now on; if nobody listens it need not. */
static void unmark_if_alone(struct world *w, unsigned home, kith_slice user)
{
    if (pubsub_find(w->people, user) == TOPIC_NONE) watching_unmark(w, home, user);
}

/* Who asks for one that is public now may see it: the store says, and this shard has seen the
 * change when it has. */
void sight_receive(struct world *w, struct mail *m)
{
    struct sight s = {.user = mail_a(m), .lists = sight_of_mail(m), .diffs = mail_c(m)};
    w->sights_seen[m->from]++;
    sight_apply(w, &s);
    unmark_if_alone(w, m->from, s.user);
    struct mail *askers =
        s.lists.publicity == PUBLICITY_BEGINS ? asking_askers(w, s.user, m->serial) : NULL;
    if (askers) {
        world_want(w, askers);
        mail_free(m);
    } else {
        sight_applied(w, m, 0);
    }
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
    if (!a) return KITH_NONE;
    a->judged = true;
    if (!shade_is(id)) return watching_gain(w, slot, id);
    bool seen = watching_has(w, slot, shade_of(&other, id)); /* since it was judged */
    return seen ? KITH_NONE : watching_add(w, slot, id);
}

static kith_err end_grant(struct world *w, uint32_t slot, kith_slice id)
{
    struct asked *a = find_asked(w, slot, id);
    if (!a || !a->ending) return KITH_NONE; /* gone, or it asks anew */
    bool by_edge = a->by_edge;
    asking_remove(w, slot, a);
    return by_edge ? KITH_NONE : watching_remove(w, slot, id);
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
    w->sights_seen[m->from]++;
    sight_apply_grant(w, m->handle, m->asks, rest);
    while (diffs_next_list(&rest, &user, &payloads))
        unmark_if_alone(w, m->from, user);
    sight_applied(w, m, 0);
}
