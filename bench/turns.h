/* bench/turns.h -- the server and the bare loop take turns, so that both see the same machine. */
#pragma once

#include "stage.h"

struct turns {
    struct load_phase sum; /* of the server's turns */
    struct bare_took loop; /* of the loop's, together */
    double frame_bytes;    /* of a diff, with its header */
    unsigned count;
};

/* Behind a turn of the server's, which is added: one of the loop's, which sends to the same users,
 * at the same pace, frames of the same size. */
void turn_about(struct turns *t, struct stage *s, const struct load_phase *p,
                struct bare_order order);

/* The figures of both, and their ratio; `what` is what one is of the server's. */
void note_turns(struct stage *s, const struct turns *t, const char *scene, const char *what,
                struct target ratio);
