/* core/heirs.h -- one session in two streams, for the files that make up the tracker. Who comes
 * back on another node begins a new entry there, whose previous ref is that of the old one: the old
 * one is *replaced*, and shown no more, though it still stands in its stream. It is no more than
 * that which its prev says, whatever order the two streams arrive in:
 *
 *     node A   slot 4  ref (A, 17)                        shown, until
 *     node B   slot 9  ref (B, 230), prev (A, 17)         this is known: one update, from (A, 17)
 *
 * When B's session changes, its prev is its own last ref: while A's entry still stands, its records
 * say what they replace beside it, so that whoever has missed the first learns it from any later.
 *
 * A node that is started again puts entries under the refs that they had: then both refs are the
 * same, the later incarnation's is shown, and nobody is told. */
#pragma once

#include "core/changes.h"
#include "core/table.h"

/* A cell of `stream` was filled, and nothing of it is told yet: tells a join, or an update of what
 * it replaces, or nothing if it is replaced itself, or marked so already. Counts it, if it is
 * shown. An own entry that has not been lost is not replaced, but announced anew. KITH_NOMEM,
 * KITH_FULL: nothing is told, and the cell is not counted; it is the caller's to empty. O(1)
 * where it is the only one of its key, else O(entries of the topic). */
KITH_MUST_USE kith_err heirs_show(struct tracker *t, uint32_t cell, const struct name *n,
                                  struct changes *out);

/* What its own node keeps though it was replaced long ago, as of the last call for this stream,
 * lives: it is shown again. KITH_NOMEM: some are. O(replaced entries). */
KITH_MUST_USE kith_err heirs_doubt(struct tracker *t, uint32_t stream, struct changes *out);
/* Whether that would show any. O(replaced entries). */
bool heirs_doubts(const struct tracker *t, uint32_t stream);

/* All entries of the name that are not this node's own are as replaced; nobody is told. KITH_NOMEM:
 * some are. */
KITH_MUST_USE kith_err heirs_hide(struct tracker *t, const struct name *n);
/* Its cells are about to be no more. */
void heirs_forget(struct tracker *t, uint32_t stream);

/* The refs of an own entry's next change, whose previous one is `prev`. O(entries of the topic)
 * where it continues another stream's. */
struct refs heirs_next_refs(const struct tracker *t, uint32_t cell, struct dot prev);

/* Of a name that an entry of `stream` has. O(1) where it is the only one of its key, else O(entries
 * of the topic). */
/* Whether another stream's entry of the name is shown under `ref`, which is to be replaced. */
bool heirs_replaces(const struct tracker *t, uint32_t stream, const struct name *n, struct dot ref);
/* Whether another stream's entry of the name continues what is announced under `ref` here. */
bool heirs_has_heir(const struct tracker *t, uint32_t stream, const struct name *n, struct dot ref);
