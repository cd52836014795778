/* bench/bare.h -- the floor to measure against: a process that does nothing but one `send` of a
 * finished frame to each of a user's friends, and another that reads. */
#pragma once

#include "graph.h"

struct bare;

/* Two children with a socket for each user of `g` between them. */
struct bare *bare_start(const struct graph *g, int send_core, int read_core);
void bare_stop(struct bare *b); /* NULL is welcome */

struct bare_order {
    uint32_t rate, flips; /* so many a second, and in all; each is one frame to all friends */
    uint32_t first;       /* flip n is about the user at place first + n */
    uint32_t frame_bytes;
};

/* The sender's CPU for each frame, with that of its core's softirq thread. */
double bare_us(struct bare *b, const struct bare_order *o);
