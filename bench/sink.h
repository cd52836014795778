/* bench/sink.h -- what the clients of one thread are sent: every frame is told apart and counted, a
 * sample is held against the graph, and of what each user is shown while all come, a sum is kept,
 * which tells whether it was shown each of its friends, and once. Of a star, each of whose changes
 * has a number, the latest that each user was shown is kept. */
#pragma once

#include "base/frame.h"
#include "friends.h"
#include "load/histogram.h"

#include <stdatomic.h>

enum heard {
    HEARD_UPGRADED,
    HEARD_REPLY,
    HEARD_STATE,
    HEARD_JOIN,  /* somebody has come */
    HEARD_FLIP,  /* somebody is something else */
    HEARD_STAR,  /* the star is something else, or has come */
    HEARD_LEFT,  /* the star has gone */
    HEARD_CLOSE, /* of the channel that it left */
    HEARD_STRANGE,
    HEARD_KINDS
};

/* Of its numbered changes. */
struct sink_star {
    uint32_t user;   /* UINT32_MAX: there is none */
    uint32_t *shown; /* by user: the latest step that it was told, */
    uint32_t step;   /* which is twice a change's number; its end is the one behind it */
    uint32_t latest; /* that anybody was told */
    uint64_t announced, backward; /* steps told; deliveries behind a later one */
    double latest_us;             /* when the latest was delivered last */
};

struct sink {
    const struct friends *friends;
    uint64_t *shown;               /* by user: the sum */
    const _Atomic uint32_t *since; /* by user: when it asked to join, or was to flip, in us */
    double began_us;               /* from when on they count */
    uint64_t count[HEARD_KINDS], bytes;
    uint64_t entries; /* in all states */
    uint64_t looked;  /* at so many frames and entries, whether they are about a friend, */
    uint64_t leaks;   /* and so many were not */
    struct histogram join_us, flip_us;
    /* The latest frame: others of it follow, as many as there are to read it. */
    const struct frame *frame;
    enum heard kind;
    uint32_t subject;
    struct sink_star star;
};

/* Users are called by numbers from here on. */
enum { SINK_FIRST_ID = 1 };

/* `user` is read only where it matters who it was: it lies anywhere in memory. */
enum heard sink_take(struct sink *s, const uint32_t *user, const struct frame *f);

/* The frames that it remembers are gone. */
static inline void sink_forget(struct sink *s) { s->frame = NULL; }

/* What the sum comes to of a user who was shown each friend once. */
uint64_t sink_sum(const struct friends *f, uint32_t user);
