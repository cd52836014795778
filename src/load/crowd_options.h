/* load/crowd_options.h -- whose clients a crowd is, and what they do. */
#pragma once

#include "load/crowd_param.h"
#include "load/names.h"
#include "load/view.h"
#include "wire/phx.h"

struct crowd_options {
    const struct graph *graph;
    const struct user_order *order;
    const struct names *names;
    struct fact *facts; /* of all users; the own ones are written */
    uint32_t process, processes, hot;
    uint32_t stalled;    /* the users at so many first places read nothing once they have joined */
    uint32_t beside;     /* see struct view */
    uint32_t note_bytes; /* of text in each status */
    enum phx_vsn vsn;
    bool own_topic; /* joins user:<id>; else friends */
    bool hold;      /* diffs that come before the state wait for it, as in phoenix.js' Presence */
    const struct crowd_param *params;
    uint32_t param_count;
};
