/* shard/watching.h -- whom a session listens to: its subscriptions here. */
#pragma once

#include "shard/social_state.h"

/* Subscribes the session to each of `ids`, users or their shades. KITH_NOMEM: it is subscribed to
 * none. */
KITH_MUST_USE kith_err watching_subscribe(struct world *w, uint32_t slot, kith_slice ids);

/* One more, or one less, of users or their shades (shade.h). KITH_NONE: nothing changed, as whom it
 * watches is not known yet, or it is so already. KITH_NOMEM. O(people it watches) to remove. */
KITH_MUST_USE kith_err watching_add(struct world *w, uint32_t slot, kith_slice id);
KITH_MUST_USE kith_err watching_remove(struct world *w, uint32_t slot, kith_slice id);

/* The session may see the user from now on, and is no more subscribed to its shade; or it may not,
 * and is, if there is room. Else as above. */
KITH_MUST_USE kith_err watching_gain(struct world *w, uint32_t slot, kith_slice user);
KITH_MUST_USE kith_err watching_lose(struct world *w, uint32_t slot, kith_slice user);

bool watching_has(const struct world *w, uint32_t slot, kith_slice id);

/* Tells a user's home that nobody here listens to it; the second, if that is so. */
void watching_unmark(struct world *w, unsigned home, kith_slice user);
void watching_unmark_if_alone(struct world *w, unsigned home, kith_slice user);

/* Ends all its subscriptions, and tells the homes whom nobody here listens to any more. */
void watching_drop(struct world *w, uint32_t slot);

/* The same of the next *left at most of those that a client had, from where the walk stands, and
 * takes them off *left. True: there are no more. */
struct watched_walk;
bool watching_drop_some(struct world *w, uint32_t slot, const struct watched *s,
                        struct watched_walk *walk, uint32_t *left);
