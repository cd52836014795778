/* shard/states.c -- full states on their way to channels. */
#include "shard/states.h"

#include "shard/gather.h"
#include "shard/home.h"
#include "shard/large_states.h"
#include "shard/list.h"
#include "shard/listen.h"
#include "shard/refusals.h"
#include "shard/resume_token.h"
#include "shard/showing.h"
#include "shard/sight_slices.h"
#include "shard/social_end.h"
#include "shard/social_extra.h"
#include "shard/spread.h"
#include "shard/starts.h"
#include "shard/watched.h"
#include "shard/watching.h"

#define BUSY "{\"reason\":\"server busy, try again\"}"

static void drop_gather(struct social_channel *c)
{
    gather_free(c->gather);
    c->gather = NULL;
}

/* The join that waits is over before its time. The channel that it replaced is still owed its end.
 */
void states_cancel(struct world *w, uint32_t slot, struct social_channel *c)
{
    if (c->gather && c->gather->after_reply) clients_push(w->clients, slot, c->gather->after_reply);
    drop_gather(c);
}

/* The edge hears how the join has ended before it hears what else is for the channel. */
static void tell_joined(struct world *w, uint32_t slot, struct social_channel *c, bool refused)
{
    struct mail_queue first = {0};
    struct mail *m = mail_new(MAIL_JOINED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (!m) {
        clients_push(w->clients, slot, NULL);
        return;
    }
    m->handle = clients_handle(w->clients, slot);
    m->serial = c->number;
    m->failed = refused;
    m->list_bytes = refused ? 0 : c->gather->pieces.len;
    mail_append(&first, m);
    if (!refused) mail_prepend(&w->news, &c->gather->news);
    mail_prepend(&w->news, &first);
}

/* The join is answered with an error; the channel is gone. */
static void refuse(struct world *w, uint32_t slot, unsigned form, const char *response)
{
    struct client *k = clients_at(w->clients, slot);
    struct social_channel *c = &k->social->channels[form];
    struct frame *reply = phx_encode_reply(
        k->vsn,
        &(struct phx_out){.join_ref = c->gather->bare ? (kith_slice){0} : social_join_ref(c),
                          .ref = buf_slice(&c->gather->ref),
                          .topic = social_topic(c),
                          .payload = slice_str(response)},
        false);
    clients_send(w->clients, slot, reply);
    refusals_note_join(&w->refusals, w->now.unix_ms, social_user(k->social), social_topic(c),
                       slice_str(response));
    tell_joined(w, slot, c, true);
    states_cancel(w, slot, c);
    c->joined = false;
    w->stats.joins_refused++;
    notes_user(w->notes, "a join is refused", social_user(k->social), 0);
    social_end_if_idle(w, slot);
}

/* The channel's state cannot be had now. A join is refused; a live channel stays behind, and is
 * caught up after what is written next. */
static void give_up(struct world *w, uint32_t slot, unsigned form, const char *response)
{
    struct client *k = clients_at(w->clients, slot);
    struct social_channel *c = &k->social->channels[form];
    if (c->gather->answers) {
        refuse(w, slot, form, response);
        return;
    }
    drop_gather(c);
    k->behind = true;
}

static uint64_t digest_of(const struct world *w, const struct gather *g)
{
    return list_digest(buf_slice(&g->pieces), &w->o.hash_key);
}

static bool resumes(const struct world *w, const struct gather *g)
{
    return g->answers && g->unchanged && g->resumed_digest == digest_of(w, g);
}

/* What the client may come back with, and whether it has done so. */
static void put_response(const struct world *w, uint32_t slot, unsigned form, struct buf *out)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    const struct gather *g = s->channels[form].gather;
    char token[RESUME_TOKEN_LEN];
    struct resume_name name = {.owner = home_owner(w->o.id, clients_handle(w->clients, slot)),
                               .digest = digest_of(w, g)};
    resume_token_write(w, social_user(s), form, &name, token);
    buf_puts(out, "{\"resume\":\"");
    buf_put(out, slice_of((const uint8_t *)token, sizeof token));
    buf_puts(out, resumes(w, g) ? "\",\"resumed\":true}" : "\"}");
}

static void answer_ok(struct world *w, uint32_t slot, unsigned form)
{
    struct social_channel *c = social_channel_of(w, slot, form);
    struct buf response = {0};
    put_response(w, slot, form, &response);
    struct frame *reply =
        response.failed
            ? NULL
            : phx_encode_reply(clients_at(w->clients, slot)->vsn,
                               &(struct phx_out){.join_ref = c->gather->bare ? (kith_slice){0}
                                                                             : social_join_ref(c),
                                                 .ref = buf_slice(&c->gather->ref),
                                                 .topic = social_topic(c),
                                                 .payload = buf_slice(&response)},
                               true);
    buf_fini(&response);
    clients_send(w->clients, slot, reply);
    if (c->gather->after_reply) clients_push(w->clients, slot, c->gather->after_reply);
    tell_joined(w, slot, c, false);
    w->stats.joins++;
    latency_note(&w->stats.join, w->now.mono_us - c->gather->since_us);
    notes_user(w->notes, "a join is answered", social_user(clients_at(w->clients, slot)->social),
               0);
}

