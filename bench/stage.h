/* bench/stage.h -- a server with its clients, and the ways to bring them to where a scene begins.
 */
#pragma once

#include "bare.h"
#include "driver.h"
#include "figures.h"
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

enum { LIMITS_MAX = 32, FIRST_ID = 1000000 }; /* users are called by numbers from there on */

struct stage {
    const struct plan *plan;
    struct names names;
    struct user_order order; /* that in which users have their turn, the same as the clients' */
    struct bare *bare;
    struct figures *figures;
    struct server server;
    struct driver driver;
    double idle_rss; /* of the server with all users and no friends */
    uint64_t ghosts; /* in this round: shown online who is not, at the end of all phases */
    uint64_t wrong;  /* that, and all else that was */
    /* Where it was the generator that was measured, in any round. */
    char limits[LIMITS_MAX][64];
    unsigned limit_count;
};

void stage_init(struct stage *s, const struct plan *p, struct figures *f);
void stage_fini(struct stage *s);

/* What clients of this stage are made with, who know this graph. */
struct load_options stage_options(const struct stage *s, const struct graph *g);

/* A server on this data, and clients as `o` says, none of them connected. */
void stage_open(struct stage *s, const char *data, const struct load_options *o);
/* The server ends, while its clients stay; and begins on the same data, at the same port. */
void stage_end_server(struct stage *s);
void stage_begin_server(struct stage *s, const char *data);
void stage_close(struct stage *s);

/* One user comes and goes, so that the code that this takes is in memory before it is measured. */
void stage_warm(struct stage *s);

/* A phase, the grace being the plan's; what was wrong in it is counted. Until the next one. */
const struct load_phase *stage_play(struct stage *s, struct phase p);

/* All who are not there connect (PHASE_OPEN), or join (PHASE_STORM), as fast as it goes. */
const struct load_phase *stage_fill(struct stage *s, enum phase_kind kind);
/* Nothing is done. */
const struct load_phase *stage_hold(struct stage *s, double seconds);
/* Status changes at a rate for so long: open loop, what is due is sent, whatever came back. */
const struct load_phase *stage_flips(struct stage *s, uint32_t rate, double seconds);

struct memory stage_memory(struct stage *s); /* the server's, half a second later */

/* One figure of this round. */
__attribute__((format(printf, 5, 6))) void note(struct stage *s, const char *unit, double value,
                                                struct target target, const char *fmt, ...);

/* How busy the server was, and the generator; and whether that was at its limit. */
void note_busy(struct stage *s, const struct load_phase *p, const char *scene);
void note_limit(struct stage *s, const char *scene);

/* Of all phases of this round: what must not be. */
void note_wrong(struct stage *s);

static inline double spent_us(const struct load_phase *p) /* the server, CPU */
{
    return p->server.cpu_us + p->server.softirq_us;
}
static inline double part_ms(const struct histogram *h, double part)
{
    return (double)histogram_at(h, part) / 1e3;
}
