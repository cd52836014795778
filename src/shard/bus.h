/* shard/bus.h -- broadcasts to and from other nodes, as the bytes of wire/repl.h. */
#pragma once

#include "shard/publish.h"

/* To the node that it names, or to all others. Without a bus nobody gets it; what does not go is
 * counted. */
void bus_send(struct world *w, const struct broadcast *b);

/* What another node has sent: a broadcast of this node alone, which borrows from the bytes.
 * KITH_BAD: no node sends that. */
KITH_MUST_USE kith_err bus_read(kith_slice bytes, struct broadcast *out);
