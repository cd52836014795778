/* shard/tracking_mail.c -- what is asked of a topic's home, as mail. Beside topic, key and meta it
 * bears in the fields of a mail:
 *
 *     c_body_at   the op               device   the owner
 *     at          the tracker          sender   what is called with the answer
 *     handle      the channel's name   serial   its number, or of a state
 *
 * `local`: whoever asks is no channel; `handle` is an argument, and what is called, is at the home.
 */
#include "shard/tracking.h"

/* No shard has this number, so no channel has such an owner. */
#define OUTSIDE ((uint64_t)0x7f << 56)

struct mail *tracking_ask(enum tracking_op op, const struct tracking_entry *e, kith_slice meta)
{
    struct mail *m = mail_new(MAIL_TRACKING, e->topic, e->key, meta);
    if (!m) return NULL;
    m->c_body_at = op;
    m->at = (uintptr_t)e->tracker;
    m->device = e->owner;
    return m;
}

struct mail *tracking_mail(const struct kith_tracker *t, const struct tracking_request *r,
                           unsigned shards, unsigned *home)
{
    struct tracking_entry e = {t, OUTSIDE | r->owner, r->topic, r->key};
    struct mail *m = tracking_ask(r->op, &e, r->meta);
    *home = topic_home(r->topic, shards);
    if (!m) return NULL;
    m->local = true;
    m->sender = r->op == TRACKING_LIST ? (uintptr_t)r->listed : (uintptr_t)r->done;
    m->handle = (uintptr_t)r->arg;
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
