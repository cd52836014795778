/* io/reading.c -- whose edges are read from the application's own tables, and when.
 *
 *     join ----> [joins] --.                            the same as before: the join is answered
 *     notice --> [hints] ---> a reader --> what it read <
 *     sweep ---> [sweep] --'                            else a change of the rules, then the answer
 *
 * Only what is read for a user changes whom that user watches, so that two users' readings never
 * disagree. Where two are under way for one user, here or on two nodes, the store says so
 * (KITH_LATER), and it is read again. */
#include "io/reading.h"

#include "base/assert.h"
#include "base/ids.h"
#include "base/limits.h"
#include "io/log.h"
#include "io/reading_state.h"
#include "io/system.h"
#include "io/tables.h"
#include "shard/world.h"

#include <stdlib.h>

#define MARGIN_MS  500  /* a reader that is slow says so by then */
#define STILL_MS   1000 /* readers that were told something so lately are told more */
#define RELEASE_MS 100  /* while somebody waits it is looked for who does so for too long */

kith_err reading_new(const struct reading_options *o, const struct siphash_key *key,
                     struct reading **out)
{
    struct reading *r = calloc(1, sizeof *r);
    if (!r) return KITH_NOMEM;
    r->o = *o;
    r->wants = wants_new(key);
    r->fresh = fresh_new(o->tables->cache_ms, key);
    r->stats.deaf = o->tables->channel != NULL; /* until somebody says that it listens */
    uint64_t now_ms = system_now().mono_ms;
    r->sweep.due_ms = now_ms + o->sweep_ms;
    r->presumed = o->tables->lost;
    if (r->presumed) r->stats.lost_ms = r->probe_ms = now_ms; /* and looked for at once */
    kith_err e = r->wants && r->fresh ? tables_start(o->tables, o->box, &r->tables) : KITH_NOMEM;
    if (e)
        reading_free(r);
    else
        *out = r;
    return e;
}

void reading_free(struct reading *r)
{
    if (!r) return;
    tables_stop(r->tables);
    wants_free(r->wants);
    fresh_free(r->fresh);
    mail_queue_fini(&r->read);
    mail_queue_fini(&r->ready);
    free(r);
}

/* Joins */

void reading_answer(struct reading *r, struct mail_queue *joins, bool known)
{
    for (struct mail *m; (m = mail_take(joins));) {
        m->known = known;
        mail_append(&r->ready, m);
    }
}

struct mail *reading_next(struct reading *r) { return mail_take(&r->ready); }

static void answer_known(struct reading *r, struct mail *m)
{
    struct mail_queue one = {0};
    mail_append(&one, m);
    reading_answer(r, &one, true);
}

/* What is read could not be kept. */
static bool store_is_lost(const struct reading *r) { return store_reach(r->o.store) == STORE_LOST; }

/* One who was erased since is read anew. */
static bool is_fresh(struct reading *r, kith_slice user)
{
    uint64_t version;
    return fresh_has(r->fresh, user, system_now().mono_ms) &&
           store_read_version(r->o.store, user, &version) == KITH_OK && version > 0;
}

void reading_want(struct reading *r, struct mail *m)
{
    if (is_fresh(r, mail_a(m))) {
        mail_append(&r->ready, m);
        return;
    }
    bool in_vain = reading_is_lost(r) || store_is_lost(r);
    struct want *w = in_vain ? NULL : wants_of(r->wants, mail_a(m));
    if (!w) {
        answer_known(r, m);
    } else if (w->line == WANTS_NOWHERE && w->reading) {
        mail_append(&w->late, m);
    } else {
        if (!w->joins.first) w->since_ms = system_now().mono_ms;
        mail_append(&w->joins, m);
        w->reading = r;
        if (w->line != WANTS_JOINS) wants_stand(r->wants, w, WANTS_JOINS);
    }
}

bool reading_put(struct reading *r, kith_slice user, enum wants_line line)
{
    struct want *w = wants_of(r->wants, user);
    if (!w) return false;
    if (w->line == WANTS_NOWHERE && w->reading) {
        w->again |= line == WANTS_HINTS;
        return true;
    }
    w->reading = r;
    if (line < (enum wants_line)w->line) wants_stand(r->wants, w, line);
    return true;
}

