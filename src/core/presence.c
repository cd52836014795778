/* core/presence.c -- sessions and their presence: one tracker for each partition, and the entries
 * that linger for sessions which may come back.
 *
 * A lingering entry is owned by a loss: the top bit and the loss's number. So a new session of the
 * old one's number never meets it, and of several losses the record tells which is the latest. */
#include "core/presence.h"

#include "base/assert.h"
#include "base/mix.h"
#include "core/losses.h"
#include "core/replica.h"

#include <stdlib.h>

struct presence {
    struct presence_options o;
    struct tracker **trackers; /* by partition; NULL until one has an entry */
    struct losses losses;
    uint64_t now_ms; /* of the latest presence_expire */
    uint64_t news;   /* a bit for each partition, modulo 64, that has changed */
};

struct presence *presence_new(const struct presence_options *o)
{
    KITH_ASSERT(o->partitions > 0 && o->partitions <= UINT16_MAX);
    struct presence *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->o = *o;
    losses_init(&p->losses);
    p->trackers = calloc(o->partitions, sizeof *p->trackers);
    if (p->trackers) return p;
    free(p);
    return NULL;
}

void presence_free(struct presence *p)
{
    if (!p) return;
    for (uint32_t i = 0; i < p->o.partitions; i++)
        tracker_free(p->trackers[i]);
    free(p->trackers);
    losses_fini(&p->losses);
    free(p);
}

/* No secret, so that all nodes agree. */
static uint16_t partition_of(const struct topic *topic, uint32_t partitions)
{
    static const struct siphash_key known = {0};
    uint64_t hash = topic->numeric ? mix64(topic->number) : siphash13(&known, topic->text);
    return (uint16_t)((hash >> 32) * partitions >> 32);
}

uint16_t presence_partition(kith_slice topic, uint32_t partitions)
{
    struct topic read = topic_read(topic);
    return partition_of(&read, partitions);
}

struct tracker *presence_tracker(struct presence *p, uint16_t partition)
{
    KITH_ASSERT(partition < p->o.partitions);
    struct tracker **t = &p->trackers[partition];
    if (*t) return *t;
    *t = tracker_new(&(struct tracker_options){.inc = p->o.inc,
                                               .partition = partition,
                                               .ref_key = p->o.ref_key,
                                               .hash_key = p->o.hash_key,
                                               .news = &p->news,
                                               .news_bit = partition % 64u});
    return *t;
}

uint64_t presence_take_news(struct presence *p)
{
    uint64_t news = p->news;
    p->news = 0;
    return news;
}

bool presence_has_news(const struct presence *p) { return p->news != 0; }

struct tracker *presence_known(const struct presence *p, uint16_t partition)
{
    KITH_ASSERT(partition < p->o.partitions);
    return p->trackers[partition];
}

static struct tracker *of_topic(const struct presence *p, kith_slice topic)
{
    return p->trackers[presence_partition(topic, p->o.partitions)];
}

static struct loss *loss_at(const struct presence *p, uint64_t owner)
{
    return losses_at(&p->losses, (uint32_t)owner);
}

static bool is_lingering(uint64_t owner) { return owner & TRACKER_LOST; }

/* A tracker keeps 32 bits of a device: enough to tell the devices of one user apart. Small numbers
 * are their own, so a tag that was saved and came back is still the same. */
static uint32_t device_tag(uint64_t device)
{
    if (device <= UINT32_MAX) return (uint32_t)device;
    return (uint32_t)((device ^ device >> 32) * 0x9e3779b97f4a7c15u >> 32);
}

/* The most recently lost entry of this topic, key and device, or TRACKER_NONE. */
static uint32_t find_lost(const struct presence *p, const struct tracker *t,
                          const struct presence_session *s)
{
    uint32_t number, found = TRACKER_NONE, tag = device_tag(s->device);
    uint64_t latest = 0;
    for (struct tracker_walk w = {0}; tracker_next_own(t, s->topic, s->key, &w, &number);) {
        uint64_t owner = tracker_owner(t, number);
        if (!is_lingering(owner) || tracker_tag(t, number) != tag) continue;
        if (loss_at(p, owner)->order < latest) continue;
        latest = loss_at(p, owner)->order;
        found = number;
    }
    return found;
}

