/* app/kith_pubsub.c -- kith/pubsub.h: from a thread of the server to its shard, from elsewhere by
 * mail to the topic's home. */
#include "app/server.h"
#include "edge/channel_api.h"
#include "edge/good.h"
#include "shard/broadcast.h"
#include "shard/bus.h"

#include <kith/ports.h>

kith_err kith_pubsub_subscribe(struct kith_channel *c, kith_slice topic, enum kith_delivery how)
{
    return c ? channel_subscribe(c, topic, how) : KITH_BAD;
}

void kith_pubsub_unsubscribe(struct kith_channel *c, kith_slice topic)
{
    if (c) channel_unsubscribe(c, topic);
}

static kith_err send_out(struct kith_server *s, kith_channel_id from, const char *node, bool local,
                         const struct kith_message *m)
{
    struct host *h = server_host(s);
    if (!h || !m || !good_topic(m->topic) || !good_event(m->event) || !good_payload(m->payload))
        return KITH_BAD;
    struct broadcast b = {.topic = m->topic,
                          .event = m->event,
                          .payload = m->payload.bytes,
                          .binary = m->payload.binary,
                          .from = from,
                          .node = slice_str(node),
                          .local = local};
    struct world *here = host_world_here(h);
    if (here) {
        broadcast(here, &b);
        return KITH_OK;
    }
    unsigned home;
    struct mail *mail = broadcast_mail(&b, host_shards(h), &home);
    if (!mail) return KITH_NOMEM;
    host_post(h, home, mail);
    return KITH_OK;
}

static const kith_channel_id nobody;

kith_err kith_pubsub_broadcast(struct kith_server *s, const struct kith_message *m)
{
    return send_out(s, nobody, NULL, false, m);
}

kith_err kith_pubsub_broadcast_from(struct kith_server *s, kith_channel_id from,
                                    const struct kith_message *m)
{
    return send_out(s, from, NULL, false, m);
}

kith_err kith_pubsub_local_broadcast(struct kith_server *s, const struct kith_message *m)
{
    return send_out(s, nobody, NULL, true, m);
}

kith_err kith_pubsub_local_broadcast_from(struct kith_server *s, kith_channel_id from,
                                          const struct kith_message *m)
{
    return send_out(s, from, NULL, true, m);
}

kith_err kith_pubsub_direct_broadcast(struct kith_server *s, const char *node,
                                      const struct kith_message *m)
{
    return node && *node ? send_out(s, nobody, node, false, m) : KITH_BAD;
}

/* It becomes a broadcast of this node alone, at the topic's home. */
kith_err kith_server_receive(struct kith_server *s, kith_slice bytes)
{
    struct broadcast b;
    unsigned home;
    struct host *h = server_host(s);
    if (!h || bus_read(bytes, &b) != KITH_OK) return KITH_BAD;
    struct mail *m = broadcast_mail(&b, host_shards(h), &home);
    if (!m) return KITH_NOMEM;
    host_post(h, home, m);
    return KITH_OK;
}

const char *kith_pubsub_node(const struct kith_server *s)
{
    return s && s->bus ? s->bus->node : "local";
}

kith_err kith_server_disconnect(struct kith_server *s, kith_slice id)
{
    return kith_pubsub_broadcast(
        s, &(struct kith_message){.topic = id, .event = KITH_LIT("disconnect")});
}