static void send_held(struct world *w, uint32_t slot, const struct gather *g)
{
    for (uint32_t i = 0; i < g->held_count; i++)
        clients_deliver(w->clients, slot, g->held[i]);
}

/* Its pieces are asked for when its turn comes, see states_start. */
void states_queue(struct world *w, uint32_t slot, unsigned form)
{
    social_channel_of(w, slot, form)->gather->phase = GATHER_QUEUED;
    if (starts_push(w, slot) != KITH_OK) give_up(w, slot, form, BUSY);
}

/* Its pieces are asked for again when there is room for them. */
static void wait_for_room(struct world *w, uint32_t slot, unsigned form)
{
    struct gather *g = social_channel_of(w, slot, form)->gather;
    gather_restart(g, world_serial(w));
    g->phase = GATHER_IN_LINE;
    g->its_turn = false;
    w->stats.states_held++;
    if (large_states_wait(w, slot, g->deadline_ms) != KITH_OK) give_up(w, slot, form, BUSY);
}

/* Reply, state, what was held; then the session itself is shown. A client that has the state
 * already gets none. */
static void answer_with_state(struct world *w, uint32_t slot, unsigned form)
{
    struct client *k = clients_at(w->clients, slot);
    struct social_channel *c = &k->social->channels[form];
    bool answers = c->gather->answers, has_it = resumes(w, c->gather);
    struct frame *state =
        has_it ? NULL : gather_state(c->gather, k->vsn, social_topic(c), social_join_ref(c));
    if (!state && !has_it) {
        give_up(w, slot, form, BUSY);
        return;
    }
    if (answers) answer_ok(w, slot, form);
    if (state) {
        clients_push_state(w->clients, slot, state);
        large_states_note(w, slot, c->gather->pieces.len);
    }
    send_held(w, slot, c->gather);
    frame_unref(state);
    c->untouched = answers && c->gather->held_count == 0;
    drop_gather(c);
    if (answers) showing_begin(w, slot, true);
}

/* All pieces are in. */
static void finish(struct world *w, uint32_t slot, unsigned form)
{
    struct gather *g = social_channel_of(w, slot, form)->gather;
    w->state_bytes += g->pieces.len;
    if (large_states_fit(w, g->pieces.len, g->its_turn))
        answer_with_state(w, slot, form);
    else
        wait_for_room(w, slot, form);
}

/* Asks every home for its pieces, or those that were busy; those of this shard are there at once.
 */
static void start(struct world *w, uint32_t slot, unsigned form)
{
    struct gather *g = social_channel_of(w, slot, form)->gather;
    if (!g->busy) gather_restart(g, world_serial(w));
    g->phase = GATHER_ASKED;
    if (listen_ask(w, slot, g) != KITH_OK)
        give_up(w, slot, form, BUSY);
    else if (gather_complete(g))
        finish(w, slot, form);
}

static void go_on(struct world *w, uint32_t slot, unsigned form)
{
    const struct gather *g = social_channel_of(w, slot, form)->gather;
    if (!gather_complete(g)) return;
    if (g->stale)
        states_queue(w, slot, form);
    else
        finish(w, slot, form);
}

void states_go_on(struct world *w, uint32_t slot, unsigned form)
{
    if (!gather_complete(social_channel_of(w, slot, form)->gather)) return;
    if (starts_may_finish(w))
        go_on(w, slot, form);
    else if (starts_push(w, slot) != KITH_OK)
        give_up(w, slot, form, BUSY);
}

/* Returns how many edges it has looked at. */
static uint32_t start_or_go_on(struct world *w, uint32_t slot, unsigned form)
{
    const struct social_channel *c = social_channel_of(w, slot, form);
    if (!c || !c->gather) return 0;
    if (c->gather->phase != GATHER_QUEUED) {
        go_on(w, slot, form);
        return 0;
    }
    uint32_t edges = watched_count(clients_at(w->clients, slot)->social->watched);
    start(w, slot, form);
    return edges;
}

/* One a turn: how much room it takes is known when it is complete. */
static void take_from_line(struct world *w)
{
    uint32_t slot;
    if (!large_states_next(w, &slot)) return;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        const struct social_channel *c = social_channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->phase != GATHER_IN_LINE) continue;
        c->gather->its_turn = true;
        states_queue(w, slot, form);
    }
}

