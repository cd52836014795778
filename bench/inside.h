/* bench/inside.h -- nodes of one cluster in this process, each one shard of the real code, its
 * frames with their MACs too: only the engine between them is a queue, which counts. */
#pragma once

#include "shard/world.h"

enum { INSIDE_MAX = 9 };

struct inside_node {
    struct world *w; /* NULL: it does not run */
    uint64_t inc;
    double cpu_us; /* of taking frames in, and of turns in which there was something to do */
    bool fed;      /* since its last turn */
};

struct inside_sent {    /* heartbeats are not in it */
    uint64_t frames;    /* published */
    uint64_t delivered; /* to other nodes */
    uint64_t bytes;     /* published */
};

struct inside {
    struct inside_node nodes[INSIDE_MAX];
    unsigned count;
    struct now now;
    struct inside_sent sent;
};

/* All of them up, and empty. */
void inside_begin(struct inside *in, unsigned count);
void inside_end(struct inside *in);
void inside_start(struct inside *in, unsigned node); /* one that does not run */

/* Until nothing is under way at this moment. */
void inside_settle(struct inside *in);
void inside_pass(struct inside *in, uint64_t ms); /* in steps of a millisecond */

/* User `id` appears on a node, or changes its status to one of two. */
void inside_join(struct inside *in, unsigned node, uint64_t id);
void inside_flip(struct inside *in, unsigned node, uint64_t id);

uint64_t inside_presences(const struct inside *in, unsigned node);
bool inside_takes_clients(const struct inside *in, unsigned node);
bool inside_complete(const struct inside *in, unsigned node, uint64_t presences);
