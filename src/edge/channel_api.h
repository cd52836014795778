/* edge/channel_api.h -- what a behaviour may do, as kith/channel.h, kith/social.h, kith/pubsub.h
 * and kith/presence.h promise it. */
#pragma once

#include "edge/channel_state.h"
#include "shard/social.h"

#include <kith/presence.h>
#include <kith/pubsub.h>

/* A reply that was taken along. */
struct kith_reply {
    struct kith_server *server;
    kith_channel_id to;
    size_t ref_len;
    uint8_t ref[]; /* raw JSON */
};

/* Whether it has a client who knows that it is joined; else it can neither push nor be tracked. */
static inline bool channel_speaks(const struct kith_channel *c)
{
    if (c->ended || c->pending || (channel_call(c) && channel_call(c)->join)) return false;
    return !c->social || !social_waits(session_world(c->session), c->session->slot, c->form);
}

kith_channel_id channel_self(const struct kith_channel *c);
kith_err channel_reply(struct kith_channel *c, bool ok, kith_payload response);
kith_err channel_refuse(struct kith_channel *c, const char *reason);
struct kith_reply *channel_reply_later(struct kith_channel *c);
void channel_stop(struct kith_channel *c);
kith_err channel_push(struct kith_channel *c, kith_slice event, kith_payload payload);
kith_err channel_broadcast(struct kith_channel *c, bool from, kith_slice event,
                           kith_payload payload);

/* What kith_reply_send and kith_channel_send post to the channel's shard. NULL: no memory. */
struct mail *channel_answer_mail(const struct kith_reply *r, bool ok, kith_payload response);
struct mail *channel_info_mail(kith_channel_id to, kith_slice event, kith_payload payload);

/* Sees that the shard knows it, which is so once it needs to be. KITH_NONE: it does not speak;
 * KITH_FULL, KITH_NOMEM. */
kith_err channel_known(struct kith_channel *c);
kith_err channel_subscribe(struct kith_channel *c, kith_slice topic, enum kith_delivery how);
void channel_unsubscribe(struct kith_channel *c, kith_slice topic);

kith_err channel_track(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                       kith_slice key, kith_slice meta);
kith_err channel_update(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                        kith_slice key, kith_slice meta);
kith_err channel_untrack(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                         kith_slice key);
kith_err channel_push_state(struct kith_channel *c, struct kith_tracker *t,
                            const kith_slice topics[], size_t count);
kith_err channel_enter(struct kith_channel *c, struct kith_tracker *t, kith_slice key,
                       kith_slice meta);
/* `key` NULL: all keys. */
kith_err channel_list(struct kith_channel *c, struct kith_tracker *t, kith_slice topic,
                      const kith_slice *key, kith_channel_listed listed);

kith_err channel_social_join(struct kith_channel *c, enum kith_social_form form,
                             kith_payload payload);
kith_err channel_social_status(struct kith_channel *c, kith_payload payload);
kith_err channel_last_seen(struct kith_channel *c, kith_payload payload);
kith_err channel_visibility(struct kith_channel *c, kith_payload payload);
kith_err channel_ask(struct kith_channel *c, kith_payload payload, bool on);
kith_err channel_token(struct kith_channel *c, kith_payload payload);
