/* core/membership.h -- which other nodes there are, and how they are: from what is heard of them,
 * and this node's own monotonic clock. Pure: no clock, no I/O, no bytes; no time of another node's
 * is ever believed, only how long ago something was. How it decides: docs/tracker.md.
 *
 * An input is followed by taking everything that it put out, with membership_next. Nothing is
 * allocated after membership_new, so that there is no failure to handle. */
#pragma once

#include "base/err.h"
#include "core/member.h"

/* KITH_BAD: times or a name that cannot work, and `why`. */
KITH_MUST_USE kith_err membership_check(const struct membership_options *o, kith_problem *why);

struct membership;

/* Of options that pass the check. It is joining, not connected, and isolated until it first hears
 * itself. 120 kB. NULL: out of memory. */
struct membership *membership_new(const struct membership_options *o);
void membership_free(struct membership *m);

/* What comes in; `now_ms` never goes back. */

/* This node's own, which come back to it, are to be handed in like all others. O(peers). */
void membership_heartbeat(struct membership *m, uint64_t now_ms, const struct heartbeat *h);

/* A node knows the incarnation `inc` of this node's name. */
void membership_stale(struct membership *m, uint64_t now_ms, uint64_t inc);

/* The node `from` would like to know when this one last heard `about`; or a node answers that. An
 * answer to what was not asked changes nothing. */
void membership_ask(struct membership *m, uint64_t now_ms, uint64_t from, uint64_t about);
void membership_vouch(struct membership *m, uint64_t now_ms, const struct vouch *v);

/* The engine between the nodes can be used, or no more. */
void membership_connected(struct membership *m, uint64_t now_ms, bool connected);

/* This node's loop stood still for so long; to be said before what has come in since. */
void membership_stalled(struct membership *m, uint64_t now_ms, uint64_t stood_ms);

/* It has learnt what there is, and takes clients. */
void membership_ready(struct membership *m, uint64_t now_ms);

/* It has no clients any more, and says so a few times. It has left when membership_tick answers
 * UINT64_MAX. */
void membership_leave(struct membership *m, uint64_t now_ms);

/* What is due by now. Returns when there is more; UINT64_MAX: never, it has left or has to stop.
 * An input may bring that forward: ask again after it. O(peers). */
uint64_t membership_tick(struct membership *m, uint64_t now_ms);

/* What goes out, in order: core/member.h. False: that was all. */
bool membership_next(struct membership *m, struct membership_out *out);

/* How it is, for metrics. */

/* *at begins at 0. In no order; what is borrowed lives until the next input. */
bool membership_next_peer(const struct membership *m, uint64_t now_ms, uint32_t *at,
                          struct peer_view *out);
enum node_state membership_state(const struct membership *m);
bool membership_isolated(const struct membership *m);
uint64_t membership_features(const struct membership *m); /* what all who are not down understand */
uint64_t membership_refused(const struct membership *m);  /* heartbeats of more than PEERS_MAX */
