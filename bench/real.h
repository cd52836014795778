/* bench/real.h -- two real nodes, on a NATS server and a PostgreSQL, and their clients: half of all
 * users on each, with friends on both. What is to be measured of them is for cluster_real.c. */
#pragma once

#include "cluster.h"
#include "load/histogram.h"
#include "movers.h"
#include "ring.h"
#include "server.h"

enum {
    NODES = 3, /* the third has no clients */
    NOBODY = 9 /* on no node */
};

struct node {
    struct server server;
    struct movers *movers;
    char config[300];
    bool runs;
};

struct real {
    const struct cluster_plan *plan;
    struct figures *figures;
    struct ring ring;
    char folder[256];
    struct node nodes[NODES];
    uint8_t *at;   /* of each user: on which node it is, or NOBODY */
    uint8_t *goes; /* and where it goes when it is cut off: NOBODY: nowhere */
    uint32_t flying, in;
    double *due_us;              /* of a user's latest flip */
    struct histogram took, late; /* to be seen; and until it was sent, which is the generator's */
    double busy;                 /* how much of a core the generator took for that */
    uint64_t told;               /* of flips, to friends on the node that is looked at */
    unsigned looked_at;          /* what of whom is counted: */
    uint64_t missed, left;       /* leaves of who is not to be missed, and of others */
    uint64_t came;
    double first_us, last_us, came_us; /* of the others' leaves; and of who came */
};

/* Of one that has its plan and figures, and else nothing: puts the graph into the database. No node
 * runs yet. */
void real_begin(struct real *r);
void real_fini(struct real *r);

void real_start(struct real *r, unsigned i);  /* a node; returns once it is ready */
void real_end(struct real *r, unsigned i);    /* by SIGTERM, and its clients go where they are to */
void real_forget(struct real *r, unsigned i); /* it has ended */

/* `who` dials `node`, and joins. */
void real_go(struct real *r, uint32_t who, unsigned node);
/* All who are nowhere go where they belong, or to the node that there is; and are in. */
void real_fill(struct real *r, unsigned even, unsigned odd);
void real_await(struct real *r); /* until all who have dialed are in; dies if they do not come */

void real_poll(struct real *r, double wait_us); /* takes what has come */
void real_pass(struct real *r, double seconds);
/* Counts anew, what clients of that node are told. */
void real_look_at(struct real *r, unsigned node);

/* How many friends of whoever is on `of` are on `on`; and of one user. */
uint64_t real_pairs(const struct real *r, unsigned of, unsigned on);
uint64_t real_friends_on(const struct real *r, uint32_t user, unsigned node);
