/* edge/visibility.h -- who may see a user, as JSON says it: {"mode":"only","ids":["1","2"]}, or
 * {"last_seen":"coarse"}. */
#pragma once

#include "base/buf.h"
#include "shard/rule.h"
#include "wire/json.h"

/* What a parsed object says, each value of type JSON_NULL and without bytes where it says none. */
struct visibility_said {
    struct json session, last_seen, mode, ids;
    uint32_t members; /* of all of them; 0 too where one stands twice */
};

/* Reads it once: it may be as large as a message. */
void visibility_take(struct json object, struct visibility_said *out);

/* Fills in the visibility and ids of *r, which lie in `sorted`, or its last_seen, and which kind it
 * is. KITH_BAD, KITH_NOMEM: `why` says it to whoever sent it; static storage. */
KITH_MUST_USE kith_err visibility_read(const struct visibility_said *said, struct rule *r,
                                       struct buf *sorted, const char **why);
extern const char visibility_no_mode[]; /* what is said of what is no object */

const char *visibility_name(enum visibility mode);
const char *last_seen_name(enum last_seen how);

/* Appends {"mode":..}; without ids where the mode lists none. `ids` as in struct rule. */
void visibility_put_json(struct buf *out, enum visibility mode, kith_slice ids);

/* Where `value` is said, and nothing else, which of the words, up to a NULL, it is. KITH_NONE: it
 * is not said. KITH_BAD. */
KITH_MUST_USE kith_err visibility_word(const struct visibility_said *said, struct json value,
                                       const char *const words[], unsigned *which);

/* Appends the user ids of a parsed array. KITH_BAD: an element is none, or there are more than
 * `max`. KITH_NOMEM. */
KITH_MUST_USE kith_err ids_read(struct json array, uint32_t max, struct buf *out);
