/* shard/cluster.h -- a node's part in the cluster, on its first shard: which other nodes there are,
 * and the frames between them and the shards. Pure: io/ brings what comes over the engine, and
 * publishes what is to go. What is forged, garbled or of another cluster is counted, and goes no
 * further.
 *
 *     io/link --bytes--> cluster_receive -> core/membership, or MAIL_* to the shards that it is for
 *     io/link <--frames- cluster_next    <- core/membership, or MAIL_FRAME of the shards */
#pragma once

#include "core/member.h"
#include "shard/nodes.h"
#include "shard/world.h"

/* KITH_BAD: times or names that cannot work, and `why`. KITH_NOMEM. For the first shard's world,
 * which owns it from here on. */
KITH_MUST_USE kith_err cluster_begin(struct world *w, const struct cluster_options *o,
                                     kith_problem *why);
void cluster_free(struct cluster *c); /* NULL is welcome */

/* What has come: to all nodes, or to this one's inbox. */
void cluster_receive(struct world *w, bool to_inbox, kith_slice bytes);
void cluster_connected(struct world *w, bool connected);  /* the engine can be used */
void cluster_stalled(struct world *w, uint64_t stood_ms); /* see core/membership.h */
/* The node is going: its clients are gone. It has left when cluster_state says so. */
void cluster_leave(struct world *w);

void cluster_tick(struct world *w); /* what is due, after the shard's own tick */
uint64_t cluster_due(const struct world *w);

/* What is to be published, in order. `bytes` live until the next call. */
struct cluster_frame {
    uint64_t to; /* an incarnation's inbox; 0: all */
    bool heartbeat, bulk;
    kith_slice bytes;
};
bool cluster_next(struct world *w, struct cluster_frame *out);
struct mail *cluster_take(struct world *w); /* that frame, its bytes a; the caller's, once */

enum cluster_state cluster_state(const struct world *w);

void cluster_look(const struct world *w, struct cluster_view *out);
/* As membership_next_peer. */
bool cluster_next_peer(const struct world *w, uint32_t *at, struct peer_view *out);

/* A node's users have left. The log of events hears of it: from the first node that lives, by their
 * names, at once; from the others a little later each, for they may die, too. */
void cluster_tell_ended(struct world *w, uint64_t inc);
