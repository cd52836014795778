/* shard/hiding.h -- one session alone is hidden, so that one device can be invisible, and seen
 * again. Its entry moves between the two places where the user's home keeps entries: for watchers
 * it is a session that goes, and later one that comes. It is answered once each shard where
 * somebody listens to the user has told its clients: what they ask from then on is answered behind
 * it. */
#pragma once

#include "shard/home.h"

/* At the user's home */

/* A session appears, as home_track; what it says of itself holds for what it takes over. */
void hiding_track(struct world *w, const struct home_session *s, kith_slice fields);
bool hiding_holds(const struct world *w, const struct home_session *s); /* it is hidden */

void hiding_change(struct world *w, struct mail *m);      /* MAIL_HIDE; takes it */
void hiding_heard(struct world *w, const struct mail *m); /* MAIL_HEARD */

/* On a shard, from a home: MAIL_TOLD. Takes the mail. */
void hiding_receive(struct world *w, struct mail *m);