/* Whoever comes with nothing new is no news. */
static kith_err refresh(struct tracker *t, uint32_t number, kith_slice fields, struct changes *out)
{
    if (fields.len == 0 || slice_eq(fields, tracker_fields(t, number))) return KITH_OK;
    return tracker_update_number(t, number, fields, out);
}

static kith_err adopt(struct presence *p, struct tracker *t, uint32_t lost, uint64_t owner,
                      kith_slice fields, struct changes *out)
{
    struct loss *loss = loss_at(p, tracker_owner(t, lost));
    if (fields.len == 0) fields = tracker_fields(t, lost);
    kith_err e = loss->asked_for ? tracker_update_number(t, lost, fields, out)
                                 : refresh(t, lost, fields, out);
    if (e) return e;
    loss->entry = TRACKER_NONE;
    return tracker_give(t, lost, owner);
}

static uint32_t sessions(const struct presence *p, kith_slice topic, kith_slice key)
{
    uint32_t n = 0;
    struct entry e;
    for (struct tracker_walk w = {0}; presence_next_of_key(p, topic, key, &w, &e);)
        n++;
    return n;
}

kith_err presence_join(struct presence *p, const struct presence_session *s, uint32_t now_s,
                       kith_slice fields, struct changes *out)
{
    KITH_ASSERT(s->owner != 0 && !is_lingering(s->owner));
    struct tracker *t = presence_tracker(p, presence_partition(s->topic, p->o.partitions));
    if (!t) return KITH_NOMEM;
    uint32_t own = tracker_find(t, s->topic, s->key, s->owner);
    if (own != TRACKER_NONE) return refresh(t, own, fields, out);
    uint32_t lost = find_lost(p, t, s);
    if (lost != TRACKER_NONE) return adopt(p, t, lost, s->owner, fields, out);
    if (p->o.sessions_max && sessions(p, s->topic, s->key) >= p->o.sessions_max) return KITH_FULL;
    if (fields.len == 0) fields = KITH_LIT("{\"status\":\"online\"}");
    kith_err e = tracker_track(t, s->topic, s->key, s->owner, now_s, fields, out);
    if (!e) tracker_set_tag(t, tracker_find(t, s->topic, s->key, s->owner), device_tag(s->device));
    return e;
}

static bool has_session(const struct tracker *t, const struct presence_session *s)
{
    uint32_t number, tag = device_tag(s->device);
    for (struct tracker_walk w = {0}; tracker_next_own(t, s->topic, s->key, &w, &number);)
        if (!is_lingering(tracker_owner(t, number)) && tracker_tag(t, number) == tag) return true;
    return false;
}

enum presence_left presence_left(struct presence *p, const struct presence_session *s,
                                 uint32_t *slot)
{
    const struct tracker *t = of_topic(p, s->topic);
    uint32_t lost = t ? find_lost(p, t, s) : TRACKER_NONE;
    if (lost != TRACKER_NONE) {
        loss_at(p, tracker_owner(t, lost))->asked_for = true;
        *slot = tracker_slot(t, lost);
        return PRESENCE_LEFT_LOST;
    }
    return t && has_session(t, s) ? PRESENCE_LEFT_LIVES : PRESENCE_LEFT_NONE;
}

/* As base/section.h says, 16 bits stand for a device. */
static uint16_t device_of(uint64_t device)
{
    uint32_t tag = device_tag(device);
    return (uint16_t)(tag ^ tag >> 16);
}

bool presence_elsewhere(const struct presence *p, const struct presence_session *s,
                        struct place *out)
{
    struct entry e;
    for (struct tracker_walk w = {0}; presence_next_of_key(p, s->topic, s->key, &w, &e);) {
        if (e.owner || e.device != device_of(s->device)) continue;
        *out = e.place;
        return true;
    }
    return false;
}

