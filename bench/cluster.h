/* bench/cluster.h -- what several nodes cost and how soon they tell each other, in parts. */
#pragma once

#include "figures.h"

#include <stdbool.h>
#include <stdint.h>

struct cluster_plan {
    const char *kith, *postgres, *nats; /* the program, and two servers; NULL: no real nodes */
    uint32_t few, many;                 /* entries that are held: 100,000 and a million */
    uint32_t unsent;                    /* changes that wait while something is listed */
    uint32_t ops;                       /* of what is timed one by one */
    uint32_t users, friends;            /* of real nodes, half of them on each */
    uint32_t rate;                      /* flips a second */
    double seconds;                     /* of them */
    double stopped_s;                   /* SIGSTOP */
    double calm_s;                      /* until what is under way is over */
    double heartbeat_s, node_grace_s, grace_s;
    bool json;
};

__attribute__((format(printf, 5, 6))) void cluster_note(struct figures *f, const char *unit,
                                                        double value, struct target target,
                                                        const char *fmt, ...);

/* In this process, through the real code of nodes and frames: memory, wire, what a node takes to
 * tell another all it has; and what goes over the engine as nodes become more. */
void cluster_inside(const struct cluster_plan *p, struct figures *f);
/* Trackers alone: applying, listing, tracking. */
void cluster_trackers(const struct cluster_plan *p, struct figures *f);
/* Two programs, a NATS server and a PostgreSQL: flips, and a node that dies, is replaced, stands
 * still. */
void cluster_real(const struct cluster_plan *p, struct figures *f);
