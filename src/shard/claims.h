/* shard/claims.h -- a session appears here that may be the one which another node has, or had, of
 * the same user and device: that node alone knows whether its session lives. It is asked, and until
 * it answers, or for CLAIM_WAIT_MS, nobody is told of the new one. Then this takes the entry over,
 * which is one update to who watches; or it is a session beside the other.
 *
 *     claims_track --CLAIM--> other node: does a session of this user and device live there?
 *                  <-CLAIMED- it has been lost, or has gone: take over; it lives: another session
 *
 * Where there are no other nodes these are what they stand before. */
#pragma once

#include "shard/home.h"

/* As hiding_track, home_status, home_lost and hiding_change. */
void claims_track(struct world *w, const struct home_session *s, kith_slice fields);
void claims_status(struct world *w, const struct home_session *s, kith_slice fields);
void claims_lost(struct world *w, const struct home_session *s, uint64_t grace_ms);
void claims_hide(struct world *w, struct mail *m);

/* MAIL_CLAIM and MAIL_CLAIMED. Takes the mail. */
void claims_receive(struct world *w, struct mail *m);

void claims_tick(struct world *w);          /* who has not been answered takes over */
uint64_t claims_due(const struct world *w); /* as shard_due */
