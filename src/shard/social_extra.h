/* shard/social_extra.h -- what a session has while it joins, or if it asks to see users: most have
 * nothing of it. */
#pragma once

#include "shard/social_state.h"

/* One user whom a session asks to see, see asking.h. */
struct asked {
    topic_id topic; /* in world.asking */
    bool by_edge;   /* the session sees it anyhow */
    bool has_shade; /* it is subscribed to its shade anyhow */
    bool ending;    /* it asks no more, and is still to be told so by the user's home */
};

struct social_extra {
    struct asked *asked;
    uint32_t asked_count;
    uint32_t want_serial; /* of the question to the store that is out; 0: none. There is one at
                             most, and it outlives the channels that asked */
    uint64_t wanted_ms;   /* when it was asked */
    struct buf fields;    /* its initial status until it is tracked */
};

/* Made if it is not there. NULL: out of memory. Borrowed until social_extra_tidy. */
struct social_extra *social_extra(struct social *s);
/* Let go of, if there is nothing in it. */
void social_extra_tidy(struct social *s);
void social_extra_free(struct social *s); /* whatever is in it */
