/* edge/polls.c -- the long-poll sessions of one shard. */
#include "edge/polls.h"

#include "base/assert.h"
#include "base/timers.h"
#include "edge/crowds.h"
#include "edge/poll.h"
#include "edge/session.h"
#include "edge/upgrade.h"
#include "shard/showing.h"
#include "shard/states.h"

#include <stdlib.h>

struct polls {
    struct edge_context *ctx;
    struct poll **by_slot;
    uint32_t cap, count;
    uint64_t made;
    struct timers due; /* of sessions: when each is looked at */
};

static struct clients *clients(const struct polls *p) { return p->ctx->world->clients; }

static uint64_t mono_ms(const struct polls *p) { return p->ctx->world->now.mono_ms; }

struct polls *polls_new(struct edge_context *ctx)
{
    struct polls *p = calloc(1, sizeof *p);
    if (p) p->ctx = ctx;
    return p;
}

void polls_free(struct polls *p)
{
    if (!p) return;
    KITH_ASSERT(p->count == 0);
    timers_fini(&p->due);
    free(p->by_slot);
    free(p);
}

uint32_t polls_count(const struct polls *p) { return p->count; }

/* Their lives */

static struct poll *at_slot(const struct polls *p, uint32_t slot)
{
    return slot < p->cap ? p->by_slot[slot] : NULL;
}

static struct poll *find(const struct polls *p, const struct mail *m)
{
    uint32_t slot;
    if (!clients_find(clients(p), m->handle, &slot)) return NULL;
    struct poll *poll = at_slot(p, slot);
    return poll && poll->number == m->poll ? poll : NULL;
}

/* The session that the client asks for, which shows that it is there. */
static struct poll *asked_for(const struct polls *p, const struct mail *m)
{
    struct poll *poll = find(p, m);
    if (poll) showing_back(p->ctx->world, poll->slot);
    return poll;
}

static void end(struct polls *p, struct poll *poll, uint32_t grace_ms)
{
    struct world *w = p->ctx->world;
    /* For phoenix.js that is an error after which it connects and joins anew; 410 would be that
     * only from 1.8 on. */
    if (poll->waiter.handle) poll_answer_status(p->ctx, poll->waiter, 500);
    for (struct mail *m; (m = poll_drop_post(p->ctx, poll)); mail_free(m))
        poll_answer_status(p->ctx, asker_of(m), 410);
    session_free(poll->session, grace_ms);
    crowds_end(p->ctx->options->crowds, poll->crowd);
    timers_drop(&p->due, poll->slot);
    p->by_slot[poll->slot] = NULL;
    clients_close(w->clients, poll->slot);
    free(poll);
    p->count--;
    w->stats.longpolls_closed++;
}

void polls_end(struct polls *p, uint32_t grace_ms)
{
    for (uint32_t slot = 0; slot < p->cap; slot++)
        if (p->by_slot[slot]) end(p, p->by_slot[slot], grace_ms);
}

/* Sees that the session is looked at by then. False: no memory. */
static bool schedule(struct polls *p, struct poll *poll, uint64_t at_ms)
{
    if (at_ms >= poll->due_ms) return true;
    if (timers_set(&p->due, poll->slot, at_ms) != KITH_OK) return false;
    poll->due_ms = at_ms;
    return true;
}

/* Token times are judged by the wall clock. */
static bool expired(const struct polls *p, const struct poll *poll)
{
    return poll->session->expires_at_ms <= p->ctx->world->now.unix_ms;
}

/* When it has to be looked at. */
static uint64_t next_of(const struct polls *p, const struct poll *poll)
{
    uint64_t expires = poll->session->expires_at_ms,
             next = earlier(poll->until_ms, session_tick(poll->session));
    if (expires == UINT64_MAX) return next;
    return earlier(next, mono_ms(p) + (expires - p->ctx->world->now.unix_ms));
}

/* From now on the client has twice a poll's time to come (again): as recorded from Phoenix, where
 * it is one and a half times to three. False: no memory, so that nobody would end it. */
