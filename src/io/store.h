/* io/store.h -- what Kith keeps: the friend graph, rules, when users were last seen, who is barred,
 * the sessions of a restart, events of presence, and secrets: in SQLite (DIR/kith.db, WAL), for one
 * process, or in PostgreSQL (schema `kith`), for many nodes. Calls block, so only the store's
 * thread and the command line make them. One store belongs to one thread. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/meta.h"
#include "base/slice.h"
#include "core/audience.h"
#include "core/last_seen.h"
#include "wire/edges.h"
#include "wire/event.h"

struct store;

/* Every call below that writes: KITH_FULL: the disk is; KITH_BAD: the file is damaged; KITH_IO: the
 * disk, or another writer; store_error() has the database's words. What is acknowledged (KITH_OK
 * from commit, or from a write outside a transaction) is on the disk. What stands there may have
 * been written by somebody else: a row whose id is none is passed over, as if it were not there. */

/* `where`: a folder; ":memory:": nothing is kept, and nobody else can have it; or postgresql://...,
 * as libpq has it.
 * SQLite: makes the folder (0700; its parent must be there) and the database (0600) on first use
 * and migrates an older one, of which it leaves a copy beside it, kith.db.schema-N; where there is
 * no room for that nothing is migrated. Reading may go on beside a server that holds the lock.
 * PostgreSQL: makes the schema, if the role may, and migrates an older one. Each call ends within
 * its bound, and with KITH_IO at once where the connection is lost; a later one connects anew.
 * KITH_FULL, KITH_IO, KITH_BAD (damaged, newer schema, not Kith's, not let in): `why` says which
 * and what to do; never the password. */
KITH_MUST_USE kith_err store_open(const char *where, struct store **out, kith_problem *why);
/* The same for a server, which others wait for. */
struct store_options {
    const char *where;
    const char *node; /* its name; among those that share a PostgreSQL each has its own */
    uint32_t call_ms; /* how long one call, or to connect, may take there; 0: STORE_CALL_MS */
};
KITH_MUST_USE kith_err store_open_node(const struct store_options *o, struct store **out,
                                       kith_problem *why);
/* Whether `where` names a PostgreSQL server. */
bool store_is_url(const char *where);
/* Whether such a URL holds a password; one that cannot be read may. */
bool store_has_password(const char *url);
/* How `where` is to be named to people: a folder as it is, a URL without its password. */
void store_name(const char *where, char *out, size_t size);
void store_close(struct store *s); /* NULL is welcome; an open transaction is rolled back */
/* Whether `where` is a folder that this user may write, or one can be made, or a URL that can be
 * read; makes nothing, connects nowhere. KITH_IO, KITH_BAD: `why` says what to do. */
KITH_MUST_USE kith_err store_possible(const char *where, kith_problem *why);
/* Connects to the server of a URL, and makes nothing there. KITH_BAD: it lets nobody in, or is too
 * old; KITH_IO: it cannot be reached just now; `why` says what to do. A folder is well. */
KITH_MUST_USE kith_err store_try(const struct store_options *o, kith_problem *why);
/* Whether store_open would find a database in DIR; a file of no bytes is none. */
bool store_exists(const char *dir);
const char *
store_error(const struct store *s); /* the database's own words about the latest failure */
/* Whether that was no answer in time: somebody else has it locked, so that who reads may wait, too.
 */
bool store_is_held(const struct store *s);
/* Says what could not be done, for it failed with `e`, and what to do about it. Returns that. */
kith_err store_problem(const struct store *s, kith_err e, const char *what, kith_problem *why);

/* STORE_LOST: the last question could not be asked, or was not answered. */
enum store_reach { STORE_HERE, STORE_REACHED, STORE_LOST };
enum store_reach store_reach(const struct store *s);

/* SQLite: takes the folder for the one who writes, a server or a command: KITH_REFUSED while
 * another process (or store) holds it; `why` names it. Released by close, and by any end of the
 * process. PostgreSQL: a node takes its name, beside other nodes; a command takes the whole, and
 * not beside any node. */
KITH_MUST_USE kith_err store_lock(struct store *s, kith_problem *why);

/* Whether somebody holds DIR so now. Asking makes nothing. */
bool store_held(const char *dir);

/* Who holds the folder tells others at which port its API is, 0: nowhere. */
void store_tell_port(struct store *s, uint16_t api_port);
/* What the holder of DIR has told so. False: nobody holds it, or nothing is told. */
bool store_told_port(const char *dir, uint16_t *api_port);

/* Edges, in one transaction from begin to commit or rollback. Duplicates are harmless: *added is
 * false. KITH_BAD: an id of no or more than USER_ID_BYTES_MAX bytes. After another error roll back;
 * a commit that fails has done so, or nobody can know whether it has. About 5 us an edge.
 * One at a time, on all nodes: what is read in it stays so until its end. */
