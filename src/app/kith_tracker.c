/* app/kith_tracker.c -- kith/tracker.h and kith/presence.h: from a channel they lead to the edge,
 * from elsewhere by mail to the topic's home. */
#include "app/server.h"
#include "edge/channel_api.h"
#include "edge/good.h"
#include "shard/list.h"
#include "shard/tracking.h"

static kith_err add_tracker(struct kith_server *s, const struct kith_tracker_behaviour *b,
                            const struct kith_presence_behaviour *presence,
                            struct kith_tracker **out)
{
    if (!server_open(s) || !out || (!b && !presence)) return KITH_BAD;
    if (s->tracker_count == TRACKERS_MAX) return KITH_FULL;
    struct kith_tracker *t = &s->trackers[s->tracker_count];
    *t = (struct kith_tracker){
        .server = s, .number = s->tracker_count++, .behaviour = b, .presence = presence};
    *out = t;
    return KITH_OK;
}

kith_err kith_server_tracker(struct kith_server *s, const struct kith_tracker_behaviour *b,
                             struct kith_tracker **out)
{
    return b ? add_tracker(s, b, NULL, out) : KITH_BAD;
}

kith_err kith_server_presence(struct kith_server *s, const struct kith_presence_behaviour *b,
                              struct kith_tracker **out)
{
    return b ? add_tracker(s, NULL, b, out) : KITH_BAD;
}

static kith_err request(struct kith_tracker *t, const struct tracking_request *r)
{
    unsigned home;
    struct host *h = server_host(t->server);
    struct mail *m = h ? tracking_mail(t, r, host_shards(h), &home) : NULL;
    if (!m) return h ? KITH_NOMEM : KITH_BAD;
    host_post(h, home, m);
    return KITH_OK;
}

static bool running(const struct kith_tracker *t) { return t && server_host(t->server); }

static bool owner_good(uint64_t owner) { return owner > 0 && owner < (uint64_t)1 << 48; }

/* Whether an entry can be asked about. */
static bool entry_good(const struct kith_tracker *t, uint64_t owner, kith_slice topic,
                       kith_slice key)
{
    return running(t) && owner_good(owner) && good_topic(topic) && good_key(key);
}

kith_err kith_tracker_track(struct kith_tracker *t, uint64_t owner, kith_slice topic,
                            kith_slice key, kith_slice meta, kith_tracked done, void *arg)
{
    if (!entry_good(t, owner, topic, key) || !good_meta(meta)) return KITH_BAD;
    return request(t, &(struct tracking_request){.op = TRACKING_TRACK,
                                                 .owner = owner,
                                                 .topic = topic,
                                                 .key = key,
                                                 .meta = meta,
                                                 .done = done,
                                                 .arg = arg});
}

kith_err kith_tracker_update(struct kith_tracker *t, uint64_t owner, kith_slice topic,
                             kith_slice key, kith_slice meta, kith_tracked done, void *arg)
{
    if (!entry_good(t, owner, topic, key) || !good_meta(meta)) return KITH_BAD;
    return request(t, &(struct tracking_request){.op = TRACKING_UPDATE,
                                                 .owner = owner,
                                                 .topic = topic,
                                                 .key = key,
                                                 .meta = meta,
                                                 .done = done,
                                                 .arg = arg});
}

kith_err kith_tracker_untrack(struct kith_tracker *t, uint64_t owner, kith_slice topic,
                              kith_slice key, kith_tracked done, void *arg)
{
    if (!entry_good(t, owner, topic, key)) return KITH_BAD;
    return request(t, &(struct tracking_request){.op = TRACKING_UNTRACK,
                                                 .owner = owner,
                                                 .topic = topic,
                                                 .key = key,
                                                 .done = done,
                                                 .arg = arg});
}

/* An owner's entries may have any home: each shard looks. */
kith_err kith_tracker_untrack_owner(struct kith_tracker *t, uint64_t owner)
{
    unsigned ignored;
    struct host *h = t ? server_host(t->server) : NULL;
    if (!h || !owner_good(owner)) return KITH_BAD;
    unsigned shards = host_shards(h);
    for (unsigned shard = 0; shard < shards; shard++) {
        struct tracking_request r = {.op = TRACKING_UNTRACK_OWNER, .owner = owner};
        struct mail *m = tracking_mail(t, &r, shards, &ignored);
        if (!m) return KITH_NOMEM;
        host_post(h, shard, m);
    }
    return KITH_OK;
}

static kith_err list(struct kith_tracker *t, kith_slice topic, kith_slice key, kith_listed listed,
                     void *arg)
{
    if (!running(t) || !good_topic(topic) || !listed) return KITH_BAD;
    return request(
        t, &(struct tracking_request){
               .op = TRACKING_LIST, .topic = topic, .key = key, .listed = listed, .arg = arg});
}

kith_err kith_tracker_list(struct kith_tracker *t, kith_slice topic, kith_listed listed, void *arg)
{
    return list(t, topic, (kith_slice){0}, listed, arg);
}

kith_err kith_tracker_get_by_key(struct kith_tracker *t, kith_slice topic, kith_slice key,
                                 kith_listed listed, void *arg)
{
    return good_key(key) ? list(t, topic, key, listed, arg) : KITH_BAD;
}

bool kith_list_next(struct kith_list *l, kith_slice *key, kith_slice *value)
{
    return l && list_next(l, key, value);
}

kith_slice kith_list_json(struct kith_list *l) { return list_json(l); }

/* For a channel */

kith_err kith_presence_track(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                             kith_slice key, kith_slice meta)
{
    return c ? channel_track(c, t, topic, key, meta) : KITH_BAD;
}

kith_err kith_presence_update(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                              kith_slice key, kith_slice meta)
{
    return c ? channel_update(c, t, topic, key, meta) : KITH_BAD;
}

kith_err kith_presence_untrack(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                               kith_slice key)
{
    return c ? channel_untrack(c, t, topic, key) : KITH_BAD;
}

kith_err kith_presence_push_state(struct kith_channel *c, struct kith_tracker *t,
                                  const kith_slice topics[], size_t count)
{
    return c ? channel_push_state(c, t, topics, count) : KITH_BAD;
}

kith_err kith_presence_enter(struct kith_channel *c, struct kith_tracker *t, kith_slice key,
                             kith_slice meta)
{
    return c ? channel_enter(c, t, key, meta) : KITH_BAD;
}

kith_err kith_presence_list(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                            kith_channel_listed listed)
{
    return c ? channel_list(c, t, topic, NULL, listed) : KITH_BAD;
}

kith_err kith_presence_get_by_key(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                                  kith_slice key, kith_channel_listed listed)
{
    return c ? channel_list(c, t, topic, &key, listed) : KITH_BAD;
}
