/* edge/ops_cluster.h -- what /metrics says of other nodes. */
#pragma once

#include "base/buf.h"
#include "shard/world.h"

/* On the first shard of a node that is one of several. */
void ops_put_cluster(const struct world *w, struct buf *b);
