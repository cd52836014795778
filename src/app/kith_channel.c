/* app/kith_channel.c -- kith/channel.h and kith/social.h: each leads to the edge. */
#include "app/server.h"
#include "edge/channel_api.h"
#include "edge/good.h"

#include <stdlib.h>

kith_slice kith_channel_topic(const struct kith_channel *c)
{
    return c ? channel_topic(c) : (kith_slice){0};
}

kith_slice kith_channel_subtopic(const struct kith_channel *c)
{
    return c ? slice_from(channel_topic(c), c->subtopic_at) : (kith_slice){0};
}

kith_slice kith_channel_user(const struct kith_channel *c)
{
    return c ? socket_user(&c->session->socket) : (kith_slice){0};
}

void *kith_channel_context(const struct kith_channel *c)
{
    return c ? channel_behaviour(c)->context : NULL;
}

struct kith_server *kith_channel_server(const struct kith_channel *c)
{
    return c ? c->session->socket.ctx->options->server : NULL;
}

kith_channel_id kith_channel_self(const struct kith_channel *c)
{
    return c ? channel_self(c) : (kith_channel_id){0};
}

void kith_channel_assign(struct kith_channel *c, void *assigns)
{
    if (c) c->assigns = assigns;
}

void *kith_channel_assigns(const struct kith_channel *c) { return c ? c->assigns : NULL; }

kith_err kith_channel_reply(struct kith_channel *c, bool ok, kith_payload response)
{
    return c ? channel_reply(c, ok, response) : KITH_BAD;
}

kith_err kith_channel_refuse(struct kith_channel *c, const char *reason)
{
    return c ? channel_refuse(c, reason) : KITH_BAD;
}

struct kith_reply *kith_channel_reply_later(struct kith_channel *c)
{
    return c ? channel_reply_later(c) : NULL;
}

kith_err kith_reply_send(struct kith_reply *r, bool ok, kith_payload response)
{
    if (!r) return KITH_BAD;
    struct host *h = server_host(r->server);
    bool good = h && good_payload(response);
    struct mail *m = good ? channel_answer_mail(r, ok, response) : NULL;
    if (m) host_post(h, r->to.shard, m);
    free(r);
    return m ? KITH_OK : good ? KITH_NOMEM : KITH_BAD;
}

void kith_reply_drop(struct kith_reply *r) { free(r); }

kith_err kith_channel_push(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return c ? channel_push(c, event, payload) : KITH_BAD;
}

kith_err kith_channel_broadcast(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return c ? channel_broadcast(c, false, event, payload) : KITH_BAD;
}

kith_err kith_channel_broadcast_from(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return c ? channel_broadcast(c, true, event, payload) : KITH_BAD;
}

kith_err kith_channel_send(struct kith_server *s, kith_channel_id to, kith_slice event,
                           kith_payload payload)
{
    struct host *h = server_host(s);
    if (!h || event.len == 0 || to.shard >= host_shards(h)) return KITH_BAD;
    struct mail *m = channel_info_mail(to, event, payload);
    if (!m) return KITH_NOMEM;
    host_post(h, to.shard, m);
    return KITH_OK;
}

void kith_channel_stop(struct kith_channel *c)
{
    if (c) channel_stop(c);
}

kith_err kith_channel_token(struct kith_channel *c, kith_payload payload)
{
    return c ? channel_token(c, payload) : KITH_BAD;
}

kith_err kith_social_join(struct kith_channel *c, enum kith_social_form form, kith_payload payload)
{
    return c ? channel_social_join(c, form, payload) : KITH_BAD;
}

kith_err kith_social_status(struct kith_channel *c, kith_payload payload)
{
    return c ? channel_social_status(c, payload) : KITH_BAD;
}

kith_err kith_social_last_seen(struct kith_channel *c, kith_payload payload)
{
    return c ? channel_last_seen(c, payload) : KITH_BAD;
}

kith_err kith_social_visibility(struct kith_channel *c, kith_payload payload)
{
    return channel_visibility(c, payload);
}

kith_err kith_social_ask(struct kith_channel *c, kith_payload payload)
{
    return c ? channel_ask(c, payload, true) : KITH_BAD;
}

kith_err kith_social_unask(struct kith_channel *c, kith_payload payload)
{
    return c ? channel_ask(c, payload, false) : KITH_BAD;
}
