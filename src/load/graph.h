/* load/graph.h -- who watches whom: a friend graph made of a seed, or out of edges that were read.
 * Users are numbers from 0. Pure. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define GRAPH_NONE UINT64_MAX

struct graph {
    uint32_t users;
    uint64_t *first;    /* users + 1 of them: user u's edges are [first[u], first[u + 1]) */
    uint32_t *watched;  /* of each edge; a user's are sorted, each once */
    uint32_t *audience; /* of each user: how many watch them */
};

static inline uint64_t graph_edges(const struct graph *g) { return g->first[g->users]; }

/* The edge from `watcher` to `watched`, or GRAPH_NONE. O(log). */
uint64_t graph_edge(const struct graph *g, uint32_t watcher, uint32_t watched);

/* Edges before they are a graph. */
struct graph_pairs {
    uint32_t (*at)[2]; /* watcher, watched */
    uint64_t count, room;
    bool failed; /* out of memory; asked once, at the end */
};
void graph_pairs_add(struct graph_pairs *p, uint32_t watcher, uint32_t watched);
void graph_pairs_fini(struct graph_pairs *p);

/* Takes what `p` holds, edges that stand there twice once. {0} is no graph; KITH_NOMEM leaves it
 * so. */
KITH_MUST_USE kith_err graph_build(struct graph *g, uint32_t users, struct graph_pairs *p);
void graph_fini(struct graph *g);

/* The same for the same numbers, on every machine. KITH_NOMEM; KITH_BAD: there are too few users
 * (less than two, for a ring `near` or less, likewise for `friends`). */

/* Everybody and the `near` (even) next to them on a ring. */
KITH_MUST_USE kith_err graph_ring(struct graph *g, uint32_t users, uint32_t near);

/* Everybody has so many (even) friends, each other's, who lie anywhere among the users. */
KITH_MUST_USE kith_err graph_regular(struct graph *g, uint32_t users, uint32_t friends,
                                     uint64_t seed);

/* Friends, each other's, as in a social network: most have fewer than the mean, some have very many
 * (lognormal; with a mean of 190 the median is about 100, the most 5000), and many of a user's
 * friends are each other's, too. Where there are few users the mean is at most a quarter of them.
 */
KITH_MUST_USE kith_err graph_friends(struct graph *g, uint32_t users, uint32_t mean, uint64_t seed);

/* Who follows whom, one way: lists as long as those of friends, and a few celebrities, whom every
 * second, every fourth.. user follows. */
KITH_MUST_USE kith_err graph_follow(struct graph *g, uint32_t users, uint32_t mean, uint64_t seed);
