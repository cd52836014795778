/* shard/forms.h -- a diff in the forms that clients take it in: V1 or V2, on the friend's topic or
 * on "friends". Each is encoded once, when a client first needs it, and shared by all who do. */
#pragma once

#include "shard/social_state.h"

struct forms {
    struct frame *frame[2][SOCIAL_FORMS]; /* NULL until needed */
    struct presence_topic topic;
    kith_slice payload; /* borrowed */
    uint32_t since_us;  /* of its frames, see base/frame.h; 0 at first */
    bool anew;          /* a state on its way may not show what this takes away */
};

/* `payload` is a presence_diff about `user`; empty: there was no memory for it, and each is owed a
 * full state. */
void forms_init(struct forms *f, kith_slice user, kith_slice payload);
void forms_fini(struct forms *f);

static inline kith_slice forms_user(const struct forms *f)
{
    return slice_from(slice_of(f->topic.bytes, f->topic.len), PRESENCE_PREFIX_BYTES);
}

/* To one client, on each of its channels: where a state is on its way it waits for that, as a diff
 * of home `home`, or has that asked for anew. */
void forms_deliver(struct world *w, struct forms *f, unsigned home, uint32_t slot);
/* To `n` <= FORMS_AHEAD clients. They lie anywhere in memory, which is fetched for all of them
 * before any is looked at. */
enum { FORMS_AHEAD = 16 };
void forms_deliver_all(struct world *w, struct forms *f, unsigned home, const uint32_t slots[],
                       uint32_t n);
/* Only to those of its channels that are not waiting for a state; no social side is fine. */
void forms_tell(struct world *w, struct forms *f, uint32_t slot);
