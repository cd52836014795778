/* edge/visibility.h -- who may see a user, as JSON says it: {"mode":"only","ids":["1","2"]}, or
 * {"last_seen":"coarse"}. */
#pragma once

#include "base/buf.h"
#include "shard/rule.h"
#include "wire/json.h"

/* A parsed object. Fills in the visibility and ids of *r, which lie in
 * `sorted`, or its last_seen, and which kind it is. KITH_BAD, KITH_NOMEM: `why` says it to whoever
 * sent it; static storage. */
KITH_MUST_USE kith_err visibility_read(struct json object, struct rule *r, struct buf *sorted,
                                       const char **why);
extern const char visibility_no_mode[]; /* what is said of what is no object */

const char *visibility_name(enum visibility mode);
const char *last_seen_name(enum last_seen how);

/* Appends {"mode":..}; without ids where the mode lists none. `ids` as in struct rule. */
void visibility_put_json(struct buf *out, enum visibility mode, kith_slice ids);

/* Where a parsed object has this key, and no other, which of the words, up to a NULL, its value is.
 * KITH_NONE: it has no such key. KITH_BAD. */
KITH_MUST_USE kith_err visibility_word(struct json object, const char *key,
                                       const char *const words[], unsigned *which);

/* Appends the user ids of a parsed array. KITH_BAD: an element is none, or there are more than
 * `max`. KITH_NOMEM. */
KITH_MUST_USE kith_err ids_read(struct json array, uint32_t max, struct buf *out);
