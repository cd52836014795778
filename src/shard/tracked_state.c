/* shard/tracked_state.c -- a state of topics on its way to a channel: asked for at their homes, put
 * together, and sent in order with the diffs. */
#include "shard/awaited.h"
#include "shard/broadcast.h"
#include "shard/by_home.h"
#include "shard/entries.h"
#include "shard/large_states.h"
#include "shard/listing.h"
#include "shard/subscriber_table.h"
#include "shard/tracked.h"

#include <stdlib.h>

static kith_err ask(struct world *w, uint32_t number);

/* Its client has missed what it cannot know of. */
static void close_client(struct world *w, const struct subscriber *s)
{
    clients_push(w->clients, s->slot, NULL);
}

static void give_up(struct subscriber *s)
{
    awaited_free(s->awaited);
    s->awaited = NULL;
}

static void deliver(struct world *w, const struct subscriber *s, struct awaited *a)
{
    enum phx_vsn vsn = clients_at(w->clients, s->slot)->vsn;
    struct frame *state = gather_state(a->gather, vsn, s->topic, s->join_ref);
    clients_push_state(w->clients, s->slot, state);
    if (state) large_states_note(w, s->slot, a->gather->pieces.len);
    frame_unref(state);
    for (uint32_t i = 0; i < a->gather->held_count; i++)
        clients_push(w->clients, s->slot, a->gather->held[i]);
    for (struct mail *m; (m = mail_take(&a->news));)
        world_tell(w, m);
}

/* It is asked for again once its time is over. */
static void wait_for_room(struct world *w, const struct subscriber *s)
{
    gather_restart(s->awaited->gather, world_serial(w));
    s->awaited->gather->phase = GATHER_IN_LINE;
    w->stats.states_held++;
    if (s->awaited->gapless) close_client(w, s);
}

/* All pieces are in. Where more was held than a socket may owe, a fresh state is shorter; but not
 * for a client that needs every diff. */
static void finish(struct world *w, uint32_t number)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    if (!gather_complete(s->awaited->gather)) return;
    if (s->awaited->gather->stale) {
        if (s->awaited->gapless || ask(w, number) != KITH_OK) close_client(w, s);
        return;
    }
    /* It does not stand in line, and so has its turn whenever it comes. */
    if (!large_states_fit(w, s->awaited->gather->pieces.len, true)) {
        wait_for_room(w, s);
        return;
    }
    deliver(w, s, s->awaited);
    s->view = VIEW_STATE;
    give_up(s);
}

/* A state over the bound is not sent; the channel lives on without it. */
static void take_pieces(struct world *w, uint32_t number, unsigned home, kith_slice pieces)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    kith_err e = gather_pieces(s->awaited->gather, home, pieces);
    if (e == KITH_OK) return;
    give_up(s);
    if (e == KITH_FULL)
        w->stats.states_refused++;
    else
        close_client(w, s);
}

static kith_err ask_there(struct world *w, uint32_t number, unsigned home, kith_slice topics)
{
    const struct awaited *a = subscribers_at(w->subscribers, number)->awaited;
    struct tracking_entry none = {.tracker = a->tracker, .topic = topics};
    struct mail *m = tracking_ask(TRACKING_STATE, &none, (kith_slice){0});
    if (!m) return KITH_NOMEM;
    m->handle = subscribers_handle(w->subscribers, number);
    m->serial = a->gather->serial;
    world_post(w, home, m);
    return KITH_OK;
}

static kith_err ask_here(struct world *w, uint32_t number, kith_slice topics)
{
    struct buf pieces = {0};
    const struct kith_tracker *t = subscribers_at(w->subscribers, number)->awaited->tracker;
    for (kith_slice topic; tracking_next_topic(&topics, &topic);)
        listing_put(w, t, topic, (kith_slice){0}, &pieces);
    kith_err e = pieces.failed ? KITH_NOMEM : KITH_OK;
    if (!e) take_pieces(w, number, w->o.id, buf_slice(&pieces));
    buf_fini(&pieces);
    return e;
}

