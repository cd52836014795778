/* shard/tracking.c -- trackers of any topic, at the topics' homes. */
#include "shard/tracking.h"

#include "shard/announce.h"
#include "shard/list.h"
#include "shard/listing.h"
#include "wire/json_scan.h"

enum { RETRY_MS = 100 };

/* A meta begins with its brace. */
static kith_slice trimmed(kith_slice meta)
{
    if (meta.len == 0) return KITH_LIT("{}");
    const uint8_t *end = meta.ptr + meta.len, *p = json_skip_space(meta.ptr, end);
    while (end > p && json_skip_space(end - 1, end) == end)
        end--;
    return slice_of(p, (size_t)(end - p));
}

static kith_err track(struct world *w, const struct tracking_entry *e, kith_slice meta)
{
    struct tracker *t = trackers_get(w, e->tracker, e->topic);
    if (!t) return KITH_NOMEM;
    return tracker_track(t, e->topic, e->key, e->owner, 0, trimmed(meta), &w->trackers->changes);
}

/* What is gone when memory runs out stays gone, and is told. */
static kith_err untrack_owner(struct world *w, const struct tracking_entry *e)
{
    struct tracker **all = w->trackers->of[e->tracker->number];
    kith_err err = KITH_OK;
    for (unsigned p = 0; all && p < PARTITIONS && !err; p++)
        if (all[p]) err = tracker_untrack_owner(all[p], e->owner, &w->trackers->changes);
    return err;
}

kith_err tracking_change(struct world *w, enum tracking_op op, const struct tracking_entry *e,
                         kith_slice meta)
{
    struct changes *changes = &w->trackers->changes;
    struct tracker *t = trackers_find(w, e->tracker, e->topic);
    switch (op) {
    case TRACKING_TRACK:
    case TRACKING_ENTER: return track(w, e, meta);
    case TRACKING_UPDATE:
        return t ? tracker_update(t, e->topic, e->key, e->owner, trimmed(meta), changes)
                 : KITH_NONE;
    case TRACKING_UNTRACK:
        return t ? tracker_untrack(t, e->topic, e->key, e->owner, changes) : KITH_OK;
    case TRACKING_UNTRACK_OWNER: return untrack_owner(w, e);
    case TRACKING_LIST:
    case TRACKING_STATE: break;
    }
    return KITH_BAD;
}

void tracking_announce(struct world *w, const struct kith_tracker *t) { announce_changes(w, t); }

static const struct kith_tracker *tracker_of(const struct mail *m)
{
    return (const struct kith_tracker *)(uintptr_t)m->tracker;
}

static struct tracking_entry entry_of(const struct mail *m)
{
    return (struct tracking_entry){tracker_of(m), m->owner, mail_a(m), mail_b(m)};
}

/* A channel thinks that its entry is there: if there was no room for it then, there may be now. */
static kith_err change_of(struct world *w, const struct mail *m)
{
    struct tracking_entry e = entry_of(m);
    enum tracking_op op = m->op;
    kith_err err = tracking_change(w, op, &e, mail_c(m));
    if (err == KITH_NONE && op == TRACKING_UPDATE && !m->outside)
        err = tracking_change(w, TRACKING_TRACK, &e, mail_c(m));
    if (err && !m->outside) w->stats.entries_refused++;
    return err;
}

/* An entry that cannot be ended for want of memory is kept in mind. Takes the mail. */
static void change(struct world *w, struct mail *m)
{
    bool ends = m->op == TRACKING_UNTRACK || m->op == TRACKING_UNTRACK_OWNER;
    kith_tracked done = m->outside ? (kith_tracked)(uintptr_t)m->called : NULL;
    kith_err e = change_of(w, m);
    tracking_announce(w, tracker_of(m));
    if (e == KITH_NOMEM && ends) {
        mail_append(&w->trackers->late, m);
        return;
    }
    if (done) done((void *)(uintptr_t)m->called_with, e);
    mail_free(m);
}

static struct mail *answer(enum mail_type type, const struct mail *to, const struct buf *pieces)
{
    struct mail *m =
        pieces->failed ? NULL : mail_new(type, buf_slice(pieces), (kith_slice){0}, (kith_slice){0});
    if (!m) return NULL;
    m->handle = to->handle;
    m->serial = to->serial;
    m->listed = to->called;
    return m;
}

static void tell_list(struct world *w, const struct mail *m, const struct buf *pieces)
{
    struct kith_list list;
    kith_listed listed = (kith_listed)(uintptr_t)m->called;
    if (pieces->failed || list_make(&list, buf_slice(pieces)) != KITH_OK) {
        w->stats.mails_lost++;
        return;
    }
    listed((void *)(uintptr_t)m->called_with, &list);
    list_fini(&list);
}

static void list(struct world *w, const struct mail *m)
{
    struct buf pieces = {0};
    listing_put(w, tracker_of(m), mail_a(m), mail_b(m), &pieces);
    if (m->outside)
        tell_list(w, m, &pieces);
    else
        world_post(w, m->from, answer(MAIL_LISTED, m, &pieces));
    buf_fini(&pieces);
}

/* An answer for which there is no memory is asked for again by the channel. */
static void state(struct world *w, const struct mail *m)
{
    struct buf pieces = {0};
    kith_slice topics = mail_a(m);
    for (kith_slice topic; tracking_next_topic(&topics, &topic);)
        listing_put(w, tracker_of(m), topic, (kith_slice){0}, &pieces);
    world_post(w, m->from, answer(MAIL_TRACKING_STATE, m, &pieces));
    buf_fini(&pieces);
}

static void enter(struct world *w, const struct mail *m)
{
    struct buf pieces = {0};
    (void)change_of(w, m);
    listing_put(w, tracker_of(m), mail_a(m), (kith_slice){0}, &pieces);
    world_post(w, m->from, answer(MAIL_TRACKING_STATE, m, &pieces));
    tracking_announce(w, tracker_of(m));
    buf_fini(&pieces);
}

void tracking_receive(struct world *w, struct mail *m)
{
    tracking_retry(w);
    switch ((enum tracking_op)m->op) {
    case TRACKING_TRACK:
    case TRACKING_UPDATE:
    case TRACKING_UNTRACK:
    case TRACKING_UNTRACK_OWNER: change(w, m); return;
    case TRACKING_LIST: list(w, m); break;
    case TRACKING_STATE: state(w, m); break;
    case TRACKING_ENTER: enter(w, m); break;
    }
    mail_free(m);
}

void tracking_send(struct world *w, struct mail *m)
{
    unsigned home = m ? world_topic_home(w, mail_a(m)) : w->o.id;
    if (!m)
        w->stats.mails_lost++;
    else if (home == w->o.id)
        tracking_receive(w, m);
    else
        world_post(w, home, m);
}

void tracking_retry(struct world *w)
{
    struct mail_queue late = w->trackers->late;
    w->trackers->late = (struct mail_queue){0};
    for (struct mail *m; (m = mail_take(&late));)
        change(w, m);
}

uint64_t tracking_next_due(const struct world *w)
{
    return w->trackers->late.first ? w->now.mono_ms + RETRY_MS : UINT64_MAX;
}
