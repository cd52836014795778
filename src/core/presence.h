/* core/presence.h -- sessions and their presence: tracks each once, keeps what a lost session
 * contributed for a while, and hands it to the same device when it is back. One object serves all
 * partitions whose home is this shard. Pure: time is an argument. */
#pragma once

#include "core/tracker.h"

struct presence;

struct presence_options {
    uint64_t inc;
    struct siphash_key ref_key, hash_key;
    uint32_t partitions;   /* topics are spread over this many trackers by presence_partition */
    uint32_t sessions_max; /* of one topic and key, lingering ones counted; 0: no bound */
};

struct presence *presence_new(const struct presence_options *o); /* NULL: out of memory */
void presence_free(struct presence *p);

/* The partition of a topic: the same on every node of a cluster (SipHash-1-3 under the key 0, or of
 * user_presence:<number> the number, mixed). */
uint16_t presence_partition(kith_slice topic, uint32_t partitions);

/* Which session, of whom. */
struct presence_session {
    kith_slice topic, key;
    uint64_t owner;  /* its number: < 2^63, not 0 */
    uint64_t device; /* whose later session may adopt it; update and leave do not ask */
};

/* A session appears. If it is there already, or if a lost one of the same topic, key and device
 * lingers, of which the most recently lost is adopted: its meta stays, and no change is told,
 * unless `fields` is given and differs, or another node has asked for it (one update). Else a new
 * entry with `fields`, or {"status":"online"} where that is empty. KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err presence_join(struct presence *p, const struct presence_session *s,
                                     uint32_t now_s, kith_slice fields, struct changes *out);
/* An entry of the same topic, key and device that is shown and stands on another node: the oldest.
 * Whether its session lives is known there alone. */
bool presence_elsewhere(const struct presence *p, const struct presence_session *s,
                        struct place *out);
/* What another node's session of the same topic, key and device may have of this one's. */
enum presence_left {
    PRESENCE_LEFT_NONE,
    PRESENCE_LEFT_LOST, /* the entry in *slot: of those that linger the one that was lost last */
    PRESENCE_LEFT_LIVES /* nothing: it has a session */
};
/* What lingers may have a successor there from now on, of which this node need not hear: if it is
 * adopted here after all that is a change, under a ref that nobody has continued. */
enum presence_left presence_left(struct presence *p, const struct presence_session *s,
                                 uint32_t *slot);
/* A session appears that had its entry there: one update, as tracker_take_over. KITH_NONE: it is
 * not there any more. KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err presence_take_over(struct presence *p, const struct presence_session *s,
                                          const struct place *from, kith_slice fields,
                                          struct changes *out);
/* Whether a join of the session makes no new entry: it is there, or would adopt a lost one. */
bool presence_finds(const struct presence *p, const struct presence_session *s);
/* KITH_NONE: not joined. */
KITH_MUST_USE kith_err presence_update(struct presence *p, const struct presence_session *s,
                                       kith_slice fields, struct changes *out);
/* At once; not joined is fine. */
KITH_MUST_USE kith_err presence_leave(struct presence *p, const struct presence_session *s,
                                      struct changes *out);
/* The session's socket is gone: its entry lingers until `until_ms`. Where that is no later than the
 * latest presence_expire: as presence_leave. KITH_NONE: not joined. KITH_NOMEM. */
KITH_MUST_USE kith_err presence_lost(struct presence *p, const struct presence_session *s,
                                     uint64_t until_ms, struct changes *out);
/* Whether the session is joined. */
bool presence_holds(const struct presence *p, const struct presence_session *s);
/* A joined session leaves `p` and appears in `to`, as one that begins now: two changes, a leave and
 * a join. KITH_NONE: not joined. KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err presence_move(struct presence *p, struct presence *to,
                                     const struct presence_session *s, uint32_t now_s,
                                     struct changes *out);
/* The topic's entries, lingering ones with them, become what they would be if they began now, and
 * nobody is told; as tracker_renew. */
KITH_MUST_USE kith_err presence_renew(struct presence *p, kith_slice topic, uint32_t now_s);
/* The entries of other nodes are not shown until these change them; nobody is told. KITH_NOMEM:
 * some are. */
KITH_MUST_USE kith_err presence_hide_others(struct presence *p, kith_slice topic, kith_slice key);
/* An entry of before the restart (its key, fields, online_at_s and dots), lingering from the start.
 */
KITH_MUST_USE kith_err presence_restore(struct presence *p, kith_slice topic, const struct entry *e,
                                        uint64_t device, uint64_t until_ms);

/* All that lingers of a topic and key leaves at once. KITH_NOMEM: some still lingers. */
KITH_MUST_USE kith_err presence_end_lost(struct presence *p, kith_slice topic, kith_slice key,
                                         struct changes *out);

/* Leaves of all that has lingered long enough; at most `max` entries, so that a mass drop is paced
 * by the caller. Returns when to call again (ms; `now_ms`: more is due), UINT64_MAX: nothing
 * lingers. */
uint64_t presence_expire(struct presence *p, uint64_t now_ms, uint32_t max, struct changes *out);

/* The entries of a topic, oldest first; as tracker_next. */
bool presence_next(const struct presence *p, kith_slice topic, struct tracker_walk *w,
                   struct entry *out);
/* get_by_key: the metas of one key. */
bool presence_next_of_key(const struct presence *p, kith_slice topic, kith_slice key,
                          struct tracker_walk *w, struct entry *out);

/* All own entries with the device they linger for, or belong to (a number that stands for it, which
 * presence_restore takes as well); for shutdown. */
struct presence_walk {
    uint32_t partition;
    struct tracker_walk walk;
};
bool presence_next_any(const struct presence *p, struct presence_walk *w, kith_slice *topic,
                       struct entry *out, uint64_t *device);

/* The tracker of a partition, for what is replicated; made if there is none. NULL: no memory. */
struct tracker *presence_tracker(struct presence *p, uint16_t partition);
/* The same, not made. NULL: there is none. */
struct tracker *presence_known(const struct presence *p, uint16_t partition);

/* A bit for each partition, modulo 64, where own entries have changed since it was last asked. */
uint64_t presence_take_news(struct presence *p);
bool presence_has_news(const struct presence *p);

uint64_t presence_count(const struct presence *p);
uint64_t presence_bytes(const struct presence *p);
