/* shard/tracked.h -- what a channel asks of the homes of topics: to track it, to list, to send its
 * client a state. Runs on the channel's shard; shard/tracking.h is the other end. Arguments are as
 * kith/presence.h promises, checked by the caller. */
#pragma once

#include "shard/subscriber.h"
#include "shard/tracking.h"

/* Its entries end with it. KITH_EXISTS, KITH_NONE, KITH_FULL as kith/presence.h says; KITH_NOMEM.
 */
KITH_MUST_USE kith_err tracked_track(struct world *w, uint32_t number, const struct kith_tracker *t,
                                     kith_slice topic, kith_slice key, kith_slice meta);
KITH_MUST_USE kith_err tracked_update(struct world *w, uint32_t number,
                                      const struct kith_tracker *t, kith_slice topic,
                                      kith_slice key, kith_slice meta);
KITH_MUST_USE kith_err tracked_untrack(struct world *w, uint32_t number,
                                       const struct kith_tracker *t, kith_slice topic,
                                       kith_slice key);

/* presence_state of `topics`, see kith_presence_push_state. KITH_EXISTS, KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err tracked_push_state(struct world *w, uint32_t number,
                                          const struct kith_tracker *t, const kith_slice topics[],
                                          size_t count);
/* Tracks on its own topic, and the state of that: kith_presence_enter. */
KITH_MUST_USE kith_err tracked_enter(struct world *w, uint32_t number, const struct kith_tracker *t,
                                     kith_slice key, kith_slice meta);

/* A list for the channel, as news (MAIL_LISTED) that bears `listed`. `key` empty: all keys. */
KITH_MUST_USE kith_err tracked_list(struct world *w, uint32_t number, const struct kith_tracker *t,
                                    kith_slice topic, kith_slice key, kith_channel_listed listed);

/* The answers of homes (MAIL_TRACKING_STATE). */
void tracked_receive(struct world *w, const struct mail *m);

/* A state that has not come in the time that a join waits was lost for want of memory: it is asked
 * for again, and the socket closed if there is none for that either. */
void tracked_expire(struct world *w);
uint64_t tracked_next_due(const struct world *w);
