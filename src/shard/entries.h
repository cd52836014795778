/* shard/entries.h -- as what a channel is tracked. For each entry the mail that will end it lies
 * ready, so that no entry outlives its channel for want of memory. */
#pragma once

#include "shard/tracking.h"

/* What the channel calls so; an empty topic is its own. */
struct tracking_entry entries_name(const struct world *w, uint32_t number,
                                   const struct kith_tracker *t, kith_slice topic, kith_slice key);

/* KITH_EXISTS, KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err entries_add(struct world *w, uint32_t number,
                                   const struct tracking_entry *e);
bool entries_has(const struct world *w, uint32_t number, const struct tracking_entry *e);
/* Takes it out. The mail is the caller's; NULL: there is none such. */
struct mail *entries_take(struct world *w, uint32_t number, const struct tracking_entry *e);
