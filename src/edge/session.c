/* edge/session.c -- one Phoenix socket: finds the channel that a message, or news, is for. */
#include "edge/session.h"

#include "edge/channel.h"
#include "edge/pattern.h"
#include "shard/bars.h"
#include "shard/per_user.h"
#include "shard/social.h"
#include "shard/subscriber.h"

#include <stdlib.h>

/* What is broadcast on its id as topic reaches the socket itself. */
static kith_err listen_to_id(struct session *s)
{
    s->subscriber = SUBSCRIBER_NONE;
    if (s->id_len == 0) return KITH_OK;
    return subscriber_begin(session_world(s),
                            &(struct subscriber_options){
                                .slot = s->slot, .topic = socket_id(&s->socket), .listens = true},
                            &s->subscriber);
}

struct session *session_new(struct kith_socket *socket, const struct session_options *o)
{
    kith_slice user = socket_user(socket), id = socket_id(socket);
    struct session *s = malloc(sizeof *s + user.len + id.len);
    if (!s) return NULL;
    const struct edge_options *options = socket->ctx->options;
    *s = (struct session){.socket = *socket,
                          .slot = o->slot,
                          .vsn = o->vsn,
                          .user_len = (uint8_t)user.len,
                          .id_len = (uint16_t)id.len,
                          .device = siphash13(&options->device_key, o->device),
                          .hidden = o->hidden,
                          .expires_at_ms = o->expires_at_ms};
    s->socket.connecting = NULL;
    if (user.len) memcpy(s->bytes, user.ptr, user.len);
    if (id.len) memcpy(s->bytes + user.len, id.ptr, id.len);
    if (listen_to_id(s) != KITH_OK) {
        free(s);
        return NULL;
    }
    struct client *client = clients_at(session_world(s)->clients, o->slot);
    client->vsn = o->vsn;
    client->session = s;
    per_user_begin(session_world(s), o->slot, user);
    notes_user(session_world(s)->notes, "a session begins", user, 0);
    return s;
}

void session_free(struct session *s, uint32_t grace_ms)
{
    if (!s) return;
    struct world *w = session_world(s);
    const struct kith_socket_behaviour *b = s->socket.mount->behaviour;
    notes_user(w->notes, "a session ends", socket_user(&s->socket), 0);
    social_lost(w, s->slot, grace_ms);
    channels_end(s);
    if (s->subscriber != SUBSCRIBER_NONE) subscriber_end(w, s->subscriber);
    per_user_end(w, s->slot, socket_user(&s->socket));
    if (b->disconnect) b->disconnect(&s->socket);
    clients_at(w->clients, s->slot)->session = NULL;
    free(s);
}

static void reply(struct session *s, const struct phx_in *in, kith_slice join_ref, bool ok,
                  kith_slice response)
{
    session_send(s, phx_encode_reply(s->vsn,
                                     &(struct phx_out){.join_ref = join_ref,
                                                       .ref = in->ref,
                                                       .topic = in->topic,
                                                       .topic_raw = !in->topic_text,
                                                       .payload = response},
                                     ok));
}

static void unmatched(struct session *s, const struct phx_in *in)
{
    reply(s, in, (kith_slice){0}, false, KITH_LIT("{\"reason\":\"unmatched topic\"}"));
}

static bool event_is(const struct phx_in *in, const char *name)
{
    return in->event_text && slice_is(in->event, name);
}

/* Topic "phoenix" is the socket's own. Its replies never bear a join_ref, save that of a leave. */
static void own_topic(struct session *s, const struct phx_in *in)
{
    if (event_is(in, "heartbeat"))
        reply(s, in, (kith_slice){0}, true, KITH_LIT("{}"));
    else if (event_is(in, "phx_leave"))
        reply(s, in, in->join_ref, true, KITH_LIT("{}"));
    else
        unmatched(s, in);
}

