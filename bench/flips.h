/* bench/flips.h -- status changes at a steady rate, as an open loop: what is due is sent, whatever
 * came back. */
#pragma once

#include "stage.h"

struct flips {
    struct stage *s;
    uint32_t rate;
    uint32_t deaf;  /* users at places below this one read nothing, and so are told nothing */
    double *due_us; /* of each user's latest flip: latency counts from there, sent late or not; 0:
                       what is told of it is somebody else's doing */
    uint64_t sent, expected, told;
    struct percentiles late;
    struct meter sum;
};

void flips_init(struct flips *f, struct stage *s, uint32_t rate, uint32_t deaf);
void flips_fini(struct flips *f);
void flips_run(struct flips *f, uint32_t count); /* so many, and until they have been told */
