/* shard/social.c -- a session joins, is caught up, changes its status, and goes. */
#include "shard/social.h"

#include "shard/gather.h"
#include "shard/showing.h"
#include "shard/starts.h"
#include "shard/watching.h"

#include <stdlib.h>

#define BUSY "{\"reason\":\"server busy, try again\"}"

static struct social_channel *channel_of(const struct world *w, uint32_t slot, unsigned form)
{
    struct social *s = clients_at(w->clients, slot)->social;
    return s ? &s->channels[form] : NULL;
}

static bool on_any(const struct social *s)
{
    return s->channels[KITH_SOCIAL_USER].joined || s->channels[KITH_SOCIAL_FRIENDS].joined;
}

static void drop_gather(struct social_channel *c)
{
    gather_free(c->gather);
    c->gather = NULL;
}

/* The join that waits is over before its time. The channel that it replaced is still owed its end.
 */
static void cancel_gather(struct world *w, uint32_t slot, struct social_channel *c)
{
    if (c->gather && c->gather->after_reply) clients_push(w->clients, slot, c->gather->after_reply);
    drop_gather(c);
}

static void end(struct world *w, uint32_t slot, uint32_t grace_ms)
{
    struct client *k = clients_at(w->clients, slot);
    struct social *s = k->social;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++)
        drop_gather(&s->channels[form]);
    watching_drop(w, slot);
    if (grace_ms == 0) showing_back(w, slot); /* at once means at once */
    showing_end(w, slot, grace_ms);
    buf_fini(&s->fields);
    s->tracked = s->away = s->watched_known = false;
    k->behind = false;
}

static void forget(struct client *k)
{
    free(k->social);
    k->social = NULL;
}

/* On no channel any more. The session is remembered while its question to the store is out, so that
 * a client that comes and goes has one out at most. */
static void end_if_idle(struct world *w, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    if (on_any(k->social)) return;
    end(w, slot, 0);
    if (!k->social->want_serial) forget(k);
}

/* Takes `f`; without memory for it (NULL) the socket is closed. */
static void push_or_close(struct world *w, uint32_t slot, struct frame *f)
{
    clients_push(w->clients, slot, f);
    frame_unref(f);
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
        &(struct phx_out){.join_ref = c->gather->bare ? (kith_slice){0} : c->join_ref,
                          .ref = buf_slice(&c->gather->ref),
                          .topic = c->topic,
                          .payload = slice_str(response)},
        false);
    push_or_close(w, slot, reply);
    tell_joined(w, slot, c, true);
    cancel_gather(w, slot, c);
    c->joined = false;
    w->stats.joins_refused++;
    end_if_idle(w, slot);
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

static void answer_ok(struct world *w, uint32_t slot, struct social_channel *c)
{
    struct frame *reply = phx_encode_reply(
        clients_at(w->clients, slot)->vsn,
        &(struct phx_out){.join_ref = c->gather->bare ? (kith_slice){0} : c->join_ref,
                          .ref = buf_slice(&c->gather->ref),
                          .topic = c->topic,
                          .payload = KITH_LIT("{}")},
        true);
    push_or_close(w, slot, reply);
    if (c->gather->after_reply) clients_push(w->clients, slot, c->gather->after_reply);
    tell_joined(w, slot, c, false);
    w->stats.joins++;
}

static void send_held(struct world *w, uint32_t slot, const struct gather *g)
{
    for (uint32_t i = 0; i < g->held_count; i++)
        clients_deliver(w->clients, slot, g->held[i]);
}

/* All pieces are in: reply, state, what was held; then the session itself is shown. */
static void finish(struct world *w, uint32_t slot, unsigned form)
{
    struct client *k = clients_at(w->clients, slot);
    struct social_channel *c = &k->social->channels[form];
    struct frame *state = gather_state(c->gather, k->vsn, c->topic, c->join_ref);
    if (!state) {
        give_up(w, slot, form, BUSY);
        return;
    }
    bool answers = c->gather->answers;
    if (answers) answer_ok(w, slot, c);
    clients_push_state(w->clients, slot, state);
    send_held(w, slot, c->gather);
    frame_unref(state);
    drop_gather(c);
    if (answers) showing_begin(w, slot, true);
}

/* Asks every home for its pieces; those of this shard are there at once. */
static void start(struct world *w, uint32_t slot, unsigned form)
{
    struct gather *g = channel_of(w, slot, form)->gather;
    gather_restart(g, world_serial(w));
    g->phase = GATHER_ASKED;
    if (watching_ask(w, slot, g) != KITH_OK)
        give_up(w, slot, form, BUSY);
    else if (gather_complete(g))
        finish(w, slot, form);
}

