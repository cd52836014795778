/* bench/ring.h -- who is whose friend: every user has the same number of friends, all mutual, who
 * lie anywhere among the users. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define RING_FIRST_ID 1000000u /* the id of user 0; the others follow */

/* Users stand on a shuffled ring; friends are those `step` places ahead or behind. */
struct ring {
    uint32_t users, friends; /* friends is even */
    uint32_t *place;         /* of a user */
    uint32_t *user;          /* of a place */
    uint32_t *steps;         /* friends / 2 of them, all different */
};

/* The same for the same numbers. friends < users; an odd one is rounded down. */
void ring_init(struct ring *g, uint32_t users, uint32_t friends);
void ring_fini(struct ring *g);

uint32_t ring_friend(const struct ring *g, uint32_t user, uint32_t k); /* k < friends */

/* Half of each user's friends become those next on the ring: who are each other's friends, too. */
void ring_cluster(struct ring *g);

/* One line a friendship: "<id> <id>", or two, both ways. */
void ring_write(const struct ring *g, bool both_ways, FILE *out);
