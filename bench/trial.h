/* bench/trial.h -- one way of doing presence with so many users: they all come at once, and then
 * one after the other goes and comes back. */
#pragma once

#include "ring.h"
#include "ways.h"

enum measure {
    STORM_MESSAGES,
    STORM_BYTES,
    STORM_CPU,
    STORM_RATE,
    STORM_BUSY,
    FLIP_MESSAGES,
    FLIP_BYTES,
    FLIP_CPU,
    FLIP_ENCODINGS,
    USER_BYTES,
    USER_PRESENCES,
    USER_CHANNELS,
    USER_STRANGERS,
    USER_MISSED,
    MEASURES
};

struct measure_text {
    const char *key; /* of files and columns */
    const char *title, *unit;
};
extern const struct measure_text measure_texts[MEASURES];

struct trial {
    const struct way *way;
    const struct ring *ring;
    const char *examples; /* the folder of the programs */
    const char *file;     /* of the graph */
    uint32_t window;      /* joins under way at once */
    uint32_t flips, rate; /* so many, at most so many a second */
    double bound_s;       /* of the storm, and of the flips */
};

/* False: it took too long, and `why` says how far it came; there are no values. Dies if anybody was
 * not told of whom the way promises, or of somebody else. */
bool trial_play(const struct trial *t, double values[MEASURES], char why[96]);
