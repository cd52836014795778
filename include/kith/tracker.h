/* kith/tracker.h -- who is there: entries of (topic, key, owner) with a meta each, kept at the
 * topic's home thread, which alone changes them and tells every change in one order. Neither topic
 * nor owner need have anything to do with a channel. Names and meanings are those of
 * Phoenix.Tracker; entries are this node's. */
#pragma once

#include <kith/err.h>
#include <kith/payload.h>

struct kith_server;
struct kith_tracker; /* one set of entries; a server may have 8, and a presence is one */

/* One change of one entry: a join has `now`, a leave `old`, an update both. A meta is a JSON object
 * with phx_ref added, and phx_ref_prev after an update. */
struct kith_diff {
    kith_slice topic, key;
    kith_slice now, old; /* empty: none */
};

/* Callbacks run on the topic's home thread, and must not wait. */
struct kith_tracker_behaviour {
    void (*handle_diff)(void *context, const struct kith_diff *d); /* may be NULL */
    void *context;
};

/* Before the server starts; `b` must outlive it. *out lives as long as the server. KITH_FULL: there
 * are 8. KITH_BAD: the server has started. */
KITH_API KITH_MUST_USE kith_err kith_server_tracker(struct kith_server *s,
                                                    const struct kith_tracker_behaviour *b,
                                                    struct kith_tracker **out);

/* How a change ended, told on the topic's home thread: KITH_OK; KITH_EXISTS: that owner is tracked
 * there already; KITH_NONE: it is not; KITH_FULL: this topic, and those that share its
 * 64th of all topics, have 100,000 entries; KITH_NOMEM. */
typedef void (*kith_tracked)(void *arg, kith_err e);

/* Changes, from any thread. They are made in the order in which one thread asks for them. `done`
 * may be NULL. `owner` is your name for who is tracked, 1 to 2^48 - 1. `meta` is a JSON object of
 * at most 1 KiB without phx_ref and phx_ref_prev. KITH_BAD: an argument is not so; KITH_NOMEM;
 * `done` is not called then. A server that stops drops what is under way. */
KITH_API KITH_MUST_USE kith_err kith_tracker_track(struct kith_tracker *t, uint64_t owner,
                                                   kith_slice topic, kith_slice key,
                                                   kith_slice meta, kith_tracked done, void *arg);
KITH_API KITH_MUST_USE kith_err kith_tracker_update(struct kith_tracker *t, uint64_t owner,
                                                    kith_slice topic, kith_slice key,
                                                    kith_slice meta, kith_tracked done, void *arg);
/* Not tracked is fine. */
KITH_API KITH_MUST_USE kith_err kith_tracker_untrack(struct kith_tracker *t, uint64_t owner,
                                                     kith_slice topic, kith_slice key,
                                                     kith_tracked done, void *arg);
/* All entries of an owner, on every topic. O(entries of this tracker). */
KITH_API KITH_MUST_USE kith_err kith_tracker_untrack_owner(struct kith_tracker *t, uint64_t owner);

/* What a topic lists: keys in bytewise order, the metas of a key in the order in which they were
 * tracked. */
struct kith_list;
/* The next key, and its value {"metas":[...]} as JSON. False: that was all. */
KITH_API bool kith_list_next(struct kith_list *l, kith_slice *key, kith_slice *value);
/* All of it as one JSON object, the payload of a presence_state. */
KITH_API kith_slice kith_list_json(struct kith_list *l);

/* The list, told on the topic's home thread; it lives as long as the callback. From any thread.
 * KITH_BAD: no such topic can be; KITH_NOMEM. */
typedef void (*kith_listed)(void *arg, struct kith_list *l);
KITH_API KITH_MUST_USE kith_err kith_tracker_list(struct kith_tracker *t, kith_slice topic,
                                                  kith_listed listed, void *arg);
/* The same of one key alone. */
KITH_API KITH_MUST_USE kith_err kith_tracker_get_by_key(struct kith_tracker *t, kith_slice topic,
                                                        kith_slice key, kith_listed listed,
                                                        void *arg);
