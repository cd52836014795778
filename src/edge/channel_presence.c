/* edge/channel_presence.c -- what a behaviour asks of trackers: to be tracked, to list, to send its
 * client a state. */
#include "edge/channel_api.h"

#include "edge/good.h"
#include "shard/tracked.h"

enum { STATE_TOPIC_BYTES_MAX = 255 }; /* as they travel in a list */

static kith_slice or_own(const struct kith_channel *c, kith_slice topic)
{
    return topic.len ? topic : channel_topic(c);
}

/* Of the channel's own server: those of another in this process have other homes. */
static bool ours(const struct kith_channel *c, const struct kith_tracker *t)
{
    return t && t->server == c->session->socket.ctx->options->server;
}

/* What is asked about an entry: good, and of a channel that may ask. */
static kith_err ask(struct kith_channel *c, const struct kith_tracker *t, kith_slice topic,
                    kith_slice key)
{
    if (!ours(c, t) || !good_topic(topic) || !good_key(key)) return KITH_BAD;
    return channel_known(c);
}

kith_err channel_track(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                       kith_slice key, kith_slice meta)
{
    topic = or_own(c, topic);
    kith_err e = good_meta(meta) ? ask(c, t, topic, key) : KITH_BAD;
    return e ? e : tracked_track(session_world(c->session), c->subscriber, t, topic, key, meta);
}

kith_err channel_update(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                        kith_slice key, kith_slice meta)
{
    topic = or_own(c, topic);
    kith_err e = good_meta(meta) ? ask(c, t, topic, key) : KITH_BAD;
    return e ? e : tracked_update(session_world(c->session), c->subscriber, t, topic, key, meta);
}

kith_err channel_untrack(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                         kith_slice key)
{
    topic = or_own(c, topic);
    kith_err e = ask(c, t, topic, key);
    return e ? e : tracked_untrack(session_world(c->session), c->subscriber, t, topic, key);
}

kith_err channel_push_state(struct kith_channel *c, struct kith_tracker *t,
                            const kith_slice topics[], size_t count)
{
    if (!ours(c, t) || !t->presence || (count && !topics)) return KITH_BAD;
    for (size_t i = 0; i < count; i++)
        if (!good_topic(topics[i]) || topics[i].len > STATE_TOPIC_BYTES_MAX) return KITH_BAD;
    kith_err e = channel_known(c);
    return e ? e : tracked_push_state(session_world(c->session), c->subscriber, t, topics, count);
}

kith_err channel_enter(struct kith_channel *c, struct kith_tracker *t, kith_slice key,
                       kith_slice meta)
{
    kith_err e = t && t->presence && good_meta(meta) ? ask(c, t, channel_topic(c), key) : KITH_BAD;
    return e ? e : tracked_enter(session_world(c->session), c->subscriber, t, key, meta);
}

kith_err channel_list(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                      const kith_slice *key, kith_channel_listed listed)
{
    topic = or_own(c, topic);
    if (!listed || !ours(c, t) || !good_topic(topic) || (key && !good_key(*key))) return KITH_BAD;
    kith_err e = channel_known(c);
    return e ? e
             : tracked_list(session_world(c->session), c->subscriber, t, topic,
                            key ? *key : (kith_slice){0}, listed);
}
