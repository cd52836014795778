/* app/kith_channel.c -- kith/channel.h and kith/social.h: each leads to the edge. */
#include "app/server.h"
#include "edge/channel_api.h"
#include "edge/good.h"

#include <stdlib.h>

kith_slice kith_channel_topic(const struct kith_channel *c) { return c->topic; }

kith_slice kith_channel_subtopic(const struct kith_channel *c)
{
    return slice_from(c->topic, c->subtopic_at);
}

kith_slice kith_channel_user(const struct kith_channel *c) { return c->session->socket.user; }

void *kith_channel_context(const struct kith_channel *c) { return c->behaviour->context; }

struct kith_server *kith_channel_server(const struct kith_channel *c)
{
    return c->session->socket.ctx->rules->server;
}

kith_channel_id kith_channel_self(const struct kith_channel *c) { return channel_self(c); }

void kith_channel_assign(struct kith_channel *c, void *assigns) { c->assigns = assigns; }

void *kith_channel_assigns(const struct kith_channel *c) { return c->assigns; }

kith_err kith_channel_reply(struct kith_channel *c, bool ok, kith_payload response)
{
    return channel_reply(c, ok, response);
}

kith_err kith_channel_refuse(struct kith_channel *c, const char *reason)
{
    return channel_refuse(c, reason);
}

struct kith_reply *kith_channel_reply_later(struct kith_channel *c)
{
    return channel_reply_later(c);
}

kith_err kith_reply_send(struct kith_reply *r, bool ok, kith_payload response)
{
    if (!r) return KITH_BAD;
    kith_err e = good_payload(response) && r->server->host ? KITH_OK : KITH_BAD;
    struct mail *m =
        e ? NULL
          : mail_new(MAIL_ANSWER, slice_of(r->ref, r->ref_len), (kith_slice){0}, response.bytes);
    if (!e && !m) e = KITH_NOMEM;
    if (!e) {
        m->handle = r->to.client;
        m->serial = r->to.channel;
        m->failed = !ok;
        m->binary = response.binary;
        host_post(r->server->host, r->to.shard, m);
    }
    free(r);
    return e;
}

void kith_reply_drop(struct kith_reply *r) { free(r); }

kith_err kith_channel_push(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return channel_push(c, event, payload);
}

kith_err kith_channel_broadcast(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return channel_broadcast(c, false, event, payload);
}

kith_err kith_channel_broadcast_from(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return channel_broadcast(c, true, event, payload);
}

kith_err kith_channel_send(struct kith_server *s, kith_channel_id to, kith_slice event,
                           kith_payload payload)
{
    if (!s || !s->host || event.len == 0 || to.shard >= host_shards(s->host)) return KITH_BAD;
    struct mail *m = mail_new(MAIL_INFO, (kith_slice){0}, event, payload.bytes);
    if (!m) return KITH_NOMEM;
    m->handle = to.client;
    m->serial = to.channel;
    m->binary = payload.binary;
    host_post(s->host, to.shard, m);
    return KITH_OK;
}

void kith_channel_stop(struct kith_channel *c) { c->stopping = true; }

kith_err kith_channel_token(struct kith_channel *c, kith_payload payload)
{
    return channel_token(c, payload);
}

kith_err kith_social_join(struct kith_channel *c, enum kith_social_form form, kith_payload payload)
{
    return channel_social_join(c, form, payload);
}

kith_err kith_social_status(struct kith_channel *c, kith_payload payload)
{
    return channel_social_status(c, payload);
}
