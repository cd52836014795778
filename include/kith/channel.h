/* kith/channel.h -- the channel port: what a server does with the topics it offers. Callbacks run
 * on the thread of the socket, one at a time for one socket, and must not wait. */
#pragma once

#include <kith/err.h>
#include <kith/slice.h>

#include <stdbool.h>

struct kith_channel; /* one joined topic of one socket; valid during a callback */

struct kith_channel_behaviour {
    const char *topic; /* exact, or a prefix and a star: "room:*" */

    /* KITH_OK: joined, and answered ok with {} or what kith_channel_reply said. KITH_LATER: whoever
     * was asked (kith_social_join) answers. kith_channel_refuse(): answered with an error and its
     * reason. Anything else: {"reason":"join crashed"}. `payload` is JSON as the client wrote it.
     */
    kith_err (*join)(struct kith_channel *c, kith_slice payload);

    /* A message. `payload` is JSON as the client wrote it, or bytes (kith_channel_binary). An error
     * ends the channel with phx_error, and nothing else happens. NULL: every event is one. */
    kith_err (*handle_in)(struct kith_channel *c, kith_slice event, kith_slice payload);

    /* The channel ends, however it ends. May be NULL. */
    void (*terminate)(struct kith_channel *c);
};

KITH_API kith_slice kith_channel_topic(const struct kith_channel *c);
KITH_API kith_slice kith_channel_user(const struct kith_channel *c); /* the socket's user id */
/* What the star of the pattern stands for; empty for an exact one. */
KITH_API kith_slice kith_channel_subtopic(const struct kith_channel *c);

/* In handle_in: whether the payload is bytes, of a binary frame, rather than JSON. */
KITH_API bool kith_channel_binary(const struct kith_channel *c);

/* What answers a message works in join and handle_in alone; in terminate it is KITH_NONE. */

/* Answers the message that is being handled. `response` is JSON; empty = {}. Without a call no
 * reply is sent (a join is answered anyway). KITH_EXISTS: answered already. */
KITH_API KITH_MUST_USE kith_err kith_channel_reply(struct kith_channel *c, bool ok,
                                                   kith_slice response);
/* {"reason": reason} with status error. In join: the refusal; returns KITH_REFUSED, for `return`.
 * In handle_in: an error reply, the channel lives; returns KITH_OK. */
KITH_API kith_err kith_channel_refuse(struct kith_channel *c, const char *reason);
/* Sends an event to this channel's client, behind what was sent before. `payload` is JSON; empty =
 * {}. KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_channel_push(struct kith_channel *c, kith_slice event,
                                                  kith_slice payload);

/* In handle_in: payload {"token":"..."} is a fresh token of the same user; its expiry replaces the
 * socket's. Answers ok, or an error with its reason. Returns what handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_channel_token(struct kith_channel *c, kith_slice payload);
