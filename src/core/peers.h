/* core/peers.h -- the other nodes as they are remembered: one record for each name with a live or
 * silent incarnation, and of the names that are gone the incarnations that must not come again.
 * Both in arrays, searched one by one: nodes are few. */
#pragma once

#include "base/limits.h"
#include "base/node.h"

#include <stdbool.h>
#include <stdint.h>

struct peer {
    uint64_t nid, inc;
    uint64_t heard_ms;     /* by whomever, as far as is known */
    uint64_t suspected_ms; /* when it became suspect, or was vouched for by one only */
    uint64_t asked_ms;     /* 0: not yet, since it was heard directly */
    uint64_t told_ms;      /* when an older run of it was told that it is stale */
    uint64_t via;          /* who vouches for it; 0: it is heard directly */
    uint64_t via_ms;       /* when that one did so last */
    uint64_t features;
    enum peer_state state;
    uint8_t leaving; /* how often it said that it goes */
    uint8_t name_len;
    char name[NODE_NAME_BYTES_MAX];
};

/* What is left of a name. */
struct past {
    uint64_t nid;
    uint64_t inc; /* the latest */
    uint64_t gone_ms, told_ms;
    bool left; /* it said that it goes: it does not come again */
};

struct peers {
    uint32_t count, past_count;
    struct peer items[PEERS_MAX];
    struct past past[PAST_NODES_MAX];
};

struct peer *peers_by_name(struct peers *p, uint64_t nid); /* NULL: none */
struct peer *peers_by_run(struct peers *p, uint64_t inc);  /* NULL: none */
struct past *peers_past(struct peers *p, uint64_t nid);    /* NULL: none, or long ago */

/* A record of zeroes behind all others, or NULL: there are PEERS_MAX. */
struct peer *peers_add(struct peers *p);

/* Leaves only the past of it, in place of the oldest if there is no room. The last record takes
 * the place of this one. O(peers and past). */
void peers_remove(struct peers *p, struct peer *peer, uint64_t now_ms, bool left);
