/* kith/pubsub.h -- who listens to a topic gets what is broadcast on it, on every thread of this
 * server and on every node that its bus reaches. A topic is any string of 1 to 8192 bytes; it needs
 * no channel. Each speaker's broadcasts reach all listeners in the order in which it made them;
 * those of two speakers may come in either order. Names and meanings are those of Phoenix.PubSub.
 */
#pragma once

#include <kith/channel.h>

/* How a broadcast reaches a channel that listens. */
enum kith_delivery {
    KITH_FASTLANE,   /* straight to the channel's client: one frame, shared by all who get it */
    KITH_TO_CHANNEL, /* to the channel's handle_info */
};

/* This channel listens to `topic` until it unsubscribes or ends. Twice is twice. It has its own
 * topic already (KITH_FASTLANE; see `intercept` and `unsubscribed`). A broadcast that was under way
 * may or may not reach it. KITH_NONE: in join or terminate. KITH_BAD: no such topic can be.
 * KITH_FULL: it has 5000 subscriptions. KITH_NOMEM. About 20 bytes each, the name apart. */
KITH_API KITH_MUST_USE kith_err kith_pubsub_subscribe(struct kith_channel *c, kith_slice topic,
                                                      enum kith_delivery how);
/* Drops all its subscriptions of `topic`; none is fine. */
KITH_API void kith_pubsub_unsubscribe(struct kith_channel *c, kith_slice topic);

/* From any thread, callbacks included. Nobody listening is fine. A binary payload reaches clients
 * with V2 and skips those with V1. KITH_BAD: topic or event are empty or too long, the payload is
 * not JSON, or the server does not run. KITH_NOMEM. */

/* To all on every node; `_from`: but the channel `from`. */
KITH_API KITH_MUST_USE kith_err kith_pubsub_broadcast(struct kith_server *s,
                                                      const struct kith_message *m);
KITH_API KITH_MUST_USE kith_err kith_pubsub_broadcast_from(struct kith_server *s,
                                                           kith_channel_id from,
                                                           const struct kith_message *m);
/* Only on this node. */
KITH_API KITH_MUST_USE kith_err kith_pubsub_local_broadcast(struct kith_server *s,
                                                            const struct kith_message *m);
KITH_API KITH_MUST_USE kith_err kith_pubsub_local_broadcast_from(struct kith_server *s,
                                                                 kith_channel_id from,
                                                                 const struct kith_message *m);
/* Only on the node of that name. An unknown one is fine: nobody gets it. */
KITH_API KITH_MUST_USE kith_err kith_pubsub_direct_broadcast(struct kith_server *s,
                                                             const char *node,
                                                             const struct kith_message *m);
/* This node's name: as its bus says, else "local"; lives as long as the server. */
KITH_API const char *kith_pubsub_node(const struct kith_server *s);
