/* kith/channel.h -- the channel port: what a server does with the topics it offers. Names and
 * meanings are those of Phoenix.Channel. Callbacks run on the thread of the socket, one at a time
 * for one socket, and must not wait. */
#pragma once

#include <kith/err.h>
#include <kith/payload.h>

struct kith_server;
struct kith_channel; /* one joined topic of one socket; valid during a callback */

/* A channel for whoever keeps it: it stays good to name, and names nobody once the channel has
 * ended. {0} names nobody. */
typedef struct kith_channel_id {
    uint64_t client;
    uint32_t shard, channel;
} kith_channel_id;

/* What is done with the topics of one pattern. */
struct kith_channel_behaviour {
    const char *topic; /* exact, or a prefix and a star: "room:*" */

    /* KITH_OK: joined, and answered ok with {} or what kith_channel_reply said. KITH_LATER: a
     * kith_reply (or kith_social_join) answers; until then the channel is not joined.
     * kith_channel_refuse(): answered with an error and its reason; so is a join that has said an
     * error, whatever it returns. Anything else: {"reason":"join crashed"}. Nothing can be pushed
     * or tracked yet: for that, kith_channel_send to yourself and do it in handle_info, which comes
     * behind the reply. A join with a binary payload has none. */
    kith_err (*join)(struct kith_channel *c, kith_payload payload);

    /* A message of the client. An error ends the channel with phx_error, and nothing else happens.
     * NULL: every event is one. */
    kith_err (*handle_in)(struct kith_channel *c, kith_slice event, kith_payload payload);

    /* What was sent to this channel: by kith_channel_send (no topic), or a broadcast on a topic
     * that it has subscribed to with KITH_TO_CHANNEL. An error ends the channel likewise. NULL:
     * such messages are dropped. */
    kith_err (*handle_info)(struct kith_channel *c, const struct kith_message *m);

    /* A broadcast on its own topic whose event is one of `intercept` (which ends with NULL) comes
     * here instead of going to the client; kith_channel_push sends it on, as it is or changed. This
     * takes the event off the fast lane: it costs a call for each channel. */
    kith_err (*handle_out)(struct kith_channel *c, kith_slice event, kith_payload payload);
    const char *const *intercept;

    /* The channel ends, however it ends, after a join that returned KITH_OK or KITH_LATER. May be
     * NULL. */
    void (*terminate)(struct kith_channel *c);

    bool unsubscribed; /* broadcasts on its own topic do not reach it; saves some 60 bytes each */
    void *context;     /* yours, see kith_channel_context */
};

/* What was joined. The slices live as long as the channel. */
KITH_API kith_slice kith_channel_topic(const struct kith_channel *c);
/* What the star of the pattern stands for; empty for an exact one. */
KITH_API kith_slice kith_channel_subtopic(const struct kith_channel *c);
KITH_API kith_slice kith_channel_user(const struct kith_channel *c); /* its socket's user */
KITH_API void *kith_channel_context(const struct kith_channel *c);   /* of its behaviour */
KITH_API struct kith_server *kith_channel_server(const struct kith_channel *c); /* whose it is */
KITH_API kith_channel_id kith_channel_self(const struct kith_channel *c);       /* yours to keep */

/* A pointer of your own for the life of the channel; free it in `terminate`. A join that refuses
 * frees what it has assigned itself: `terminate` is not called. */
KITH_API void kith_channel_assign(struct kith_channel *c, void *assigns);
KITH_API void *kith_channel_assigns(const struct kith_channel *c);

/* Answering. In join and handle_in alone; elsewhere KITH_NONE. JSON payloads are checked: KITH_BAD,
 * as are bytes for a client of V1, which knows none. */

/* Answers the message that is being handled. Without a call no reply is sent (a join is answered
 * anyway). KITH_EXISTS: answered already. KITH_FULL: bytes, and a ref or topic over 255. */
KITH_API KITH_MUST_USE kith_err kith_channel_reply(struct kith_channel *c, bool ok,
                                                   kith_payload response);
/* {"reason": reason} with status error. In join: the refusal; returns KITH_REFUSED, for `return`.
 * In handle_in: an error reply, the channel lives; returns KITH_OK, or KITH_EXISTS: answered
 * already, KITH_BAD: not UTF-8. */
KITH_API kith_err kith_channel_refuse(struct kith_channel *c, const char *reason);

/* Takes the message's reply along, to be sent when its answer is known. A join then returns
 * KITH_LATER; if no reply comes within 5 s, it is refused with {"reason":"timeout, try again"}.
 * NULL: not in join or handle_in, answered already, or out of memory. */
struct kith_reply;
KITH_API KITH_MUST_USE struct kith_reply *kith_channel_reply_later(struct kith_channel *c);
/* Sends it, from any thread, and frees it whatever is returned. A channel that has ended meanwhile
 * hears nothing. KITH_BAD: not JSON, NULL, or the server does not run. KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_reply_send(struct kith_reply *r, bool ok,
                                                kith_payload response);
KITH_API void kith_reply_drop(struct kith_reply *r); /* no reply; NULL is welcome */

/* Sending. Not in join, whose reply comes first: KITH_NONE there and in terminate. JSON payloads
 * are checked: KITH_BAD, as are an event that is empty or over 255 bytes of UTF-8, and NULL. */

/* An event to this channel's client, behind what was sent before. Bytes for a client of V1:
 * KITH_BAD; on a topic over 255 bytes: KITH_FULL. KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_channel_push(struct kith_channel *c, kith_slice event,
                                                  kith_payload payload);
/* An event to all who have joined this channel's topic, on every thread and node; `_from`: but this
 * channel. Encoded once for each form of the wire in use. O(receivers). KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_channel_broadcast(struct kith_channel *c, kith_slice event,
                                                       kith_payload payload);
KITH_API KITH_MUST_USE kith_err kith_channel_broadcast_from(struct kith_channel *c,
                                                            kith_slice event, kith_payload payload);

/* A message to a channel's handle_info, from any thread, in join too; it arrives after the callback
 * that is running, in the order of sending. One that has ended does not get it. Copies. KITH_NOMEM;
 * KITH_BAD: the event is empty, or the server does not run. The payload is yours: it is not
 * checked. */
KITH_API KITH_MUST_USE kith_err kith_channel_send(struct kith_server *s, kith_channel_id to,
                                                  kith_slice event, kith_payload payload);

/* The channel ends normally once the callback has returned KITH_OK: with phx_close, behind what was
 * sent before. In join it does nothing. */
KITH_API void kith_channel_stop(struct kith_channel *c);

/* In handle_in: payload {"token":"..."} is a fresh token of the same user; its expiry replaces the
 * socket's. Answers ok, or an error with its reason. Returns what handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_channel_token(struct kith_channel *c, kith_payload payload);
