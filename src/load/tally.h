/* load/tally.h -- what one process counts in one phase: plain numbers, so that it can be handed
 * from process to process as it lies in memory. */
#pragma once

#include "load/histogram.h"

struct tally {
    /* What the generator did */
    uint64_t dialed, opened, joined; /* opened: PHASE_OPEN alone; joined: the state has come */
    uint64_t flips, unsent; /* unsent: due of who was not connected, or the socket was full */
    uint64_t drops;         /* sockets closed on purpose */
    /* What went wrong with connections */
    uint64_t refused;    /* no upgrade, or an error reply to a join */
    uint64_t unanswered; /* joins that did not come to an end in time */
    uint64_t closed;     /* by the server, unasked */
    uint64_t ended;      /* of these, channels (phx_error): their sockets are closed then */
    uint64_t broken;     /* what was sent is not of this wire */
    uint64_t errors;     /* error replies to a status */
    /* Of the latest that was refused, closed, or whose socket failed (an errno). */
    uint16_t http_status, close_code, socket_error;
    /* What was told */
    uint64_t frames, frame_bytes; /* presence_diffs; with their headers */
    uint64_t states;              /* presence_states */
    uint64_t told;                /* of each viewer: who came, went, or changed; */
    uint64_t came, gone;          /* of these, who came, and who went */
    uint64_t last_us;             /* when the latest was, on the clock that all processes share */
    uint64_t beside;              /* told of somebody whom others make do things, too: not judged */
    uint64_t skipped;    /* changes of users whom many watch that a newer one has replaced */
    uint64_t early;      /* diffs that came before the state of their client */
    uint64_t repeats;    /* diffs that told what the state before them had said */
    uint64_t late_flips; /* told after their phase had ended */
    /* What was told wrongly */
    uint64_t leaks;      /* about somebody whom the graph does not show this viewer */
    uint64_t duplicates; /* twice, out of order, or of a change of who was not shown */
    uint64_t flapped;    /* to have gone, who had not left */
    /* As it stands when all has settled */
    uint64_t due;     /* how many had to be told, */
    uint64_t met;     /* and were */
    uint64_t ghosts;  /* shown, and not there */
    uint64_t missing; /* there, and not shown */
    uint64_t stale;   /* shown with an older status */
    uint64_t flaps;   /* told of, although they were back in time; and those above */
    /* Of the process */
    uint64_t cpu_us, wall_us; /* while there was something to do */
    uint64_t sleeps;          /* meanwhile: how often it waited for what comes, or for its time */
    struct histogram join_us; /* from when it was due (as fast as may be: from the dial) to the
                                 state; in PHASE_OPEN to the upgrade */
    struct histogram told_us; /* status changes, from when they were due; by diff or by state */
    struct histogram come_us; /* joins told in churn, from the dial */
    struct histogram gone_us; /* leaves told, from when grace was over */
    struct histogram late_us; /* how late the generator itself was with what was due */
};

void tally_merge(struct tally *into, const struct tally *t); /* all but cpu_us and wall_us */

/* How many things were wrong: 0 of a run in order. */
uint64_t tally_lost(const struct tally *t); /* due, and not told */
uint64_t tally_wrong(const struct tally *t);