static void join(struct session *s, const struct phx_in *in)
{
    const struct kith_channel_behaviour *b = pattern_match(s->socket.mount->behaviour, in->topic);
    if (!b || in->topic.len > TOPIC_BYTES_MAX)
        unmatched(s, in);
    else if (s->channel_count >= CHANNELS_MAX && !channel_find(s, in->topic))
        reply(s, in, in->join_ref, false, KITH_LIT("{\"reason\":\"too many channels joined\"}"));
    else
        channel_join(s, b, in);
}

static void leave(struct session *s, struct kith_channel *c, const struct phx_in *in)
{
    if (c)
        channel_leave(c, in);
    else
        reply(s, in, in->join_ref, true, KITH_LIT("{}"));
}

/* Who reads much reads as long as who reads many. */
static unsigned price(bool joins, size_t bytes)
{
    return (joins ? JOIN_MESSAGES : 1) + (unsigned)(bytes / LONG_BYTES);
}

static void dispatch(struct session *s, const struct phx_in *in, size_t bytes)
{
    bool joins = event_is(in, "phx_join");
    session_world(s)->stats.messages_received++;
    session_pay(s, price(joins, bytes));
    struct kith_channel *c = in->topic_text ? channel_find(s, in->topic) : NULL;
    if (in->topic_text && slice_is(in->topic, "phoenix"))
        own_topic(s, in);
    else if (in->topic_text && joins)
        join(s, in);
    else if (event_is(in, "phx_leave"))
        leave(s, c, in);
    else if (c && !c->pending)
        channel_in(c, in);
    else
        unmatched(s, in);
}

kith_err session_text(struct session *s, uint8_t *bytes, size_t len)
{
    struct phx_in in;
    kith_err e = phx_decode(s->vsn, bytes, len, &in);
    if (!e) dispatch(s, &in, len);
    return e;
}

kith_err session_binary(struct session *s, kith_slice bytes)
{
    struct phx_in in;
    kith_err e = phx_decode_binary(s->vsn, bytes, &in);
    if (!e) dispatch(s, &in, bytes.len);
    return e;
}

void session_send_away(struct session *s)
{
    struct world *w = session_world(s);
    social_send_away(w, s->slot);
    s->closing = true;
    clients_mark_dirty(w->clients, s->slot);
}

/* Whoever was barred on another node, while that could not reach this one, is sent away when it is
 * next looked at: as by a disconnect. */
static bool is_barred(struct session *s)
{
    if (s->closing || !bars_has(session_world(s), socket_user(&s->socket))) return false;
    session_send_away(s);
    return true;
}

uint64_t session_tick(struct session *s)
{
    if (is_barred(s)) return UINT64_MAX;
    uint64_t now = session_world(s)->now.mono_ms, waits = session_waits(s),
             next = waits ? waits : UINT64_MAX;
    if (s->pending_count == 0) return next;
    for (struct kith_channel *c = s->channels, *after; c; c = after) {
        after = c->next;
        if (!c->pending) continue;
        if (c->pending->until_ms <= now)
            channel_expire(c);
        else if (c->pending->until_ms < next)
            next = c->pending->until_ms;
    }
    return next;
}

static void take_news(struct world *w, struct mail *m)
{
    uint32_t slot;
    bool open = clients_find(w->clients, m->handle, &slot);
    struct session *s = open ? clients_at(w->clients, slot)->session : NULL;
    struct kith_channel *c = s && m->serial ? s->channels : NULL;
    while (c && c->number != m->serial)
        c = c->next;
    if (s && m->type == MAIL_CLOSE) {
        s->closing = true;
        s->why = m->why & 3;
        clients_mark_dirty(w->clients, slot);
    }
    if (c)
        channel_news(c, m);
    else
        mail_free(m);
}

bool session_news(struct world *w)
{
    const struct mail *last = w->news.last;
    for (bool more = last; more;) {
        struct mail *m = mail_take(&w->news);
        more = m != last;
        take_news(w, m);
    }
    return w->news.first != NULL;
}
