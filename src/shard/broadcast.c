/* shard/broadcast.c -- one event to all who have subscribed to a topic. */
#include "shard/broadcast.h"

#include "shard/bus.h"
#include "shard/home.h"
#include "shard/marks.h"
#include "shard/subscriber_table.h"

static struct mail *about(enum mail_type type, kith_slice topic)
{
    return mail_new(type, topic, (kith_slice){0}, (kith_slice){0});
}

/* Nobody here listened until now: the home, elsewhere, is told. */
static kith_err mark(struct world *w, kith_slice name, topic_id topic)
{
    struct mail *m = about(MAIL_MARK, name);
    kith_err e = m ? marks_sent(w, topic, &m->mark) : KITH_NOMEM;
    if (e)
        mail_free(m);
    else
        world_post(w, world_topic_home(w, name), m);
    return e;
}

kith_err broadcast_subscribe(struct world *w, uint32_t number, kith_slice topic, bool to_channel,
                             topic_id *out)
{
    subscriber_id who = subscriber_id_of(number, to_channel);
    kith_err e = pubsub_subscribe(w->topics, topic, who, out);
    bool first = !e && pubsub_count(w->topics, *out) == 1;
    if (!first || world_topic_home(w, topic) == w->o.id) return e;
    e = mark(w, topic, *out);
    if (e) (void)pubsub_unsubscribe(w->topics, *out, who);
    return e;
}

/* The name goes with the topic, so it is in the mail before it is known whether that is sent. */
void broadcast_unsubscribe(struct world *w, uint32_t number, topic_id topic)
{
    kith_slice name = pubsub_name(w->topics, topic);
    unsigned home = world_topic_home(w, name);
    struct mail *unmark = home == w->o.id ? NULL : about(MAIL_UNMARK, name);
    bool last = pubsub_unsubscribe(w->topics, topic, subscriber_id_of(number, false)) ||
                pubsub_unsubscribe(w->topics, topic, subscriber_id_of(number, true));
    if (last && home != w->o.id)
        world_post(w, home, unmark);
    else
        mail_free(unmark);
}

/* A broadcast as mail, which says what it is, and back. */
static struct mail *to_mail(enum mail_type type, const struct broadcast *b, kith_slice event)
{
    struct mail *m = mail_new(type, b->topic, event, b->payload);
    if (!m) return NULL;
    m->sender = b->from.client ? home_owner(b->from.shard, b->from.client) : 0;
    m->serial = b->from.channel;
    m->binary = b->binary;
    m->local = b->local;
    m->diff_of = b->diff_of;
    return m;
}

static struct broadcast of_mail(const struct mail *m)
{
    struct broadcast b = {.topic = mail_a(m),
                          .event = mail_b(m),
                          .payload = mail_c(m),
                          .binary = m->binary,
                          .local = m->local,
                          .diff_of = (unsigned)m->diff_of,
                          .home = m->from};
    if (m->sender)
        b.from = (kith_channel_id){.client = home_owner_handle(m->sender),
                                   .shard = home_owner_shard(m->sender),
                                   .channel = m->serial};
    return b;
}

static void publish_there(struct world *w, const struct broadcast *b, unsigned shard)
{
    struct mail *m = to_mail(MAIL_PUBLISH, b, b->event);
    if (m) m->mark = marks_of(w, shard);
    world_post(w, shard, m);
}

/* At the topic's home: on each other shard where somebody listens, save where it was said. */
static void publish_elsewhere(struct world *w, const struct broadcast *b, unsigned origin)
{
    topic_id topic = pubsub_find(w->topics, b->topic);
    uint64_t marks = topic == TOPIC_NONE ? 0 : pubsub_marks(w->topics, topic);
    for (unsigned shard = 0; marks; shard++, marks >>= 1)
        if ((marks & 1) && shard != origin) publish_there(w, b, shard);
}

/* Here at once: whoever speaks hears itself before its next reply, and though it leaves thereafter,
 * as with Phoenix. One order for all would have to hold its replies back. */
void broadcast(struct world *w, const struct broadcast *b)
{
    unsigned home = world_topic_home(w, b->topic);
    bool here = b->node.len == 0 || slice_is(b->node, w->o.node);
    if (!here || (b->node.len == 0 && !b->local)) bus_send(w, b);
    if (!here) return;
    publish(w, b);
    if (home == w->o.id)
        publish_elsewhere(w, b, home);
    else
        world_post(w, home, to_mail(MAIL_BROADCAST, b, b->event));
}

/* The node's name and the event share a string: both are short. */
struct mail *broadcast_mail(const struct broadcast *b, unsigned shards, unsigned *to)
{
    struct buf both = {0};
    buf_put(&both, b->node);
    buf_put(&both, b->event);
    struct mail *m = both.failed ? NULL : to_mail(MAIL_SAY, b, buf_slice(&both));
    if (m) m->node_bytes = b->node.len;
    buf_fini(&both);
    *to = topic_home(b->topic, shards);
    return m;
}

static void say(struct world *w, const struct mail *m)
{
    struct broadcast b = of_mail(m);
    b.node = slice_head(mail_b(m), m->node_bytes);
    b.event = slice_from(mail_b(m), m->node_bytes);
    b.diff_of = 0;
    broadcast(w, &b);
}

/* A mark whose end was lost for want of memory ends with the first broadcast that it brings. */
static void publish_marked(struct world *w, const struct mail *m)
{
    struct broadcast b = of_mail(m);
    topic_id topic = pubsub_find(w->topics, b.topic);
    if (topic == TOPIC_NONE)
        world_post(w, m->from, about(MAIL_UNMARK, b.topic));
    else if (marks_known(w, topic, m->mark))
        publish(w, &b);
}

void broadcast_receive(struct world *w, const struct mail *m)
{
    struct broadcast b = of_mail(m);
    topic_id topic = pubsub_find(w->topics, b.topic);
    switch ((enum mail_type)m->type) {
    case MAIL_MARK:
        marks_heard(w, m->from, m->mark);
        if (pubsub_mark(w->topics, b.topic, m->from, &topic) != KITH_OK) w->stats.mails_lost++;
        break;
    case MAIL_UNMARK:
        if (topic != TOPIC_NONE) pubsub_unmark(w->topics, topic, m->from);
        break;
    case MAIL_SAY: say(w, m); break;
    case MAIL_BROADCAST:
        publish(w, &b);
        publish_elsewhere(w, &b, m->from);
        break;
    case MAIL_PUBLISH: publish_marked(w, m); break;
    default: break;
    }
}