kith_err presence_take_over(struct presence *p, const struct presence_session *s,
                            const struct place *from, kith_slice fields, struct changes *out)
{
    struct tracker *t = of_topic(p, s->topic);
    if (!t) return KITH_NONE;
    kith_err e = tracker_take_over(t, s->topic, s->key, s->owner, from, fields, out);
    if (!e) tracker_set_tag(t, tracker_find(t, s->topic, s->key, s->owner), device_tag(s->device));
    return e;
}

bool presence_finds(const struct presence *p, const struct presence_session *s)
{
    const struct tracker *t = of_topic(p, s->topic);
    return t && (tracker_find(t, s->topic, s->key, s->owner) != TRACKER_NONE ||
                 find_lost(p, t, s) != TRACKER_NONE);
}

kith_err presence_update(struct presence *p, const struct presence_session *s, kith_slice fields,
                         struct changes *out)
{
    struct tracker *t = of_topic(p, s->topic);
    return t ? tracker_update(t, s->topic, s->key, s->owner, fields, out) : KITH_NONE;
}

kith_err presence_leave(struct presence *p, const struct presence_session *s, struct changes *out)
{
    struct tracker *t = of_topic(p, s->topic);
    return t ? tracker_untrack(t, s->topic, s->key, s->owner, out) : KITH_OK;
}

/* A loss of `entry`; the caller makes it the owner. */
static kith_err add_loss(struct presence *p, uint16_t partition, uint32_t entry, uint64_t until_ms,
                         uint64_t *owner)
{
    uint32_t number;
    kith_err e = losses_add(&p->losses, partition, entry, until_ms, &number);
    if (!e) *owner = TRACKER_LOST | number;
    return e;
}

kith_err presence_lost(struct presence *p, const struct presence_session *s, uint64_t until_ms,
                       struct changes *out)
{
    struct tracker *t = of_topic(p, s->topic);
    uint32_t entry = t ? tracker_find(t, s->topic, s->key, s->owner) : TRACKER_NONE;
    if (entry == TRACKER_NONE) return KITH_NONE;
    if (until_ms <= p->now_ms) return tracker_untrack_number(t, entry, out);
    uint64_t lost;
    kith_err e = add_loss(p, presence_partition(s->topic, p->o.partitions), entry, until_ms, &lost);
    if (e) return e;
    tracker_set_tag(t, entry, device_tag(s->device));
    return tracker_give(t, entry, lost);
}

bool presence_holds(const struct presence *p, const struct presence_session *s)
{
    const struct tracker *t = of_topic(p, s->topic);
    return t && tracker_find(t, s->topic, s->key, s->owner) != TRACKER_NONE;
}

kith_err presence_move(struct presence *p, struct presence *to, const struct presence_session *s,
                       uint32_t now_s, struct changes *out)
{
    struct tracker *t = of_topic(p, s->topic);
    uint32_t entry = t ? tracker_find(t, s->topic, s->key, s->owner) : TRACKER_NONE;
    if (entry == TRACKER_NONE) return KITH_NONE;
    struct tracker *there = presence_tracker(to, presence_partition(s->topic, to->o.partitions));
    return there ? tracker_move(t, entry, there, now_s, out) : KITH_NOMEM;
}

kith_err presence_renew(struct presence *p, kith_slice topic, uint32_t now_s)
{
    struct tracker *t = of_topic(p, topic);
    return t ? tracker_renew(t, topic, now_s) : KITH_OK;
}

kith_err presence_hide_others(struct presence *p, kith_slice topic, kith_slice key)
{
    struct tracker *t = of_topic(p, topic);
    return t ? replica_hide(t, topic, key) : KITH_OK;
}