KITH_MUST_USE kith_err store_begin(struct store *s);
/* For what needs no more than that it is kept as a whole: others, too, may be at one. */
KITH_MUST_USE kith_err store_begin_aside(struct store *s);
KITH_MUST_USE kith_err store_add_watch(struct store *s, kith_slice watcher, kith_slice watched,
                                       bool *added);
/* Many at once: ids, a watcher and whom it watches in turn. *added is how many were not there. */
KITH_MUST_USE kith_err store_add_watches(struct store *s, kith_slice pairs, uint64_t *added);
KITH_MUST_USE kith_err store_commit(struct store *s);
void store_rollback(struct store *s);
/* Around many reads in a row, without a write among them: they cost less, and see what stood at the
 * first. Where it cannot be had each read stands for itself. A server has each stand so. */
void store_begin_reading(struct store *s);
void store_end_reading(struct store *s);
/* Inside of a transaction: one part of it, kept or taken back by itself. */
KITH_MUST_USE kith_err store_mark(struct store *s);
KITH_MUST_USE kith_err store_keep(struct store *s);
KITH_MUST_USE kith_err store_undo(struct store *s);

/* Not there is fine: *dropped is false. */
KITH_MUST_USE kith_err store_drop_watch(struct store *s, kith_slice watcher, kith_slice watched,
                                        bool *dropped);

/* Many at once, as store_add_watches; *dropped is how many were there. */
KITH_MUST_USE kith_err store_drop_watches(struct store *s, kith_slice pairs, uint64_t *dropped);

/* Of users whose edges are read elsewhere: how often what was read has changed them, here or on
 * another node. 0: it has never been read. */
KITH_MUST_USE kith_err store_read_version(struct store *s, kith_slice user, uint64_t *version);
/* In a transaction, with what was read. */
KITH_MUST_USE kith_err store_set_read(struct store *s, kith_slice user, uint64_t version);
/* All whom it watches, appended bytewise sorted. O(edges), 0.1 us each. */
KITH_MUST_USE kith_err store_watched(struct store *s, kith_slice user, struct buf *ids);

/* Rules, in a transaction like edges. *changed is false if they stood so already. KITH_BAD: an id
 * is none, or too many are listed. */
KITH_MUST_USE kith_err store_set_block(struct store *s, kith_slice blocker, kith_slice blocked,
                                       bool on, bool *changed);
/* `ids` (ids_put) are whom VISIBILITY_ONLY and VISIBILITY_EXCEPT list; empty for the others. */
KITH_MUST_USE kith_err store_set_visibility(struct store *s, kith_slice user,
                                            enum visibility visibility, kith_slice ids,
                                            bool *changed);
/* Unknown users are VISIBILITY_FRIENDS. The ids are appended, bytewise sorted. */
KITH_MUST_USE kith_err store_visibility(struct store *s, kith_slice user, enum visibility *out,
                                        struct buf *ids);

/* When users were last seen. Unknown ones, and those who have not said otherwise, are
 * LAST_SEEN_OFF; *at_s (unix) is 0 where nothing is kept. OFF forgets it. */
KITH_MUST_USE kith_err store_last_seen(struct store *s, kith_slice user, enum last_seen *how,
                                       uint64_t *at_s);
KITH_MUST_USE kith_err store_set_last_seen(struct store *s, kith_slice user, enum last_seen how);
/* Keeps it, if it is later, for who is not off; not while the user is visible to nobody, unless
 * `anyhow`. */
KITH_MUST_USE kith_err store_mark_seen(struct store *s, kith_slice user, uint64_t at_s,
                                       bool anyhow);
/* Of at most `max` users what is older; how many there were. */
KITH_MUST_USE kith_err store_forget_seen(struct store *s, uint64_t before_s, uint32_t max,
                                         uint32_t *forgotten);

/* What two users have said about each other. Unknown ones have said nothing. */
KITH_MUST_USE kith_err store_stances(struct store *s, kith_slice user, kith_slice other,
                                     struct stance *of_user, struct stance *of_other);

/* The same of `user` and each whom it watches, or who watches it, bytewise sorted, at most `max`.
 * Of the edges only the one that was followed is told, unless `back`. Stops when `each` returns an
 * error, and returns that. O(edges), 0.1 us each of ABOUT_WATCHED where nobody has a rule, else
 * about 1 us: more for `back`.
 */
enum store_side { ABOUT_WATCHED, ABOUT_WATCHERS };
struct inquiry {
    kith_slice user;
    enum store_side side;
    uint32_t max;
    bool back;
    kith_slice after; /* only those behind this id */
};
typedef kith_err (*store_about)(void *ctx, kith_slice other, const struct stance *of_user,
                                const struct stance *of_other);
