/* io/sqlite_events.c -- the log of events, and the sessions that it has told of. */
#include "base/ids.h"
#include "io/sqlite.h"

/* One row's number, `none` where there is no row, or it holds NULL. */
static kith_err number(sqlite3_stmt *st, uint64_t none, uint64_t *out)
{
    int rc = sqlite3_step(st);
    *out = none;
    if (rc == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
        *out = (uint64_t)sqlite3_column_int64(st, 0);
    (void)sqlite3_reset(st);
    return sqlite_err(rc);
}

/* Steps a statement whose one value it is. */
static kith_err set_number(struct store *s, enum sqlite_which which, uint64_t n)
{
    sqlite3_stmt *st = sqlite_statement(s, which);
    (void)sqlite3_bind_int64(st, 1, (int64_t)n);
    return sqlite_run(st);
}

/* One process has the file. */
kith_err sqlite_lead_delivery(struct store *s, uint32_t lease_ms, bool *mine, uint64_t *delivered)
{
    *mine = lease_ms > 0;
    return number(sqlite_statement(s, STORE_DELIVERED), 0, delivered);
}

kith_err sqlite_set_delivered(struct store *s, uint64_t n)
{
    return set_number(s, STORE_SET_DELIVERED, n);
}

kith_err sqlite_events_range(struct store *s, uint64_t *forgotten, uint64_t *latest)
{
    kith_err e = number(sqlite_statement(s, STORE_FORGOTTEN_EVENT), 0, forgotten);
    return e ? e : number(sqlite_statement(s, STORE_LATEST_EVENT), 0, latest);
}

kith_err sqlite_count_events(struct store *s, uint64_t after, uint64_t up_to, uint64_t *count)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_COUNT_EVENTS);
    (void)sqlite3_bind_int64(st, 1, (int64_t)after);
    (void)sqlite3_bind_int64(st, 2, (int64_t)up_to);
    return number(st, 0, count);
}

kith_err sqlite_was_given(struct store *s, uint64_t id, bool *given)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_WAS_GIVEN);
    uint64_t n;
    (void)sqlite3_bind_int64(st, 1, (int64_t)id);
    kith_err e = number(st, 0, &n);
    *given = n > 0;
    return e;
}

/* How the log grows in a transaction: behind what was there, or from where this server began. */
struct growth {
    uint64_t before, began, at;
};

static kith_err begin_log(struct store *s, struct growth *g)
{
    kith_err e = number(sqlite_statement(s, STORE_LATEST_EVENT), 0, &g->before);
    if (!e) e = number(sqlite_statement(s, STORE_BEGAN_AT), 0, &g->began);
    if (!e && g->began < g->before) g->began = g->before;
    g->at = g->began;
    return e;
}

static kith_err jump(struct store *s, const struct growth *g)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_JUMP);
    (void)sqlite3_bind_int64(st, 1, (int64_t)g->began);
    (void)sqlite3_bind_int64(st, 2, (int64_t)g->before);
    return sqlite_run(st);
}

/* Only with an event: so there are not more jumps than events. */
static kith_err end_log(struct store *s, const struct growth *g, uint64_t *logged)
{
    kith_err e = KITH_OK;
    *logged = 0;
    if (g->at == g->began) return e;
    if (g->began > g->before) e = jump(s, g);
    if (!e) e = set_number(s, STORE_SET_LATEST_EVENT, g->at);
    if (!e) *logged = g->at - g->began;
    return e;
}

/* Sessions that were told of */

/* KITH_NONE: it was not. */
static kith_err find(struct store *s, kith_slice ref)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_FIND_PRESENT);
    sqlite_bind(st, 1, ref);
    int rc = sqlite3_step(st);
    (void)sqlite3_reset(st);
    return rc == SQLITE_DONE ? KITH_NONE : sqlite_err(rc);
}

static kith_err drop(struct store *s, kith_slice ref)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_DROP_PRESENT);
    sqlite_bind(st, 1, ref);
    return sqlite_run(st);
}

