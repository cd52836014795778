/* load/plan.h -- what is due when. All that a run does is fixed in advance: each process can tell
 * of any user what is due, and when it was, whoever does it. Pure. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* The users in the order in which they have their turn. */
struct user_order {
    uint32_t users;
    uint32_t *user;  /* of a place */
    uint32_t *place; /* of a user */
};
KITH_MUST_USE kith_err user_order_init(struct user_order *o, uint32_t users,
                                       uint64_t seed); /* KITH_NOMEM */
void user_order_fini(struct user_order *o);

enum phase_kind {
    PHASE_STORM,  /* everybody who is not there connects and joins */
    PHASE_HOLD,   /* nothing: what idle users take */
    PHASE_STEADY, /* status changes at a steady rate; flip n of the run is of user[n % users] */
    PHASE_CHURN,  /* sockets close and come back: in time, so that nobody is told; and too late */
    PHASE_DROP,   /* many sockets vanish at once */
    PHASE_OPEN,   /* everybody who is not there connects, and joins nothing */
    PHASE_READ,   /* who has read nothing since it joined reads again */
    PHASE_RAMP,   /* PHASE_STEADY at one rate after the other, as far as it goes (load/ramp.h) */
    PHASE_KINDS
};
const char *phase_name(enum phase_kind kind);
KITH_MUST_USE kith_err phase_called(const char *name, enum phase_kind *out); /* KITH_NONE */

enum { PHASE_WINDOW_MAX = 4096 };

struct phase {
    enum phase_kind kind;
    bool reported;      /* false: it only brings back who is needed by the next one, and is told of
                           where something was wrong in it */
    uint32_t count;     /* of what is done: joins, flips, sockets that close */
    uint64_t period_ns; /* from one to the next; 0: as fast as may be, at once */
    uint64_t first;     /* act k is of the user at place first + k; of flips it is how many there
                           have been in the run, which is set when it begins */
    bool unjudged;      /* what is told in it is others' doing: nothing is waited for behind it */
    uint32_t window;    /* STORM and OPEN with period 0: under way at once, of one process */
    uint64_t lasts_us;  /* no less, and where nothing is counted just so long */
    uint64_t grace_us;  /* of the server; 0: it has none, and each return is told */
    uint64_t reload_us; /* PHASE_CHURN: who comes back in time is away so long; 0: nobody is */
    uint64_t away_us;   /* and who comes back too late */
    uint64_t begin_us;  /* on the clock that all processes share; set when it begins */
};

static inline uint64_t phase_due_us(const struct phase *p, uint64_t k)
{
    return p->begin_us + k * p->period_ns / 1000;
}

/* PHASE_CHURN: socket k closes for longer than grace, or only for a reload. */
static inline bool phase_goes_away(const struct phase *p, uint64_t k)
{
    return k % 2 || p->reload_us == 0;
}

/* The status that flip n sets is a text: "away-<n>". How it is kept with an edge: 1 and on, round
 * after round of the users. 0 is any other status. */
enum { TURN_MAX = 4095 };
static inline uint16_t turn_of(const struct user_order *o, uint64_t flip)
{
    return (uint16_t)(1 + flip / o->users % TURN_MAX);
}

enum act_kind { ACT_NONE, ACT_DIAL, ACT_FLIP, ACT_DROP, ACT_READ };

struct act {
    enum act_kind kind;
    uint32_t user;
    uint64_t due_us, number; /* of a flip */
};

/* Where a process stands in a phase. User u is of process u % processes. */
struct acts {
    const struct phase *phase;
    const struct user_order *order;
    uint32_t process, processes;
    uint64_t next;     /* of the phase's count */
    uint64_t back[2];  /* PHASE_CHURN: whose return is next, of those in time and of the late */
    uint64_t ended_us; /* when the last thing was done */
};

/* The next act of this process that is due at `now_us`; ACT_NONE: none is, and *next_us tells when
 * one will be, UINT64_MAX for never. An act is given once. O(processes). `flying`: connects under
 * way. */
struct act acts_next(struct acts *a, uint64_t now_us, uint32_t flying, uint64_t *next_us);

/* Whether all acts have been given, and the phase has lasted as long as it is to. */
bool acts_done(const struct acts *a, uint64_t now_us);
