/* shard/social_state.h -- what a shard keeps of a session that takes part in presence. */
#pragma once

#include "shard/world.h"

#define SOCIAL_FORMS 2 /* enum kith_social_form */

struct gather;
struct watched;

/* One channel that carries presence. */
struct social_channel {
    bool joined;
    uint32_t number;       /* as the edge has it */
    kith_slice topic;      /* borrowed from the session until social_part */
    kith_slice join_ref;   /* likewise; raw JSON */
    struct gather *gather; /* a state on its way, or NULL: diffs are live */
    bool untouched;        /* nothing was sent since the state that its join brought */
};

/* One user whom a session asks to see, see asking.h. */
struct asked {
    topic_id topic; /* in world.asking */
    bool by_edge;   /* the session sees it anyhow */
    bool has_shade; /* it is subscribed to its shade anyhow */
    bool ending;    /* it asks no more, and is still to be told so by the user's home */
};

struct social {
    kith_slice user; /* borrowed from the session */
    uint64_t device;
    struct social_channel channels[SOCIAL_FORMS];
    struct watched *watched; /* its subscriptions in world.people, see watched.h */
    uint32_t asked_count;
    struct asked *asked;
    uint32_t want_serial; /* of the question to the store that is out; 0: none. There is one at
                             most, and it outlives the channels that asked */
    uint64_t wanted_ms;   /* when it was asked */
    bool watched_known;   /* the store has said whom the user watches */
    bool queued;          /* in world.starts */
    bool tracked;         /* its presence stands at the user's home */
    bool away;            /* it lingers there, see showing_away */
    enum hiding hiding : 8;
    bool taken;         /* another session has its presence: it is not shown any more */
    bool unsaid;        /* that it is lost: there was no memory to tell the home */
    uint32_t unsaid_ms; /* how long it is to linger then */
    struct buf fields;  /* its initial status until it is tracked */
};

/* NULL: the session has no social side. */
static inline struct social_channel *social_channel_of(const struct world *w, uint32_t slot,
                                                       unsigned form)
{
    struct social *s = clients_at(w->clients, slot)->social;
    return s ? &s->channels[form] : NULL;
}
