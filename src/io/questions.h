/* io/questions.h -- what operators ask of the store (shard/api.h), answered on its thread. */
#pragma once

#include "io/store.h"
#include "shard/api.h"

/* The answer to a MAIL_API, which is taken. `reciprocal` as in core/audience.h. O(ids or edges that
 * it is about), 1 to 5 us each. */
struct mail *questions_answer(struct store *s, bool reciprocal, struct mail *question);