KITH_MUST_USE static bool expect(struct polls *p, struct poll *poll, uint64_t wait_ms)
{
    poll->until_ms = mono_ms(p) + wait_ms + 2 * (uint64_t)p->ctx->options->longpoll_ms;
    return schedule(p, poll, next_of(p, poll));
}

uint64_t polls_tick(struct polls *p)
{
    const struct deadline *d;
    for (int looked = 0;
         looked < DUE_PER_TURN && (d = timers_min(&p->due)) && d->at_ms <= mono_ms(p); looked++) {
        struct poll *poll = p->by_slot[d->what];
        timers_drop(&p->due, poll->slot);
        poll->due_ms = UINT64_MAX;
        if (expired(p, poll) || poll->until_ms <= mono_ms(p) ||
            !schedule(p, poll, next_of(p, poll)))
            end(p, poll, p->ctx->options->grace_ms);
        else if (poll->posts.first)
            clients_mark_dirty(clients(p), poll->slot);
    }
    d = timers_min(&p->due);
    return d ? d->at_ms : UINT64_MAX;
}

static bool room_for(struct polls *p, uint32_t slot)
{
    if (slot < p->cap) return true;
    uint32_t cap = p->cap ? p->cap : 64;
    while (cap <= slot)
        cap *= 2;
    struct poll **by_slot = realloc(p->by_slot, cap * sizeof *by_slot);
    if (!by_slot) return false;
    for (uint32_t i = p->cap; i < cap; i++)
        by_slot[i] = NULL;
    p->by_slot = by_slot;
    p->cap = cap;
    return true;
}

/* Takes over the socket that was let in. NULL: no memory, or no room. */
static struct poll *begin(struct polls *p, struct upgrade *u)
{
    struct world *w = p->ctx->world;
    uint32_t slot;
    if (p->ctx->crowded || clients_open(w->clients, &slot) != KITH_OK) return NULL;
    struct poll *poll = room_for(p, slot) ? calloc(1, sizeof *poll) : NULL;
    struct session_options o = {.vsn = u->vsn,
                                .slot = slot,
                                .device = u->device,
                                .hidden = u->hidden,
                                .expires_at_ms = u->expires_at_ms};
    struct session *s = poll ? session_new(&u->socket, &o) : NULL;
    if (!s) {
        free(poll);
        clients_close(w->clients, slot);
        return NULL;
    }
    u->socket.mount = NULL;
    *poll = (struct poll){.session = s, .slot = slot, .number = ++p->made, .due_ms = UINT64_MAX};
    p->by_slot[slot] = poll;
    p->count++;
    w->stats.longpolls_opened++;
    return poll;
}

/* The same, if there are not too many from its address: one connection may begin any number. */
static struct poll *begin_of(struct polls *p, struct upgrade *u, uint32_t crowd)
{
    const struct edge_options *o = p->ctx->options;
    if (!o->per_address_max) crowd = 0;
    bool fits = crowds_begin(o->crowds, crowd, o->per_address_max);
    struct poll *poll = fits ? begin(p, u) : NULL;
    if (!fits) p->ctx->world->stats.connections_crowded++;
    if (fits && !poll) crowds_end(o->crowds, crowd);
    if (poll) poll->crowd = crowd;
    return poll;
}

/* There is no such session (any more): a new one, and its token. The page was asked for where the
 * request came. */
static void connect_anew(struct polls *p, const struct mail *m)
{
    struct http_request r = {.method = KITH_LIT("GET"), .query = mail_a(m)};
    struct upgrade u = {0};
    if (m->b_len)
        r.headers[r.header_count++] =
            (struct http_header){KITH_LIT("x-phoenix-authtoken"), mail_b(m)};
    upgrade_connect(p->ctx, &p->ctx->options->mounts[m->mount], &r, &u);
    struct poll *poll = u.status == 101 ? begin_of(p, &u, m->crowd) : NULL;
    if (u.status == 429) {
        upgrade_note_refused(p->ctx->world, &u);
        poll_answer_busy(p->ctx, asker_anew(m)); /* phoenix.js comes back after that */
    } else if (u.status != 101) {
        upgrade_note_refused(p->ctx->world, &u);
        notes_user(p->ctx->world->notes, "a long-poll is refused", (kith_slice){0}, u.status);
        poll_answer_status(p->ctx, asker_anew(m), u.status);
    } else if (!poll) {
        poll_answer_busy(p->ctx, asker_anew(m));
    } else if (expect(p, poll, 0)) {
        poll_answer_token(p->ctx, poll, asker_anew(m));
    } else {
        end(p, poll, 0);
    }
    upgrade_fini(&u);
}

