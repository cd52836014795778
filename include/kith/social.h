/* kith/social.h -- friends' presence on a channel: the session is tracked once, its people's
 * changes come by the fast lane, and state and changes are in order. */
#pragma once

#include <kith/channel.h>

/* On which topic the diffs of a friend come. */
enum kith_social_form {
    KITH_SOCIAL_USER,    /* user_presence:<friend>: the client listens with onMessage */
    KITH_SOCIAL_FRIENDS, /* the channel's own topic, "friends": Presence classes work as they are */
};

/* In join: answers ok once all is there, then pushes presence_state, then diffs, and shows the
 * session to those who may see its user. `payload` may carry the initial status and custom fields.
 * Returns what join should return. */
KITH_API KITH_MUST_USE kith_err kith_social_join(struct kith_channel *c, enum kith_social_form form,
                                                 kith_payload payload);

/* In handle_in: replaces the session's status and custom fields by `payload`; answers ok, or an
 * error with its reason. Returns what handle_in should return. */
KITH_API KITH_MUST_USE kith_err kith_social_status(struct kith_channel *c, kith_payload payload);
