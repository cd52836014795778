/* io/calls.h -- what operators ask of the store (shard/call.h), answered on its thread. */
#pragma once

#include "io/store.h"
#include "shard/call.h"

/* The answer to a MAIL_CALL, which is taken. `reciprocal` as in core/audience.h. O(ids or edges
 * that it is about), 1 to 5 us each. */
struct mail *calls_answer(struct store *s, bool reciprocal, struct mail *call);