/* News and requests */

/* False: the session has to end. */
static bool take_posts(struct polls *p, struct poll *poll)
{
    if (!poll->posts.first) return true;
    return poll_take_posts(p->ctx, poll) == KITH_OK && schedule(p, poll, next_of(p, poll));
}

void polls_flush(struct polls *p, uint32_t slot)
{
    struct poll *poll = at_slot(p, slot);
    if (!poll) return;
    struct client *k = clients_at(clients(p), slot);
    if (poll->session->closing) {
        end(p, poll, session_closing_grace_ms(poll->session));
        return;
    }
    bool well = take_posts(p, poll) && !k->overrun;
    if (well && !poll->flight) {
        if (k->outbox.count == 0 && k->behind) states_catch_up(p->ctx->world, slot);
        if (k->outbox.count && poll_waits(p->ctx, poll))
            well = poll_answer_news(p->ctx, poll) && expect(p, poll, 0);
    }
    if (!well || k->overrun) end(p, poll, p->ctx->options->grace_ms);
}

static void receive_poll(struct polls *p, const struct mail *m)
{
    struct poll *poll = asked_for(p, m);
    if (poll && expired(p, poll)) {
        end(p, poll, p->ctx->options->grace_ms);
        poll = NULL;
    }
    if (!poll && p->ctx->draining) poll_answer_status(p->ctx, asker_anew(m), 500);
    if (!poll && !p->ctx->draining) connect_anew(p, m);
    if (!poll) return;
    /* An earlier GET that still waits is left to wait out its time. */
    poll->waiter = asker_of(m);
    poll->waits_until_ms = mono_ms(p) + p->ctx->options->longpoll_ms;
    if (expect(p, poll, p->ctx->options->longpoll_ms))
        clients_mark_dirty(clients(p), poll->slot);
    else
        end(p, poll, p->ctx->options->grace_ms);
}

/* Takes m. */
static void receive_post(struct polls *p, struct mail *m)
{
    struct poll *poll = asked_for(p, m);
    if (!poll) {
        poll_answer_status(p->ctx, asker_anew(m), 410);
        mail_free(m);
    } else if (poll_post(p->ctx, poll, m) == KITH_OK && !take_posts(p, poll)) {
        end(p, poll, p->ctx->options->grace_ms);
    }
}

static void receive_gone(struct polls *p, const struct mail *m)
{
    struct poll *poll = find(p, m);
    if (!poll || poll->waiter.handle != m->connection || poll->waiter.serial != m->serial ||
        poll->waiter.shard != m->from)
        return;
    poll->waiter = (struct asker){0};
    if (!expect(p, poll, 0)) {
        end(p, poll, p->ctx->options->grace_ms);
        return;
    }
    /* A page that is reloaded ends its poll like that, and comes with another session at once. */
    showing_away(p->ctx->world, poll->slot,
                 2 * p->ctx->options->longpoll_ms + p->ctx->options->grace_ms);
}

static void receive_taken(struct polls *p, const struct mail *m)
{
    uint32_t slot;
    struct poll *poll = clients_find(clients(p), m->taken_by, &slot) ? at_slot(p, slot) : NULL;
    if (!poll) return;
    if (!m->failed) clients_sent(clients(p), slot, poll->flight);
    poll->flight = 0;
    clients_mark_dirty(clients(p), slot);
}

void polls_receive(struct polls *p, struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_POLL: receive_poll(p, m); break;
    case MAIL_POLL_POST: receive_post(p, m); return;
    case MAIL_POLL_GONE: receive_gone(p, m); break;
    case MAIL_POLL_TAKEN: receive_taken(p, m); break;
    default: break;
    }
    mail_free(m);
}
