/* core/dot.h -- what clients see of where an entry was announced: phx_ref. */
#pragma once

#include "base/meta.h"
#include "base/section.h"
#include "base/siphash.h"

/* base64url of the first 12 bytes of a keyed 128-bit PRF over dot and partition: the same on every
 * node, and silent about how often anything changes. */
void dot_ref(const struct siphash_key *key, uint16_t partition, struct dot d, char out[REF_BYTES]);
