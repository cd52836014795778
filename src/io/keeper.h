/* io/keeper.h -- the store's thread: it alone speaks to the database while the server runs. Shards'
 * wants come by mail, answers go back by mail. */
#pragma once

#include "io/mailbox.h"
#include "io/source.h"
#include "io/store.h"

#include <pthread.h>

struct keeper;

/* Takes `store`. `source` (or NULL) says whom users watch, instead of the store. `box` is where
 * wants come; `boxes` are the shards', `shards` of them. */
KITH_MUST_USE kith_err keeper_start(struct store *store, const struct kith_source *source,
                                    struct mailbox *box, struct mailbox *boxes, unsigned shards,
                                    struct keeper **out);

pthread_t keeper_thread(const struct keeper *k);

/* After all shards have ended: does what is still in the box, closes the store, ends the thread.
 * KITH_IO: the sessions of this run could not be saved, `why` (may be NULL) says what the store
 * said. */
KITH_MUST_USE kith_err keeper_join(struct keeper *k, kith_problem *why);
