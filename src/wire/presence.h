/* wire/presence.h -- the JSON of presence: metas, states and diffs, as Phoenix writes them. */
#pragma once

#include "base/buf.h"
#include "base/meta.h"

/* One meta: {"online_at":"1795487065",<fields without their
 * braces>,"phx_ref":"..","phx_ref_prev":".."} */
void presence_put_meta(struct buf *b, const struct meta *m);

/* One key of a state: "key":{"metas":[m0,m1]} */
void presence_put_key(struct buf *b, kith_slice key, const struct meta metas[], size_t count);

/* A whole diff for one key: {"joins":{..},"leaves":{..}}; a side without metas is {}. */
void presence_put_diff(struct buf *b, kith_slice key, const struct meta joins[], size_t join_count,
                       const struct meta leaves[], size_t leave_count);

/* The custom fields that a client sent as its status: an object of unique keys, at most
 * META_BYTES_MAX, with no key that is the server's (online_at, phx_ref, phx_ref_prev) or says
 * something else in a join (resume). Nothing at all stands for {}. Gives in `out` (cleared first)
 * what a meta keeps as `fields`: the object as it was written, without white space around it, with
 * "status":"online" put first if it has no status. KITH_BAD: not such an object, KITH_NOMEM: `out`
 * is empty; *why says it in words for the client.
 */
KITH_MUST_USE kith_err presence_fields(kith_slice payload, struct buf *out, const char **why);