/* It is read, or will not be now; what has come since is read for anew. */
static void finish(struct reading *r, struct want *w, bool known)
{
    if (!known && !w->again) fresh_put(r->fresh, want_user(w), system_now().mono_ms);
    reading_answer(r, &w->joins, known);
    if (reading_is_lost(r)) reading_answer(r, &w->late, true);
    if (w->late.first) {
        w->joins = w->late;
        w->late = (struct mail_queue){0};
        w->since_ms = system_now().mono_ms;
        wants_stand(r->wants, w, WANTS_JOINS);
    } else if (w->again && !reading_is_lost(r)) {
        wants_stand(r->wants, w, WANTS_HINTS);
    } else {
        wants_drop(r->wants, w);
        return;
    }
    w->again = false;
}

/* It is read when there is a store again. */
static void put_off(struct reading *r, struct want *w)
{
    reading_answer(r, &w->joins, true);
    reading_answer(r, &w->late, true);
    w->again = false;
    wants_stand(r->wants, w, WANTS_HINTS);
}

/* The store would not. Where it is full, or damaged, a sweep tries again. */
static void give_up(struct reading *r, struct want *w)
{
    if (store_is_lost(r)) {
        put_off(r, w);
        return;
    }
    reading_say_cannot(r, want_user(w), slice_str(store_error(r->o.store)));
    finish(r, w, true);
}

/* What was read */

static void take_read(struct reading *r, struct mail *m)
{
    struct reader *reader = &r->readers[m->from];
    struct want *w = reader->want;
    *reader = (struct reader){0};
    if (r->presumed ? w && m->failed : m->lost)
        reading_lost(r, mail_c(m));
    else if (!m->failed)
        reading_back(r);
    else if (w)
        r->probe = true; /* it may be of this user alone, or the first of many */
    if (!m->failed) r->answered_ms = system_now().mono_ms;
    if (w && !m->failed) {
        mail_append(&r->read, m);
        return;
    }
    if (w && !m->lost) reading_say_cannot(r, want_user(w), mail_c(m));
    if (w) finish(r, w, true);
    mail_free(m);
}

bool reading_has_read(const struct reading *r)
{
    return r->read.first && ruling_has_room(r->o.ruling);
}

static void made(void *arg, kith_err e)
{
    struct want *w = arg;
    struct reading *r = w->reading;
    if (e == KITH_OK) {
        finish(r, w, false);
        return;
    }
    if (e != KITH_LATER) {
        give_up(r, w);
        return;
    }
    if (!w->joins.first) w->since_ms = system_now().mono_ms;
    for (struct mail *m; (m = mail_take(&w->late));)
        mail_append(&w->joins, m);
    wants_stand(r->wants, w, w->joins.first ? WANTS_JOINS : WANTS_HINTS);
}

static kith_err make_change(struct reading *r, struct want *w, kith_slice ids)
{
    struct rule rule = {.kind = RULE_READ, .user = want_user(w), .ids = ids, .read = w->version};
    struct mail *m = rule_mail(&rule, (kith_slice){0});
    if (!m) return KITH_NOMEM;
    m->done = (uint64_t)(uintptr_t)made;
    m->done_arg = (uint64_t)(uintptr_t)w;
    kith_err e = ruling_make(r->o.ruling, m);
    KITH_ASSERT(e == KITH_OK); /* there was room */
    r->stats.changes++;
    return e;
}

/* Whether it is what the store holds; of a user who has never been read that is to be written, too.
 */
static kith_err is_news(struct reading *r, const struct want *w, kith_slice ids, bool *out)
{
    struct buf had = {0};
    kith_err e = store_watched(r->o.store, want_user(w), &had);
    *out = w->version == 0 || !slice_eq(buf_slice(&had), ids);
    buf_fini(&had);
    return e;
}

static void make_one(struct reading *r, const struct mail *m)
{
    struct want *w = wants_of(r->wants, mail_a(m));
    bool news = false;
    KITH_ASSERT(w && w->line == WANTS_NOWHERE);
    if (m->cut) reading_say_cut(r, want_user(w));
    kith_err e = is_news(r, w, mail_b(m), &news);
    if (!e && news) e = make_change(r, w, mail_b(m));
    if (e)
        give_up(r, w);
    else if (!news)
        finish(r, w, false);
}

void reading_make(struct reading *r)
{
    struct mail *m = mail_take(&r->read);
    make_one(r, m);
    mail_free(m);
}

/* Mail */

void reading_receive(struct reading *r, struct mail *m)
{
    switch ((enum mail_type)m->type) {
    case MAIL_READ: take_read(r, m); break;
    case MAIL_HINT: reading_take_hint(r, m); break;
    case MAIL_HERE: reading_take_here(r, m); break;
    default: mail_free(m);
    }
}

/* Readers */

int reading_idle(const struct reading *r)
{
    for (unsigned i = 0; i < r->o.tables->connections; i++)
        if (!r->readers[i].busy) return (int)i;
    return -1;
}

