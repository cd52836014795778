/* shard/hook.c -- the application, and the log of events, hear of users' presence. */
#include "shard/hook.h"

#include "wire/presence.h"

enum { ROLL_AT_ONCE = 1000 };

static enum kith_hook_kind kind_of(const struct world *w, const struct change *c)
{
    if (c->has_old && c->has_now) return KITH_HOOK_STATUS;
    uint32_t now = world_sessions(w, c->topic);
    if (c->has_now) return now == 1 ? KITH_HOOK_ONLINE : KITH_HOOK_STATUS;
    return now == 0 ? KITH_HOOK_OFFLINE : KITH_HOOK_STATUS;
}

static void call(const struct world *w, const struct change *c, kith_slice old, kith_slice now,
                 bool hidden)
{
    const struct kith_hook *hook = w->o.hook;
    hook->event(hook->context, &(struct kith_hook_event){.kind = kind_of(w, c),
                                                         .user = c->key,
                                                         .old = old,
                                                         .now = now,
                                                         .unix_ms = w->now.unix_ms,
                                                         .hidden = hidden});
}

/* What finds no memory the log hears of by the next that does: it counts the sessions anew then. */
static void log_session(struct world *w, const struct change *c, kith_slice metas, size_t old,
                        bool hidden)
{
    struct session_refs refs = {{0}, {0}};
    if (c->has_old) memcpy(refs.old, c->old.ref, REF_BYTES);
    if (c->has_now) memcpy(refs.now, c->now.ref, REF_BYTES);
    struct mail *m = mail_new(MAIL_SESSION, c->key, metas, slice_of(&refs, sizeof refs));
    if (m) {
        m->old_bytes = old;
        m->at_ms = w->now.unix_ms;
        m->hidden = hidden;
        m->failed = w->events_missed;
    }
    w->events_missed = !m;
    world_want(w, m);
}

/* Without memory for the metas the event comes without them: that a user went is not kept back.
 *
 * The log hears, too, of an entry that goes after another node's has taken its place: that node may
 * have died before it told what it took over, and nobody else knows of the old one. To the store
 * what it has been told of is nothing. */
void hook_tell(struct world *w, const struct change *c, bool hidden)
{
    struct buf metas = {0};
    if (!w->o.hook && !w->o.events) return;
    if (c->has_old) presence_put_meta(&metas, &c->old);
    size_t old = metas.len;
    if (c->has_now) presence_put_meta(&metas, &c->now);
    if (metas.failed) metas.len = old = 0;
    kith_slice all = buf_slice(&metas);
    if (w->o.hook && !c->replaced) call(w, c, slice_head(all, old), slice_from(all, old), hidden);
    if (w->o.events) log_session(w, c, all, old, hidden);
    buf_fini(&metas);
}

void hook_moved(struct world *w, const struct change moved[2], bool hidden)
{
    struct change c = moved[0];
    c.has_now = true;
    c.now = moved[1].now;
    hook_tell(w, &c, hidden);
}

void hook_note(const struct world *w, kith_slice topic, struct hook_noted *out)
{
    struct entry e;
    out->count = 0;
    for (struct tracker_walk walk = {0};
         out->count < SESSIONS_MAX && presence_next(w->presence, topic, &walk, &e);) {
        if (!e.owner) continue;
        out->of[out->count].number = e.number;
        out->of[out->count++].meta = e.meta;
    }
}

void hook_tell_noted(struct world *w, kith_slice topic, const struct hook_noted *noted)
{
    struct entry e;
    for (struct tracker_walk walk = {0}; presence_next(w->presence, topic, &walk, &e);) {
        uint32_t i = 0;
        while (i < noted->count && noted->of[i].number != e.number)
            i++;
        if (!e.owner || i == noted->count) continue;
        struct change c = {topic, e.key, .has_old = true, .has_now = true, .now = e.meta};
        c.old = noted->of[i].meta;
        c.old.fields = e.meta.fields;
        if (memcmp(c.old.ref, c.now.ref, REF_BYTES) != 0) hook_tell(w, &c, false);
    }
}

static void log_again(struct world *w, const struct presence *place, kith_slice topic,
                      const struct entry *e)
{
    struct change c = {.topic = topic, .key = e->key, .has_now = true, .now = e->meta};
    struct buf meta = {0};
    presence_put_meta(&meta, &e->meta);
    log_session(w, &c, meta.failed ? (kith_slice){0} : buf_slice(&meta), 0, place == w->hidden);
    buf_fini(&meta);
}

void hook_adopted(struct world *w, const struct presence *place, const struct presence_session *s)
{
    struct entry e;
    if (!w->o.events || !w->replicate) return;
    for (struct tracker_walk walk = {0}; presence_next(place, s->topic, &walk, &e);)
        if (e.owner == s->owner) log_again(w, place, s->topic, &e);
}

/* Each own entry, as one that has just come: of what the log knows already it makes no event. */
static unsigned roll(struct world *w, const struct presence *place, uint32_t partition)
{
    struct presence_walk walk = {.partition = partition};
    kith_slice topic;
    struct entry e;
    uint64_t device;
    unsigned count = 0;
    for (; presence_next_any(place, &walk, &topic, &e, &device) && walk.partition == partition;
         count++)
        log_again(w, place, topic, &e);
    return count;
}

void hook_roll(struct world *w, struct mail *m)
{
    unsigned count = 0;
    for (; m->slot < PARTITIONS && count < ROLL_AT_ONCE; m->slot++)
        count += roll(w, w->presence, (uint32_t)m->slot) + roll(w, w->hidden, (uint32_t)m->slot);
    if (m->slot == PARTITIONS) m->slot = 0;
    world_want(w, m);
}

void hook_roll_all(struct world *w)
{
    for (uint32_t partition = 0; partition < PARTITIONS; partition++)
        (void)(roll(w, w->presence, partition) + roll(w, w->hidden, partition));
}
