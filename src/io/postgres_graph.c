/* io/postgres_graph.c -- who watches whom, on the server. */
#include "io/postgres.h"

#include "base/ids.h"

static void put_pair(struct values *v, kith_slice a, kith_slice b)
{
    put_bytes(v, a);
    put_bytes(v, b);
}

static kith_err change_pair(struct store *s, enum postgres_which which, kith_slice a, kith_slice b,
                            bool *changed)
{
    struct values v = {0};
    uint64_t rows;
    put_pair(&v, a, b);
    kith_err e = postgres_do(s, which, &v, &rows);
    if (!e) *changed = rows > 0;
    return e;
}

kith_err postgres_add_watch(struct store *s, kith_slice watcher, kith_slice watched, bool *added)
{
    if (!is_id(watcher) || !is_id(watched)) return KITH_BAD;
    return change_pair(s, POSTGRES_ADD_WATCH, watcher, watched, added);
}

kith_err postgres_drop_watch(struct store *s, kith_slice watcher, kith_slice watched, bool *dropped)
{
    return change_pair(s, POSTGRES_DROP_WATCH, watcher, watched, dropped);
}

kith_err postgres_set_block(struct store *s, kith_slice blocker, kith_slice blocked, bool on,
                            bool *changed)
{
    if (!on) return change_pair(s, POSTGRES_DROP_BLOCK, blocker, blocked, changed);
    if (!is_id(blocker) || !is_id(blocked)) return KITH_BAD;
    return change_pair(s, POSTGRES_ADD_BLOCK, blocker, blocked, changed);
}

/* Some of the pairs, which move behind them. */
static kith_err change_some(struct store *s, enum postgres_which which, kith_slice *pairs,
                            struct buf columns[2], uint64_t *changed)
{
    struct values v = {0};
    kith_slice watcher, watched;
    uint32_t count = 0;
    uint64_t rows = 0;
    postgres_array_begin(&columns[0]);
    postgres_array_begin(&columns[1]);
    for (; count < POSTGRES_PAGE && ids_next(pairs, &watcher) && ids_next(pairs, &watched);
         count++) {
        if (!is_id(watcher) || !is_id(watched)) return KITH_BAD;
        postgres_array_put(&columns[0], watcher);
        postgres_array_put(&columns[1], watched);
    }
    postgres_array_end(&columns[0], count);
    postgres_array_end(&columns[1], count);
    if (columns[0].failed || columns[1].failed) return KITH_NOMEM;
    put_pair(&v, buf_slice(&columns[0]), buf_slice(&columns[1]));
    kith_err e = postgres_do(s, which, &v, &rows);
    *changed += rows;
    return e;
}

static kith_err change_pairs(struct store *s, enum postgres_which which, kith_slice pairs,
                             uint64_t *changed)
{
    struct buf columns[2] = {{0}, {0}};
    kith_err e = KITH_OK;
    *changed = 0;
    while (!e && pairs.len)
        e = change_some(s, which, &pairs, columns, changed);
    buf_fini(&columns[0]);
    buf_fini(&columns[1]);
    return e;
}

kith_err postgres_add_watches(struct store *s, kith_slice pairs, uint64_t *added)
{
    return change_pairs(s, POSTGRES_ADD_WATCHES, pairs, added);
}

kith_err postgres_drop_watches(struct store *s, kith_slice pairs, uint64_t *dropped)
{
    return change_pairs(s, POSTGRES_DROP_WATCHES, pairs, dropped);
}

/* All edges */

struct walk {
    struct buf watcher, watched; /* the last that was told */
    store_edge each;
    void *ctx;
};

/* A page. *more: it was full. */
static kith_err walk_on(struct store *s, struct walk *w, bool *more)
{
    struct values v = {0};
    PGresult *r;
    put_pair(&v, buf_slice(&w->watcher), buf_slice(&w->watched));
    put_number(&v, POSTGRES_PAGE);
    kith_err e = postgres_ask(s, POSTGRES_EVERY_WATCH, &v, &r);
    if (e) return e;
    int rows = PQntuples(r);
    for (int i = 0; !e && i < rows; i++)
        if (is_id(get_bytes(r, i, 0)) && is_id(get_bytes(r, i, 1)))
            e = w->each(w->ctx, get_bytes(r, i, 0), get_bytes(r, i, 1));
    *more = rows == POSTGRES_PAGE;
    if (*more) {
        buf_clear(&w->watcher);
        buf_clear(&w->watched);
        buf_put(&w->watcher, get_bytes(r, rows - 1, 0));
        buf_put(&w->watched, get_bytes(r, rows - 1, 1));
    }
    PQclear(r);
    return !e && (w->watcher.failed || w->watched.failed) ? KITH_NOMEM : e;
}

/* Pages of one moment, which only a transaction has: one of its own, unless one is open. */
kith_err postgres_each_watch(struct store *s, const struct watch *after, store_edge each, void *ctx)
{
    struct postgres *p = postgres_of(s);
    struct walk w = {.each = each, .ctx = ctx};
    bool own = !p->open, more = true;
    kith_err e = own ? postgres_say(s, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL)
                     : KITH_OK;
    if (e) return e;
    p->open = true;
    buf_put(&w.watcher, after ? after->watcher : (kith_slice){0});
    buf_put(&w.watched, after ? after->watched : (kith_slice){0});
    while (!e && more)
        e = walk_on(s, &w, &more);
    if (own) postgres_rollback(s);
    buf_fini(&w.watcher);
    buf_fini(&w.watched);
    return e;
}

static kith_err count(struct store *s, enum postgres_which which, const struct values *v,
                      uint64_t *out)
{
    int64_t n;
    kith_err e = postgres_number(s, which, v, &n);
    if (!e) *out = (uint64_t)n;
    return e;
}

kith_err postgres_count_cut(struct store *s, uint64_t *out)
{
    struct values v = {0};
    put_number(&v, WATCHES_MAX);
    return count(s, POSTGRES_COUNT_CUT, &v, out);
}

kith_err postgres_watch_is_beyond(struct store *s, kith_slice watcher, kith_slice watched,
                                  bool *out)
{
    struct values v = {0};
    uint64_t before = 0;
    put_pair(&v, watcher, watched);
    put_number(&v, WATCHES_MAX);
    kith_err e = count(s, POSTGRES_WATCHED_BEFORE, &v, &before);
    *out = before == WATCHES_MAX;
    return e;
}

kith_err postgres_erase_user(struct store *s, kith_slice user, bool bar_stays)
{
    struct values v = {0};
    put_bytes(&v, user);
    put_number(&v, bar_stays);
    return postgres_do(s, POSTGRES_ERASE, &v, NULL);
}