static void sort_topics(const struct world *w, const struct subscriber *s, struct by_home *out)
{
    const struct awaited *a = s->awaited;
    for (uint32_t i = 0; i < a->topic_count; i++) {
        kith_slice name = pubsub_name(w->topics, a->topics[i]);
        tracking_put_topic(&out->of[world_topic_home(w, name)], name);
    }
    if (a->unheard) tracking_put_topic(&out->of[world_topic_home(w, s->topic)], s->topic);
}

/* Under a new number, so that answers to an earlier question are dropped. */
static kith_err begin(struct world *w, uint32_t number)
{
    struct awaited *a = subscribers_at(w->subscribers, number)->awaited;
    uint64_t deadline = w->now.mono_ms + w->o.join_wait_ms;
    awaited_restart(a, world_serial(w), deadline);
    return heap_push(&w->state_deadlines, deadline, subscribers_handle(w->subscribers, number));
}

/* The homes are all known before the first answers: this shard's own may be the last, and end it.
 */
static kith_err ask(struct world *w, uint32_t number)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    struct by_home topics = {0};
    kith_err e = begin(w, number);
    sort_topics(w, s, &topics);
    for (unsigned home = 0; home < w->o.count && !e; home++) {
        if (topics.of[home].failed) e = KITH_NOMEM;
        if (topics.of[home].len) s->awaited->gather->wanted |= (uint64_t)1 << home;
    }
    for (unsigned home = 0; home < w->o.count && !e; home++)
        if (topics.of[home].len && home != w->o.id)
            e = ask_there(w, number, home, buf_slice(&topics.of[home]));
    if (!e && topics.of[w->o.id].len) e = ask_here(w, number, buf_slice(&topics.of[w->o.id]));
    by_home_fini(&topics, w->o.count);
    if (!e && s->awaited) finish(w, number);
    return e;
}

/* As whom the channel hears of a topic from here on; TOPIC_NONE: its own, to which it does not
 * listen. */
static kith_err hear(struct world *w, uint32_t number, kith_slice topic, topic_id *out)
{
    const struct subscriber *s = subscribers_at(w->subscribers, number);
    *out = pubsub_find(w->topics, topic);
    if (*out != TOPIC_NONE && (pubsub_has(w->topics, *out, subscriber_id_of(number, false)) ||
                               pubsub_has(w->topics, *out, subscriber_id_of(number, true))))
        return KITH_OK;
    *out = TOPIC_NONE;
    if (slice_eq(topic, s->topic)) return KITH_OK;
    kith_err e = subscriber_listen(w, number, topic, false);
    if (!e) *out = s->topics[s->topic_count - 1];
    return e;
}

/* What it has begun to listen to since it had `count` subscriptions. */
static void unhear(struct world *w, uint32_t number, uint32_t count)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    while (s->topic_count > count)
        broadcast_unsubscribe(w, number, s->topics[--s->topic_count]);
}

/* Listens to the topics, and awaits their state. */
static kith_err await(struct world *w, uint32_t number, const struct kith_tracker *t,
                      const kith_slice topics[], size_t count)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    topic_id *ids = malloc((count + 1) * sizeof *ids);
    kith_err e = ids ? KITH_OK : KITH_NOMEM;
    uint32_t before = s->topic_count, n = 0;
    bool unheard = false;
    for (size_t i = 0; i < count && !e; i++) {
        e = hear(w, number, topics[i].len ? topics[i] : s->topic, &ids[n]);
        if (!e && ids[n] == TOPIC_NONE)
            unheard = true;
        else
            n++;
    }
    if (!e) s->awaited = awaited_new(t, ids, n, 0, &w->large_states.gathered);
    if (!e && !s->awaited) e = KITH_NOMEM;
    if (!e) {
        s->awaited->unheard = unheard;
        s->awaited->gapless = s->view == VIEW_DIFFS;
    }
    if (e) unhear(w, number, before);
    free(ids);
    return e;
}

