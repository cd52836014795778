/* tests/sim/trial.h -- one cluster in one thread, from a seed: nodes with clocks of their own, an
 * engine between them that loses, repeats and delays what it carries, people who come and go, and
 * faults. What happens is a function of the seed. First come the faults; then a core of nodes
 * heals, the other faults stay for good, and the core's views must come to be the truth. */
#pragma once

#include "shard/cluster.h"
#include "shard/sim.h"

#include <setjmp.h>

enum {
    NODES_MAX = 9,
    RUNS_MAX = 64, /* incarnations in one trial */
    PEOPLE_MAX = 60,
    DEVICES_MAX = 3 * PEOPLE_MAX,
    FAULTS_MAX = 40,
    TOKENS_MAX = 4096, /* statuses ever set */
    CHANGES_MAX = 200,
    HEARTBEAT_MS = 1000,
    DOWN_MS = 6 * HEARTBEAT_MS,
    NODE_GRACE_MS = 4000,
    BEGIN_MS = 1000,   /* a trial's time begins here */
    SETTLED_MS = 4000, /* nodes have met by then; now faults may begin */
};

/* Nodes */

struct node {
    struct sim *sim; /* allocated once, and used by each run in turn */
    bool runs;       /* there are worlds */
    bool leaving, paused, ghostly;
    unsigned run;  /* which one of t->runs it is */
    unsigned name; /* of whom it is a run: usually its own number */
    int64_t rate_ppm, mono_base, unix_base;
    uint64_t due_ms;          /* when it is next needed, in the trial's time */
    uint64_t stood_ms;        /* paused since then */
    uint64_t leave_ms;        /* says that it goes */
    enum cluster_state state; /* as it was after its last turn */
    uint64_t up_ms;           /* takes clients since then */
    unsigned told;            /* changes of who sees whom that it has been told */
    uint64_t tell_ms;         /* when it is told those there are by then */
    unsigned awaited[CHANGES_MAX];
    bool connected;
};

/* One incarnation. */
struct run {
    uint64_t inc;
    unsigned node, name;
    bool over;
    uint64_t over_ms;
};

/* What a node has known of runs. */
struct knows {
    unsigned latest[NODES_MAX]; /* of each name the latest that was up, and 1; 0: none */
    uint64_t kept[4];           /* by each of its shards: a bit a run */
};

/* Time during which something is wrong with the links. */
enum fault_kind {
    FAULT_NONE,
    FAULT_LOSS,    /* so many of a thousand frames are lost, */
    FAULT_REPEATS, /* or come twice, */
    FAULT_DELAYS,  /* or late; */
    FAULT_BULK,    /* or only answers are, */
    FAULT_BEATS,   /* or only heartbeats */
    FAULT_CUT,     /* between two nodes */
    FAULT_HALVES,  /* between the nodes of the mask and the others */
    FAULT_ONE_WAY, /* from one node to another */
    FAULT_OUTAGE,  /* a node knows that it is not connected */
    FAULT_SILENCE, /* it is not, and does not know */
    FAULT_BURST,   /* nothing reaches a node: it was too slow to read */
    FAULT_PAUSE,
    FAULT_CRASH,
    FAULT_LEAVE,
    FAULT_RESTART, /* of a node that is gone */
    FAULT_TWIN,    /* one more run of a name that is in use */
    FAULT_GHOSTS,  /* frames of a run that is over */
    FAULT_KINDS
};
struct fault {
    enum fault_kind kind;
    uint64_t from_ms, until_ms;
    unsigned a, b;
    uint32_t mask, per_thousand;
    bool begun, ended;
};

/* People */

enum device_state { DEVICE_AWAY, DEVICE_HERE };
struct connection {
    bool open;
    unsigned node, run, client;
    uint32_t token;    /* of its latest status */
    uint64_t since_ms; /* it was to be seen */
    uint64_t close_ms; /* of one that is to be closed soon */
};
struct device {
    unsigned user;
    uint64_t id; /* 0: it does not say, as others of the user; so it never hides, for which of them
                    comes back nobody could tell */
    bool hidden;
    uint32_t token; /* of its latest status */
    struct connection now, before;
    unsigned home; /* the node it was on */
    uint64_t act_ms;
    bool stays; /* away for good */
};

