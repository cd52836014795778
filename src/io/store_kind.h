/* io/store_kind.h -- the two stores behind io/store.h: what each of them does. Only the files of
 * the store include it. */
#pragma once

#include "base/limits.h"
#include "io/store.h"

/* The calls of io/store.h that answer with an error: name, parameters, arguments. */
#define STORE_CALLS(X)                                                                             \
    X(lock, (struct store * s, kith_problem * why), (s, why))                                      \
    X(begin, (struct store * s), (s))                                                              \
    X(begin_aside, (struct store * s), (s))                                                        \
    X(commit, (struct store * s), (s))                                                             \
    X(mark, (struct store * s), (s))                                                               \
    X(keep, (struct store * s), (s))                                                               \
    X(undo, (struct store * s), (s))                                                               \
    X(add_watch, (struct store * s, kith_slice watcher, kith_slice watched, bool *added),          \
      (s, watcher, watched, added))                                                                \
    X(add_watches, (struct store * s, kith_slice pairs, uint64_t * added), (s, pairs, added))      \
    X(drop_watch, (struct store * s, kith_slice watcher, kith_slice watched, bool *dropped),       \
      (s, watcher, watched, dropped))                                                              \
    X(drop_watches, (struct store * s, kith_slice pairs, uint64_t * dropped), (s, pairs, dropped)) \
    X(read_version, (struct store * s, kith_slice user, uint64_t * version), (s, user, version))   \
    X(set_read, (struct store * s, kith_slice user, uint64_t version), (s, user, version))         \
    X(watched, (struct store * s, kith_slice user, struct buf * ids), (s, user, ids))              \
    X(set_block,                                                                                   \
      (struct store * s, kith_slice blocker, kith_slice blocked, bool on, bool *changed),          \
      (s, blocker, blocked, on, changed))                                                          \
    X(set_visibility,                                                                              \
      (struct store * s, kith_slice user, enum visibility visibility, kith_slice ids,              \
       bool *changed),                                                                             \
      (s, user, visibility, ids, changed))                                                         \
    X(visibility, (struct store * s, kith_slice user, enum visibility * out, struct buf * ids),    \
      (s, user, out, ids))                                                                         \
    X(last_seen, (struct store * s, kith_slice user, enum last_seen * how, uint64_t * at_s),       \
      (s, user, how, at_s))                                                                        \
    X(set_last_seen, (struct store * s, kith_slice user, enum last_seen how), (s, user, how))      \
    X(mark_seen, (struct store * s, kith_slice user, uint64_t at_s, bool anyhow),                  \
      (s, user, at_s, anyhow))                                                                     \
    X(forget_seen, (struct store * s, uint64_t before_s, uint32_t max, uint32_t * forgotten),      \
      (s, before_s, max, forgotten))                                                               \
    X(stances,                                                                                     \
      (struct store * s, kith_slice user, kith_slice other, struct stance * of_user,               \
       struct stance * of_other),                                                                  \
      (s, user, other, of_user, of_other))                                                         \
    X(each_about, (struct store * s, const struct inquiry *q, store_about each, void *ctx),        \
      (s, q, each, ctx))                                                                           \
    X(each_watch, (struct store * s, const struct watch *after, store_edge each, void *ctx),       \
      (s, after, each, ctx))                                                                       \
    X(count_cut, (struct store * s, uint64_t * out), (s, out))                                     \
    X(watch_is_beyond, (struct store * s, kith_slice watcher, kith_slice watched, bool *out),      \
      (s, watcher, watched, out))                                                                  \
    X(erase_user, (struct store * s, kith_slice user, bool bar_stays), (s, user, bar_stays))       \
    X(set_bar, (struct store * s, kith_slice user, uint64_t until_s, uint64_t now_s),              \
      (s, user, until_s, now_s))                                                                   \
    X(each_bar, (struct store * s, uint64_t now_s, store_bar each, void *ctx),                     \
      (s, now_s, each, ctx))                                                                       \
    X(secret, (struct store * s, const char *name, uint8_t *out, size_t len), (s, name, out, len)) \
    X(epoch, (struct store * s, uint64_t at_least, uint64_t * out), (s, at_least, out))            \
    X(clear_sessions, (struct store * s), (s))                                                     \
    X(save_session, (struct store * s, const struct saved_session *e), (s, e))                     \
    X(each_session, (struct store * s, store_session each, void *ctx), (s, each, ctx))             \
    X(log_sessions, (struct store * s, const struct session_batch *b, uint64_t *logged),           \
      (s, b, logged))                                                                              \
    X(keep_run, (struct store * s, uint64_t run, bool *ended, uint64_t *stale),                    \
      (s, run, ended, stale))                                                                      \
    X(end_runs,                                                                                    \
      (struct store * s, const struct ended_runs *r, struct buf *after, uint64_t *logged),         \
      (s, r, after, logged))                                                                       \
    X(events_after, (struct store * s, uint64_t after, uint32_t max, store_event each, void *ctx), \
      (s, after, max, each, ctx))                                                                  \
    X(events_range, (struct store * s, uint64_t * forgotten, uint64_t * latest),                   \
      (s, forgotten, latest))                                                                      \
    X(count_events, (struct store * s, uint64_t after, uint64_t up_to, uint64_t * count),          \
      (s, after, up_to, count))                                                                    \
    X(was_given, (struct store * s, uint64_t id, bool *given), (s, id, given))                     \
    X(forget_events,                                                                               \
      (struct store * s, const struct old_events *o, uint32_t *count, uint64_t *up_to),            \
      (s, o, count, up_to))                                                                        \
    X(lead_delivery, (struct store * s, uint32_t lease_ms, bool *mine, uint64_t *delivered),       \
      (s, lease_ms, mine, delivered))                                                              \
    X(set_delivered, (struct store * s, uint64_t number), (s, number))                             \
    X(note_change, (struct store * s, kith_slice body, uint64_t * number), (s, body, number))      \
    X(latest_change, (struct store * s, uint64_t * number), (s, number))                           \
    X(changes_after,                                                                               \
      (struct store * s, uint64_t after, uint32_t max, store_change each, void *ctx),              \
      (s, after, max, each, ctx))                                                                  \
    X(forget_changes, (struct store * s, uint32_t max, uint32_t * forgotten), (s, max, forgotten)) \
    X(watch_changes, (struct store * s), (s))