KITH_MUST_USE kith_err store_each_about(struct store *s, const struct inquiry *q, store_about each,
                                        void *ctx);

/* Spends up to 64 MiB of memory, and of disk until close, on adding many edges: ten times fewer
 * bytes written where 100,000 edges go into a transaction. */
void store_bulk(struct store *s);

/* All edges, or those behind `after`, ordered by watcher then watched, as they stood at the call;
 * stops when `each` returns an error, and returns that. Constant memory. */
typedef kith_err (*store_edge)(void *ctx, kith_slice watcher, kith_slice watched);
KITH_MUST_USE kith_err store_each_watch(struct store *s, const struct watch *after, store_edge each,
                                        void *ctx);
/* How many users watch more than WATCHES_MAX. O(all edges), 0.1 us each. */
KITH_MUST_USE kith_err store_count_cut(struct store *s, uint64_t *out);

/* Whether an edge from `watcher` to `watched` stands behind the first WATCHES_MAX of the watcher's,
 * bytewise, which alone a session reads. O(WATCHES_MAX), some 2 ms. */
KITH_MUST_USE kith_err store_watch_is_beyond(struct store *s, kith_slice watcher,
                                             kith_slice watched, bool *out);

/* In a transaction: forgets all that is kept about a user, and its name in the lists of others; a
 * bar, too, unless that is to stay. Who is not known is fine. O(its edges). */
KITH_MUST_USE kith_err store_erase_user(struct store *s, kith_slice user, bool bar_stays);
/* After its commit, and until it has worked once: empties the write-ahead log, which holds what was
 * there before. Cheap where nothing was erased. */
void store_scrub(struct store *s);
/* Removes copies of before a migration (store_open) that are older than STORE_COPY_DAYS, or more
 * than STORE_COPIES_MAX: who is erased is still in them. */
void store_forget_copies(struct store *s, uint64_t now_s);

/* Users who may not connect until a time (unix seconds), in the caller's transaction; one that is
 * over by `now_s` is forgotten. KITH_EXISTS: BARS_MAX others are barred. */
KITH_MUST_USE kith_err store_set_bar(struct store *s, kith_slice user, uint64_t until_s,
                                     uint64_t now_s);
/* Those that are not over; the others are forgotten. */
typedef kith_err (*store_bar)(void *ctx, kith_slice user, uint64_t until_s);
KITH_MUST_USE kith_err store_each_bar(struct store *s, uint64_t now_s, store_bar each, void *ctx);

/* A random secret of `len` <= 256 bytes under `name`, made on first use: one for all nodes.
 * KITH_BAD: it was made with another length. */
KITH_MUST_USE kith_err store_secret(struct store *s, const char *name, uint8_t *out, size_t len);

/* A number that only grows, for all nodes together: the node's epoch. Returns max(stored + 1,
 * at_least) and stores it. `at_least` <= INT64_MAX. */
KITH_MUST_USE kith_err store_epoch(struct store *s, uint64_t at_least, uint64_t *out);

/* The live entries that a restart keeps, each node's its own: cleared and saved inside one begin
 * and commit. */
struct saved_session {
    kith_slice user;
    uint64_t device;
    kith_slice fields;
    uint32_t online_at_s;
    uint64_t ref_inc, ref_seq, prev_inc, prev_seq;
    bool hidden;          /* nobody may see it */
    uint64_t saved_at_ms; /* unix; told by each_session, stamped by save_session */
};
KITH_MUST_USE kith_err store_clear_sessions(struct store *s);
KITH_MUST_USE kith_err store_save_session(struct store *s, const struct saved_session *e);
/* Oldest first; those of one second in the order in which they were saved. They stay until they are
 * cleared. */
typedef kith_err (*store_session)(void *ctx, const struct saved_session *e);
KITH_MUST_USE kith_err store_each_session(struct store *s, store_session each, void *ctx);

/* Events of users' presence, for their back end. Beside them it is kept which sessions they have
 * told of, so that what is told as a user's coming and going is so in the order of the log: of all
 * nodes, over any restart, and if something was told twice. */

/* What becomes of a session's entry: the phx_ref that it had, and that it has now; empty: it was
 * not there, is not any more. Both, and the same: it is there still. */
struct session_change {
    kith_slice user, old_ref, now_ref;
    kith_slice old, now; /* its metas as JSON */
    uint64_t at_ms;      /* unix */
    bool hidden;
};
/* Of one node: `run` is a number that is greater at each of its beginnings, and whenever it begins
 * to count its sessions anew; `number` grows with each batch of a run: one that is known has been
 * kept before. */