/* Frames under way */

struct flight {
    uint64_t at_ms, serial;
    unsigned to;
    uint64_t inc; /* whose inbox; 0: it is for all */
    bool bulk, heartbeat;
    struct frame *bytes;
};

struct told;  /* told.h: what origins have sent */
struct lines; /* transcript.h */

struct trial_options {
    uint64_t seed;
    unsigned nodes, users; /* 0: as the seed has it */
    bool transcript;       /* lines are kept */
    bool quiet;            /* no faults */
    bool steady;           /* all clocks go alike */
    bool constant;         /* who may see whom does not change */
};

struct trial_result {
    uint64_t converged_ms; /* from the heal on */
    uint64_t frames, steps;
};

struct trial {
    struct trial_options o;
    uint64_t random;
    uint64_t now_ms, faults_end_ms, heal_ms;
    bool healed, calm, rests;
    struct node nodes[NODES_MAX];
    unsigned node_count;
    bool core[NODES_MAX]; /* after the heal */
    struct run runs[RUNS_MAX];
    unsigned run_count;
    struct knows knows[NODES_MAX];
    uint64_t epoch;
    struct flight *flights;
    unsigned flight_count, flight_cap;
    uint64_t flight_serial;
    struct flight ghosts[64]; /* of some frames: a ring */
    unsigned ghost_count;
    uint64_t ghost_ms;                     /* when the next comes */
    uint64_t bad_ms[NODES_MAX][NODES_MAX]; /* when a link was last not as it should be */
    struct fault faults[FAULTS_MAX];
    unsigned fault_count;
    unsigned user_count, names[PEOPLE_MAX];
    struct sim_change changes[CHANGES_MAX]; /* of who sees whom, in the order of their numbers */
    unsigned change_count;
    uint64_t nobody_ms[PEOPLE_MAX];       /* when each was last made invisible, or visible */
    uint64_t change_ms;                   /* when the next is made */
    bool watches[PEOPLE_MAX][PEOPLE_MAX]; /* at first */
    struct device devices[DEVICES_MAX];
    unsigned device_count;
    uint64_t seen[NODES_MAX][SIM_CLIENTS_MAX]; /* by each client: a bit a user */
    unsigned events[NODES_MAX][SIM_CLIENTS_MAX];
    uint8_t token_hidden[TOKENS_MAX];
    uint16_t token_device[TOKENS_MAX];
    uint32_t token_count;
    uint32_t section_records_max, pull_bytes_max, stale_hold_ms;
    uint64_t gone_ms;
    struct told *told;
    struct lines *lines;
    jmp_buf failed; /* trial_fail leaps here */
    char why[512];
    unsigned why_user, why_node;
    struct trial_result result;
};

enum { NOBODY = UINT32_MAX };

/* False: a violation, of which t->why tells. */
bool trial_play(struct trial *t, const struct trial_options *o);
void transcript_free(struct trial *t);

/* What must not be: of a user and a node, or NOBODY. Does not return. */
_Noreturn void trial_fail(struct trial *t, unsigned user, unsigned node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void trial_run_until(struct trial *t, uint64_t until_ms);
unsigned trial_run(const struct trial *t, uint64_t inc); /* NOBODY: none */

/* Happenings, for the transcript. */
void trial_say(struct trial *t, unsigned user, unsigned node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void trial_print(const struct trial *t, bool all);

static inline bool chance_of(struct trial *t, uint32_t per_thousand);

#include "support/chance.h"

static inline uint32_t below(struct trial *t, uint32_t n) { return chance_below(&t->random, n); }
static inline uint32_t between(struct trial *t, uint32_t from, uint32_t to)
{
    return from + below(t, to - from);
}
static inline bool chance_of(struct trial *t, uint32_t per_thousand)
{
    return below(t, 1000) < per_thousand;
}
