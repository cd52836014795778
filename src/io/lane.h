/* io/lane.h -- one connection to NATS, on a thread of its own, for libnats waits in many places:
 * for names, for a TLS handshake, for the rest of a TLS record. A lane that hangs in one of them is
 * left behind, and ends itself when it gets out.
 *
 * A link talks with it by two mailboxes of MAIL_LANE. A connection has a number; mail for one that
 * has ended is dropped, so that nothing old is ever sent. */
#pragma once

#include "base/err.h"
#include "io/lane_shared.h" // IWYU pragma: export
#include "io/link_options.h"

/* Starts its thread; `o` is borrowed for the call. Errors as link_open. */
KITH_MUST_USE kith_err lane_start(const struct link_options *o, enum link_lane which,
                                  struct lane **out, kith_problem *why);

void lane_stop(struct lane *l); /* asks it to send what it has, and to end */
void lane_leave(
    struct lane *l); /* the link's end of it: waits for its thread only if it has ended */
