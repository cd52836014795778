/* core/ref.h -- what clients see of an entry's dot: phx_ref. The same on every node, and silent
 * about how often anything changes. */
#pragma once

#include "base/meta.h"
#include "core/tracker.h"

/* base64url of the first 12 bytes of a keyed 128-bit PRF over the dot. */
void ref_text(const struct siphash_key *key, uint16_t partition, struct dot d, char out[REF_BYTES]);
