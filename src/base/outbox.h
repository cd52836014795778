/* base/outbox.h -- what waits to be written to one socket: references to frames, in order.
 * Costs 24 bytes while empty. One waiting frame needs no allocation: most sockets get one a turn.
 * More wait in a ring, which is given back when it drains. */
#pragma once

#include "base/frame.h"

struct outbox {
    union {
        struct frame *one;   /* cap == 0: the only frame, if count is 1 */
        struct frame **ring; /* else cap slots, a power of two */
    };
    uint32_t bytes; /* all that waits, what is left of the first frame included */
    uint32_t sent;  /* of the first frame, already with the kernel */
    uint16_t head, count, cap;
};

void outbox_fini(struct outbox *o); /* {0} is a valid empty outbox */

/* Keeps a reference of its own to `f`. KITH_FULL: too many frames wait. KITH_NOMEM. */
KITH_MUST_USE kith_err outbox_push(struct outbox *o, struct frame *f);

/* The frame with `i` < count before it. Borrowed until the next call. */
struct frame *outbox_at(const struct outbox *o, size_t i);

/* The next bytes to write, at most `max` pieces; returns how many. Borrowed until the next call. */
size_t outbox_peek(const struct outbox *o, kith_slice out[], size_t max);

/* The first `n` bytes are with the kernel: lets go of the frames that are done. */
void outbox_sent(struct outbox *o, size_t n);
