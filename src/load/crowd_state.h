/* load/crowd_state.h -- what a crowd is made of: for load/crowd.c, which knows of sockets that come
 * and go, and load/crowd_take.c, which knows what comes on them. */
#pragma once

#include "load/client.h"
#include "load/crowd_options.h"
#include "load/heard.h"
#include "load/people.h"

enum member_state {
    MEMBER_OFF,
    MEMBER_DIALED,
    MEMBER_OPENING,
    MEMBER_OPEN, /* and asks for nothing */
    MEMBER_JOINING,
    MEMBER_STALLED, /* joins, as far as others can tell */
    MEMBER_JOINED
};

struct member {
    struct client client;
    struct buf early; /* diffs held back: of each its length, and its payload */
    uint64_t due_us;  /* of its join */
    enum member_state state;
};

struct crowd {
    struct crowd_options o;
    struct view view;
    struct people people;
    struct heard heard;
    struct tally *tally;
    struct buf status; /* scratch */
    uint32_t count, flying, in;
    struct member members[];
};

static inline struct member *member_of(struct crowd *c, uint32_t user)
{
    return &c->members[user / c->o.processes];
}

/* What the user joins; in `room`, where it has to be made. */
kith_slice crowd_topic(const struct crowd *c, uint32_t user, struct buf *room);
/* The user's socket is to be closed, or has been. */
void crowd_end(struct crowd *c, uint32_t user);
/* It is upgraded: appends what the user asks for then. */
void crowd_opened(struct crowd *c, uint32_t user, uint64_t now_us, struct buf *out);
/* A state has come: the first one ends a join. */
void crowd_joined(struct crowd *c, uint32_t user, uint64_t now_us);
