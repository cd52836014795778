/* edge/channel.c -- one joined topic of one socket: its life, and the calls of its behaviour. */
#include "edge/channel.h"

#include "edge/pattern.h"
#include "edge/say.h"
#include "shard/list.h"
#include "shard/refusals.h"
#include "shard/social.h"
#include "shard/subscriber.h"

#include <stdlib.h>

#define BUSY    KITH_LIT("{\"reason\":\"server busy, try again\"}")
#define CRASHED KITH_LIT("{\"reason\":\"join crashed\"}")
#define TIMEOUT KITH_LIT("{\"reason\":\"timeout, try again\"}")

static struct world *world(const struct kith_channel *c) { return session_world(c->session); }

/* Ends */

static void unlink_channel(struct kith_channel *c)
{
    struct kith_channel **at = &c->session->channels;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->session->channel_count--;
}

static void free_pending(struct kith_channel *c)
{
    if (!c->pending) return;
    frame_unref(c->pending->after_reply);
    mail_queue_fini(&c->pending->held);
    free(c->pending);
    c->pending = NULL;
    c->session->pending_count--;
}

static void free_channel(struct kith_channel *c)
{
    if (c->subscriber != SUBSCRIBER_NONE) subscriber_end(world(c), c->subscriber);
    free_pending(c);
    free(c);
}

/* What it says in terminate to all who listen does not come back to its client. */
static void drop(struct kith_channel *c)
{
    c->ended = true;
    if (c->subscriber != SUBSCRIBER_NONE) subscriber_end(world(c), c->subscriber);
    c->subscriber = SUBSCRIBER_NONE;
    if (channel_behaviour(c)->terminate) channel_behaviour(c)->terminate(c);
    free_channel(c);
}

/* Takes the channel out of its session and ends it. One that it was to replace is still owed its
 * end. */
static void end(struct kith_channel *c)
{
    if (c->pending && c->pending->after_reply) session_send(c->session, c->pending->after_reply);
    if (c->pending) c->pending->after_reply = NULL;
    if (c->social) social_part(world(c), c->session->slot, c->form);
    unlink_channel(c);
    drop(c);
}

void channels_end(struct session *s)
{
    while (s->channels) {
        struct kith_channel *c = s->channels;
        unlink_channel(c);
        drop(c);
    }
}

static void end_with(struct kith_channel *c, const char *event)
{
    session_send(c->session, say_end(c, event));
    end(c);
}

/* Finding */

struct kith_channel *channel_find(struct session *s, kith_slice topic)
{
    struct kith_channel *c = s->channels;
    while (c && !slice_eq(channel_topic(c), topic))
        c = c->next;
    if (!c || !c->social || social_alive(session_world(s), s->slot, c->form)) return c;
    c->social = false;
    end(c);
    return NULL;
}

/* Joins */

static struct kith_channel *channel_new(struct session *s, const struct kith_channel_behaviour *b,
                                        const struct phx_in *in)
{
    bool star;
    bool bare = slice_is(in->join_ref, "null");
    kith_slice join_ref = bare ? in->ref : in->join_ref;
    size_t bytes = offsetof(struct kith_channel, bytes) + in->topic.len + join_ref.len;
    struct kith_channel *c = malloc(bytes > sizeof *c ? bytes : sizeof *c);
    if (!c) return NULL;
    *c = (struct kith_channel){.session = s,
                               .kind = pattern_number(s->socket.mount->behaviour, b),
                               .number = world_serial(session_world(s)),
                               .subscriber = SUBSCRIBER_NONE,
                               .join_ref_len = (uint32_t)join_ref.len,
                               .topic_len = (uint16_t)in->topic.len,
                               .bare = bare};
    size_t at = pattern_stem(b, &star);
    c->subtopic_at = star ? (uint16_t)at : c->topic_len;
    if (in->topic.len) memcpy(c->bytes, in->topic.ptr, in->topic.len);
    if (join_ref.len) memcpy(c->bytes + in->topic.len, join_ref.ptr, join_ref.len);
    return c;
}

/* What the joined channel that this one replaces leaves behind. */
static void supersede(struct kith_channel *old, const struct kith_channel *by)
{
    /* A session that joins its social topic again keeps its presence: nothing happened to its user.
     */
    if (old->social && by->social && old->form == by->form) old->social = false;
    end(old);
}

/* From here on broadcasts reach it; its answer goes out before any can. */
static kith_err begin(struct kith_channel *c)
{
    if (channel_behaviour(c)->unsubscribed || c->subscriber != SUBSCRIBER_NONE) return KITH_OK;
    return subscriber_begin(
        world(c),
        &(struct subscriber_options){.slot = c->session->slot,
                                     .channel = c->number,
                                     .topic = channel_topic(c),
                                     .join_ref = channel_join_ref(c),
                                     .intercept = channel_behaviour(c)->intercept,
                                     .listens = true},
        &c->subscriber);
}

