/* shard/refusals.h -- the joins and connections that were refused latest on this shard, for
 * operators: those who were refused are told less. In memory alone, and for a while. */
#pragma once

#include "base/limits.h"
#include "base/slice.h"

#include <stdint.h>

struct buf;

struct refusal {
    uint64_t at_ms; /* unix */
    uint8_t user_len, topic_len, reason_len;
    uint8_t user[USER_ID_BYTES_MAX];
    uint8_t topic[REFUSAL_TEXT_BYTES], reason[REFUSAL_TEXT_BYTES];
};

struct refusals {
    struct refusal items[REFUSALS_NOTED]; /* a ring: count % REFUSALS_NOTED is next */
    uint32_t count;
};

/* `user` and `topic` are empty where none is known. O(1), no allocation. */
void refusals_note(struct refusals *r, uint64_t unix_ms, kith_slice user, kith_slice topic,
                   kith_slice reason);
/* What a response to a join says is why: its "reason", or else all of it. Returns how many bytes.
 */
uint8_t refusals_reason(uint8_t out[REFUSAL_TEXT_BYTES], kith_slice response);
/* The same of a join that is answered so. */
void refusals_note_join(struct refusals *r, uint64_t unix_ms, kith_slice user, kith_slice topic,
                        kith_slice response);

/* {"at":..,"user":..,"topic":..,"reason":..}, each with a comma behind it; those of the last
 * REFUSAL_MS. */
void refusals_put(const struct refusals *r, uint64_t unix_ms, struct buf *json);
