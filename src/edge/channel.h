/* edge/channel.h -- one joined topic of one socket, and the calls of its behaviour
 * (kith/channel.h). */
#pragma once

#include "edge/socket.h"
#include "wire/phx.h"

#include <kith/channel.h>
#include <kith/social.h>

/* The message that a behaviour is handling. */
struct call {
    const struct phx_in *in;
    struct frame *after_reply; /* goes behind the reply of a join; owned */
    bool join;
    bool answered;
};

struct kith_channel {
    struct kith_channel *next; /* of its session */
    struct session *session;
    const struct kith_channel_behaviour *behaviour;
    struct call *call; /* during a callback */
    bool social;       /* its form stands in the shard's social side */
    enum kith_social_form form;
    uint32_t subtopic_at; /* where the pattern's star begins */
    kith_slice topic;
    kith_slice join_ref;  /* raw JSON: the join's join_ref, or its ref where it had none */
    kith_slice asked_ref; /* raw JSON: the join_ref as sent; leaves must name it */
    uint8_t bytes[];
};

/* The joined channel of a topic, or NULL. Forgets one whose join was refused meanwhile. */
struct kith_channel *channel_find(struct session *s, kith_slice topic);

/* The behaviour for a topic: an exact pattern before a star, a longer star before a shorter; or
 * NULL. */
const struct kith_channel_behaviour *channel_match(const struct edge_rules *r, kith_slice topic);

void channel_join(struct session *s, const struct kith_channel_behaviour *b,
                  const struct phx_in *in);
void channel_leave(struct kith_channel *c, const struct phx_in *in);
void channel_in(struct kith_channel *c, const struct phx_in *in);

/* The socket is gone: ends all channels; no frame is sent, and the social side is left to the
 * caller. */
void channels_end(struct session *s);

/* What kith/channel.h and kith/social.h promise. */
kith_err channel_reply(struct kith_channel *c, bool ok, kith_payload response);
kith_err channel_refuse(struct kith_channel *c, const char *reason);
kith_err channel_push(struct kith_channel *c, kith_slice event, kith_payload payload);
kith_err channel_social_join(struct kith_channel *c, enum kith_social_form form,
                             kith_payload payload);
kith_err channel_social_status(struct kith_channel *c, kith_payload payload);
kith_err channel_token(struct kith_channel *c, kith_payload payload);