static struct frame *refusal(const struct kith_channel *c, kith_slice ref, kith_slice response)
{
    kith_err err;
    return say_reply(c, channel_asked_ref(c), ref, false, kith_json(response), &err);
}

/* The answer that a join's return value and what it has said come to. NULL: no memory. */
static struct frame *join_answer(struct kith_channel *c, kith_err e)
{
    struct call *call = channel_call(c);
    struct frame *said = call->reply;
    kith_err err;
    call->reply = NULL;
    if (said && (e == KITH_OK) == call->ok) return said;
    frame_unref(said);
    if (e == KITH_OK)
        return say_reply(c, channel_asked_ref(c), call->in->ref, true, KITH_EMPTY, &err);
    return refusal(c, call->in->ref, e == KITH_NOMEM ? BUSY : CRASHED);
}

/* What join's return value means; a reply of error is a refusal, whatever it returned. */
static kith_err judge_join(struct kith_channel *c, kith_err e)
{
    bool later = c->pending || c->social;
    if (e == KITH_OK && later) return KITH_LATER;
    if (e == KITH_LATER && !later) return KITH_BAD;
    return e == KITH_OK && channel_call(c)->reply && !channel_call(c)->ok ? KITH_REFUSED : e;
}

static void note_join(const struct session *s, bool joined)
{
    notes_user(session_world(s)->notes, joined ? "a join is answered" : "a join is refused",
               socket_user(&s->socket), 0);
}

/* For operators, before the answer is made of it. */
static void note_refused(const struct kith_channel *c, kith_err e)
{
    const struct call *call = channel_call(c);
    struct world *w = world(c);
    kith_slice user = socket_user(&c->session->socket);
    w->stats.joins_refused++;
    if (call->reply && !call->ok)
        refusals_note(&w->refusals, w->now.unix_ms, user, channel_topic(c),
                      slice_of(call->reason, call->reason_len));
    else
        refusals_note_join(&w->refusals, w->now.unix_ms, user, channel_topic(c),
                           e == KITH_NOMEM ? BUSY : CRASHED);
}

static void settle_join(struct kith_channel *c, struct kith_channel *old, kith_err returned)
{
    struct session *s = c->session;
    struct stats *stats = &session_world(s)->stats;
    struct frame *end_of_old = channel_call(c)->after_reply;
    kith_err e = judge_join(c, returned);
    /* The old one goes before the new one listens: it is not to hear of that. */
    if (old) supersede(old, c);
    if (e == KITH_OK) e = begin(c);
    bool joined = e == KITH_OK || e == KITH_LATER;
    if (e == KITH_OK) stats->joins++;
    if (!joined) note_refused(c, e);
    if (e != KITH_LATER) note_join(s, joined);
    if (e != KITH_LATER) session_send(s, join_answer(c, e));
    frame_unref(channel_call(c)->reply);
    if (joined && c->pending)
        c->pending->after_reply = end_of_old;
    else if (end_of_old)
        session_send(s, end_of_old);
    session_context(c->session)->call = NULL;
    if (!joined) {
        if (c->social) social_part(session_world(s), s->slot, c->form);
        /* Its behaviour took it for joined, or for on its way: it hears that it is not. */
        if (returned == KITH_OK || returned == KITH_LATER)
            drop(c);
        else
            free_channel(c);
        return;
    }
    c->next = s->channels;
    s->channels = c;
    s->channel_count++;
}

void channel_join(struct session *s, const struct kith_channel_behaviour *b,
                  const struct phx_in *in)
{
    struct kith_channel *old = channel_find(s, in->topic);
    struct kith_channel *c = channel_new(s, b, in);
    struct call call = {
        .of = c, .in = in, .join = true, .after_reply = old ? say_end(old, "phx_close") : NULL};
    if (!c || (old && !call.after_reply)) {
        session_send(s, NULL);
        frame_unref(call.after_reply);
        free(c);
        return;
    }
    session_context(s)->call = &call;
    /* Bytes are no parameters: a binary join is a join without any. */
    kith_err e = b->join(c, kith_json(in->binary ? KITH_LIT("{}") : in->payload));
    settle_join(c, old, e);
}

/* Its answer has come, or its time is over. False: the channel is gone. */
static bool finish_join(struct kith_channel *c, bool ok, struct frame *reply, kith_slice response)
{
    struct pending *p = c->pending;
    session_send(c->session, reply);
    if (p->after_reply) session_send(c->session, p->after_reply);
    p->after_reply = NULL;
    if (ok) {
        mail_prepend(&world(c)->news, &p->held);
        free_pending(c);
        world(c)->stats.joins++;
        note_join(c->session, true);
    } else {
        world(c)->stats.joins_refused++;
        note_join(c->session, false);
        refusals_note_join(&world(c)->refusals, world(c)->now.unix_ms,
                           socket_user(&c->session->socket), channel_topic(c), response);
        end(c);
    }
    return ok;
}

