/* io/worker_state.h -- what a worker is; for its own files. */
#pragma once

#include "base/timers.h"
#include "io/api_room.h"
#include "io/nodes.h"
#include "io/tls_conn.h"
#include "io/worker_options.h"
#include "io/writes.h"

#include <pthread.h>

struct conn;
struct polls;

struct worker {
    struct worker_options o;
    pthread_t thread;
    _Atomic pid_t tid; /* the system's number of the thread; 0: it has not begun */
    struct world *world;
    struct edge_context public_ctx, api_ctx;
    struct polls *polls;     /* on public_ctx */
    struct nodes nodes;      /* of the first worker */
    bool serving;            /* it takes clients */
    struct api_room api;     /* operators' connections */
    uint32_t polls_reported; /* of them are counted in o.connections */
    int epoll_fd;
    struct conn **conns; /* by slot */
    uint32_t conn_cap, conn_count;
    struct timers timers;     /* of conns: when each is looked at */
    struct timers begun;      /* of those who have begun much, and when */
    uint64_t accept_again_ms; /* listeners are out of the loop until then; 0: they are in */
    uint64_t measured_ms;     /* when the process was, which is told on the API's worker */
    uint64_t stats_ms;        /* when figures may next be reported */
    struct stats reported;    /* what had been counted then */
    enum worker_phase phase;
    uint32_t round, version; /* gone through; of the settings that hold */
    struct {
        uint64_t from_ms, for_ms;
        uint32_t count, told; /* sockets when it began, and how many of them have been closed */
        uint32_t slot;        /* up to which */
        bool over;
    } leaving;
    uint64_t stop_ms; /* the drain's deadline */
    struct tls_handshakes handshakes;
    struct writes writes;
    struct notes notes; /* for the log */
    unsigned turns;     /* with something to read */
    size_t read_max;    /* of a socket in this one */
    uint8_t scratch[READ_BYTES_MAX];
};

/* worker_serve.c */

struct epoll_event;
void worker_serve(struct worker *w, const struct epoll_event *events, int n); /* what has come */
void worker_run_timers(struct worker *w);                                     /* what is due */

/* worker_down.c */

void worker_close_public(struct worker *w); /* again is fine */
/* Goes through a phase that the host has announced. True: it is through, which the host waits for.
 */
bool worker_follow(struct worker *w, enum worker_phase phase);
void worker_leave(struct worker *w); /* closes those whose turn has come; operators stay */
bool worker_ended(const struct worker *w);
