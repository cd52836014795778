/* bench/stage.h -- a server with its clients, and the ways to bring them to where a scene begins.
 */
#pragma once

#include "bare.h"
#include "figures.h"
#include "graph.h"
#include "load.h"
#include "percentiles.h"
#include "server.h"

/* What can be measured; the storm always is, since the others begin behind it. */
enum scene {
    SCENE_IDLE = 1,
    SCENE_FLIPS = 2,
    SCENE_CAPACITY = 4,
    SCENE_CHURN = 8,
    SCENE_VANISH = 16
};

struct plan {
    const char *kith;
    uint32_t users, friends;
    uint32_t window; /* joins under way at once in a storm */
    double seconds;  /* of each measurement at a rate */
    double grace_s, restart_grace_s;
    uint32_t rates[8], rate_count; /* status flips a second */
    uint32_t rounds;
    uint32_t workers; /* of the server; more than one are on any core */
    unsigned scenes;  /* enum scene, together */
    bool json;
};

struct stage {
    const struct plan *plan;
    const struct graph *graph;
    struct bare *bare;
    struct figures *figures;
    struct server server;
    struct load *load;
    uint32_t first;  /* stage_fill brings the users at this place and on */
    uint32_t flips;  /* so far: flip n is of the user at place n */
    double idle_rss; /* of the server with all users and no friends */
};

void stage_open(struct stage *s, const char *data);
/* The same data again, at the same port, once the server has ended. */
void stage_restart(struct stage *s, const char *data);
void stage_close(struct stage *s);

/* One user comes and goes, so that the code that this takes is in memory before it is measured. */
void stage_warm(struct stage *s);

enum fill {
    FILL_OPEN, /* dial and upgrade */
    FILL_JOIN, /* join, once open */
    FILL_ALL,  /* both, one after the other */
};

struct filled {
    double seconds;          /* from the first dial to the last answer */
    struct percentiles took; /* each */
};

/* All users from `first` on, at most `plan->window` at once, as fast as it goes. */
void stage_fill(struct stage *s, enum fill what, struct filled *out);

/* Reads until so many events of this kind have come in all, or nothing has come for ten seconds. */
void stage_await(struct stage *s, enum load_kind kind, uint64_t count);
/* Reads until nothing has come for `quiet_s`. */
void stage_settle(struct stage *s, double quiet_s);

/* What a stretch of time cost. */
struct meter {
    double wall_us, server_us, load_us;
    struct load_stats stats;
};
void meter_start(struct meter *m, const struct stage *s);
void meter_stop(struct meter *m, const struct stage *s); /* from here on, the differences */
void meter_add(struct meter *sum, const struct meter *m);

/* One figure of this round. */
__attribute__((format(printf, 5, 6))) void note(struct stage *s, const char *unit, double value,
                                                struct target target, const char *fmt, ...);

/* The generator's own load, as a figure; near 100 it is what limits. */
void note_busy(struct stage *s, const struct meter *m, const char *scene);
