/* tests/io/events_fixture.h -- changes of sessions that a store keeps, and the events that they
 * come to. */
#pragma once

#include "store_fixture.h"

static struct buf told; /* "online ann, " */
static uint64_t run, number;

static inline kith_err tell(void *ctx, const struct event *e)
{
    uint64_t *last = ctx;
    static const char *const kinds[] = {"online", "offline", "status"};
    assert_true(e->id > *last);
    *last = e->id;
    buf_printf(&told, "%s%s %.*s%s", told.len ? ", " : "", kinds[e->kind], (int)e->user.len,
               (const char *)e->user.ptr, e->hidden ? " hidden" : "");
    return KITH_OK;
}

static uint64_t after;

/* The events since it was asked last. */
static inline void expect(struct store *s, const char *events)
{
    buf_clear(&told);
    must(store_events_after(s, after, 100, tell, &after));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr, events);
}

static inline kith_slice ref(const char *r)
{
    static char refs[8][REF_BYTES];
    static unsigned at;
    if (!r) return (kith_slice){0};
    char *out = refs[at++ % 8];
    memset(out, '-', REF_BYTES);
    memcpy(out, r, strlen(r));
    return slice_of(out, REF_BYTES);
}

static inline struct session_change change(const char *user, const char *old, const char *now)
{
    return (struct session_change){.user = slice_str(user),
                                   .old_ref = ref(old),
                                   .now_ref = ref(now),
                                   .old = slice_str(old ? "{}" : ""),
                                   .now = slice_str(now ? "{}" : ""),
                                   .at_ms = 1000};
}

static inline uint64_t keep(struct store *s, const struct session_change *changes, uint32_t count)
{
    struct session_batch b = {changes, count, run, ++number};
    uint64_t logged = 0;
    must(store_begin_aside(s));
    must(store_log_sessions(s, &b, &logged));
    must(store_commit(s));
    return logged;
}

static inline uint64_t one(struct store *s, const char *user, const char *old, const char *now)
{
    struct session_change c = change(user, old, now);
    return keep(s, &c, 1);
}

static inline void end(struct store *s)
{
    buf_fini(&told);
    store_close(s);
}

/* What they say of runs, some at a time; how many events that came to. */
static inline uint64_t end_runs(struct store *s, struct ended_runs r)
{
    struct buf at = {0};
    uint64_t all = 0;
    r.at_ms = 2000;
    do {
        uint64_t logged;
        must(store_begin_aside(s));
        must(store_end_runs(s, &r, &at, &logged));
        must(store_commit(s));
        all += logged;
    } while (at.len);
    buf_fini(&at);
    return all;
}
