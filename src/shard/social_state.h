/* shard/social_state.h -- what a shard keeps of a session that takes part in presence. */
#pragma once

#include "shard/world.h"

#define SOCIAL_FORMS 2 /* enum kith_social_form */

struct gather;
struct watched;
struct social_extra;

/* One channel that carries presence. What each message looks at lies in front. */
struct social_channel {
    struct gather *gather; /* a state on its way, or NULL: diffs are live */
    bool joined;
    bool untouched; /* nothing was sent since the state that its join brought */
    uint16_t topic_len;
    uint32_t join_ref_len;
    uint32_t number;     /* as the edge has it */
    const uint8_t *name; /* topic, join_ref; borrowed from the session until social_part */
};

/* There is one for every session that is seen, so its fields are no wider than they must be. */
struct social {
    struct social_channel channels[SOCIAL_FORMS];
    const uint8_t *user_bytes; /* borrowed from the session */
    uint64_t device;
    struct watched *watched;    /* its subscriptions in world.people, see watched.h */
    struct social_extra *extra; /* see social_extra.h; or NULL */
    uint32_t unsaid_ms;         /* how long it is to linger that is unsaid */
    uint8_t user_len;
    enum hiding hiding : 2;
    bool watched_known : 1; /* the store has said whom the user watches */
    bool queued : 1;        /* in world.starts */
    bool in_line : 1;       /* in world.large_states */
    bool tracked : 1;       /* its presence stands at the user's home */
    bool away : 1;          /* it lingers there, see showing_away */
    bool taken : 1;         /* another session has its presence: it is not shown any more */
    bool unsaid : 1;        /* that it is lost: there was no memory to tell the home */
};
_Static_assert(sizeof(struct social) <= 104, "what a session costs that is seen");
_Static_assert(USER_ID_BYTES_MAX <= UINT8_MAX, "as wide as user_len");

static inline kith_slice social_user(const struct social *s)
{
    return slice_of(s->user_bytes, s->user_len);
}
static inline kith_slice social_topic(const struct social_channel *c)
{
    return slice_of(c->name, c->topic_len);
}
/* Raw JSON. */
static inline kith_slice social_join_ref(const struct social_channel *c)
{
    return slice_of(c->name + c->topic_len, c->join_ref_len);
}

/* NULL: the session has no social side. */
static inline struct social_channel *social_channel_of(const struct world *w, uint32_t slot,
                                                       unsigned form)
{
    struct social *s = clients_at(w->clients, slot)->social;
    return s ? &s->channels[form] : NULL;
}