static unsigned count_readers(const struct reading *r, enum wants_line line)
{
    unsigned count = 0;
    for (unsigned i = 0; i < r->o.tables->connections; i++)
        count += r->readers[i].busy && r->readers[i].line == line;
    return count;
}

/* Who waits comes first, and one reader is kept for them; of a sweep one is read at a time. */
static struct want *next_want(const struct reading *r)
{
    struct want *w = wants_first(r->wants, WANTS_JOINS);
    unsigned sweeps = count_readers(r, WANTS_SWEEP), hints = count_readers(r, WANTS_HINTS);
    if (w) return w;
    if (sweeps + hints && sweeps + hints + 1 >= r->o.tables->connections) return NULL;
    w = wants_first(r->wants, WANTS_HINTS);
    return w || sweeps ? w : wants_first(r->wants, WANTS_SWEEP);
}

bool reading_give(struct reading *r, int reader, kith_slice user)
{
    struct mail *m = mail_new(MAIL_READ, user, (kith_slice){0}, (kith_slice){0});
    if (!m) return false;
    r->readers[reader].busy = true;
    tables_read(r->tables, (unsigned)reader, m);
    return true;
}

static void begin_read(struct reading *r, int reader, struct want *w)
{
    enum wants_line line = (enum wants_line)w->line;
    uint64_t version = 0;
    wants_stand(r->wants, w, WANTS_NOWHERE);
    kith_err e = store_read_version(r->o.store, want_user(w), &version);
    w->version = (uint32_t)version;
    /* Nobody waits, and it has never been read: it is here no more, and may have been erased. */
    bool gone = version == 0 && !w->joins.first;
    if (e) {
        give_up(r, w);
        return;
    }
    if (gone || !reading_give(r, reader, want_user(w))) {
        finish(r, w, true);
        return;
    }
    r->readers[reader].want = w;
    r->readers[reader].line = line;
    r->stats.reads++;
}

/* For as long as a reader may take; while readers are told something, for almost as long as its
 * shard waits. */
static bool waits_too_long(const struct reading *r, const struct want *w, uint64_t now_ms)
{
    bool told = now_ms < r->answered_ms + STILL_MS;
    uint32_t most_ms = told ? JOIN_WAIT_MS - STILL_MS : r->o.tables->call_ms + MARGIN_MS;
    return now_ms >= w->since_ms + most_ms;
}

/* Joins that have waited for too long are told what is known. */
static void release(struct reading *r, uint64_t now_ms)
{
    struct want *w;
    bool any = false;
    while ((w = wants_first(r->wants, WANTS_JOINS)) && waits_too_long(r, w, now_ms)) {
        reading_answer(r, &w->joins, true);
        wants_stand(r->wants, w, WANTS_HINTS);
    }
    for (unsigned i = 0; i < r->o.tables->connections; i++) {
        struct want *one = r->readers[i].want;
        if (!one || !one->joins.first) continue;
        any = true;
        if (waits_too_long(r, one, now_ms)) reading_answer(r, &one->joins, true);
    }
    for (int line = 0; line < WANTS_LINES; line++)
        any = any || wants_first(r->wants, (enum wants_line)line);
    r->release_ms = any ? now_ms + RELEASE_MS : UINT64_MAX;
}

static bool may_read(const struct reading *r) { return !reading_is_lost(r) && !store_is_lost(r); }

void reading_go_on(struct reading *r)
{
    uint64_t now_ms = system_now().mono_ms;
    int reader;
    reading_look(r, now_ms);
    reading_tell(r, now_ms);
    if (!reading_is_lost(r)) sweep_go_on(r, now_ms);
    for (struct want *w; may_read(r) && (reader = reading_idle(r)) >= 0 && (w = next_want(r));)
        begin_read(r, reader, w);
    for (struct want *w; store_is_lost(r) && (w = wants_first(r->wants, WANTS_JOINS));)
        put_off(r, w);
    release(r, now_ms);
}

static uint64_t earlier_ms(uint64_t a, uint64_t b) { return a < b ? a : b; }

int reading_due_ms(const struct reading *r)
{
    uint64_t now_ms = system_now().mono_ms, due = reading_is_lost(r) ? UINT64_MAX : sweep_due(r);
    if (r->stats.lost_ms || r->probe) due = earlier_ms(due, r->probe_ms);
    due = earlier_ms(due, earlier_ms(r->release_ms, reading_tell_due(r)));
    if (due <= now_ms) return 1;
    return due - now_ms > 60000 ? 60000 : (int)(due - now_ms);
}
