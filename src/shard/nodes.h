/* shard/nodes.h -- the words in which a node's cluster and its shards speak of other nodes, and in
 * which both tell how they are. */
#pragma once

#include "base/siphash.h"

#include <stdbool.h>
#include <stdint.h>

struct cluster_options {
    const char *name; /* of the cluster; that of the node is world_options.node */
    struct siphash_key key;
    uint32_t heartbeat_ms, suspect_ms, down_ms;
    uint64_t gone_ms;
    uint32_t join_ms; /* it takes clients by then, whatever it has learnt */
    uint64_t seed;
};

enum cluster_state {
    CLUSTER_JOINING = 1, /* it learns what the others know, and takes no clients yet */
    CLUSTER_UP,
    CLUSTER_LEAVING,
    CLUSTER_LEFT,
    CLUSTER_REPLACED,  /* a later run of this node's name is up: stop */
    CLUSTER_NAME_TAKEN /* a node of this name is running: do not start */
};

/* What has become of another node. */
enum peer_event {
    PEER_CAME,   /* or its streams are to be had from another one (via) */
    PEER_LOST,   /* it is down: its entries are kept for node_grace_ms, then they leave */
    PEER_LEFT,   /* the same, and it has said so: for the grace of a lost session */
    PEER_GONE,   /* what is left of it is forgotten */
    PEER_KNOWN,  /* another node (via) shows what it had, for so long (stay_ms) */
    PEERS_STALE, /* this node is cut off from all others: their entries stay for stale_hold_ms */
    PEERS_FRESH  /* and it is no more */
};

/* For metrics */

struct cluster_view {
    const char *name; /* of the cluster */
    bool isolated;
    uint64_t isolated_ms; /* for so long */
    uint64_t frames_in, frames_out, bytes_in, bytes_out;
    uint64_t garbled, other_version, other_cluster, forged, repeated, unknown;
    uint64_t refused; /* heartbeats of nodes beyond PEERS_MAX, which are not seen here */
};
