/* shard/sight.c -- who may see whom has changed. */
#include "shard/sight.h"

#include "shard/fastlane.h"
#include "shard/sessions.h"
#include "shard/states.h"
#include "shard/watching.h"
#include "wire/presence.h"

#include <stdlib.h>

enum { RETRY_MS = 10 };

/* What is told about a user, as it travels: a length and a payload each; first the join of all its
 * sessions, then a leave for each. Empty: there is none. */

static void put_payload(struct buf *out, const struct buf *payload)
{
    uint32_t len = (uint32_t)payload->len;
    buf_put(out, slice_of(&len, sizeof len));
    buf_put(out, buf_slice(payload));
}

static bool next_payload(kith_slice *rest, kith_slice *payload)
{
    uint32_t len;
    if (rest->len == 0) return false;
    memcpy(&len, rest->ptr, sizeof len);
    *payload = slice_of(rest->ptr + sizeof len, len);
    *rest = slice_from(*rest, sizeof len + len);
    return true;
}

static void put_diffs(struct world *w, kith_slice user, struct buf *out)
{
    struct presence_topic name;
    struct meta metas[SESSIONS_MAX];
    size_t n = 0;
    struct entry e;
    struct buf payload = {0};
    kith_slice topic = presence_topic(&name, user);
    for (struct tracker_walk walk = {0};
         n < SESSIONS_MAX && presence_next(w->presence, topic, &walk, &e);)
        metas[n++] = e.meta;
    if (n) presence_put_diff(&payload, user, metas, n, NULL, 0);
    for (size_t i = 0; n && i <= n && !payload.failed; i++) {
        put_payload(out, &payload);
        buf_clear(&payload);
        if (i < n) presence_put_diff(&payload, user, NULL, 0, &metas[i], 1);
    }
    out->failed |= payload.failed;
    buf_fini(&payload);
}

/* On a shard */

/* One change, as it is applied here. */
struct sight {
    unsigned home;
    kith_slice user, gained, lost, diffs;
};

/* Sessions that it concerns here. */
struct told {
    uint32_t *slots;
    uint32_t count, cap;
};

static bool add_slot(struct told *t, uint32_t slot)
{
    if (t->count == t->cap) {
        uint32_t cap = t->cap ? t->cap * 2 : 16;
        uint32_t *slots = realloc(t->slots, cap * sizeof *slots);
        if (!slots) return false;
        t->slots = slots;
        t->cap = cap;
    }
    t->slots[t->count++] = slot;
    return true;
}

typedef kith_err (*change_fn)(struct world *w, uint32_t slot, kith_slice user);

/* Changes the subscription of one session. True: its client is to be told. */
static bool change_one(struct world *w, const struct sight *s, uint32_t slot, change_fn change)
{
    kith_err e = change(w, slot, s->user);
    if (e == KITH_NONE) return false;
    if (e) states_fall_behind(w, slot);
    states_ask_again(w, slot);
    return e == KITH_OK;
}

/* All sessions of `ids`; those whose clients are to be told. One that there is no memory to note is
 * changed all the same, and its client owed a full state. */
static void change_all(struct world *w, const struct sight *s, kith_slice ids, change_fn change,
                       struct told *told)
{
    for (kith_slice id; ids_next(&ids, &id);) {
        struct map_probe walk = sessions_walk(w, id);
        for (uint32_t slot; sessions_next(w, &walk, id, &slot);)
            if (change_one(w, s, slot, change) && !add_slot(told, slot))
                states_fall_behind(w, slot);
    }
}

static void apply(struct world *w, const struct sight *s)
{
    struct told gained = {0}, lost = {0};
    kith_slice rest = s->diffs, payload;
    change_all(w, s, s->lost, watching_remove, &lost);
    change_all(w, s, s->gained, watching_add, &gained);
    if (next_payload(&rest, &payload))
        fastlane_tell(w, s->user, payload, gained.slots, gained.count);
    while (next_payload(&rest, &payload))
        fastlane_tell(w, s->user, payload, lost.slots, lost.count);
    free(gained.slots);
    free(lost.slots);
}

