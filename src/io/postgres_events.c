/* io/postgres_events.c -- the log of events, on the server, where all nodes write it; what is done
 * of a batch is functions there (postgres_schema.c). */
#include "io/postgres.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert(EVENT_ONLINE == 0 && EVENT_OFFLINE == 1 && EVENT_STATUS == 2, "as log_session says");
_Static_assert(VISIBILITY_NOBODY == 2 && VISIBILITY_ONLY == 3, "likewise");

static kith_slice own_name(struct store *s) { return slice_str(postgres_of(s)->node); }

/* A batch as arrays, a column each. */
enum column { NAMES, WAS, IS, OLD, NOW, AT_MS, HIDDEN, COLUMNS };

static void put_row(struct buf columns[COLUMNS], const struct session_change *c)
{
    char at_ms[24];
    (void)snprintf(at_ms, sizeof at_ms, "%" PRIu64, c->at_ms);
    postgres_array_put(&columns[NAMES], c->user);
    postgres_array_put(&columns[WAS], c->old_ref);
    postgres_array_put(&columns[IS], c->now_ref);
    postgres_array_put(&columns[OLD], c->old);
    postgres_array_put(&columns[NOW], c->now);
    postgres_array_put(&columns[AT_MS], slice_str(at_ms));
    postgres_array_put(&columns[HIDDEN], c->hidden ? KITH_LIT("h") : (kith_slice){0});
}

static bool put_rows(struct buf columns[COLUMNS], const struct session_batch *b)
{
    bool good = true;
    for (int i = 0; i < COLUMNS; i++)
        postgres_array_begin(&columns[i]);
    for (uint32_t i = 0; i < b->count; i++)
        put_row(columns, &b->changes[i]);
    for (int i = 0; i < COLUMNS; i++) {
        postgres_array_end(&columns[i], b->count);
        good = good && !columns[i].failed;
    }
    return good;
}

kith_err postgres_log_sessions(struct store *s, const struct session_batch *b, uint64_t *logged)
{
    struct buf columns[COLUMNS] = {{0}};
    struct values v = {0};
    int64_t n = 0;
    bool good = put_rows(columns, b);
    put_bytes(&v, own_name(s));
    put_number(&v, (int64_t)b->run);
    put_number(&v, (int64_t)b->number);
    for (int i = 0; i < COLUMNS; i++)
        put_bytes(&v, buf_slice(&columns[i]));
    kith_err e = good ? postgres_number(s, POSTGRES_LOG_SESSIONS, &v, &n) : KITH_NOMEM;
    *logged = (uint64_t)n;
    for (int i = 0; i < COLUMNS; i++)
        buf_fini(&columns[i]);
    return e;
}

_Static_assert(STORE_RUN_BITS == 24, "as end_node says");

kith_err postgres_end_runs(struct store *s, const struct ended_runs *r, struct buf *after,
                           uint64_t *logged)
{
    struct values v = {0};
    PGresult *answer;
    if (r->of)
        put_number(&v, (int64_t)r->of);
    else
        put_bytes(&v, own_name(s)), put_number(&v, (int64_t)r->before);
    put_number(&v, (int64_t)r->at_ms);
    put_bytes(&v, buf_slice(after));
    put_number(&v, r->max);
    kith_err e = postgres_ask(s, r->of ? POSTGRES_END_NODE : POSTGRES_END_RUNS, &v, &answer);
    if (!e && PQntuples(answer) == 0) e = KITH_BAD;
    *logged = e ? 0 : (uint64_t)get_number(answer, 0, 1);
    if (!e) {
        buf_clear(after);
        buf_put(after, get_bytes(answer, 0, 0));
        if (after->failed) e = KITH_NOMEM;
    }
    PQclear(answer);
    return e;
}

