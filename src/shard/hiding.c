/* shard/hiding.c -- one session alone is hidden, and seen again. */
#include "shard/hiding.h"

#include "shard/fastlane.h"
#include "shard/home_state.h"
#include "shard/hook.h"
#include "shard/pacing.h"
#include "shard/seen.h"
#include "shard/sight_slices.h"
#include "shard/spread.h"
#include "shard/watching.h"
#include "wire/presence.h"

bool hiding_holds(const struct world *w, const struct home_session *s)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    return presence_holds(w->hidden, &p);
}

/* What goes to the shards where somebody listens, made before anything is changed: what there is no
 * memory to tell does not happen. */
struct notice {
    struct mail *to[SHARDS_MAX];
    uint32_t count;
};

static void drop(struct notice *n)
{
    for (unsigned shard = 0; shard < SHARDS_MAX; shard++)
        mail_free(n->to[shard]);
    *n = (struct notice){0};
}

static kith_err make(const struct world *w, kith_slice user, kith_slice payload, uint32_t serial,
                     struct notice *n)
{
    topic_id topic = pubsub_find(w->people, user);
    uint64_t marks = topic == TOPIC_NONE ? 0 : pubsub_marks(w->people, topic);
    for (unsigned shard = 0; marks; shard++, marks >>= 1) {
        if (!(marks & 1)) continue;
        n->to[shard] = mail_new(MAIL_TOLD, user, payload, (kith_slice){0});
        if (!n->to[shard]) {
            drop(n);
            return KITH_NOMEM;
        }
        n->to[shard]->serial = serial;
        n->count++;
    }
    return KITH_OK;
}

static void post(struct world *w, struct notice *n)
{
    for (unsigned shard = 0; shard < w->o.count; shard++)
        if (n->to[shard]) world_post(w, shard, n->to[shard]);
}

/* The session's leave, as its watchers are told it. KITH_NONE: none of them sees it. */
static kith_err put_leave(const struct world *w, const struct presence_session *p, struct buf *out,
                          struct dot *ref)
{
    struct entry e;
    for (struct tracker_walk walk = {0}; presence_next(w->presence, p->topic, &walk, &e);) {
        if (e.owner != p->owner) continue;
        *ref = e.ref;
        presence_put_diff(out, p->key, NULL, 0, &e.meta, 1);
        return out->failed ? KITH_NOMEM : KITH_OK;
    }
    return KITH_NONE;
}

/* With the notice made. */
static void take_away(struct world *w, const struct presence_session *p, kith_slice leave)
{
    sight_slices_finish(w, p->key);
    topic_id topic = pubsub_find(w->people, p->key);
    w->stats.announcements++;
    if (topic != TOPIC_NONE) fastlane_take_away(w, w->o.id, topic, p->key, leave);
    seen_note(w, p->key, false);
    hook_moved(w, w->changes.items, true);
    changes_clear(&w->changes);
}

/* A status that was to be announced later is the session's now. */
static void overtake(struct world *w, const struct home_session *s, struct dot ref)
{
    struct paced *waits = pacing_take(w, s->user, s->owner, ref);
    if (waits) home_status(w, s, paced_fields(waits));
    pacing_free(waits);
}

static kith_err hide(struct world *w, const struct home_session *s, uint32_t serial,
                     struct notice *n)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    struct buf leave = {0};
    struct dot ref;
    uint32_t now_s = (uint32_t)(w->now.unix_ms / 1000);
    kith_err e = put_leave(w, &p, &leave, &ref);
    if (!e) e = make(w, s->user, buf_slice(&leave), serial, n);
    if (!e) e = presence_move(w->presence, w->hidden, &p, now_s, &w->changes);
    if (!e) take_away(w, &p, buf_slice(&leave));
    if (!e) overtake(w, s, ref);
    buf_fini(&leave);
    return e;
}

static kith_err show(struct world *w, const struct home_session *s, uint32_t serial,
                     struct notice *n)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    kith_err e = presence_holds(w->hidden, &p) ? KITH_OK : KITH_NONE;
    if (!e) e = make(w, s->user, (kith_slice){0}, serial, n);
    return e ? e : home_show(w, &p);
}

