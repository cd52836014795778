/* edge/channel_state.h -- what is kept of one joined topic of one socket. */
#pragma once

#include "edge/socket.h"

#include <kith/presence.h>
#include <kith/social.h>

#include <stddef.h>

/* The message that a behaviour is handling. */
struct call {
    const struct kith_channel *of;
    const struct phx_in *in;
    bool join;
    bool answered;
    uint8_t reason_len;
    uint8_t reason[REFUSAL_TEXT_BYTES]; /* of a join that is refused */
    bool ok;                            /* a join's answer, which is sent once join has returned */
    struct frame *reply;                /* likewise; owned */
    struct frame *after_reply; /* goes behind it: the end of the channel that it replaces; owned */
};

/* A join that is answered later. */
struct pending {
    uint64_t until_ms;         /* then it is refused */
    struct frame *after_reply; /* the end of the channel that it replaces; or NULL */
    struct mail_queue held;    /* news that came meanwhile */
    kith_slice ref;            /* of the join, raw JSON */
    uint8_t bytes[];
};

struct kith_channel {
    struct kith_channel *next; /* of its session */
    struct session *session;
    struct pending *pending; /* until it is joined */
    void *assigns;
    uint32_t number;     /* names it on its shard, in mail */
    uint32_t subscriber; /* what the shard knows of it, or SUBSCRIBER_NONE */
    uint32_t join_ref_len;
    uint16_t topic_len;
    uint16_t subtopic_at; /* where the pattern's star begins */
    uint16_t kind;        /* which of the socket's behaviours, see channel_behaviour */
    enum kith_social_form form : 8;
    bool social : 1;   /* its form stands in the shard's social side */
    bool stopping : 1; /* it ends when its callback has returned */
    bool ended : 1;    /* terminate is running */
    bool bare : 1;     /* its join bore no join_ref */
    uint8_t bytes[];   /* topic, join_ref */
};
_Static_assert(offsetof(struct kith_channel, bytes) <= 52,
               "what a joined topic costs, and 16 bytes");
_Static_assert(TOPIC_BYTES_MAX <= UINT16_MAX, "as wide as topic_len");

/* During its join and handle_in; else NULL. */
static inline struct call *channel_call(const struct kith_channel *c)
{
    struct call *call = session_context(c->session)->call;
    return call && call->of == c ? call : NULL;
}

static inline const struct kith_channel_behaviour *channel_behaviour(const struct kith_channel *c)
{
    return c->session->socket.mount->behaviour->channels[c->kind];
}

/* Borrowed while the channel lives: its topic, and its join_ref behind it. */
static inline kith_slice channel_name(const struct kith_channel *c)
{
    return slice_of(c->bytes, (size_t)c->topic_len + c->join_ref_len);
}
static inline kith_slice channel_topic(const struct kith_channel *c)
{
    return slice_of(c->bytes, c->topic_len);
}
/* Raw JSON: the join's join_ref, or its ref where it had none. */
static inline kith_slice channel_join_ref(const struct kith_channel *c)
{
    return slice_of(c->bytes + c->topic_len, c->join_ref_len);
}
/* Raw JSON: the join_ref as sent; leaves must name it. */
static inline kith_slice channel_asked_ref(const struct kith_channel *c)
{
    return c->bare ? KITH_LIT("null") : channel_join_ref(c);
}
