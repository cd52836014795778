/* io/tls_conn.h -- TLS on one accepted socket: its handshake, and reads and writes instead of the
 * system's. One thread's. */
#pragma once

#include "base/stats.h"
#include "io/tls.h"
#include "io/tls_bio.h"

#include <sys/types.h>
#include <sys/uio.h>

/* Handshakes that are under way on one thread. Each is a millisecond's work, so that a turn has
 * time for a few; and whoever begins one and goes silent holds memory, so that there is a bound. */
struct tls_handshakes {
    struct stats *stats; /* where they are counted */
    struct tls_conn *eldest, *newest;
    uint32_t count;
    uint64_t spent_us; /* in this turn: its owner sets it back */
};

struct tls_conn {
    struct tls *tls;
    struct ssl_st *ssl; /* NULL: no byte has come */
    struct tls_handshakes *handshakes;
    struct tls_conn *older, *newer; /* while its handshake is under way */
    struct tls_bio socket;
    uint8_t idle_records; /* that came without data behind the handshake */
    bool established;
    bool ended;  /* the peer has said that it sends no more */
    bool failed; /* nothing can be read or written any more */
};

/* On a socket that does not block, and stays the caller's. */
void tls_conn_init(struct tls_conn *t, int fd, struct tls *tls, struct tls_handshakes *h);
/* Says goodbye if it can. */
void tls_conn_fini(struct tls_conn *t);

/* What has come, of at most `max` bytes of the socket, and all that OpenSSL has of them. 0: the
 * peer has ended in order. Below 0 an error number. EAGAIN: nothing is there yet, or the handshake
 * has to wait for the next turn, with the socket still to be read; ENOBUFS: for room in the socket.
 * If `ended` or `failed` is set though bytes were read, it is what came behind them. */
ssize_t tls_conn_read(struct tls_conn *t, uint8_t *out, size_t max);

/* As sendmsg of at least one piece, at most a record of 16 KiB; what did not fit comes again in
 * front. Returns how many bytes, or an error number below 0. */
ssize_t tls_conn_write(struct tls_conn *t, const struct iovec pieces[], size_t count);

/* Says that no more is sent, behind all that was. 0, or an error number below 0. */
int tls_conn_end(struct tls_conn *t);
