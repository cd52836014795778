/* io/conn.h -- one accepted socket: what it reads goes to its edge, what waits in its outbox is
 * written with one system call a turn. */
#pragma once

#include "edge/edge.h"
#include "io/tls_conn.h"

#include <sys/uio.h>

/* What a write needs stands first, in one line of memory: most of them find theirs cold. */
struct conn {
    int fd;
    uint32_t events; /* what the loop was asked for */
    union {
        uint32_t linger_left; /* bytes still read and dropped after the last was written */
        uint32_t begun_ms; /* not lingering: since when it has begun more than is free, low bits */
    };
    bool lingering : 1;
    bool held : 1;    /* the rest waits until the peer has taken its answers, or has got one */
    bool ended : 1;   /* the peer sends no more, and is still given what waits */
    bool blocked : 1; /* the kernel took no more, and has not said that it does again */
    bool writing : 1; /* between conn_pieces and conn_wrote */
    bool tls : 1;     /* it is the first part of a struct conn_tls */
    uint16_t unfinished_kib; /* of the thread's unfinished bytes (edge/room.h) */
    struct edge edge;
    struct buf rest;     /* input the edge could not use yet */
    uint64_t due_ms;     /* when its tick is scheduled */
    uint64_t stalled_ms; /* since when the socket takes nothing; 0: it does */
};
_Static_assert(sizeof(struct conn) <= 136, "what an open socket costs, and a header of 8");

enum conn_state {
    CONN_OPEN,
    CONN_BLOCKED, /* the kernel takes no more: wait until it is writable */
    CONN_CLOSED,  /* to be closed by the caller */
};

/* What TLS takes stands behind, so that a plain socket has nothing of it. */
struct conn_tls {
    struct conn conn;
    struct tls_conn tls;
};

/* Plain if `tls` is NULL; else its handshake is one of `h`. Takes `fd`; its edge is the caller's to
 * begin, and to end. NULL: out of memory, and nothing is taken. */
struct conn *conn_new(int fd, struct tls *tls, struct tls_handshakes *h);
void conn_free(struct conn *c);

/* Reads once, at most `max` bytes of its socket, and feeds. `scratch` has READ_BYTES_MAX bytes and
 * is shared by all of a thread. */
enum conn_state conn_read(struct conn *c, uint8_t *scratch, size_t max);

/* Whether it has begun more than is free, and not ended it. */
static inline bool conn_begins_much(const struct conn *c)
{
    return c->unfinished_kib * 1024u > UNFINISHED_FREE_BYTES;
}
/* It makes room for others: the peer is told to come again, and what is to be written then is. */
void conn_refuse(struct conn *c);

/* Whether there is any use in reading: else the peer waits, or has ended. */
bool conn_reads(const struct conn *c);

/* What is to be written, at most IOV_MAX_PIECES pieces; returns how many. They are borrowed until
 * conn_wrote, and until then no more may be asked for. 0: there is nothing, or no use in trying; so
 * conn_wrote comes at once. */
size_t conn_pieces(struct conn *c, struct iovec out[]);

/* `n` bytes of that were written, or -n is the error; 0 if there were no pieces. Writes what more
 * waits, and goes on with input that was held. Once all is written, a socket that is done is
 * half-closed and lingers, so that the peer gets the last bytes before any reset. */
enum conn_state conn_wrote(struct conn *c, ssize_t n);

/* Has the memory brought near that conn_wrote will want; to be called some time before. */
static inline void conn_fetch_more(const struct conn *c)
{
    uintptr_t session = (uintptr_t)c->edge.session; /* a number: there may be none */
    __builtin_prefetch((const void *)session);
    __builtin_prefetch((const void *)(session + 64));
}

/* The kernel takes more again. */
void conn_unblock(struct conn *c);

/* Does what is due; *next_ms is when to look again. */
enum conn_state conn_tick(struct conn *c, uint64_t *next_ms);
