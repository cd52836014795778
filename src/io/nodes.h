/* io/nodes.h -- the first worker's way to other nodes: what NATS brings goes to its shard's
 * cluster, and what that has for others is published, in each turn. */
#pragma once

#include "io/link.h"
#include "io/nodes_log.h"
#include "shard/nodes.h"

#include <stdatomic.h>

struct world;

struct nodes {
    struct link *link;  /* taken; NULL: this node is alone */
    _Atomic int *state; /* enum cluster_state, for all threads */
    bool connected;
    uint64_t due_ms; /* by then a turn was to come */
    uint64_t forged; /* frames of which the log has told, at said_ms; 0: none yet */
    uint64_t said_ms;
    uint64_t look_ms; /* when others are looked at again */
    struct nodes_log log;
};

/* In a turn, behind its mail: takes what has come. A turn that comes late had no ears meanwhile. */
void nodes_serve(struct nodes *n, struct world *w);
/* At the end of a turn: publishes. Returns when it is next needed (mono ms). */
uint64_t nodes_flush(struct nodes *n, struct world *w);
bool nodes_done(const struct nodes *n); /* the others know that this one goes */
void nodes_fini(struct nodes *n);