static struct event event_at(const PGresult *r, int row)
{
    return (struct event){.id = (uint64_t)get_number(r, row, 0),
                          .at_ms = (uint64_t)get_number(r, row, 1),
                          .user = get_bytes(r, row, 2),
                          .kind = (enum event_kind)get_number(r, row, 3),
                          .hidden = get_number(r, row, 4) != 0,
                          .old = get_bytes(r, row, 5),
                          .now = get_bytes(r, row, 6)};
}

kith_err postgres_events_after(struct store *s, uint64_t after, uint32_t max, store_event each,
                               void *ctx)
{
    struct values v = {0};
    PGresult *r;
    put_number(&v, (int64_t)after);
    put_number(&v, max);
    kith_err e = postgres_ask(s, POSTGRES_EVENTS_AFTER, &v, &r);
    for (int i = 0; !e && i < PQntuples(r); i++) {
        struct event event = event_at(r, i);
        if (is_id(event.user)) e = each(ctx, &event);
    }
    PQclear(r);
    return e;
}

/* Two numbers in one row. */
static kith_err pair(struct store *s, enum postgres_which which, const struct values *v,
                     uint64_t *first, uint64_t *second)
{
    PGresult *r;
    kith_err e = postgres_ask(s, which, v, &r);
    if (!e && PQntuples(r) == 0) e = KITH_BAD;
    *first = e ? 0 : (uint64_t)get_number(r, 0, 0);
    *second = e ? 0 : (uint64_t)get_number(r, 0, 1);
    PQclear(r);
    return e;
}

kith_err postgres_keep_run(struct store *s, uint64_t run, bool *ended, uint64_t *stale)
{
    struct values v = {0};
    uint64_t n;
    put_bytes(&v, own_name(s));
    put_number(&v, (int64_t)run);
    put_number(&v, STORE_STALE_S);
    kith_err e = pair(s, POSTGRES_KEEP_RUN, &v, &n, stale);
    *ended = n > 0;
    return e;
}

kith_err postgres_events_range(struct store *s, uint64_t *forgotten, uint64_t *latest)
{
    return pair(s, POSTGRES_EVENTS_RANGE, &(struct values){0}, forgotten, latest);
}

kith_err postgres_count_events(struct store *s, uint64_t after, uint64_t up_to, uint64_t *count)
{
    struct values v = {0};
    int64_t n = 0;
    put_number(&v, (int64_t)after);
    put_number(&v, (int64_t)up_to);
    kith_err e = postgres_number(s, POSTGRES_COUNT_EVENTS, &v, &n);
    *count = (uint64_t)n;
    return e;
}

kith_err postgres_was_given(struct store *s, uint64_t id, bool *given)
{
    struct values v = {0};
    int64_t n = 0;
    put_number(&v, (int64_t)id);
    kith_err e = postgres_number(s, POSTGRES_WAS_GIVEN, &v, &n);
    *given = n > 0;
    return e;
}

kith_err postgres_forget_events(struct store *s, const struct old_events *o, uint32_t *count,
                                uint64_t *up_to)
{
    struct values v = {0};
    uint64_t n;
    put_number(&v, (int64_t)o->before_ms);
    put_number(&v, (int64_t)o->keep);
    put_number(&v, o->max);
    kith_err e = pair(s, POSTGRES_FORGET_EVENTS, &v, &n, up_to);
    *count = (uint32_t)n;
    return e;
}

kith_err postgres_lead_delivery(struct store *s, uint32_t lease_ms, bool *mine, uint64_t *delivered)
{
    struct values v = {0};
    uint64_t leads = 0;
    put_bytes(&v, own_name(s));
    put_number(&v, lease_ms);
    kith_err e = pair(s, POSTGRES_LEAD_DELIVERY, &v, &leads, delivered);
    *mine = leads > 0;
    return e;
}

kith_err postgres_set_delivered(struct store *s, uint64_t number)
{
    struct values v = {0};
    put_number(&v, (int64_t)number);
    return postgres_do(s, POSTGRES_SET_DELIVERED, &v, NULL);
}