static kith_err change(struct world *w, const struct home_session *s, uint32_t serial,
                       uint32_t *asked)
{
    struct notice n = {0};
    if (s->hiding == HIDING_YES) (void)pacing_unshow(w, s->user, s->owner);
    kith_err e = s->hiding == HIDING_YES ? hide(w, s, serial, &n) : show(w, s, serial, &n);
    /* It is so already, or not there, but not all may have heard of what was before. */
    if (e == KITH_NONE) {
        spread_finish(w, s->user);
        e = make(w, s->user, (kith_slice){0}, serial, &n);
    }
    *asked = n.count;
    if (e)
        drop(&n);
    else
        post(w, &n);
    return e;
}

void hiding_track(struct world *w, const struct home_session *s, kith_slice fields)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    uint32_t asked;
    if (s->hiding == HIDING_YES) (void)pacing_unshow(w, s->user, s->owner);
    bool seen = s->hiding == HIDING_YES && !presence_finds(w->hidden, &p) &&
                presence_finds(w->presence, &p);
    home_track(w, s, seen ? (kith_slice){0} : fields);
    if (s->hiding == HIDING_NO && hiding_holds(w, s) && home_show(w, &p))
        w->stats.entries_refused++;
    if (!seen) return;
    /* Nobody waits for an answer. Rather than to be seen it goes, and is hidden when it says more.
     */
    if (change(w, s, 0, &asked)) home_lost(w, s, 0);
    if (fields.len) home_status(w, s, fields);
}

/* Takes the mail. */
static void answer(struct world *w, struct mail *m, kith_err e)
{
    static const char busy[] = "{\"reason\":\"server busy, try again\"}";
    struct mail *a = e ? mail_new(MAIL_ANSWER, mail_c(m), (kith_slice){0}, slice_str(busy)) : NULL;
    unsigned to = m->from;
    if (a) {
        a->handle = m->handle;
        a->serial = m->serial;
        mail_free(m);
    } else {
        a = m;
        mail_answer(a);
    }
    a->failed = e != KITH_OK;
    if (to == w->o.id)
        world_tell(w, a);
    else
        world_post(w, to, a);
}

/* There was no room for it when it joined; or it was to be announced later, which what it says now
 * may change. */
static void again(struct world *w, const struct home_session *s)
{
    struct presence_topic name;
    struct presence_session p = home_presence(&name, s);
    if (presence_holds(w->presence, &p) || presence_holds(w->hidden, &p)) return;
    struct paced *waits = pacing_take(w, s->user, s->owner, (struct dot){0});
    home_track(w, s, waits ? paced_fields(waits) : (kith_slice){0});
    pacing_free(waits);
}

void hiding_change(struct world *w, struct mail *m)
{
    struct home_session s = {.user = mail_a(m),
                             .owner = home_owner(m->from, m->handle),
                             .device = m->device,
                             .hiding = (enum hiding)m->hiding};
    uint32_t asked, serial = world_serial(w);
    if (m->tracked) again(w, &s);
    kith_err e = change(w, &s, serial, &asked);
    m->notice = serial;
    m->unheard = asked;
    if (e || asked == 0)
        answer(w, m, e);
    else
        mail_append(&w->unheard, m);
}

/* Shards hear in order, so the one that is meant is near the first. */
void hiding_heard(struct world *w, const struct mail *m)
{
    struct mail_queue before = {0};
    struct mail *waits;
    while ((waits = mail_take(&w->unheard)) && waits->notice != m->serial)
        mail_append(&before, waits);
    if (waits && --waits->unheard == 0)
        answer(w, waits, KITH_OK);
    else if (waits)
        mail_append(&before, waits);
    mail_prepend(&w->unheard, &before);
}

void hiding_receive(struct world *w, struct mail *m)
{
    unsigned home = m->from;
    sight_slices_finish(w, mail_a(m));
    topic_id topic = pubsub_find(w->people, mail_a(m));
    if (topic == TOPIC_NONE)
        watching_unmark(w, home, mail_a(m));
    else if (m->b_len)
        fastlane_take_away(w, home, topic, mail_a(m), mail_b(m));
    else
        spread_finish(w, mail_a(m));
    m->type = MAIL_HEARD;
    world_post(w, home, m);
}
