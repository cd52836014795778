/* io/writes.h -- many sockets written to at once. What is to be written is put down, socket by
 * socket, and then given to the system together: by io_uring in one system call, or, where there is
 * none or it is not allowed, by one call each. Either way nothing waits, and all is over when
 * writes_go returns. One thread's. */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct io_uring;

/* Of one socket. */
struct write {
    void *who; /* the caller's */
    struct msghdr message;
    int fd;
    ssize_t result; /* once it is over: bytes that the system took, or an error number below 0 */
};

struct writes {
    struct io_uring *ring; /* NULL: one system call each; also once it has failed */
    size_t count, piece_count;
    struct write all[WRITES_MAX];
    struct iovec pieces[WRITES_PIECES_MAX];
};

/* Empty. With `together` it tries io_uring; 0, or the error number why there is none. To be called
 * on the thread that writes. */
int writes_init(struct writes *w, bool together);
void writes_fini(struct writes *w);

/* Room for the next socket's IOV_MAX_PIECES pieces. NULL: writes_go is due first. */
struct iovec *writes_room(struct writes *w);
/* The first `n` of them are for `fd`, which does not block. What they point to stays where it is
 * until writes_go has returned. */
void writes_add(struct writes *w, int fd, size_t n, void *who);

/* Writes all of them, in their order, each once; how much of each is in its result. They stay to be
 * read until the next writes_clear. Returns how many system calls it took. */
unsigned writes_go(struct writes *w);
void writes_clear(struct writes *w);
