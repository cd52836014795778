/* shard/bus.c -- broadcasts to and from other nodes. */
#include "shard/bus.h"

#include "shard/envelope.h"
#include "wire/repl.h"

/* By the cluster, where the application has no bus of its own. */
static void to_nodes(struct world *w, const struct broadcast *b, const struct buf *bytes)
{
    world_cluster(w, envelope_new(NODE_BROADCAST, buf_slice(bytes), b->node));
}

void bus_send(struct world *w, const struct broadcast *b)
{
    const struct kith_bus *bus = w->o.bus;
    struct buf bytes = {0};
    if (!bus && !w->replicate) return;
    kith_err e = repl_encode(
        &(struct repl){
            .topic = b->topic, .event = b->event, .payload = b->payload, .binary = b->binary},
        &bytes);
    if (!e && bus) e = bus->publish(bus->context, b->node, buf_slice(&bytes));
    if (!e && !bus) to_nodes(w, b, &bytes);
    if (e) w->stats.bus_failures++;
    buf_fini(&bytes);
}

kith_err bus_read(kith_slice bytes, struct broadcast *out)
{
    struct repl m;
    kith_err e = repl_decode(bytes, &m);
    if (e) return e;
    *out = (struct broadcast){.topic = m.topic,
                              .event = m.event,
                              .payload = m.payload,
                              .binary = m.binary,
                              .local = true};
    return KITH_OK;
}
