/* bench/bare.h -- the floor to measure against: a process that does nothing but one `send` of a
 * finished frame to each of a user's friends. Those who read are clients of src/load, as those of a
 * server are, and read likewise. */
#pragma once

#include "io/load_options.h"
#include "load/plan.h"

struct bare;

/* A child with a socket to each user, and the clients behind these. `o` is what a server's clients
 * are made with: graph and names are used, and borrowed. */
struct bare *bare_start(const struct load_options *o, const struct user_order *order,
                        int send_core);
void bare_stop(struct bare *b); /* NULL is welcome */

struct bare_order {
    uint32_t rate, flips; /* so many a second, and in all; each is one frame to all friends */
    uint64_t first;       /* flip n is about the user at place first + n */
    uint32_t frame_bytes;
    double begin_us; /* set by bare_send */
};

/* What a frame took. */
struct bare_took {
    double send_us; /* CPU of the sender, with that of its core's softirq thread */
    double read_us; /* CPU of who reads */
    double waits;   /* how often that one had nothing to read, and slept */
};

struct bare_took bare_send(struct bare *b, const struct bare_order *o);
