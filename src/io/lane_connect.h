/* io/lane_connect.h -- how a lane gets its connection, and gets rid of it. On the lane's thread. */
#pragma once

#include "base/err.h"
#include "io/lane_state.h"

/* Makes l->options. KITH_BAD: a file cannot be used. */
KITH_MUST_USE kith_err lane_prepare(struct lane_thread *l, const struct link_options *o,
                                    kith_problem *why);
/* Tries one server, and waits for it: l->nc and its subscriptions are there, or `why` says why
 * not. */
KITH_MUST_USE kith_err lane_connect(struct lane_thread *l, kith_problem *why);
void lane_disconnect(struct lane_thread *l); /* without a word to the other side */
