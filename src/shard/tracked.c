/* shard/tracked.c -- a channel is tracked, and lists. Its states: tracked_state.c. */
#include "shard/tracked.h"

#include "shard/entries.h"
#include "shard/listing.h"
#include "shard/subscriber_table.h"

/* At the home: at once where it is here, else by mail. */
static kith_err change(struct world *w, enum tracking_op op, const struct tracking_entry *e,
                       kith_slice meta)
{
    if (world_topic_home(w, e->topic) == w->o.id) {
        kith_err err = tracking_change(w, op, e, meta);
        tracking_announce(w, e->tracker);
        return err;
    }
    struct mail *m = tracking_ask(op, e, meta);
    if (!m) return KITH_NOMEM;
    tracking_send(w, m);
    return KITH_OK;
}

kith_err tracked_track(struct world *w, uint32_t number, const struct kith_tracker *t,
                       kith_slice topic, kith_slice key, kith_slice meta)
{
    struct tracking_entry entry = entries_name(w, number, t, topic, key);
    kith_err e = entries_add(w, number, &entry);
    if (e) return e;
    e = change(w, TRACKING_TRACK, &entry, meta);
    if (e) mail_free(entries_take(w, number, &entry));
    return e;
}

kith_err tracked_update(struct world *w, uint32_t number, const struct kith_tracker *t,
                        kith_slice topic, kith_slice key, kith_slice meta)
{
    struct tracking_entry entry = entries_name(w, number, t, topic, key);
    return entries_has(w, number, &entry) ? change(w, TRACKING_UPDATE, &entry, meta) : KITH_NONE;
}

kith_err tracked_untrack(struct world *w, uint32_t number, const struct kith_tracker *t,
                         kith_slice topic, kith_slice key)
{
    struct tracking_entry entry = entries_name(w, number, t, topic, key);
    struct mail *end = entries_take(w, number, &entry);
    if (end) tracking_send(w, end);
    return KITH_OK;
}

/* From this very shard it is news like any other. */
static kith_err list_here(struct world *w, const struct tracking_entry *e, struct mail *question)
{
    struct buf pieces = {0};
    listing_put(w, e->tracker, e->topic, e->key, &pieces);
    struct mail *m =
        pieces.failed ? NULL
                      : mail_new(MAIL_LISTED, buf_slice(&pieces), (kith_slice){0}, (kith_slice){0});
    buf_fini(&pieces);
    if (!m) return KITH_NOMEM;
    m->handle = question->handle;
    m->serial = question->serial;
    m->listed = question->called;
    world_tell(w, m);
    return KITH_OK;
}

kith_err tracked_list(struct world *w, uint32_t number, const struct kith_tracker *t,
                      kith_slice topic, kith_slice key, kith_channel_listed listed)
{
    const struct subscriber *s = subscribers_at(w->subscribers, number);
    struct tracking_entry entry = entries_name(w, number, t, topic, key);
    struct mail *m = tracking_ask(TRACKING_LIST, &entry, (kith_slice){0});
    if (!m) return KITH_NOMEM;
    m->handle = clients_handle(w->clients, s->slot);
    m->serial = s->channel;
    m->called = (uintptr_t)listed;
    if (world_topic_home(w, entry.topic) != w->o.id) {
        tracking_send(w, m);
        return KITH_OK;
    }
    kith_err e = list_here(w, &entry, m);
    mail_free(m);
    return e;
}