/* The store counts these, see MAIL_SEEN. The mail that brought the change goes on to it, so that no
 * want of memory can keep it from hearing: it would wait for ever. Takes the mail. */
static void tell_store(struct world *w, struct mail *m, uint64_t at)
{
    m->type = MAIL_SEEN;
    m->at = at;
    world_want(w, m);
}

void sight_receive(struct world *w, struct mail *m)
{
    struct sight s = {.home = m->from,
                      .user = mail_a(m),
                      .gained = slice_head(mail_b(m), m->at),
                      .lost = slice_from(mail_b(m), m->at),
                      .diffs = mail_c(m)};
    w->sights_seen[s.home]++;
    apply(w, &s);
    /* The home tells this shard of the user from now on; if nobody listens it need not. */
    if (pubsub_find(w->people, s.user) == TOPIC_NONE) watching_unmark(w, s.home, s.user);
    tell_store(w, m, 0);
}

/* At the home */

/* What goes to the shards, made before anything is changed. */
struct outgoing {
    struct buf diffs, ids;
    struct mail *to[SHARDS_MAX];
    uint64_t count;
};

static struct mail *to_shard(const struct mail *m, const struct outgoing *o)
{
    struct mail *here =
        mail_new(MAIL_SIGHT_HERE, mail_a(m), buf_slice(&o->ids), buf_slice(&o->diffs));
    if (here) {
        here->at = m->b_len;
        here->serial = m->serial;
    }
    return here;
}

/* Every shard hears of it: who gains sight may be on any, and who loses it may have been told by
 * the store whom it watches, and not have asked here yet. A shard where somebody gains it is told
 * of the user from here on. */
static bool make_outgoing(struct world *w, const struct mail *m, struct outgoing *o)
{
    topic_id topic;
    put_diffs(w, mail_a(m), &o->diffs);
    buf_put(&o->ids, mail_b(m));
    buf_put(&o->ids, mail_c(m));
    bool good = !o->diffs.failed && !o->ids.failed;
    for (unsigned shard = 0; shard < w->o.count && good; shard++) {
        if (shard == w->o.id) continue;
        good = (o->to[shard] = to_shard(m, o)) &&
               (!m->b_len || pubsub_mark(w->people, mail_a(m), shard, &topic) == KITH_OK);
        o->count++;
    }
    return good;
}

/* Takes the mail, unless there is no memory: false. */
static bool change(struct world *w, struct mail *m)
{
    struct outgoing o = {0};
    bool good = make_outgoing(w, m, &o);
    for (unsigned shard = 0; shard < w->o.count; shard++)
        if (good && o.to[shard]) {
            w->sights_sent[shard]++;
            world_post(w, shard, o.to[shard]);
        } else {
            mail_free(o.to[shard]);
        }
    if (good) {
        apply(w, &(struct sight){.home = w->o.id,
                                 .user = mail_a(m),
                                 .gained = mail_b(m),
                                 .lost = mail_c(m),
                                 .diffs = buf_slice(&o.diffs)});
        tell_store(w, m, 1 + o.count);
    }
    buf_fini(&o.diffs);
    buf_fini(&o.ids);
    return good;
}

void sight_change(struct world *w, struct mail *m)
{
    /* Behind those that wait: each tells what came before it. */
    if (w->late_sights.first || !change(w, m)) mail_append(&w->late_sights, m);
}

void sight_retry(struct world *w)
{
    for (struct mail *m; (m = mail_take(&w->late_sights));) {
        struct mail_queue first = {0};
        if (change(w, m)) continue;
        mail_append(&first, m);
        mail_prepend(&w->late_sights, &first);
        return;
    }
}

uint64_t sight_next_due(const struct world *w)
{
    return w->late_sights.first ? w->now.mono_ms + RETRY_MS : UINT64_MAX;
}
