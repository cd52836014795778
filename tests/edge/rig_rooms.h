/* tests/edge/rig_rooms.h -- the channels of the rig: those of `kith serve`, and rooms where a
 * client can make the server do whatever a behaviour may do. */
#pragma once

#include <kith/socket.h>

/* user:*, friends, user_presence:* as app/serve.c has them.
 *
 * room:*        joins. room:private refuses; room:joincrash fails; room:welcome answers with
 *               {"hello":USER,"params":PAYLOAD}; room:pushing pushes "hello" before it is answered,
 *               which must fail.
 *   echo, echo_error    reply ok, or error, with the payload
 *   noreply, empty      no reply; one with nothing in it
 *   twice               replies twice; the second must fail
 *   refuse              an error reply with a reason
 *   push                pushes event "pushed" with the payload, then replies
 *   where               replies with the topic and what the star stands for
 *   crash               fails. Any other event does.
 * room:vip:*, room:vip:one   join with {"pattern": which of them it was}
 * silent        joins; takes no event */
extern const struct kith_socket_behaviour rig_socket; /* at /socket */
#define RIG_CHANNELS 7
extern const struct kith_channel_behaviour rig_channels[RIG_CHANNELS]; /* what is joined there */

/* How many channels of rooms were joined and have not ended. */
extern int rig_rooms_open;
