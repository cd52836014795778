/* shard/fastlane.h -- one change to all who listen here: encoded once for each form in use, and put
 * by reference into each outbox. */
#pragma once

#include "shard/world.h"

/* `payload` is a presence_diff about `user`, announced by home `home`; empty: there was no memory
 * for it, and each is owed a full state. O(subscribers here). */
void fastlane_publish(struct world *w, unsigned home, topic_id topic, kith_slice user,
                      kith_slice payload);

/* The same of what nobody may see any more: a state that is on its way to a client, and may show
 * it, is asked for anew. */
void fastlane_take_away(struct world *w, unsigned home, topic_id topic, kith_slice user,
                        kith_slice payload);

/* The same to those clients alone that are not waiting for a state. O(count). */
void fastlane_tell(struct world *w, kith_slice user, kith_slice payload, const uint32_t slots[],
                   uint32_t count);
