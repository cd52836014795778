/* load/facts.h -- what has become of each user, told by the process whose user it is to all others,
 * by memory that they share. Written while a phase runs, looked at when it has settled; times are
 * looked at before, and are then of what has reached the server already. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { FACT_TURN_UNKNOWN = UINT16_MAX };

struct fact {
    uint64_t left_us, dial_us, back_us; /* of its latest socket: closed (the one before), dialed,
                                           joined; 0: not yet */
    uint32_t flips, flips_before;       /* sent, in all and before this phase */
    uint16_t turn;                      /* of its latest status; 0: none of ours */
    bool online;
    bool stalled; /* it reads nothing, and so is told nothing */
};
