/* shard/tracking_mail.c -- what is asked of a topic's home, as mail. Beside topic, key and meta it
 * bears op, tracker and owner; handle and serial are a channel's name and number, or of a state; or
 * it comes from outside of channels, and `called` at the home with `called_with`. */
#include "shard/tracking.h"

/* No shard has this number, so no channel has such an owner. */
#define OUTSIDE ((uint64_t)0x7f << 56)

struct mail *tracking_ask(enum tracking_op op, const struct tracking_entry *e, kith_slice meta)
{
    struct mail *m = mail_new(MAIL_TRACKING, e->topic, e->key, meta);
    if (!m) return NULL;
    m->op = op;
    m->tracker = (uintptr_t)e->tracker;
    m->owner = e->owner;
    return m;
}

struct mail *tracking_mail(const struct kith_tracker *t, const struct tracking_request *r,
                           unsigned shards, unsigned *home)
{
    struct tracking_entry e = {t, OUTSIDE | r->owner, r->topic, r->key};
    struct mail *m = tracking_ask(r->op, &e, r->meta);
    *home = topic_home(r->topic, shards);
    if (!m) return NULL;
    m->outside = true;
    m->called = r->op == TRACKING_LIST ? (uintptr_t)r->listed : (uintptr_t)r->done;
    m->called_with = (uintptr_t)r->arg;
    return m;
}

void tracking_put_topic(struct buf *list, kith_slice topic)
{
    uint16_t len = (uint16_t)topic.len;
    buf_put(list, slice_of(&len, sizeof len));
    buf_put(list, topic);
}

bool tracking_next_topic(kith_slice *rest, kith_slice *topic)
{
    uint16_t len;
    if (rest->len < sizeof len) return false;
    memcpy(&len, rest->ptr, sizeof len);
    *topic = slice_of(rest->ptr + sizeof len, len);
    *rest = slice_from(*rest, sizeof len + len);
    return true;
}
