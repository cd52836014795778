/* edge/session.c -- one Phoenix socket: finds the channel that a message is for. */
#include "edge/session.h"

#include "edge/channel.h"
#include "shard/social.h"

#include <stdlib.h>

struct session *session_new(struct edge_context *ctx, const struct session_options *o)
{
    struct session *s = malloc(sizeof *s + o->user.len);
    if (!s) return NULL;
    *s = (struct session){.ctx = ctx,
                          .slot = o->slot,
                          .vsn = o->vsn,
                          .device = siphash13(&ctx->rules->device_key, o->device),
                          .expires_at_ms = o->expires_at_ms};
    memcpy(s->bytes, o->user.ptr, o->user.len);
    s->user = slice_of(s->bytes, o->user.len);
    clients_at(ctx->world->clients, o->slot)->vsn = o->vsn;
    return s;
}

void session_free(struct session *s, uint32_t grace_ms)
{
    if (!s) return;
    social_lost(s->ctx->world, s->slot, grace_ms);
    channels_end(s);
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
    const struct kith_channel_behaviour *b = channel_match(s->ctx->rules, in->topic);
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

static void dispatch(struct session *s, const struct phx_in *in)
{
    s->ctx->world->stats.messages_received++;
    struct kith_channel *c = in->topic_text ? channel_find(s, in->topic) : NULL;
    if (in->topic_text && slice_is(in->topic, "phoenix"))
        own_topic(s, in);
    else if (in->topic_text && event_is(in, "phx_join"))
        join(s, in);
    else if (event_is(in, "phx_leave"))
        leave(s, c, in);
    else if (c)
        channel_in(c, in);
    else
        unmatched(s, in);
}

kith_err session_text(struct session *s, uint8_t *bytes, size_t len)
{
    struct phx_in in;
    kith_err e = phx_decode(s->vsn, bytes, len, &in);
    if (!e) dispatch(s, &in);
    return e;
}

kith_err session_binary(struct session *s, kith_slice bytes)
{
    struct phx_in in;
    kith_err e = phx_decode_binary(s->vsn, bytes, &in);
    if (!e) dispatch(s, &in);
    return e;
}
