/* core/replica.h -- feeds as they travel: sections of records cut from an own feed or a replica,
 * and their application to a tracker. The algorithm and its cursor invariant: docs/tracker.md. */
#pragma once

#include "base/section.h"
#include "core/tracker.h"

/* Cuts the changes since `from` of the stream `inc` (own or replicated), at most `records_max` of
 * them; *more: there are others behind section->last. Emptied slots are among them, from 0 too:
 * whoever learns a stream may relay it, to someone who still holds what was emptied. Release with
 * section_fini. Slices borrow from the tracker until it next changes. KITH_NONE: no such stream.
 * KITH_NOMEM. An own stream: O(records), and the way to the first of them; a replicated one: O(its
 * slots), and sorting, unless nothing of it is newer. */
KITH_MUST_USE kith_err replica_cut(const struct tracker *t, uint64_t inc, uint64_t from,
                                   uint32_t records_max, struct section *out, bool *more);
void section_fini(struct section *s);

/* Applies a section of another node's stream. Old and duplicate sections change nothing. What is
 * hidden is applied and not told. KITH_NONE: this stream isn't known (replica_up first), or is our
 * own. KITH_LATER: base > cursor: nothing applied, ask again from the cursor. KITH_BAD: no tracker
 * cuts such a section; nothing applied. KITH_NOMEM, KITH_FULL: the cursor says how far it came, and
 * `out` tells what changed; ask again from there. O(records), whatever is held. */
KITH_MUST_USE kith_err replica_apply(struct tracker *t, const struct section *s,
                                     struct changes *out);

/* A node's stream comes into view (empty, or as it was when it went), goes out of it (entries
 * hidden, kept), or is forgotten. Out of memory meanwhile: a part is shown, or hidden; try again.
 * KITH_EXISTS: up of our own. KITH_NONE: down or forget of one that isn't known, or is our own.
 * KITH_FULL: too many streams. O(its slots). */
KITH_MUST_USE kith_err replica_up(struct tracker *t, uint64_t inc, struct changes *out);
KITH_MUST_USE kith_err replica_down(struct tracker *t, uint64_t inc, struct changes *out);
/* The same as down, of at most `max` more entries; *more: some are still shown. */
KITH_MUST_USE kith_err replica_fade(struct tracker *t, uint64_t inc, uint32_t max,
                                    struct changes *out, bool *more);
KITH_MUST_USE kith_err replica_forget(struct tracker *t, uint64_t inc, struct changes *out);

/* The same in parts. What was not known is, from here on; what is hidden stays so. O(1). */
KITH_MUST_USE kith_err replica_know(struct tracker *t, uint64_t inc);
/* Shows what is in the next `max` of its slots, and up to 63 more; *more: some are still hidden. */
KITH_MUST_USE kith_err replica_show(struct tracker *t, uint64_t inc, uint32_t max,
                                    struct changes *out, bool *more);
/* As down, and it is known no more: its memory is given back by replica_reap, some slots of any
 * stream that has gone at a time. False: nothing is left of them. */
KITH_MUST_USE kith_err replica_let_go(struct tracker *t, uint64_t inc, struct changes *out);
bool replica_reap(struct tracker *t, uint32_t max);

/* Of a node that is up: entries that another node's have replaced, and that it has kept ever since
 * the call before the last, are of sessions that live: they are shown. To be called no more often
 * than lost sessions linger, and when the stream is known to its end: that what has ended is still
 * here may only not have been heard. KITH_NONE: no such stream. KITH_NOMEM: some are. O(replaced
 * entries). */
KITH_MUST_USE kith_err replica_doubt(struct tracker *t, uint64_t inc, struct changes *out);
/* Whether that would show any of the stream's. O(replaced entries). */
bool replica_doubts(const struct tracker *t, uint64_t inc);
/* The entries of a topic and key that other nodes have are taken for replaced: shown again when
 * they change, or as replica_doubt has it. Nobody is told. KITH_NOMEM: some are. */
KITH_MUST_USE kith_err replica_hide(struct tracker *t, kith_slice topic, kith_slice key);
bool replica_doubtful(const struct tracker *t); /* something is replaced */

/* How far a stream, own or replicated, is known. Digests of two nodes at one cursor are equal if
 * both have cursor >= top. */
struct replica_position {
    uint64_t cursor, top, digest; /* digest: XOR of hash(slot, last) of live slots */
};
KITH_MUST_USE kith_err replica_position(const struct tracker *t, uint64_t inc,
                                        struct replica_position *out);
