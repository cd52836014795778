/* tests/io/log_fixture.h -- the log of events on the store's thread: told of sessions by their
 * refs, until it has settled, and what it then tells. */
#pragma once

#include "io/events.h"
#include "io/events_state.h"
#include "io/sqlite.h"
#include "io/system.h"
#include "shard/hook.h"
#include "store_fixture.h"

#include <poll.h>

enum { SHARDS = 2 };

static struct mailbox boxes[SHARDS];
static struct buf told;
static uint64_t seen; /* events up to this id are not expected again */

static inline struct events *begin(struct store *s, uint64_t run, const struct events_options *o)
{
    struct events *ev = NULL;
    for (int i = 0; i < SHARDS; i++)
        must(mailbox_init(&boxes[i]));
    must(events_new(
        &(struct events_start){
            .options = *o, .store = s, .run = run, .boxes = boxes, .shards = SHARDS},
        &ev));
    return ev;
}

static const struct events_options usual = {.keep_ms = 86400000, .keep = 1000, .grace_ms = 60000};

static inline void end(struct events *ev)
{
    events_free(ev);
    for (int i = 0; i < SHARDS; i++)
        mailbox_fini(&boxes[i]);
    buf_fini(&told);
    seen = 0;
}

static inline void put_ref(char out[REF_BYTES], const char *ref)
{
    if (!*ref) return;
    memset(out, '-', REF_BYTES);
    memcpy(out, ref, strlen(ref));
}

/* `metas`: the first 7 bytes are the one before. */
static inline struct mail *session_with(const char *user, const char *old, const char *now,
                                        const char *metas)
{
    struct session_refs refs = {{0}, {0}};
    put_ref(refs.old, old);
    put_ref(refs.now, now);
    struct mail *m =
        mail_new(MAIL_SESSION, slice_str(user), slice_str(metas), slice_of(&refs, sizeof refs));
    assert_non_null(m);
    m->old_bytes = 7;
    m->at_ms = system_now().unix_ms;
    return m;
}

static inline struct mail *session(const char *user, const char *old, const char *now)
{
    return session_with(user, old, now, "{\"o\":1}{\"n\":1}");
}

/* Until nothing is to be done for a while; the clock is the real one. */
static inline void settle(struct events *ev)
{
    for (int ms; (ms = events_due_ms(ev)) < 500;) {
        if (ms) (void)poll(NULL, 0, ms);
        if (events_due(ev)) events_go_on(ev);
    }
}

static inline kith_err tell(void *ctx, const struct event *e)
{
    static const char *const kinds[] = {"online", "offline", "status"};
    (void)ctx;
    buf_printf(&told, "%s %.*s %.*s>%.*s, ", kinds[e->kind], (int)e->user.len,
               (const char *)e->user.ptr, (int)e->old.len, (const char *)e->old.ptr,
               (int)e->now.len, (const char *)e->now.ptr);
    return KITH_OK;
}

static inline void expect(struct store *s, const char *events)
{
    buf_clear(&told);
    must(store_events_after(s, seen, 1000, tell, NULL));
    buf_putc(&told, 0);
    assert_string_equal((const char *)told.ptr, events);
}

/* The store cannot be written until `other` lets go: that has it to itself. */
static inline struct events *begin_locked(struct store *s, struct store *other)
{
    struct events *ev = begin(s, 1, &usual);
    settle(ev);
    (void)sqlite3_busy_timeout(sqlite_db(s), 1);
    must(store_begin(other));
    return ev;
}
