/* io/conn.h -- one accepted socket: what it reads goes to its edge, what waits in its outbox is
 * written with one system call a turn. */
#pragma once

#include "edge/edge.h"

struct conn {
    struct edge edge;
    struct buf rest;     /* input the edge could not use yet */
    uint64_t due_ms;     /* when its tick is scheduled */
    uint64_t stalled_ms; /* since when the socket takes nothing; 0: it does */
    int fd;
    uint32_t events;      /* what the loop was asked for */
    uint32_t linger_left; /* bytes still read and dropped after the last was written */
    bool lingering;
    bool held;  /* the rest waits until the peer has taken its answers, or has got one */
    bool ended; /* the peer sends no more, and is still given what waits */
};

enum conn_state {
    CONN_OPEN,
    CONN_BLOCKED, /* the kernel takes no more: wait until it is writable */
    CONN_CLOSED,  /* to be closed by the caller */
};

/* Reads once and feeds. `scratch` has READ_BYTES_MAX bytes and is shared by all of a thread. */
enum conn_state conn_read(struct conn *c, uint8_t *scratch);

/* Whether there is any use in reading: else the peer waits, or has ended. */
bool conn_reads(const struct conn *c);

/* Writes what waits, and goes on with input that was held. Once all is written, a socket that is
 * done is half-closed and lingers, so that the peer gets the last bytes before any reset. */
enum conn_state conn_flush(struct conn *c);

/* Does what is due; *next_ms is when to look again. */
enum conn_state conn_tick(struct conn *c, uint64_t *next_ms);
