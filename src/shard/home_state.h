/* shard/home_state.h -- what the files of a home share; hiding is one of them. */
#pragma once

#include "shard/world.h"

/* What has changed in a place, w->changes, is told to whom it concerns: w->presence to all who
 * listen, w->hidden to the application alone. Leaves w->changes empty. */
void home_tell(struct world *w, const struct presence *place);
/* The same of other nodes' sessions: the application hears of those where they are. `gone`: so is
 * their node, and this one keeps when they were last seen. */
void home_hear(struct world *w, const struct presence *place, bool gone);
/* To those who listen alone: no hook, no last seen. */
void home_announce_one(struct world *w, const struct change *c);

/* The session's entry in a place, made or taken over, and told. */
void home_join(struct world *w, struct presence *place, const struct presence_session *p,
               uint32_t at_s, kith_slice fields);

/* Whether a change of one that is seen waits, as many watch its user. */
bool home_hold(struct world *w, const struct presence_session *s, kith_slice fields, bool joins);
/* A hidden session is seen, as one that has just come: once its user's pace allows it. KITH_NONE:
 * it is not hidden. KITH_FULL, KITH_NOMEM. */
KITH_MUST_USE kith_err home_show(struct world *w, const struct presence_session *s);
/* What waits of sessions that have left waits for nothing. */
void home_forget_left(struct world *w, kith_slice user);
void home_release_all(struct world *w); /* nothing waits any more */