/* Its pieces are asked for when its turn comes, see social_start. */
static void queue(struct world *w, uint32_t slot, unsigned form)
{
    channel_of(w, slot, form)->gather->phase = GATHER_QUEUED;
    if (starts_push(w, slot) != KITH_OK) give_up(w, slot, form, BUSY);
}

void social_start(struct world *w)
{
    uint32_t edges = 0;
    for (uint32_t slot; starts_next(w, edges, &slot); edges++)
        for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
            const struct social_channel *c = channel_of(w, slot, form);
            if (!c || !c->gather || c->gather->phase != GATHER_QUEUED) continue;
            edges += clients_at(w->clients, slot)->social->watched_count;
            start(w, slot, form);
        }
}

/* Asks the store, once; again only if the answer has not come in the time that a join waits: it was
 * lost for want of memory. */
static void want_watched(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (s->want_serial && w->now.mono_ms - s->wanted_ms < w->o.join_wait_ms) return;
    s->wanted_ms = w->now.mono_ms;
    struct mail *m = showing_mail(w, MAIL_WANT_WATCHED, slot, (kith_slice){0});
    s->want_serial = world_serial(w);
    if (m) {
        m->serial = s->want_serial;
        m->at = w->now.mono_ms + w->o.join_wait_ms;
    }
    world_want(w, m);
}

/* Looked at when its time is over, see social_expire. */
static struct gather *new_gather(struct world *w, uint32_t slot)
{
    uint64_t deadline = w->now.mono_ms + w->o.join_wait_ms;
    struct gather *g = gather_new(world_serial(w), deadline);
    if (!g || heap_push(&w->join_deadlines, deadline, clients_handle(w->clients, slot)) == KITH_OK)
        return g;
    gather_free(g);
    return NULL;
}

static kith_err enter(struct client *k, const struct social_join *j)
{
    if (!k->social) {
        k->social = calloc(1, sizeof *k->social);
        if (!k->social) return KITH_NOMEM;
        k->social->user = j->user;
        k->social->device = j->device;
    }
    if (j->fields.len == 0) return KITH_OK;
    buf_clear(&k->social->fields);
    buf_put(&k->social->fields, j->fields);
    return k->social->fields.failed ? KITH_NOMEM : KITH_OK;
}

/* What is on its way to a channel that is joined again is on its way to the new join. */
kith_err social_join(struct world *w, uint32_t slot, const struct social_join *j)
{
    struct client *k = clients_at(w->clients, slot);
    bool fresh = !k->social;
    struct gather *old = fresh ? NULL : k->social->channels[j->form].gather;
    struct gather *g = old ? old : new_gather(w, slot);
    struct buf ref = {0};
    buf_put(&ref, j->ref);
    if (!g || ref.failed || enter(k, j) != KITH_OK) {
        if (g != old) gather_free(g);
        buf_fini(&ref);
        frame_unref(j->after_reply);
        if (fresh && k->social) forget(k);
        return KITH_NOMEM;
    }
    if (old && old->after_reply) push_or_close(w, slot, old->after_reply);
    buf_fini(&g->ref);
    g->ref = ref;
    g->bare = j->bare;
    g->answers = true;
    g->after_reply = j->after_reply;
    k->social->channels[j->form] = (struct social_channel){.joined = true,
                                                           .number = j->channel,
                                                           .topic = j->topic,
                                                           .join_ref = j->join_ref,
                                                           .gather = g};
    if (!k->social->watched_known)
        want_watched(w, slot);
    else if (!old)
        queue(w, slot, j->form);
    return KITH_OK;
}

bool social_alive(const struct world *w, uint32_t slot, enum kith_social_form form)
{
    const struct social_channel *c = channel_of(w, slot, form);
    return c && c->joined;
}

bool social_waits(const struct world *w, uint32_t slot, enum kith_social_form form)
{
    const struct social_channel *c = channel_of(w, slot, form);
    return c && c->gather && c->gather->answers;
}

bool social_hold(struct world *w, uint32_t slot, enum kith_social_form form, struct mail *news)
{
    if (!social_waits(w, slot, form)) return false;
    mail_append(&channel_of(w, slot, form)->gather->news, news);
    return true;
}

