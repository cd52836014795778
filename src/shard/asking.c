/* shard/asking.c -- whom a session asks to see without an edge. */
#include "shard/asking.h"

#include "base/ids.h"
#include "shard/shade.h"
#include "shard/watching.h"

#include <stdlib.h>

static struct social *social_at(const struct world *w, uint32_t slot)
{
    return clients_at(w->clients, slot)->social;
}

uint32_t asking_count(const struct social *s) { return s->extra ? s->extra->asked_count : 0; }

struct asked *asking_find(const struct world *w, uint32_t slot, kith_slice user)
{
    const struct social *s = social_at(w, slot);
    uint32_t count = s ? asking_count(s) : 0;
    topic_id topic = count ? pubsub_find(w->asking, user) : TOPIC_NONE;
    if (topic == TOPIC_NONE) return NULL;
    for (uint32_t i = 0; i < count; i++)
        if (s->extra->asked[i].topic == topic) return &s->extra->asked[i];
    return NULL;
}

bool asking_goes_on(const struct world *w, uint32_t slot, kith_slice user)
{
    const struct asked *a = asking_find(w, slot, user);
    return a && !a->ending;
}

void asking_remove(struct world *w, uint32_t slot, struct asked *a)
{
    struct social_extra *x = social_at(w, slot)->extra;
    (void)pubsub_unsubscribe(w->asking, a->topic, slot);
    *a = x->asked[--x->asked_count];
    social_extra_tidy(social_at(w, slot));
}

static void cut_back(struct world *w, uint32_t slot, uint32_t count)
{
    struct social *s = social_at(w, slot);
    for (uint32_t n; (n = asking_count(s)) > count;)
        asking_remove(w, slot, &s->extra->asked[n - 1]);
}

void asking_drop(struct world *w, uint32_t slot) { cut_back(w, slot, 0); }

/* Begins */

static kith_err make_room(struct world *w, uint32_t slot, kith_slice ids)
{
    struct social *s = social_at(w, slot);
    uint32_t fresh = 0;
    for (kith_slice id; ids_next(&ids, &id);)
        fresh += !asking_find(w, slot, id);
    if (asking_count(s) + fresh > ASKED_MAX) return KITH_FULL;
    if (fresh == 0) return KITH_OK;
    struct social_extra *x = social_extra(s);
    if (!x) return KITH_NOMEM;
    struct asked *asked = realloc(x->asked, (x->asked_count + fresh) * sizeof *asked);
    if (!asked) {
        social_extra_tidy(s);
        return KITH_NOMEM;
    }
    x->asked = asked;
    return KITH_OK;
}

/* What it sees of one whom it has not asked for it sees by an edge. */
static kith_err add(struct world *w, uint32_t slot, kith_slice id)
{
    struct social_extra *x = social_at(w, slot)->extra;
    struct asked *a = &x->asked[x->asked_count];
    struct shade shade;
    *a = (struct asked){.by_edge = watching_has(w, slot, id),
                        .has_shade = watching_has(w, slot, shade_of(&shade, id))};
    kith_err e = pubsub_subscribe(w->asking, id, slot, &a->topic);
    if (!e) x->asked_count++;
    return e;
}

static kith_err begin(struct world *w, uint32_t slot, kith_slice ids)
{
    uint32_t before = asking_count(social_at(w, slot));
    kith_slice rest = ids;
    kith_err e = make_room(w, slot, ids);
    for (kith_slice id; !e && ids_next(&rest, &id);)
        if (!asking_find(w, slot, id)) e = add(w, slot, id);
    if (e) {
        cut_back(w, slot, before);
        social_extra_tidy(social_at(w, slot));
        return e;
    }
    for (kith_slice id; ids_next(&ids, &id);)
        asking_find(w, slot, id)->ending = false;
    return KITH_OK;
}

/* Ends */

/* Under its id whom it sees, under its shade whom it asks for in vain. */
static void put_asked(const struct world *w, uint32_t slot, kith_slice ids, struct buf *out)
{
    for (kith_slice id; ids_next(&ids, &id);)
        if (asking_find(w, slot, id)) (watching_has(w, slot, id) ? ids_put : shade_put)(out, id);
}

/* Until its home has said so it stays in its place, seen or not: diffs of one who is seen go on,
 * and whether another fits tells nothing. */
static void end(struct world *w, uint32_t slot, kith_slice ids)
{
    for (kith_slice id; ids_next(&ids, &id);) {
        struct asked *a = asking_find(w, slot, id);
        if (a) a->ending = true;
    }
}

static void put_new_first(const struct world *w, uint32_t slot, kith_slice ids, struct buf *out,
                          size_t *new_bytes)
{
    for (int old = 0; old < 2; old++) {
        kith_slice rest = ids;
        for (kith_slice id; ids_next(&rest, &id);)
            if ((asking_find(w, slot, id) != NULL) == old) ids_put(out, id);
        if (!old) *new_bytes = out->len;
    }
}

/* The question to the store. NULL: out of memory. */
static struct mail *ask_mail(const struct world *w, uint32_t slot, const struct social_ask *a)
{
    struct buf ids = {0};
    size_t new_bytes = 0;
    if (a->on)
        put_new_first(w, slot, a->ids, &ids, &new_bytes);
    else
        put_asked(w, slot, a->ids, &ids);
    struct mail *m =
        ids.failed ? NULL
                   : mail_new(MAIL_ASK, social_user(social_at(w, slot)), buf_slice(&ids), a->ref);
    buf_fini(&ids);
    if (!m) return NULL;
    m->handle = clients_handle(w->clients, slot);
    m->serial = a->channel;
    m->asks = a->on;
    m->new_bytes = new_bytes;
    return m;
}

kith_err asking_change(struct world *w, uint32_t slot, const struct social_ask *a)
{
    const struct social *s = social_at(w, slot);
    if (!s || !s->watched_known) return KITH_NONE;
    struct mail *m = ask_mail(w, slot, a);
    if (!m) return KITH_NOMEM;
    kith_err e = a->on ? begin(w, slot, a->ids) : KITH_OK;
    if (e) {
        mail_free(m);
        return e;
    }
    if (!a->on) end(w, slot, a->ids);
    world_want(w, m);
    return KITH_OK;
}

void asking_refused(struct world *w, uint64_t handle, kith_slice ids)
{
    uint32_t slot;
    if (!clients_find(w->clients, handle, &slot)) return;
    for (kith_slice id; ids_next(&ids, &id);) {
        struct asked *a = asking_find(w, slot, id);
        if (a) asking_remove(w, slot, a);
    }
}

struct mail *asking_askers(const struct world *w, kith_slice user, uint32_t serial)
{
    topic_id topic = pubsub_find(w->asking, user);
    struct buf ids = {0}, sorted = {0};
    uint32_t slot;
    if (topic == TOPIC_NONE) return NULL;
    for (struct pubsub_walk walk = {0}; pubsub_next(w->asking, topic, &walk, &slot);)
        if (!watching_has(w, slot, user) && asking_goes_on(w, slot, user))
            ids_put(&ids, social_user(social_at(w, slot)));
    bool any = ids.len && !ids.failed && ids_put_sorted(&sorted, buf_slice(&ids)) == KITH_OK;
    struct mail *m = any ? mail_new(MAIL_ASKERS, user, buf_slice(&sorted), (kith_slice){0}) : NULL;
    if (m) m->serial = serial;
    buf_fini(&ids);
    buf_fini(&sorted);
    return m;
}
