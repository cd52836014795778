/* bench/million_memory.h -- what users take in memory, and in which room. */
#pragma once

#include "desk.h"
#include "figures.h"

/* Of the process, in bytes. */
struct memory {
    double resident;
    double heap;  /* handed out */
    double holes; /* free, and kept by the allocator */
};
struct memory memory_now(void);

/* What all users of desks that rest take beyond what was taken `before` they came. */
void memory_figures(const struct desks *all, const struct memory *before, struct figures *f);