void channel_expire(struct kith_channel *c)
{
    (void)finish_join(c, false, refusal(c, c->pending->ref, TIMEOUT), TIMEOUT);
}

/* Messages */

void channel_leave(struct kith_channel *c, const struct phx_in *in)
{
    /* One that names a join that is over is ignored. A join that bore no name can't be told apart.
     */
    kith_err err;
    if (!c->bare && !slice_eq(in->join_ref, channel_asked_ref(c))) return;
    session_send(c->session, say_reply(c, channel_join_ref(c), in->ref, true, KITH_EMPTY, &err));
    end_with(c, "phx_close");
}

/* A callback has returned. */
static void settle(struct kith_channel *c, kith_err e)
{
    session_context(c->session)->call = NULL;
    if (e)
        end_with(c, "phx_error");
    else if (c->stopping)
        end_with(c, "phx_close");
}

void channel_in(struct kith_channel *c, const struct phx_in *in)
{
    kith_err e = KITH_BAD;
    session_context(c->session)->call = &(struct call){.of = c, .in = in};
    if (in->event_text && channel_behaviour(c)->handle_in)
        e = channel_behaviour(c)->handle_in(c, in->event, (kith_payload){in->payload, in->binary});
    settle(c, e);
}

static kith_payload payload_of(const struct mail *m)
{
    return (kith_payload){mail_c(m), m->binary};
}

static kith_err info(struct kith_channel *c, const struct mail *m)
{
    if (!channel_behaviour(c)->handle_info) return KITH_OK;
    return channel_behaviour(c)->handle_info(
        c,
        &(struct kith_message){.topic = mail_a(m), .event = mail_b(m), .payload = payload_of(m)});
}

/* A behaviour without handle_out sends on what it intercepts. */
static kith_err out(struct kith_channel *c, const struct mail *m)
{
    kith_err err = KITH_OK;
    if (channel_behaviour(c)->handle_out)
        return channel_behaviour(c)->handle_out(c, mail_b(m), payload_of(m));
    struct frame *f = say_push(c, mail_b(m), payload_of(m), &err);
    if (f || err == KITH_NOMEM) session_send(c->session, f);
    return KITH_OK;
}

/* Without memory for the list the channel would wait for ever: it ends. */
static kith_err listed(struct kith_channel *c, const struct mail *m)
{
    kith_channel_listed tell = (kith_channel_listed)(uintptr_t)m->listed;
    struct kith_list list = {0};
    kith_err e = list_make(&list, mail_a(m));
    if (!e) e = tell(c, &list);
    list_fini(&list);
    return e;
}

/* A reply that was taken along. */
static void answer(struct kith_channel *c, const struct mail *m)
{
    bool ok = !m->failed;
    kith_err err;
    if (c->pending && ok && begin(c) != KITH_OK) {
        (void)finish_join(c, false, refusal(c, mail_a(m), BUSY), BUSY);
        return;
    }
    struct frame *f = say_reply(c, c->pending ? channel_asked_ref(c) : channel_join_ref(c),
                                mail_a(m), ok, payload_of(m), &err);
    if (c->pending && !f && err != KITH_NOMEM)
        (void)finish_join(c, false, refusal(c, mail_a(m), CRASHED), CRASHED);
    else if (c->pending)
        (void)finish_join(c, ok, f, mail_c(m));
    else if (f || err == KITH_NOMEM)
        session_send(c->session, f);
}

/* A social join is answered: its reply has gone out. Who is shown much pays for it. */
static void joined(struct kith_channel *c, const struct mail *m)
{
    session_pay(c->session, (unsigned)(m->list_bytes / STATE_MESSAGE_BYTES));
    if (m->failed) {
        c->social = false;
        end(c);
    } else if (begin(c) != KITH_OK) {
        session_send(c->session, NULL);
    }
}

/* News that comes before the channel is joined waits until it is. */
static bool held(struct kith_channel *c, struct mail *m)
{
    if (m->type == MAIL_ANSWER || m->type == MAIL_JOINED) return false;
    if (c->pending) {
        mail_append(&c->pending->held, m);
        return true;
    }
    return c->social && social_hold(world(c), c->session->slot, c->form, m);
}

void channel_news(struct kith_channel *c, struct mail *m)
{
    if (held(c, m)) return;
    switch ((enum mail_type)m->type) {
    case MAIL_INFO: settle(c, info(c, m)); break;
    case MAIL_OUT: settle(c, out(c, m)); break;
    case MAIL_LISTED: settle(c, listed(c, m)); break;
    case MAIL_ANSWER: answer(c, m); break;
    case MAIL_JOINED: joined(c, m); break;
    default: break;
    }
    mail_free(m);
}
