/* edge/ops_cluster.h -- what /metrics says of other nodes. */
#pragma once

#include "base/buf.h"
#include "core/member.h"
#include "shard/world.h"

/* On the first shard of a node that is one of several. */
void ops_put_cluster(const struct world *w, struct buf *b);

/* How this node is, and how it takes another to be, in a word. Static storage. */
const char *ops_own_text(const struct world *w, bool isolated);
const char *ops_peer_text(const struct peer_view *p);
