/* io/budget.h -- how many different users each user has asked about within a while: whoever reads
 * unusually many is not looking for friends. Approximate, and in bounded memory: who asks about is
 * remembered, about whom is not. One thread's. */
#pragma once

#include "base/siphash.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct budget;

/* `users` of them within `window_ms`. NULL: no memory. */
struct budget *budget_new(uint32_t users, uint64_t window_ms, const struct siphash_key *key);
void budget_free(struct budget *b); /* NULL is welcome */

enum budget_verdict {
    BUDGET_WITHIN,
    BUDGET_OVER,
    BUDGET_OVER_NOW, /* the first time in this window */
};

/* `user` asks about `ids` (ids_put), who count once each in a window; one in
 * 200 may be taken for another. What is over is not counted. Where there is no memory: within.
 * O(ids). */
enum budget_verdict budget_spend(struct budget *b, kith_slice user, kith_slice ids,
                                 uint64_t now_ms);