/* The log of events in SQL, as both of them read it. Ids jump where a server has begun: a row of
 * `jumps` says that none was given behind `behind`, up to `number`, and how many were `passed` over
 * in all by then.
 *
 *     given 1 2 3 . . . . 8 9 . . . 13      (behind 3, number 7, passed 4), (9, 12, 7)
 */
#define SQL_PASSED(id)    "(SELECT coalesce(max(passed), 0) FROM jumps WHERE behind < " id ")"
#define SQL_IS_PASSED(id) "(SELECT count(*) FROM jumps WHERE behind < " id " AND number >= " id ")"
/* The id behind which are the latest `keep` events. */
#define SQL_BEHIND_LATEST(keep)                                                                    \
    "(SELECT place + (SELECT coalesce(max(passed), 0) FROM jumps WHERE number - passed < place)"   \
    " FROM (SELECT value - (SELECT coalesce(max(passed), 0) FROM jumps) - " keep " AS place"       \
    " FROM numbers WHERE name = 'events') latest)"
/* Of those before the oldest event each but the last; that, and where the back end is, are counted
 * from. */
#define SQL_DROP_JUMPS(forgotten)                                                                  \
    "DELETE FROM jumps WHERE number < (SELECT max(number) FROM jumps WHERE number <= " forgotten   \
    ") AND number <> (SELECT coalesce(max(j.number), 0) FROM jumps j, numbers n"                   \
    " WHERE n.name = 'delivered' AND j.number <= n.value)"

struct store_kind {
#define X(name, parameters, arguments) kith_err(*name) parameters;
    STORE_CALLS(X)
#undef X
    void (*close)(struct store *s);
    const char *(*error)(const struct store *s);
    bool (*is_held)(const struct store *s);
    void (*tell_port)(struct store *s, uint16_t api_port);
    void (*rollback)(struct store *s);
    void (*begin_reading)(struct store *s); /* both NULL: each read stands for itself */
    void (*end_reading)(struct store *s);
    void (*bulk)(struct store *s);
    void (*scrub)(struct store *s);
    void (*forget_copies)(struct store *s, uint64_t now_s);
    int (*changes_fd)(const struct store *s);
    bool (*changes_heard)(struct store *s);
    enum store_reach (*reach)(const struct store *s);
};

struct store {
    const struct store_kind *kind;
};

/* What stands in a table may have been written by somebody else, or be damaged. */

/* Whether an id is one that may be kept. What is none is nobody: its row is passed over. */
static inline bool is_id(kith_slice id) { return id.len > 0 && id.len <= USER_ID_BYTES_MAX; }

/* What is no visibility shows to nobody, and what is no way to be last seen tells nothing. */
static inline enum visibility visibility_of(int64_t n)
{
    return n >= 0 && n <= VISIBILITY_EXCEPT ? (enum visibility)n : VISIBILITY_NOBODY;
}
static inline enum last_seen last_seen_of(int64_t n)
{
    return n >= 0 && n <= LAST_SEEN_EXACT ? (enum last_seen)n : LAST_SEEN_OFF;
}

/* Whether it is a session that may come back. */
static inline bool is_session(const struct saved_session *e)
{
    return is_id(e->user) && e->fields.len <= META_BYTES_MAX;
}

/* Whether the user is visible to nobody. */
KITH_MUST_USE kith_err store_hides(struct store *s, kith_slice user, bool *out);

/* A file, for one process (sqlite_*.c); a server, for many nodes (postgres_*.c). */
kith_err sqlite_open(const struct store_options *o, struct store **out, kith_problem *why);
kith_err postgres_open(const struct store_options *o, struct store **out, kith_problem *why);

kith_err sqlite_possible(const char *dir, kith_problem *why);
bool sqlite_exists(const char *dir);
bool sqlite_held(const char *dir);
bool sqlite_told_port(const char *dir, uint16_t *api_port);
kith_err postgres_possible(const char *url, kith_problem *why);
kith_err postgres_try(const struct store_options *o, kith_problem *why);
bool postgres_has_password(const char *url);
void postgres_name(const char *url, char *out, size_t size);

#define X(name, parameters, arguments)                                                             \
    kith_err sqlite_##name parameters;                                                             \
    kith_err postgres_##name parameters;
STORE_CALLS(X)
#undef X
