/* bench/crowd.h -- the clients of one way, as an app of that way would be: each believes what it is
 * told. What it is told is counted, and who it is told of is held against who its friends are. */
#pragma once

#include "graph.h"
#include "ways.h"

struct crowd_options {
    const struct way *way;
    const struct graph *graph;
    uint16_t port;
};

enum crowd_kind {
    CROWD_IN,   /* `who` has the states of all its channels */
    CROWD_CAME, /* `who` is told that `about`, another, came; by a diff */
    CROWD_WENT,
};
typedef void (*crowd_fn)(void *ctx, enum crowd_kind kind, uint32_t who, uint32_t about);

struct crowd;

struct crowd *crowd_new(const struct crowd_options *o);
void crowd_free(struct crowd *c); /* NULL is welcome */

void crowd_listen(struct crowd *c, crowd_fn on, void *ctx); /* NULL: nobody */
void crowd_enter(struct crowd *c, uint32_t who);            /* dials, and joins all its channels */
void crowd_drop(struct crowd *c, uint32_t who);             /* without a word */
void crowd_poll(struct crowd *c, double wait_us);

struct crowd_told {
    uint64_t messages, bytes; /* to all clients, headers included */
};
struct crowd_told crowd_told(const struct crowd *c);

uint32_t crowd_channels(const struct crowd *c); /* of each client */
/* Who is told when somebody comes or goes and all others are there. */
uint32_t crowd_audience(const struct crowd *c);

/* Over all clients that are in: others who are in, too, of whom the way promises that they be told,
 * and of whom they have not been told yet. While nobody leaves. */
uint64_t crowd_owed(const struct crowd *c);

/* With all clients in, over all of them. */
struct crowd_views {
    uint64_t strangers; /* others than friends, of whom a client was ever told */
    uint64_t missed;    /* friends whom it does not believe to be online */
};
struct crowd_views crowd_views(const struct crowd *c);
