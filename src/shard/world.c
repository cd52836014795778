/* shard/world.c -- what all of a shard's modules share. */
#include "shard/world.h"

#include "base/assert.h"
#include "shard/shade.h"

unsigned topic_home(kith_slice topic, unsigned shards)
{
    return shards == 1 ? 0 : presence_partition(topic, PARTITIONS) % shards;
}

unsigned world_topic_home(const struct world *w, kith_slice topic)
{
    return topic_home(topic, w->o.count);
}

uint32_t world_serial(struct world *w)
{
    if (++w->serial == 0) w->serial = 1;
    return w->serial;
}

unsigned world_home(const struct world *w, kith_slice user) { return user_home(user, w->o.count); }

unsigned user_home(kith_slice user, unsigned shards)
{
    struct presence_topic t;
    struct shade real;
    if (shards == 1) return 0;
    if (shade_is(user)) user = shade_of(&real, user);
    return topic_home(presence_topic(&t, user), shards);
}

static uint32_t entries(const struct presence *p, kith_slice topic)
{
    struct entry e;
    uint32_t n = 0;
    for (struct tracker_walk walk = {0}; presence_next(p, topic, &walk, &e);)
        n++;
    return n;
}

uint32_t world_sessions(const struct world *w, kith_slice topic)
{
    return entries(w->presence, topic) + entries(w->hidden, topic);
}

kith_slice presence_topic(struct presence_topic *out, kith_slice user)
{
    static const char prefix[PRESENCE_PREFIX_BYTES] = "user_presence:";
    KITH_ASSERT(user.len <= USER_ID_BYTES_MAX);
    memcpy(out->bytes, prefix, sizeof prefix);
    if (user.len) memcpy(out->bytes + sizeof prefix, user.ptr, user.len);
    out->len = sizeof prefix + user.len;
    return slice_of(out->bytes, out->len);
}

void world_post(struct world *w, unsigned shard, struct mail *m)
{
    KITH_ASSERT(shard < w->o.count && shard != w->o.id);
    if (!m) {
        w->stats.mails_lost++;
        return;
    }
    m->from = (uint8_t)w->o.id;
    w->stats.mails++;
    mail_append(&w->out[shard], m);
}

void world_send(struct world *w, unsigned shard, struct mail *m)
{
    if (shard != w->o.id) {
        world_post(w, shard, m);
    } else if (m) {
        m->from = (uint8_t)shard;
        mail_append(&w->self, m);
    } else {
        w->stats.mails_lost++;
    }
}

void world_cluster(struct world *w, struct mail *m)
{
    if (!m) {
        w->stats.mails_lost++;
    } else if (w->o.id == 0) {
        m->from = 0;
        mail_append(&w->to_cluster, m);
    } else {
        world_post(w, 0, m);
    }
}

void world_tell(struct world *w, struct mail *m)
{
    if (m)
        mail_append(&w->news, m);
    else
        w->stats.mails_lost++;
}

void world_want(struct world *w, struct mail *m)
{
    if (!m) {
        w->stats.mails_lost++;
        return;
    }
    m->from = (uint8_t)w->o.id;
    mail_append(&w->wants, m);
}
