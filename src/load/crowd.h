/* load/crowd.h -- the clients of one process: what each sends, and what becomes of what it is told.
 * Bytes in, bytes out; the sockets are the caller's. A client is named by its user; the crowd's own
 * users are those u with u % processes == process. */
#pragma once

#include "load/crowd_options.h"

struct crowd; /* heap */

struct crowd *crowd_new(const struct crowd_options *o); /* borrows all; NULL: out of memory */
void crowd_free(struct crowd *c);

/* A phase begins, whose figures go to `tally`, which is cleared. Both are borrowed until the next.
 */
void crowd_begin(struct crowd *c, const struct phase *phase, struct tally *tally);

/* The user's socket is being opened, as was due at `due_us`. */
void crowd_dial(struct crowd *c, uint32_t user, uint64_t due_us, uint64_t now_us);

/* It is open: appends the request for the upgrade. */
struct crowd_target {
    kith_slice host, path; /* of the header Host; without a query */
    kith_slice token;      /* empty: the user's id is sent instead */
};
void crowd_open(struct crowd *c, uint32_t user, const struct crowd_target *t, struct buf *out);

/* Whose socket is open and who has not joined asks to; false: so is none. In PHASE_OPEN an open
 * socket waits for that. */
bool crowd_enter(struct crowd *c, uint32_t user, uint64_t due_us, uint64_t now_us, struct buf *out);

/* It has asked to join, and is to be read no more, until crowd_read_again. */
bool crowd_stalled(const struct crowd *c, uint32_t user);
bool crowd_read_again(struct crowd *c, uint32_t user, uint64_t now_us); /* false: it reads */

/* What has come on its socket; appends what it answers. False: the socket is to be closed, and the
 * client is gone, as after crowd_lost. The bytes are written to. */
bool crowd_take(struct crowd *c, uint32_t user, kith_slice bytes, uint64_t now_us, struct buf *out);

/* Its socket could not be opened, or has ended. */
void crowd_lost(struct crowd *c, uint32_t user);
/* Its socket is closed on purpose. False: it has none. */
bool crowd_drop(struct crowd *c, uint32_t user, uint64_t now_us);
/* Whoever has not joined by now is given up: their sockets are to be closed. Calls crowd_lost for
 * each whose dial was before `before_us`, and returns one of them after the other; UINT32_MAX at
 * the end. */
uint32_t crowd_give_up(struct crowd *c, uint64_t before_us);

/* Appends flip `n`. False: the user has not joined, and that is counted; or it reads nothing, and
 * so would not read the answers. */
bool crowd_flip(struct crowd *c, uint32_t user, uint64_t n, struct buf *out);
/* Appends a heartbeat. False: there is no socket to send it on. */
bool crowd_beat(const struct crowd *c, uint32_t user, struct buf *out);

bool crowd_connected(const struct crowd *c, uint32_t user); /* has a socket, open or opening */
bool crowd_opening(const struct crowd *c, uint32_t user);   /* dialed, and crowd_open not called */
uint32_t crowd_flying(const struct crowd *c);               /* dialed, and not yet joined */
uint32_t crowd_in(const struct crowd *c);                   /* joined, or (PHASE_OPEN) open */

/* See view_audit. */
bool crowd_audit(struct crowd *c);
