/* shard/broadcast.c -- one event to all who have subscribed to a topic. */
#include "shard/broadcast.h"

#include "shard/home.h"

static unsigned home_of(const struct world *w, kith_slice topic)
{
    return presence_partition(topic, PARTITIONS) % w->o.count;
}

kith_err broadcast_subscribe(struct world *w, uint32_t slot, kith_slice topic)
{
    topic_id t = pubsub_find(w->topics, topic);
    bool first = t == TOPIC_NONE || pubsub_count(w->topics, t) == 0;
    unsigned home = home_of(w, topic);
    struct mail *mark = NULL;
    if (first && home != w->o.id) {
        mark = mail_new(MAIL_MARK, topic, (kith_slice){0}, (kith_slice){0});
        if (!mark) return KITH_NOMEM;
    }
    kith_err e = pubsub_subscribe(w->topics, topic, slot, &t);
    if (e)
        mail_free(mark);
    else if (mark)
        world_post(w, home, mark);
    return e;
}

void broadcast_unsubscribe(struct world *w, uint32_t slot, kith_slice topic)
{
    topic_id t = pubsub_find(w->topics, topic);
    unsigned home = home_of(w, topic);
    bool before = t != TOPIC_NONE && pubsub_count(w->topics, t) > 0;
    if (before && pubsub_unsubscribe(w->topics, t, slot) && home != w->o.id)
        world_post(w, home, mail_new(MAIL_UNMARK, topic, (kith_slice){0}, (kith_slice){0}));
}

/* One frame for each version of the wire in use, shared by all who get it. */
static void publish_here(struct world *w, const struct broadcast *b)
{
    struct frame *forms[2] = {NULL, NULL};
    topic_id topic = pubsub_find(w->topics, b->topic);
    subscriber_id slot;
    struct pubsub_walk walk = {0};
    while (topic != TOPIC_NONE && pubsub_next(w->topics, topic, &walk, &slot)) {
        enum phx_vsn vsn = clients_at(w->clients, slot)->vsn;
        struct frame **form = &forms[vsn == PHX_V2];
        if (b->sender == home_owner(w->o.id, clients_handle(w->clients, slot))) continue;
        if (!*form) {
            *form = phx_encode(
                vsn,
                &(struct phx_out){.topic = b->topic, .event = b->event, .payload = b->payload});
            w->stats.encodings++;
        }
        clients_push(w->clients, slot, *form);
    }
    frame_unref(forms[0]);
    frame_unref(forms[1]);
}

static struct mail *to_mail(enum mail_type type, const struct broadcast *b)
{
    struct mail *m = mail_new(type, b->topic, b->event, b->payload);
    if (m) m->sender = b->sender;
    return m;
}

/* At the topic's home: here, and on each shard where somebody listens. */
static void publish(struct world *w, const struct broadcast *b)
{
    topic_id topic = pubsub_find(w->topics, b->topic);
    uint64_t marks = topic == TOPIC_NONE ? 0 : pubsub_marks(w->topics, topic);
    publish_here(w, b);
    for (unsigned shard = 0; marks; shard++, marks >>= 1)
        if (marks & 1) world_post(w, shard, to_mail(MAIL_PUBLISH, b));
}

void broadcast(struct world *w, const struct broadcast *b)
{
    unsigned home = home_of(w, b->topic);
    if (b->node.len && !slice_is(b->node, w->o.node)) return;
    if (home == w->o.id)
        publish(w, b);
    else
        world_post(w, home, to_mail(MAIL_BROADCAST, b));
}

void broadcast_receive(struct world *w, const struct mail *m)
{
    struct broadcast b = {
        .topic = mail_a(m), .event = mail_b(m), .payload = mail_c(m), .sender = m->sender};
    topic_id topic = pubsub_find(w->topics, b.topic);
    switch ((enum mail_type)m->type) {
    case MAIL_MARK:
        if (pubsub_mark(w->topics, b.topic, m->from, &topic) != KITH_OK) w->stats.mails_lost++;
        break;
    case MAIL_UNMARK:
        if (topic != TOPIC_NONE) pubsub_unmark(w->topics, topic, m->from);
        break;
    case MAIL_BROADCAST: publish(w, &b); break;
    case MAIL_PUBLISH: publish_here(w, &b); break;
    default: break;
    }
}
