/* bench/desk.h -- one thread that does what a worker of kith serve does in a turn, with its real
 * shard and mailbox, but without sockets: what its clients send is fed to their edges, and what
 * lands in their outboxes goes into a sink. The store's answers come by mail, from the graph. Only
 * the server's part of a turn is counted as its CPU. */
#pragma once

#include "sink.h"

#include "base/heap.h"
#include "edge/edge.h"
#include "io/mailbox.h"

#include <pthread.h>

enum { DESKS = 2 };

enum desk_work {
    DESK_REST,  /* only what others ask of it */
    DESK_JOIN,  /* its people come, as fast as it can, so many at once */
    DESK_FLIP,  /* they change their status, so many a second; and so does the star, */
    DESK_GO,    /* or it goes and comes, so many times a second */
    DESK_FLOOD, /* as fast as it can, so many at once */
    DESK_END
};

struct desks;
struct taken;
struct said;

struct desk {
    struct desks *all;
    unsigned id;
    struct world *world;
    struct edge_context ctx;
    struct conn **conns; /* by slot */
    uint32_t conn_cap;
    struct heap timers;
    pthread_t thread;

    uint32_t *people; /* whose clients are here, in the order in which they come */
    uint32_t count, come, flipped;
    uint32_t flipped_before; /* this work */
    enum heard makes;        /* what ends a join, or a flip */
    uint32_t *user_of;       /* by slot */
    uint32_t *slot_of;       /* by user; they are counted from 0, every DESKS-th is here */
    struct said *said;       /* what clients send in this turn */
    uint32_t said_count;
    struct said *held; /* of that, what waits until more is written */
    uint32_t held_count;
    struct buf bytes;
    struct taken *taken; /* what they were sent */
    uint32_t taken_count;
    struct mail_queue wants;
    struct buf ids;
    struct sink sink;
    bool busy;          /* something was done in this turn */
    bool idle;          /* it had to wait for it */
    bool rung;          /* there is mail, or there was a moment ago */
    double flip_due_us; /* when the next one is */
    double server_us;   /* CPU of the server's part */
    double others_us;   /* of clients, sink and store */
    double late_us;     /* by how much the latest flip was */
    double star_due_us; /* when the star's next change is */
    bool star_gone;
    uint64_t outbox_bytes, outboxes; /* the most for one client, and the most clients of one turn */
    struct histogram turn_us;        /* of turns in which something was done */

    _Atomic uint64_t due;       /* flips to be delivered */
    _Atomic uint64_t told;      /* flips delivered; or friends shown */
    _Atomic uint64_t made;      /* joins that have their state; or flips whose reply has come */
    _Atomic uint64_t star_told; /* changes of the star's delivered */
    _Atomic uint64_t turns;
};

struct desks {
    const struct friends *friends;
    struct edge_options options;
    struct desk desk[DESKS];
    struct mailbox boxes[DESKS];
    _Atomic uint32_t *since; /* by user, see sink.h */
    uint64_t *shown;
    uint32_t *star_shown;
    double began_us;
    double flips_s; /* of all but the star */
    uint32_t star;  /* UINT32_MAX: there is none */
    double star_flips_s;
    _Atomic uint32_t star_asked; /* the number of its latest change, */
    double star_asked_us;        /* and when */
    _Atomic int work;
};

/* `star`: who is to change apart from all others; UINT32_MAX: nobody.
 *
 * Worlds, clients' tables and mailboxes; the arrays by user are written to once, so that all they
 * take is taken before anybody comes. `seed` tells who is where, and comes when. */
void desks_init(struct desks *d, const struct friends *f, uint32_t star, uint64_t seed);
void desks_start(struct desks *d);

/* From now on they do this, and figures of the last work are gone. They rest before. */
void desks_work(struct desks *d, enum desk_work work);
/* Until nothing more comes of what was done; then all of it may be read. */
void desks_rest(struct desks *d);
void desks_end(struct desks *d);

uint64_t desks_due(const struct desks *d);
uint64_t desks_told(const struct desks *d);
uint64_t desks_made(const struct desks *d);
uint64_t desks_star_told(const struct desks *d);
double desks_server_us(const struct desks *d);
