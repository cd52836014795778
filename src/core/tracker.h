/* core/tracker.h -- the presence entries of one partition: what this node's sessions contribute
 * (its own feed), and what other nodes' do (replicas of theirs). An entry is (topic, key, owner)
 * with a meta. Pure: no clock, no I/O. Every operation appends what it changed to `changes`;
 * nothing else speaks of joins and leaves. */
#pragma once

#include "core/changes.h"
#include "core/dot.h"
#include "core/topic.h"

struct tracker_options {
    uint64_t inc; /* this node's incarnation */
    uint16_t partition;
    struct siphash_key ref_key;  /* of phx_ref's PRF: the same on every node */
    struct siphash_key hash_key; /* of the tables: random */
    uint32_t entries_max;        /* 0: no bound */
    uint64_t *news;              /* each change of an own entry sets its bit there, that of */
    unsigned news_bit;           /* this number; or NULL */
};

struct tracker;

struct tracker *tracker_new(const struct tracker_options *o); /* NULL: out of memory */
void tracker_free(struct tracker *t);

/* Own entries. `owner` is the caller's name for the session, not 0. With the bit TRACKER_LOST the
 * session is gone, and the entry waits for another: one of any node may replace it (core/heirs.h),
 * and what is replaced is neither listed nor told of any more. */
#define TRACKER_LOST ((uint64_t)1 << 63)

/* KITH_EXISTS: this owner has this topic and key. KITH_FULL, KITH_NOMEM. O(entries of the topic).
 */
KITH_MUST_USE kith_err tracker_track(struct tracker *t, kith_slice topic, kith_slice key,
                                     uint64_t owner, uint32_t online_at_s, kith_slice fields,
                                     struct changes *out);
/* Where an entry stands: a slot of a node's stream. */
struct place {
    uint64_t inc;
    uint32_t slot;
};
/* The same for a session that stood in the slot `from` of another node: one update, of that entry,
 * whose online_at stays, and its fields where `fields` is empty. KITH_NONE: no such entry of this
 * topic and key is shown. */
KITH_MUST_USE kith_err tracker_take_over(struct tracker *t, kith_slice topic, kith_slice key,
                                         uint64_t owner, const struct place *from,
                                         kith_slice fields, struct changes *out);
/* Puts an entry that was announced before a restart, under the ref it had then. Nobody is told.
 * Errors as tracker_track; KITH_BAD: a dot that no tracker gives. */
KITH_MUST_USE kith_err tracker_restore(struct tracker *t, kith_slice topic, kith_slice key,
                                       uint64_t owner, const struct meta *meta, struct dot ref,
                                       struct dot prev);
/* One change: the new meta's phx_ref_prev is the old one's ref; online_at stays. KITH_NONE: not
 * tracked. */
KITH_MUST_USE kith_err tracker_update(struct tracker *t, kith_slice topic, kith_slice key,
                                      uint64_t owner, kith_slice fields, struct changes *out);
/* Not tracked is fine: nothing happens. KITH_NOMEM: nothing changed (the leave could not be told).
 */
KITH_MUST_USE kith_err tracker_untrack(struct tracker *t, kith_slice topic, kith_slice key,
                                       uint64_t owner, struct changes *out);
/* All of an owner's. O(own entries), for there is no index by owner. KITH_NOMEM: nothing changed.
 */
KITH_MUST_USE kith_err tracker_untrack_owner(struct tracker *t, uint64_t owner,
                                             struct changes *out);
/* The entry changes hands; nobody is told. KITH_NONE. KITH_EXISTS: the new owner has one. */
KITH_MUST_USE kith_err tracker_adopt(struct tracker *t, kith_slice topic, kith_slice key,
                                     uint64_t owner, uint64_t new_owner);

/* An own entry's number, while it is tracked: for callers that keep something about it. O(entries
 * of the topic). TRACKER_NONE: not tracked. */
#define TRACKER_NONE UINT32_MAX
uint32_t tracker_find(const struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner);
uint64_t tracker_owner(const struct tracker *t, uint32_t number); /* 0: no own entry has it */
uint32_t tracker_slot(const struct tracker *t, uint32_t number);  /* of its stream */
/* A word the caller keeps with an own entry; 0 at first. */
uint32_t tracker_tag(const struct tracker *t, uint32_t number);
void tracker_set_tag(struct tracker *t, uint32_t number, uint32_t tag);
kith_slice tracker_fields(const struct tracker *t, uint32_t number); /* until it next changes */
/* As tracker_adopt, tracker_update and tracker_untrack, by number. */
KITH_MUST_USE kith_err tracker_give(struct tracker *t, uint32_t number, uint64_t new_owner);
KITH_MUST_USE kith_err tracker_update_number(struct tracker *t, uint32_t number, kith_slice fields,
                                             struct changes *out);
KITH_MUST_USE kith_err tracker_untrack_number(struct tracker *t, uint32_t number,
                                              struct changes *out);
/* The entry leaves `t` and appears in another tracker, as one that begins now: two changes. Errors
 * as tracker_track; nothing changed then. */
KITH_MUST_USE kith_err tracker_move(struct tracker *t, uint32_t number, struct tracker *to,
                                    uint32_t now_s, struct changes *out);
/* All own entries of a topic become what they would be if they began now, under new refs and
 * without previous ones. Nobody is told. KITH_NOMEM, KITH_FULL: some have; try again. */
KITH_MUST_USE kith_err tracker_renew(struct tracker *t, kith_slice topic, uint32_t now_s);

/* Reading: the entries of a topic, oldest first, hidden and replaced ones left out. Slices live
 * until the tracker next changes; a key may be a part of `topic`, and lives as long as that.
 * O(entries of the topic). */
struct entry {
    kith_slice key;
    uint32_t number; /* of an own entry; else TRACKER_NONE */
    uint64_t owner;  /* 0: another node's */
    struct meta meta;
    struct dot ref, prev; /* prev.seq 0: none */
    struct place place;
    uint16_t device; /* see base/section.h */
};
struct tracker_walk {
    uint32_t at; /* once started; TRACKER_NONE: at its end */
    bool started;
};
/* The numbers of the own entries of one topic and key that are not replaced: cheap, as nothing is
 * made of them. */
bool tracker_next_own(const struct tracker *t, kith_slice topic, kith_slice key,
                      struct tracker_walk *w, uint32_t *number);
bool tracker_next(const struct tracker *t, kith_slice topic, struct tracker_walk *w,
                  struct entry *out);
bool tracker_next_of(const struct tracker *t, const struct topic *topic, struct tracker_walk *w,
                     struct entry *out);

/* All topics with entries, in no order; for shutdown and export. Do not change the tracker while
 * walking. The topic and the key live until the next step. */
bool tracker_next_any(const struct tracker *t, struct tracker_walk *w, kith_slice *topic,
                      struct entry *out);

uint64_t tracker_count(const struct tracker *t);
uint64_t tracker_bytes(const struct tracker *t); /* held for entries and tables */
