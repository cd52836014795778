/* shard/world.c -- what all of a shard's modules share. */
#include "shard/world.h"

#include "base/assert.h"

unsigned world_home(const struct world *w, kith_slice user)
{
    if (w->o.count == 1) return 0;
    struct presence_topic t;
    return presence_partition(presence_topic(&t, user), PARTITIONS) % w->o.count;
}

kith_slice presence_topic(struct presence_topic *out, kith_slice user)
{
    static const char prefix[14] = "user_presence:";
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