kith_err presence_restore(struct presence *p, kith_slice topic, const struct entry *e,
                          uint64_t device, uint64_t until_ms)
{
    uint16_t partition = presence_partition(topic, p->o.partitions);
    struct tracker *t = presence_tracker(p, partition);
    if (!t) return KITH_NOMEM;
    uint64_t owner;
    kith_err err = add_loss(p, partition, TRACKER_NONE, until_ms, &owner);
    if (err) return err;
    err = tracker_restore(t, topic, e->key, owner, &e->meta, e->ref, e->prev);
    if (err) return err; /* the loss, which is of nothing, ends at its deadline */
    uint32_t entry = tracker_find(t, topic, e->key, owner);
    tracker_set_tag(t, entry, device_tag(device));
    loss_at(p, owner)->entry = entry;
    return KITH_OK;
}

/* False: no memory to tell it; it stays for the next time. */
static bool end_loss(struct presence *p, const struct loss *l, struct changes *out)
{
    if (l->entry != TRACKER_NONE &&
        tracker_untrack_number(p->trackers[l->partition], l->entry, out) != KITH_OK)
        return false;
    losses_end_due(&p->losses);
    return true;
}

static uint32_t find_lingering(const struct tracker *t, kith_slice topic, kith_slice key)
{
    uint32_t number;
    for (struct tracker_walk w = {0}; tracker_next_own(t, topic, key, &w, &number);)
        if (is_lingering(tracker_owner(t, number))) return number;
    return TRACKER_NONE;
}

/* The loss, which is of nothing then, ends at its deadline. */
kith_err presence_end_lost(struct presence *p, kith_slice topic, kith_slice key,
                           struct changes *out)
{
    struct tracker *t = of_topic(p, topic);
    kith_err e = KITH_OK;
    for (uint32_t entry; t && !e && (entry = find_lingering(t, topic, key)) != TRACKER_NONE;) {
        uint64_t loss = tracker_owner(t, entry);
        e = tracker_untrack_number(t, entry, out);
        if (!e) loss_at(p, loss)->entry = TRACKER_NONE;
    }
    return e;
}

uint64_t presence_expire(struct presence *p, uint64_t now_ms, uint32_t max, struct changes *out)
{
    const uint32_t before = out->count;
    if (now_ms > p->now_ms) p->now_ms = now_ms;
    for (const struct loss *l; (l = losses_due(&p->losses, now_ms));)
        if (out->count - before >= max || !end_loss(p, l, out)) return now_ms;
    return losses_due_ms(&p->losses);
}

bool presence_next(const struct presence *p, kith_slice topic, struct tracker_walk *w,
                   struct entry *out)
{
    if (w->started && w->at == TRACKER_NONE) return false;
    struct topic read = topic_read(topic);
    const struct tracker *t = p->trackers[partition_of(&read, p->o.partitions)];
    return t && tracker_next_of(t, &read, w, out);
}

bool presence_next_of_key(const struct presence *p, kith_slice topic, kith_slice key,
                          struct tracker_walk *w, struct entry *out)
{
    while (presence_next(p, topic, w, out))
        if (slice_eq(out->key, key)) return true;
    return false;
}

bool presence_next_any(const struct presence *p, struct presence_walk *w, kith_slice *topic,
                       struct entry *out, uint64_t *device)
{
    for (; w->partition < p->o.partitions; w->partition++, w->walk = (struct tracker_walk){0}) {
        const struct tracker *t = p->trackers[w->partition];
        while (t && tracker_next_any(t, &w->walk, topic, out)) {
            if (!out->owner) continue;
            *device = tracker_tag(t, out->number);
            return true;
        }
    }
    return false;
}

uint64_t presence_count(const struct presence *p)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < p->o.partitions; i++)
        if (p->trackers[i]) sum += tracker_count(p->trackers[i]);
    return sum;
}

uint64_t presence_bytes(const struct presence *p)
{
    uint64_t sum = sizeof *p + heap_chunk(p->o.partitions * sizeof *p->trackers) +
                   losses_bytes(&p->losses);
    for (uint32_t i = 0; i < p->o.partitions; i++)
        if (p->trackers[i]) sum += tracker_bytes(p->trackers[i]);
    return sum;
}