static kith_err put(struct store *s, kith_slice ref, kith_slice user, uint64_t run)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_PUT_PRESENT);
    sqlite_bind(st, 1, ref);
    sqlite_bind(st, 2, user);
    (void)sqlite3_bind_int64(st, 3, (int64_t)run);
    return sqlite_run(st);
}

static kith_err count(struct store *s, kith_slice user, uint64_t *out)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_COUNT_PRESENT);
    sqlite_bind(st, 1, user);
    return number(st, 0, out);
}

/* Events */

static kith_err add(struct store *s, const struct event *e)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_ADD_EVENT);
    (void)sqlite3_bind_int64(st, 1, (int64_t)e->id);
    (void)sqlite3_bind_int64(st, 2, (int64_t)e->at_ms);
    sqlite_bind(st, 3, e->user);
    (void)sqlite3_bind_int(st, 4, (int)e->kind);
    (void)sqlite3_bind_int(st, 5, e->hidden);
    sqlite_bind(st, 6, e->old);
    sqlite_bind(st, 7, e->now);
    return sqlite_run(st);
}

static kith_err add_of(struct store *s, const struct session_change *c, enum event_kind kind,
                       uint64_t *latest)
{
    bool hides = false;
    kith_err e = c->hidden ? KITH_OK : store_hides(s, c->user, &hides);
    if (e) return e;
    return add(s, &(struct event){.id = ++*latest,
                                  .kind = kind,
                                  .user = c->user,
                                  .at_ms = c->at_ms,
                                  .hidden = c->hidden || hides,
                                  .old = c->old,
                                  .now = c->now});
}

static kith_err log_left(struct store *s, const struct session_change *c, uint64_t *latest)
{
    uint64_t others;
    kith_err e = find(s, c->old_ref);
    if (e) return e == KITH_NONE ? KITH_OK : e;
    e = drop(s, c->old_ref);
    if (!e) e = count(s, c->user, &others);
    return e ? e : add_of(s, c, others ? EVENT_STATUS : EVENT_OFFLINE, latest);
}

/* One that is known under its new ref has been told of; under its old one it is the same session.
 */
static kith_err log_there(struct store *s, const struct session_change *c, uint64_t run,
                          uint64_t *latest)
{
    uint64_t others = 1;
    kith_err told = find(s, c->now_ref);
    kith_err was = c->old_ref.len ? find(s, c->old_ref) : KITH_NONE;
    if (told && told != KITH_NONE) return told;
    if (was && was != KITH_NONE) return was;
    kith_err e = was ? count(s, c->user, &others) : drop(s, c->old_ref);
    if (!e) e = put(s, c->now_ref, c->user, run);
    if (e || !told) return e;
    return add_of(s, c, was && !others ? EVENT_ONLINE : EVENT_STATUS, latest);
}

/* A commit that fails has changed nothing, so that no batch comes twice. */
kith_err sqlite_log_sessions(struct store *s, const struct session_batch *b, uint64_t *logged)
{
    struct growth g = {0};
    kith_err e = begin_log(s, &g);
    for (uint32_t i = 0; !e && i < b->count; i++) {
        const struct session_change *c = &b->changes[i];
        e = c->now_ref.len ? log_there(s, c, b->run, &g.at) : log_left(s, c, &g.at);
    }
    *logged = 0;
    return e ? e : end_log(s, &g, logged);
}

/* Ends */

static kith_err end_one(struct store *s, kith_slice user, kith_slice ref,
                        const struct ended_runs *r, uint64_t *latest)
{
    struct buf old = {0};
    buf_printf(&old, "{\"phx_ref\":\"%.*s\"}", (int)ref.len, (const char *)ref.ptr);
    struct session_change c = {
        .user = user, .old_ref = ref, .old = buf_slice(&old), .at_ms = r->at_ms};
    kith_err e = old.failed ? KITH_NOMEM : log_left(s, &c, latest);
    buf_fini(&old);
    return e;
}

