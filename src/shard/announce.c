/* shard/announce.c -- changes of trackers, told at the topics' home. */
#include "shard/announce.h"

#include "shard/broadcast.h"
#include "shard/listing.h"
#include "wire/json.h"
#include "wire/presence.h"

/* A change with its metas as JSON. */
struct told {
    struct buf metas; /* what is now, then what was */
    struct kith_diff diff;
};

static void tell_new(struct told *told, const struct change *c)
{
    if (c->has_now) presence_put_meta(&told->metas, &c->now);
    size_t now = told->metas.len;
    if (c->has_old) presence_put_meta(&told->metas, &c->old);
    kith_slice both = buf_slice(&told->metas);
    told->diff = (struct kith_diff){.topic = c->topic,
                                    .key = c->key,
                                    .now = slice_head(both, now),
                                    .old = slice_from(both, now)};
}

static void put_side(struct buf *b, const char *name, const struct told *told, kith_slice meta,
                     kith_slice more)
{
    buf_puts(b, name);
    if (meta.len) {
        json_put_quoted(b, told->diff.key);
        buf_puts(b, ":{\"metas\":[");
        buf_put(b, meta);
        buf_putc(b, ']');
        if (more.len) buf_putc(b, ',');
        buf_put(b, more);
        buf_putc(b, '}');
    }
    buf_putc(b, '}');
}

static void broadcast_diff(struct world *w, const struct kith_tracker *t, const struct told *told)
{
    struct buf more = {0}, payload = {0};
    if (pubsub_find(w->topics, told->diff.topic) == TOPIC_NONE) return;
    listing_fetch(t, told->diff.topic, told->diff.key, &more);
    put_side(&payload, "{\"joins\":{", told, told->diff.now, buf_slice(&more));
    put_side(&payload, ",\"leaves\":{", told, told->diff.old, buf_slice(&more));
    buf_putc(&payload, '}');
    if (more.failed || payload.failed)
        w->stats.mails_lost++;
    else
        broadcast(w, &(struct broadcast){.topic = told->diff.topic,
                                         .event = KITH_LIT("presence_diff"),
                                         .payload = buf_slice(&payload),
                                         .local = true,
                                         .diff_of = t->number + 1,
                                         .home = w->o.id});
    buf_fini(&more);
    buf_fini(&payload);
}

static void handle_metas(const struct world *w, const struct kith_tracker *t,
                         const struct told *told)
{
    struct buf metas = {0};
    buf_putc(&metas, '[');
    listing_metas(w, t, told->diff.topic, told->diff.key, &metas);
    buf_putc(&metas, ']');
    if (!metas.failed)
        t->presence->handle_metas(t->presence->context, &told->diff, buf_slice(&metas));
    buf_fini(&metas);
}

static void announce_one(struct world *w, const struct kith_tracker *t, const struct change *c)
{
    struct told told = {0};
    tell_new(&told, c);
    w->stats.announcements++;
    if (told.metas.failed) {
        w->stats.mails_lost++;
    } else {
        if (t->behaviour && t->behaviour->handle_diff)
            t->behaviour->handle_diff(t->behaviour->context, &told.diff);
        if (t->presence) broadcast_diff(w, t, &told);
        if (t->presence && t->presence->handle_metas) handle_metas(w, t, &told);
    }
    buf_fini(&told.metas);
}

/* The list is taken out first: whatever those who are told do, it is not theirs to change. */
void announce_changes(struct world *w, const struct kith_tracker *t)
{
    struct changes *all = &w->trackers->changes, taken = *all;
    *all = (struct changes){0};
    for (uint32_t i = 0; i < taken.count; i++)
        announce_one(w, t, &taken.items[i]);
    changes_clear(&taken);
    changes_fini(all);
    *all = taken;
}
