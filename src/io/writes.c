/* io/writes.c -- many sockets written to at once, by io_uring (io_uring(7)) or without. */
#include "io/writes.h"

#include "base/assert.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

/* Without MSG_DONTWAIT a full socket's request would wait in the kernel instead of failing. */
enum { FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT };

/* Where the kernel knows these two it spares itself locks and interrupts: one thread only submits
 * here, and looks at what is done at once. */
static int open_ring(struct io_uring *ring)
{
    unsigned best = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    int e = io_uring_queue_init(WRITES_MAX, ring, best);
    return e == -EINVAL ? io_uring_queue_init(WRITES_MAX, ring, 0) : e;
}

int writes_init(struct writes *w, bool together)
{
    w->ring = NULL;
    writes_clear(w);
    if (!together) return 0;
    struct io_uring *ring = malloc(sizeof *ring);
    int e = ring ? -open_ring(ring) : ENOMEM;
    if (e)
        free(ring);
    else
        w->ring = ring;
    return e;
}

void writes_fini(struct writes *w)
{
    if (w->ring) io_uring_queue_exit(w->ring);
    free(w->ring);
    w->ring = NULL;
}

struct iovec *writes_room(struct writes *w)
{
    bool full = w->count == WRITES_MAX || w->piece_count + IOV_MAX_PIECES > WRITES_PIECES_MAX;
    return full ? NULL : &w->pieces[w->piece_count];
}

void writes_add(struct writes *w, int fd, size_t n, void *who)
{
    struct iovec *pieces = writes_room(w);
    KITH_ASSERT(pieces && n > 0 && n <= IOV_MAX_PIECES);
    w->all[w->count++] =
        (struct write){.who = who, .message = {.msg_iov = pieces, .msg_iovlen = n}, .fd = fd};
    w->piece_count += n;
}

void writes_clear(struct writes *w) { w->count = w->piece_count = 0; }

static void put(struct io_uring *ring, struct write *x, size_t i)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    const struct iovec *only = x->message.msg_iov;
    KITH_ASSERT(sqe);
    if (x->message.msg_iovlen == 1)
        io_uring_prep_send(sqe, x->fd, only->iov_base, only->iov_len, FLAGS);
    else
        io_uring_prep_sendmsg(sqe, x->fd, &x->message, FLAGS);
    sqe->user_data = i;
}

/* Waits for `count` requests that are under way; with FLAGS they are over already. */
static void take(struct writes *w, unsigned count)
{
    struct io_uring_cqe *cqe;
    while (count) {
        unsigned head, n = 0;
        io_uring_for_each_cqe(w->ring, head, cqe)
        {
            w->all[cqe->user_data].result = cqe->res;
            n++;
        }
        io_uring_cq_advance(w->ring, n);
        count -= n;
        if (count) (void)io_uring_wait_cqe(w->ring, &cqe);
    }
}

/* Returns how many of the first ones are done: all, or the ring is of no more use. */
static size_t go_together(struct writes *w, unsigned *calls)
{
    size_t done = 0;
    for (size_t i = 0; i < w->count; i++)
        put(w->ring, &w->all[i], i);
    while (done < w->count) {
        int n = io_uring_submit(w->ring);
        ++*calls;
        if (n == -EINTR) continue;
        if (n <= 0) break;
        take(w, (unsigned)n);
        done += (size_t)n;
    }
    return done;
}

static void go_alone(struct write *x)
{
    do
        x->result = sendmsg(x->fd, &x->message, FLAGS);
    while (x->result < 0 && errno == EINTR);
    if (x->result < 0) x->result = -errno;
}

/* A ring that fails still holds what it has not taken: it goes, and single calls take over. */
unsigned writes_go(struct writes *w)
{
    unsigned calls = 0;
    size_t done = 0;
    if (w->ring && w->count > 1) done = go_together(w, &calls);
    if (calls && done < w->count) writes_fini(w);
    for (; done < w->count; done++, calls++)
        go_alone(&w->all[done]);
    return calls;
}
