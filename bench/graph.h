/* bench/graph.h -- who is whose friend: every user has the same number of friends, all mutual, who
 * lie anywhere among the users. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Users stand on a shuffled ring; friends are those `step` places ahead or behind. */
struct graph {
    uint32_t users, friends; /* friends is even */
    uint32_t *place;         /* of a user */
    uint32_t *user;          /* of a place */
    uint32_t *steps;         /* friends / 2 of them, all different */
};

/* The same for the same numbers. friends < users; an odd one is rounded down. */
void graph_init(struct graph *g, uint32_t users, uint32_t friends);
void graph_fini(struct graph *g);

uint32_t graph_friend(const struct graph *g, uint32_t user, uint32_t k); /* k < friends */

/* Half of each user's friends become those next on the ring: who are each other's friends, too. */
void graph_cluster(struct graph *g);

/* One line a friendship: "<id> <id>", ids counted from `first_id`; or two, both ways. */
void graph_write(const struct graph *g, uint32_t first_id, bool both_ways, FILE *out);
