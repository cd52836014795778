/* io/keeper.h -- the store's thread: it alone speaks to the database while the server runs. Shards'
 * wants come by mail, answers go back by mail. */
#pragma once

#include "io/keeper_options.h"

struct keeper;

KITH_MUST_USE kith_err keeper_start(const struct keeper_options *o, struct keeper **out);

/* After all shards have ended: does what is still in the box, closes the store, ends the thread.
 * KITH_IO: the sessions of this run could not be saved, `why` (may be NULL) says what the store
 * said. */
KITH_MUST_USE kith_err keeper_join(struct keeper *k, kith_problem *why);
