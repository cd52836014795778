/* tests/fuzz/fuzz_rooms.h -- the channels of the fuzzed edge: those of the rig, and halls where a
 * client can have the server answer later, send news, intercept, track and stop. */
#pragma once

#include "edge/rig.h"

/* At /socket: what rig_socket has, and
 *
 * hall:*    a plain one; hall:later* joins when its reply is sent; hall:news* has news for itself.
 *   later           takes the reply along
 *   info            sends itself news, which have it send fewer, and push; the payload counts them
 *   cast, secret    broadcasts on its topic; `secret` is intercepted, and pushed as "open"
 *   others          broadcasts on "news", which `listen` and `hear` subscribe to, by the fast lane
 *                   or as news; `ignore` drops it
 *   enter, track, update, untrack, list, state    presence on its topic; a state of two halls
 *   stop, crash     ends. Any other is echoed. */
extern const struct kith_socket_behaviour fuzz_socket;

/* Halls that were joined, or wait for that, and have not ended. */
extern int fuzz_halls_open;

/* Sends the oldest reply that was taken along; false: there is none. fuzz_rooms_forget drops all.
 */
bool fuzz_rooms_answer(struct rig *r, bool ok);
void fuzz_rooms_forget(void);