void states_start(struct world *w)
{
    uint32_t edges = 0;
    take_from_line(w);
    for (uint32_t slot; starts_next(w, edges, &slot); edges++)
        for (unsigned form = 0; form < SOCIAL_FORMS; form++)
            edges += start_or_go_on(w, slot, form);
    starts_end_turn(w);
}

static bool is_awaited(const struct world *w, const struct deadline *d)
{
    uint32_t slot;
    if (!clients_find(w->clients, d->what, &slot)) return false;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        const struct social_channel *c = social_channel_of(w, slot, form);
        if (c && c->gather && c->gather->deadline_ms == d->at_ms) return true;
    }
    return false;
}

/* Looked at when its time is over, see states_expire. All wait as long, so the first in the heap
 * came first, and most that came are over: they leave as others come, or a storm of joins would
 * leave one for each session. */
struct gather *states_new(struct world *w, uint32_t slot)
{
    uint64_t deadline = w->now.mono_ms + w->o.join_wait_ms;
    struct gather *g = gather_new(world_serial(w), deadline, &w->large_states.gathered);
    if (g) g->since_us = w->now.mono_us;
    for (const struct deadline *d; (d = heap_min(&w->join_deadlines)) && !is_awaited(w, d);)
        (void)heap_pop(&w->join_deadlines);
    if (!g || heap_push(&w->join_deadlines, deadline, clients_handle(w->clients, slot)) == KITH_OK)
        return g;
    gather_free(g);
    return NULL;
}

/* A channel whose state is on its way already needs no other. */
static void catch_up(struct world *w, uint32_t slot, unsigned form)
{
    struct client *k = clients_at(w->clients, slot);
    struct social_channel *c = &k->social->channels[form];
    if (!c->joined || c->gather) return;
    c->gather = states_new(w, slot);
    if (c->gather) {
        w->stats.resyncs++;
        states_queue(w, slot, form);
    } else {
        k->behind = true;
    }
}

void states_catch_up(struct world *w, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    k->behind = false;
    for (unsigned form = 0; form < SOCIAL_FORMS && k->social; form++)
        catch_up(w, slot, form);
}

void states_watched(struct world *w, uint64_t handle, uint32_t serial, kith_slice ids, bool failed)
{
    uint32_t slot;
    if (!clients_find(w->clients, handle, &slot)) return;
    struct social *s = clients_at(w->clients, slot)->social;
    if (!s || !s->extra || s->extra->want_serial != serial) return;
    s->extra->want_serial = 0;
    if (!social_on_any(s)) {
        social_forget(w, slot);
        return;
    }
    s->watched_known = !failed && watching_subscribe(w, slot, ids) == KITH_OK;
    bool known = s->watched_known;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = social_channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->phase != GATHER_EDGES) continue;
        if (known)
            states_queue(w, slot, form);
        else
            refuse(w, slot, form, "{\"reason\":\"friends unavailable, try again\"}");
    }
}

/* A home that is busy told nothing, and of its changes nothing will be told before it is asked
 * again. */
static void take_pieces(struct world *w, uint32_t slot, unsigned form, const struct mail *m)
{
    struct gather *g = social_channel_of(w, slot, form)->gather;
    if (m->failed) {
        g->busy |= (uint64_t)1 << m->from;
        states_queue(w, slot, form);
    } else if (large_states_gathered(w)) {
        wait_for_room(w, slot, form);
    } else if (gather_pieces(g, m->from, mail_a(m)) != KITH_OK) {
        give_up(w, slot, form, BUSY);
    } else {
        states_go_on(w, slot, form);
    }
}

void states_fragment(struct world *w, const struct mail *m)
{
    uint32_t slot;
    if (!clients_find(w->clients, m->handle, &slot)) return;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = social_channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->serial != m->serial) continue;
        sight_slices_bring(w, slot);
        spread_bring(w, slot); /* the pieces have it in them */
        take_pieces(w, slot, form, m);
        return;
    }
}

static void expire_one(struct world *w, uint32_t slot)
{
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = social_channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->deadline_ms > w->now.mono_ms) continue;
        clients_mark_dirty(w->clients, slot); /* a channel that is behind tries again */
        give_up(w, slot, form, "{\"reason\":\"timeout, try again\"}");
    }
}

void states_expire(struct world *w)
{
    const struct deadline *d;
    while ((d = heap_min(&w->join_deadlines)) && d->at_ms <= w->now.mono_ms) {
        uint32_t slot;
        struct deadline due = heap_pop(&w->join_deadlines);
        if (clients_find(w->clients, due.what, &slot)) expire_one(w, slot);
    }
}

uint64_t states_next_due(const struct world *w)
{
    const struct deadline *d = heap_min(&w->join_deadlines);
    if (starts_due(w)) return w->now.mono_ms;
    uint64_t room = large_states_due(w);
    return d && d->at_ms < room ? d->at_ms : room;
}
