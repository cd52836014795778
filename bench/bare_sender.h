/* bench/bare_sender.h -- the process of the bare loop that sends. */
#pragma once

#include "bare.h"

struct bare_sender {
    const struct graph *graph;
    const struct user_order *order;
    uint64_t first_id; /* users are called by numbers from here on */
    int listener;
    int line; /* orders one way, microseconds for each frame the other; first 0: all are there */
    int core;
};

/* Until the line ends. Never returns. */
_Noreturn void bare_sender_run(const struct bare_sender *o);
