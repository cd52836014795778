/* shard/seen.h -- when users were last seen: a home says when the last of a user's visible sessions
 * has gone, and whether there are any to whoever asks. The rest is the store's. */
#pragma once

#include "shard/world.h"

/* At the user's home, after its sessions have changed, or before nobody may see them any more
 * (`anyhow`: though the store knows that already): tells the store if this is when it was last
 * visible. */
void seen_note(struct world *w, kith_slice user, bool anyhow);

/* Asks when each of `ids` (ids_put) was last seen, for the channel `channel`; the answer is a
 * MAIL_ANSWER to the message `ref`. The question goes to the store, which judges who may be seen,
 * from home to home, whoever they are, and to the store again. KITH_NOMEM. */
struct seen_lookup {
    kith_slice user, ids, ref;
    uint64_t handle;
    uint32_t channel;
};
KITH_MUST_USE kith_err seen_look_up(struct world *w, const struct seen_lookup *q);
void seen_receive(struct world *w, struct mail *m); /* MAIL_SEEN_WHEN; takes it */
