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
    uint32_t linger_left; /* bytes still read and dropped after the last was written */
    bool lingering;
    bool waits_writable; /* asked the loop for EPOLLOUT */
};

enum conn_state {
    CONN_OPEN,
    CONN_BLOCKED, /* the kernel takes no more: wait until it is writable */
    CONN_CLOSED,  /* to be closed by the caller */
};

/* Reads once and feeds. `scratch` has READ_BYTES_MAX bytes and is shared by all of a thread. */
enum conn_state conn_read(struct conn *c, uint8_t *scratch);

/* Writes what waits. Once all is written, a socket that is done is half-closed and lingers, so that
 * the peer gets the last bytes before any reset. */
enum conn_state conn_flush(struct conn *c);

/* Does what is due; *next_ms is when to look again. */
enum conn_state conn_tick(struct conn *c, uint64_t *next_ms);
