/* shard/client.h -- the sockets of this shard as addresses for frames: an outbox each, and what a
 * slow one is owed. The table is laid out for the fan-out: a slot number leads to the outbox in one
 * step. */
#pragma once

#include "base/now.h"
#include "base/outbox.h"
#include "base/stats.h"
#include "wire/phx.h"

struct social;
struct session;

struct client {
    struct outbox outbox;
    struct social *social;   /* its session's social side (shard/social.h), or NULL */
    struct session *session; /* the edge's, for news; never looked into here */
    uint32_t generation;     /* 24 bits; a handle with another one is of the past */
    uint32_t next;           /* in the list of dirty or of free slots */
    uint32_t next_waiting;   /* in the list of those whose presence frames wait */
    uint32_t excused; /* bytes to the end of the last frame that was let in whatever its size:
                         the bound is for what waits behind it */
    uint16_t since;   /* when it began to wait; the low bits of a time in ms */
    enum phx_vsn vsn : 7;
    bool held : 1; /* once it is closed the slot is nobody's yet, see clients_hold */
    bool open;
    bool dirty;   /* in the dirty list: something to write */
    bool waiting; /* in that list */
    bool behind;  /* presence frames were withheld: owes a full state when it has drained */
    bool overrun; /* a frame that must arrive did not fit: close the socket */
};

struct clients;

/* Of the memory's lines, which the fan-out waits for. */
enum { CLIENT_BYTES = 64 };
_Static_assert(sizeof(struct client) == CLIENT_BYTES, "one line each");

/* `now` and `stats` are the world's. NULL: no memory. */
struct clients *clients_new(uint32_t outbox_bytes_max, const struct now *now, struct stats *stats);
void clients_free(struct clients *c);
void clients_limit(struct clients *c, uint32_t outbox_bytes_max); /* from now on */

/* A new address. KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err clients_open(struct clients *c, uint32_t *slot);
void clients_close(struct clients *c, uint32_t slot); /* drops what waits */

/* Something still leads to the slot: nobody else gets it before it is let go of, even if it is
 * closed meanwhile. */
void clients_hold(struct clients *c, uint32_t slot);
void clients_let_go(struct clients *c, uint32_t slot);

/* Borrowed while it is open, or held; never moves. */
struct client *clients_at(const struct clients *c, uint32_t slot);

/* A name for a client that other threads may keep: never 0, and stale once the client is closed. */
uint64_t clients_handle(const struct clients *c, uint32_t slot);
bool clients_find(const struct clients *c, uint64_t handle, uint32_t *slot);

/* Queues a frame that must arrive (reply, push): takes a reference of its own. It may be of any
 * size unless the client is congested, and has room up to OUTBOX_BURST_BYTES_MAX, or the bound if
 * that is more: presence frames leave it. What does not fit closes the socket, and so does NULL:
 * there was no memory for it. */
void clients_push(struct clients *c, uint32_t slot, struct frame *f);
void clients_send(struct clients *c, uint32_t slot, struct frame *f); /* the same; takes `f` */
/* Queues a full state, of any size; what follows it has all the room that there is. */
void clients_push_state(struct clients *c, uint32_t slot, struct frame *f);
/* Queues a presence frame, or withholds it from a client that is behind. It waits to be released,
 * or leaves before any frame of the other kinds. */
void clients_deliver(struct clients *c, uint32_t slot, struct frame *f);

/* One that became slow: presence frames were withheld from it, first at that time (mono). */
struct slow_client {
    uint64_t handle, since_ms;
};
/* The last SLOW_NOTED of them, the `i`-th latest; gone ones too. False: there are no more. */
bool clients_slow(const struct clients *c, uint32_t i, struct slow_client *out);

/* It lacks something that there was no memory to tell, and is owed a full state. */
void clients_fall_behind(struct clients *c, uint32_t slot);

/* The first `n` bytes of what waits are with the kernel. */
void clients_sent(struct clients *c, uint32_t slot, size_t n);

/* Much waits for it: what it asks next is left until it has taken that, so that however much it
 * asks at once, no answer is too much. */
bool clients_congested(const struct clients *c, uint32_t slot);

/* The next slot with something to write or to close, or UINT32_MAX. Each is returned once a change.
 */
uint32_t clients_next_dirty(struct clients *c);
void clients_mark_dirty(struct clients *c, uint32_t slot);

/* Makes dirty whose presence frames have waited for `waited_ms` (at most 60,000) or longer, the
 * first `max` of them in the order in which they began to. Returns how many. */
uint32_t clients_release(struct clients *c, uint32_t max, uint32_t waited_ms);
uint32_t clients_waiting(const struct clients *c); /* how many are still to be released */

uint32_t clients_count(const struct clients *c);
/* Behind the last slot that was ever in use; one that is not open has no session. */
uint32_t clients_end(const struct clients *c);
