/* load/heard.h -- diffs that were read a moment ago. A server says a change to all friends of a
 * user in the same bytes: whoever is next to hear them need not read them again, but only look up
 * what they are to it. Pure. */
#pragma once

#include "base/slice.h"
#include "load/view.h"

enum {
    HEARD_SLOTS = 1024,    /* changes under way at once: 100 ms of 10,000 a second */
    HEARD_BYTES_MAX = 512, /* of a frame: a change of one user, with some fields of its own */
    HEARD_PEOPLE_MAX = 2,  /* of whom it speaks; others are read each time */
    HEARD_NOBODY = UINT32_MAX
};

struct heard_person {
    uint32_t about;
    struct view_sessions joined, left;
    struct view_status status;
};

struct heard_diff {
    bool whole;     /* all of it is known; set by who has read it */
    uint32_t topic; /* the user whom the topic names, or HEARD_NOBODY */
    uint32_t people;
    struct heard_person person[HEARD_PEOPLE_MAX];
    uint32_t bytes; /* of the frame, with its header */
    uint8_t frame[HEARD_BYTES_MAX];
};

struct heard {
    struct heard_diff slots[HEARD_SLOTS];
}; /* {0} has heard nothing */

/* The diff whose frame `bytes` begin with, if it is known; else NULL. O(its bytes). */
const struct heard_diff *heard_find(const struct heard *h, kith_slice bytes);

/* Remembers the frame that `bytes` begin with, before it is read, which may change it. NULL: that
 * is too long, too short or not whole. In the place of another one. */
struct heard_diff *heard_take(struct heard *h, kith_slice bytes);
