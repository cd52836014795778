/* bench/desk_state.h -- what clients, sink and store of a desk do beside the server; for its own
 * parts. */
#pragma once

#include "desk.h"

enum { SAID_MAX = 4096, EVENTS_MAX = 256, TAKEN_MAX = 1 << 20 }; /* of one turn */

/* What one client sends in this turn. */
struct said {
    uint32_t user;
    uint32_t at, len; /* in the desk's bytes */
    bool opens;       /* it connects first */
};

/* A frame that one client was sent. */
struct taken {
    uint32_t slot;
    struct frame *frame;
};

/* Makes what clients send in this turn. Returns when they have more to send, if nothing comes. */
double desk_say(struct desk *d, enum desk_work work);

/* Keeps a frame for the sink, which looks at them later: that is not the server's work. */
void desk_take(struct desk *d, uint32_t slot, struct frame *f);
void desk_sink(struct desk *d);

/* The store's answer to what a shard wants; NULL: it gets none. */
struct mail *desk_answer(struct desk *d, const struct mail *want);