kith_err tracked_push_state(struct world *w, uint32_t number, const struct kith_tracker *t,
                            const kith_slice topics[], size_t count)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    uint32_t before = s->topic_count;
    if (s->awaited) return KITH_EXISTS;
    if (count > SUBSCRIPTIONS_MAX) return KITH_FULL;
    kith_err e = await(w, number, t, topics, count);
    if (!e) e = ask(w, number);
    if (!e) return KITH_OK;
    give_up(s);
    unhear(w, number, before);
    return e;
}

/* Its own entry is in the state, and its join comes behind that. */
static kith_err enter_here(struct world *w, uint32_t number, const struct tracking_entry *entry,
                           kith_slice meta)
{
    kith_err e = tracking_change(w, TRACKING_ENTER, entry, meta);
    if (e) return e;
    if (ask(w, number) != KITH_OK) close_client(w, subscribers_at(w->subscribers, number));
    tracking_announce(w, entry->tracker);
    return KITH_OK;
}

static kith_err enter_there(struct world *w, uint32_t number, const struct tracking_entry *entry,
                            kith_slice meta)
{
    struct awaited *a = subscribers_at(w->subscribers, number)->awaited;
    struct mail *m = tracking_ask(TRACKING_ENTER, entry, meta);
    if (!m || begin(w, number) != KITH_OK) {
        mail_free(m);
        return KITH_NOMEM;
    }
    a->gather->wanted = (uint64_t)1 << world_topic_home(w, entry->topic);
    m->handle = subscribers_handle(w->subscribers, number);
    m->serial = a->gather->serial;
    tracking_send(w, m);
    return KITH_OK;
}

kith_err tracked_enter(struct world *w, uint32_t number, const struct kith_tracker *t,
                       kith_slice key, kith_slice meta)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    struct tracking_entry entry = entries_name(w, number, t, (kith_slice){0}, key);
    if (s->awaited) return KITH_EXISTS;
    kith_err e = entries_add(w, number, &entry);
    if (e) return e;
    e = await(w, number, t, &entry.topic, 1);
    bool here = world_topic_home(w, entry.topic) == w->o.id;
    if (!e) e = here ? enter_here(w, number, &entry, meta) : enter_there(w, number, &entry, meta);
    if (!e) return KITH_OK;
    give_up(s);
    mail_free(entries_take(w, number, &entry));
    return e;
}

void tracked_receive(struct world *w, const struct mail *m)
{
    uint32_t number;
    if (!subscribers_find(w->subscribers, m->handle, &number)) return;
    const struct subscriber *s = subscribers_at(w->subscribers, number);
    if (!s->awaited || s->awaited->gather->serial != m->serial) return;
    take_pieces(w, number, m->from, mail_a(m));
    if (s->awaited) finish(w, number);
}

static void ask_again(struct world *w, uint64_t handle)
{
    uint32_t number;
    if (!subscribers_find(w->subscribers, handle, &number)) return;
    const struct subscriber *s = subscribers_at(w->subscribers, number);
    if (s->awaited && s->awaited->gather->deadline_ms <= w->now.mono_ms &&
        ask(w, number) != KITH_OK)
        close_client(w, s);
}

void tracked_expire(struct world *w)
{
    const struct deadline *d;
    for (unsigned n = 0; n < DUE_PER_TURN; n++) {
        if (!(d = heap_min(&w->state_deadlines)) || d->at_ms > w->now.mono_ms) return;
        ask_again(w, heap_pop(&w->state_deadlines).what);
    }
}

uint64_t tracked_next_due(const struct world *w)
{
    const struct deadline *d = heap_min(&w->state_deadlines);
    return d ? d->at_ms : UINT64_MAX;
}
