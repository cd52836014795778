/* base/meta.h -- what a session contributes to its user's presence, as every room reads it. */
#pragma once

#include "base/slice.h"

#define REF_BYTES 16 /* base64url of 12 bytes */

struct meta {
    kith_slice fields;    /* a JSON object with status and custom fields, as it was written */
    uint32_t online_at_s; /* unix seconds; 0: the meta has no online_at */
    bool has_prev;        /* only after an update */
    char ref[REF_BYTES];  /* phx_ref, no terminator */
    char prev[REF_BYTES]; /* phx_ref_prev */
};
