/* shard/social.h -- the social side of a socket's session: whom it listens to, on which channels it
 * hears of them, and its own presence. Runs on the socket's shard; the homes of its people answer.
 */
#pragma once

#include "shard/social_state.h"

struct social_join {
    enum kith_social_form form;
    uint32_t channel;   /* by which MAIL_JOINED names it, before its other news */
    kith_slice user;    /* borrowed until social_part, or social_lost */
    kith_slice name;    /* likewise: the topic and, behind it, the join_ref, raw JSON */
    uint16_t topic_len; /* so much of that is the topic */
    kith_slice ref;     /* of the join message, raw JSON */
    bool bare;          /* the message had no join_ref: its reply has none either */
    kith_slice fields;  /* the initial status, as meta fields; empty: none given */
    uint64_t device;
    bool hidden;               /* the session begins so, if this is its first */
    kith_slice resume;         /* what an earlier join's reply said, or empty */
    struct frame *after_reply; /* taken; goes between the reply and the state; or NULL */
};

/* Joins, or joins again on the same channel. The reply comes by itself. KITH_NOMEM: nothing
 * happened (after_reply is released). */
KITH_MUST_USE kith_err social_join(struct world *w, uint32_t slot, const struct social_join *j);

/* False once a join that was to be answered was refused instead; the session forgets the channel
 * then. */
bool social_alive(const struct world *w, uint32_t slot, enum kith_social_form form);

/* Whether the channel's join is not answered yet. */
bool social_waits(const struct world *w, uint32_t slot, enum kith_social_form form);

/* News for a channel whose join waits: taken, and news again once it is answered. False: it does
 * not wait. */
bool social_hold(struct world *w, uint32_t slot, enum kith_social_form form, struct mail *news);

/* The channel is left. With the last one the presence ends, for its friends, at once. */
void social_part(struct world *w, uint32_t slot, enum kith_social_form form);

/* The socket is gone: the presence lingers for `grace_ms`. Frees the social side, and the slot has
 * no other before it is closed and opened again. */
void social_lost(struct world *w, uint32_t slot, uint32_t grace_ms);
/* The socket is about to go: the presence ends at once. Frees the social side. */
void social_send_away(struct world *w, uint32_t slot);

/* This session alone is hidden, or seen again; as showing_hide. KITH_NONE: not on any channel. */
KITH_MUST_USE kith_err social_hide(struct world *w, uint32_t slot, bool hidden, kith_slice ref,
                                   uint32_t channel);

/* Replaces the session's fields. `reply` (taken) is sent once the home has done it.
 * KITH_NONE: not on any channel. KITH_NOMEM. */
KITH_MUST_USE kith_err social_status(struct world *w, uint32_t slot, kith_slice fields,
                                     struct frame *reply);