void social_part(struct world *w, uint32_t slot, enum kith_social_form form)
{
    struct social_channel *c = channel_of(w, slot, form);
    if (!c) return;
    cancel_gather(w, slot, c);
    *c = (struct social_channel){0};
    end_if_idle(w, slot);
}

void social_lost(struct world *w, uint32_t slot, uint32_t grace_ms)
{
    struct client *k = clients_at(w->clients, slot);
    if (!k->social) return;
    end(w, slot, grace_ms);
    forget(k);
}

kith_err social_status(struct world *w, uint32_t slot, kith_slice fields, struct frame *reply)
{
    struct social *s = clients_at(w->clients, slot)->social;
    kith_err e = KITH_OK;
    if (!s) {
        e = KITH_NONE;
    } else if (!s->tracked || world_home(w, s->user) == w->o.id) {
        /* Still joining: it is what the session will be shown with. */
        buf_clear(&s->fields);
        buf_put(&s->fields, fields);
        if (s->fields.failed) e = KITH_NOMEM;
        if (!e) clients_push(w->clients, slot, reply);
        if (!e && s->tracked) showing_begin(w, slot, false);
    } else {
        struct mail *m = mail_new(MAIL_STATUS, s->user, fields, frame_slice(reply));
        if (m) {
            m->handle = clients_handle(w->clients, slot);
            m->device = s->device;
            m->c_body_at = reply->body_at;
            world_post(w, world_home(w, s->user), m);
            buf_clear(&s->fields); /* what a rejoin under way still carries is older */
        } else {
            e = KITH_NOMEM;
        }
    }
    frame_unref(reply);
    return e;
}

/* A channel whose state is on its way already needs no other. No queue: its client has taken all
 * that waited for it, and so sets the pace. */
static void catch_up(struct world *w, uint32_t slot, unsigned form)
{
    struct client *k = clients_at(w->clients, slot);
    struct social_channel *c = &k->social->channels[form];
    if (!c->joined || c->gather) return;
    c->gather = new_gather(w, slot);
    if (c->gather) {
        w->stats.resyncs++;
        start(w, slot, form);
    } else {
        k->behind = true;
    }
}

void social_catch_up(struct world *w, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    k->behind = false;
    for (unsigned form = 0; form < SOCIAL_FORMS && k->social; form++)
        catch_up(w, slot, form);
}

void social_watched(struct world *w, uint64_t handle, uint32_t serial, kith_slice ids, bool failed)
{
    uint32_t slot;
    if (!clients_find(w->clients, handle, &slot)) return;
    struct social *s = clients_at(w->clients, slot)->social;
    if (!s || s->want_serial != serial) return;
    s->want_serial = 0;
    if (!on_any(s)) {
        forget(clients_at(w->clients, slot));
        return;
    }
    s->watched_known = !failed && watching_subscribe(w, slot, ids) == KITH_OK;
    bool known = s->watched_known;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->phase != GATHER_EDGES) continue;
        if (known)
            queue(w, slot, form);
        else
            refuse(w, slot, form, "{\"reason\":\"friends unavailable, try again\"}");
    }
}

void social_fragment(struct world *w, uint64_t handle, uint32_t serial, unsigned home,
                     kith_slice pieces)
{
    uint32_t slot;
    if (!clients_find(w->clients, handle, &slot)) return;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->serial != serial) continue;
        if (gather_pieces(c->gather, home, pieces) != KITH_OK)
            give_up(w, slot, form, BUSY);
        else if (gather_complete(c->gather) && c->gather->overflowed)
            queue(w, slot, form);
        else if (gather_complete(c->gather))
            finish(w, slot, form);
        return;
    }
}

static void expire_one(struct world *w, uint32_t slot)
{
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->deadline_ms > w->now.mono_ms) continue;
        clients_mark_dirty(w->clients, slot); /* a channel that is behind tries again */
        give_up(w, slot, form, "{\"reason\":\"timeout, try again\"}");
    }
}

void social_expire(struct world *w)
{
    const struct deadline *d;
    while ((d = heap_min(&w->join_deadlines)) && d->at_ms <= w->now.mono_ms) {
        uint32_t slot;
        struct deadline due = heap_pop(&w->join_deadlines);
        if (clients_find(w->clients, due.what, &slot)) expire_one(w, slot);
    }
}

uint64_t social_next_due(const struct world *w)
{
    const struct deadline *d = heap_min(&w->join_deadlines);
    if (starts_due(w)) return w->now.mono_ms;
    return d ? d->at_ms : UINT64_MAX;
}
