/* io/store.h -- what Kith keeps: the friend graph, the sessions of a restart, and secrets, in
 * SQLite (DIR/kith.db, WAL, user_version = schema). Calls block, so only the store's thread and the
 * command line make them. One store belongs to one thread. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/meta.h"
#include "base/slice.h"

struct store;

/* Creates the folder's database on first use and migrates an older one.
 * KITH_IO, KITH_BAD (corrupt, newer schema, not a database): `why` says which and what to do. */
KITH_MUST_USE kith_err store_open(const char *dir, struct store **out, kith_problem *why);
void store_close(struct store *s); /* NULL is welcome */
const char *
store_error(const struct store *s); /* the database's own words about the latest failure */

/* Takes the folder for a server: a second one is refused while it holds it. Released by close. */
KITH_MUST_USE kith_err store_lock(struct store *s, kith_problem *why);

/* The ids that `user` watches: appended to *out as <u8 length><bytes>, at most WATCHES_MAX,
 * bytewise sorted. Unknown users watch nobody. */
KITH_MUST_USE kith_err store_watched(struct store *s, kith_slice user, struct buf *out,
                                     uint32_t *count);

/* Edges, in one transaction from begin to commit or rollback. Duplicates are harmless. */
KITH_MUST_USE kith_err store_begin(struct store *s);
KITH_MUST_USE kith_err store_add_watch(struct store *s, kith_slice watcher, kith_slice watched,
                                       bool *added);
KITH_MUST_USE kith_err store_commit(struct store *s);
void store_rollback(struct store *s);

/* All edges, ordered by watcher then watched; stops when `each` returns an error, and returns that.
 */
KITH_MUST_USE kith_err store_each_watch(struct store *s,
                                        kith_err (*each)(void *ctx, kith_slice watcher,
                                                         kith_slice watched),
                                        void *ctx);
KITH_MUST_USE kith_err store_count_watches(struct store *s, uint64_t *out);

/* A random secret of `len` bytes under `name`, made on first use. */
KITH_MUST_USE kith_err store_secret(struct store *s, const char *name, uint8_t *out, size_t len);

/* A number that only grows: the node's epoch. Returns max(stored + 1, at_least) and stores it. */
KITH_MUST_USE kith_err store_epoch(struct store *s, uint64_t at_least, uint64_t *out);

/* The live entries that a restart keeps. save_sessions replaces them all, inside begin and commit.
 */
struct saved_session {
    kith_slice user;
    uint64_t device;
    kith_slice fields;
    uint32_t online_at_s;
    uint64_t ref_inc, ref_seq, prev_inc, prev_seq;
};
KITH_MUST_USE kith_err store_clear_sessions(struct store *s);
KITH_MUST_USE kith_err store_save_session(struct store *s, const struct saved_session *e);
/* Oldest first, each once; `saved_at_ms` (unix) tells when. */
KITH_MUST_USE kith_err store_each_session(
    struct store *s, kith_err (*each)(void *ctx, const struct saved_session *e), void *ctx);
