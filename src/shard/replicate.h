/* shard/replicate.h -- a shard's part in a cluster of nodes: what its sessions do goes out in
 * batches, and what those of other nodes do is applied to the partitions whose home is here, and
 * told like any change. Streams, sections and cursors: docs/tracker.md. A stream's number is that
 * of its partition; of hidden sessions, which other nodes know and show nobody, PARTITIONS more.
 *
 *     home ---- changes in trackers ----> batches, answers --MAIL_FRAME--> cluster --> other nodes
 *     home <--- told to who listens <---- sections <------MAIL_SECTION---- cluster <-- other nodes
 *                                         pulls     -------MAIL_FRAME----> (what is missing)
 */
#pragma once

#include "shard/nodes.h"
#include "shard/world.h"

struct replicate *replicate_new(uint64_t seed); /* NULL: out of memory */
void replicate_free(struct replicate *r);

/* MAIL_PEER to MAIL_REST. Takes the mail. */
void replicate_receive(struct world *w, struct mail *m);

/* What is due: batches, questions, leaves of nodes that are lost. */
void replicate_tick(struct world *w);
uint64_t replicate_due(const struct world *w); /* as shard_due */

/* A node that is lost, with how long what it had is still shown; *at begins at 0. False: no more.
 */
bool replicate_next_lost(const struct world *w, uint32_t *at, uint64_t *inc, uint64_t *stay_ms);

/* Whether the node is lost, or not known: nobody answers there. */
bool replicate_is_lost(const struct world *w, uint64_t inc);
