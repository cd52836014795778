/* edge/visibility.h -- who may see a user, as JSON says it: {"mode":"only","ids":["1","2"]}. */
#pragma once

#include "base/buf.h"
#include "shard/rule.h"
#include "wire/json.h"

/* Fills in the visibility and ids of *r, which lie in `sorted`. KITH_BAD, KITH_NOMEM: `why` says
 * it to whoever sent it; static storage. */
KITH_MUST_USE kith_err visibility_read(kith_slice payload, struct rule *r, struct buf *sorted,
                                       const char **why);

const char *visibility_name(enum visibility mode);

/* Appends the same JSON; without ids where the mode lists none. `ids` as in struct rule. */
void visibility_put_json(struct buf *out, enum visibility mode, kith_slice ids);

/* Appends the user ids of a parsed array. KITH_BAD: an element is none, or there are more than
 * `max`. KITH_NOMEM. */
KITH_MUST_USE kith_err ids_read(struct json array, uint32_t max, struct buf *out);