#define STORE_RUN_BITS 24 /* the lower ones are a node's own; those above differ on all nodes */
struct session_batch {
    const struct session_change *changes;
    uint32_t count;
    uint64_t run, number;
};
/* In a transaction. *logged is how many events it came to: none of what has been told already. Some
 * 30 us each. */
KITH_MUST_USE kith_err store_log_sessions(struct store *s, const struct session_batch *b,
                                          uint64_t *logged);
/* Of several nodes: `run` is this one's, which is there. *ended: another one has taken it for dead,
 * and its sessions for ended. *stale: a run of a node that has not been there for STORE_STALE_S,
 * and has sessions; 0: there is none. */
KITH_MUST_USE kith_err store_keep_run(struct store *s, uint64_t run, bool *ended, uint64_t *stale);
/* In a transaction: sessions of a node's earlier runs have ended, of which nobody has told: looks
 * at `max` of those behind *after (begins empty; a REF), and says where to go on; empty: at the
 * end. */
struct ended_runs {
    uint64_t of;     /* of the node that has this run, with it; 0: of this node, */
    uint64_t before; /* before this one */
    uint64_t at_ms;  /* unix: when they ended */
    uint32_t max;
};
KITH_MUST_USE kith_err store_end_runs(struct store *s, const struct ended_runs *r,
                                      struct buf *after, uint64_t *logged);
/* Those behind `after`, at most `max`, in order; stops when `each` returns an error, and returns
 * that. */
typedef kith_err (*store_event)(void *ctx, const struct event *e);
KITH_MUST_USE kith_err store_events_after(struct store *s, uint64_t after, uint32_t max,
                                          store_event each, void *ctx);
/* Ids only grow. They go on by one, and where a server has begun (store_epoch) from the second when
 * it did: what was given before a copy of the store was restored is not given again. */

/* Those up to *forgotten are kept no more; *latest is the latest that there was. Before the first
 * they are the same. */
KITH_MUST_USE kith_err store_events_range(struct store *s, uint64_t *forgotten, uint64_t *latest);
/* How many there were behind `after`, up to `up_to`: two that were given. */
KITH_MUST_USE kith_err store_count_events(struct store *s, uint64_t after, uint64_t up_to,
                                          uint64_t *count);
/* Of an id from *forgotten to *latest: whether an event had it. */
KITH_MUST_USE kith_err store_was_given(struct store *s, uint64_t id, bool *given);
/* At most `max` of those from before `before_ms`, or not among the latest `keep`. *count is how
 * many there were, and *up_to the last of them. */
struct old_events {
    uint64_t before_ms, keep;
    uint32_t max;
};
KITH_MUST_USE kith_err store_forget_events(struct store *s, const struct old_events *o,
                                           uint32_t *count, uint64_t *up_to);
/* One node delivers events for all: asks to be it for `lease_ms` from now on; 0: no longer. *mine:
 * it is; and up to which event *delivered has been. */
KITH_MUST_USE kith_err store_lead_delivery(struct store *s, uint32_t lease_ms, bool *mine,
                                           uint64_t *delivered);
/* Up to which event the back end has been told; never back. */
KITH_MUST_USE kith_err store_set_delivered(struct store *s, uint64_t number);

/* Changes that all nodes are to hear of, numbered from 1 without gaps in the order in which they
 * were committed. SQLite, which one process has, keeps none: the number is 0. */

/* In a transaction: `body` is told with it, under *number. Until its end other writers in turn
 * wait. */
KITH_MUST_USE kith_err store_note_change(struct store *s, kith_slice body, uint64_t *number);
KITH_MUST_USE kith_err store_latest_change(struct store *s, uint64_t *number); /* 0: none yet */
/* Those behind `after`, at most `max`, in order; stops when `each` returns an error, and returns
 * that. KITH_NONE: some of them are forgotten, or `after` has never been; nothing was told. */
typedef kith_err (*store_change)(void *ctx, uint64_t number, kith_slice body);
KITH_MUST_USE kith_err store_changes_after(struct store *s, uint64_t after, uint32_t max,
                                           store_change each, void *ctx);
/* At most `max` of those that are older than CHANGES_KEPT_S or CHANGES_KEPT others; how many there
 * were. */
KITH_MUST_USE kith_err store_forget_changes(struct store *s, uint32_t max, uint32_t *forgotten);
/* From now on others' commits are heard of. */
KITH_MUST_USE kith_err store_watch_changes(struct store *s);
/* To be polled for reading, and asked for again after each call; -1: there is none. */
int store_changes_fd(const struct store *s);
/* Whether there may be new changes since it was asked last. Does not wait. */
bool store_changes_heard(struct store *s);