/* Of a page, those that have ended: as ids, a user and its ref in turn. */
static kith_err read_page(struct store *s, const struct ended_runs *r, struct buf *after,
                          struct buf *ended)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_NEXT_PRESENT);
    struct buf last = {0};
    uint32_t rows = 0;
    int rc;
    sqlite_bind(st, 1, buf_slice(after));
    (void)sqlite3_bind_int64(st, 2, r->max);
    for (; (rc = sqlite3_step(st)) == SQLITE_ROW; rows++) {
        buf_clear(&last);
        buf_put(&last, sqlite_column(st, 0));
        if ((uint64_t)sqlite3_column_int64(st, 2) >= r->before) continue;
        if (!is_id(sqlite_column(st, 1)) || last.len > REF_BYTES) continue;
        ids_put(ended, sqlite_column(st, 1));
        ids_put(ended, sqlite_column(st, 0));
    }
    (void)sqlite3_reset(st);
    buf_clear(after);
    if (rows == r->max) buf_put(after, buf_slice(&last));
    bool good = !last.failed && !after->failed && !ended->failed;
    buf_fini(&last);
    return rc == SQLITE_DONE && !good ? KITH_NOMEM : sqlite_err(rc);
}

kith_err sqlite_end_runs(struct store *s, const struct ended_runs *r, struct buf *after,
                         uint64_t *logged)
{
    struct buf ended = {0};
    kith_slice user, ref;
    struct growth g = {0};
    kith_err e = begin_log(s, &g);
    *logged = 0;
    if (!e) e = read_page(s, r, after, &ended);
    for (kith_slice rest = buf_slice(&ended);
         !e && ids_next(&rest, &user) && ids_next(&rest, &ref);)
        e = end_one(s, user, ref, r, &g.at);
    if (!e) e = end_log(s, &g, logged);
    buf_fini(&ended);
    return e;
}

/* One process has the file, and no other node is there. */
kith_err sqlite_keep_run(struct store *s, uint64_t run, bool *ended, uint64_t *stale)
{
    (void)s;
    (void)run;
    *ended = false;
    *stale = 0;
    return KITH_OK;
}

/* Reading and forgetting */

static struct event read_event(sqlite3_stmt *st)
{
    return (struct event){.id = (uint64_t)sqlite3_column_int64(st, 0),
                          .at_ms = (uint64_t)sqlite3_column_int64(st, 1),
                          .user = sqlite_column(st, 2),
                          .kind = (enum event_kind)sqlite3_column_int(st, 3),
                          .hidden = sqlite3_column_int(st, 4),
                          .old = sqlite_column(st, 5),
                          .now = sqlite_column(st, 6)};
}

kith_err sqlite_events_after(struct store *s, uint64_t after, uint32_t max, store_event each,
                             void *ctx)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_EVENTS_AFTER);
    kith_err e = KITH_OK;
    int rc = SQLITE_DONE;
    (void)sqlite3_bind_int64(st, 1, (int64_t)after);
    (void)sqlite3_bind_int64(st, 2, max);
    while (!e && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct event event = read_event(st);
        if (is_id(event.user)) e = each(ctx, &event);
    }
    (void)sqlite3_reset(st);
    return e ? e : sqlite_err(rc);
}

kith_err sqlite_forget_events(struct store *s, const struct old_events *o, uint32_t *count,
                              uint64_t *up_to)
{
    sqlite3_stmt *st = sqlite_statement(s, STORE_LAST_OLD_EVENT);
    *count = 0;
    (void)sqlite3_bind_int64(st, 1, (int64_t)o->before_ms);
    (void)sqlite3_bind_int64(st, 2, (int64_t)o->keep);
    (void)sqlite3_bind_int64(st, 3, o->max);
    kith_err e = number(st, 0, up_to);
    if (e || !*up_to) return e;
    e = set_number(s, STORE_DROP_EVENTS, *up_to);
    if (!e) *count = (uint32_t)sqlite3_changes(sqlite_db(s));
    if (!e) e = set_number(s, STORE_DROP_JUMPS, *up_to);
    return e ? e : set_number(s, STORE_SET_FORGOTTEN_EVENT, *up_to);
}
