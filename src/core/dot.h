/* core/dot.h -- where an entry was announced, and what clients see of it: phx_ref. */
#pragma once

#include "base/meta.h"
#include "base/siphash.h"

/* Incarnation and number of the change; the partition goes without saying. seq 0: none. */
struct dot {
    uint64_t inc, seq;
};

/* base64url of the first 12 bytes of a keyed 128-bit PRF over dot and partition: the same on every
 * node, and silent about how often anything changes. */
void dot_ref(const struct siphash_key *key, uint16_t partition, struct dot d, char out[REF_BYTES]);
