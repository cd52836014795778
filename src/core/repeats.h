/* core/repeats.h -- which of a run's numbered frames have been heard: whoever sends a frame once
 * more, of those that it has listened to, is not to be believed. A window behind the latest number,
 * since two that are sent one after the other may come the other way round. Pure; {0} has heard
 * nothing. */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

enum { REPEATS_WINDOW = 64, REPEATS_RUNS = 2 * PEERS_MAX };

struct repeats_run {
    uint64_t inc;
    uint64_t latest; /* number */
    uint64_t heard;  /* bit i: latest - i */
    uint64_t turn;   /* when its latest was heard */
    bool begun;      /* see repeats_begin */
};

struct repeats {
    uint64_t turn;
    uint32_t count;
    struct repeats_run runs[REPEATS_RUNS];
};

/* Whether the run `inc` has not been heard to say this number, nor one REPEATS_WINDOW later: from
 * now on it has. A run of which nothing is known may begin with any; 0 is no number, and always
 * new. With all places taken, who was heard last so long ago makes room, of those that have not
 * begun if there are any. O(runs). */
bool repeats_new(struct repeats *r, uint64_t inc, uint64_t number);

/* The run has proved that it lives, and has said so much by now: whatever of that comes from now on
 * may be said by anybody. */
void repeats_begin(struct repeats *r, uint64_t inc, uint64_t number);
