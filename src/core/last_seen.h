/* core/last_seen.h -- how much of the last moment that a user was visible is told. Pure. */
#pragma once

#include <stdint.h>

enum last_seen {
    LAST_SEEN_OFF,    /* the default: nothing is kept */
    LAST_SEEN_COARSE, /* a rung of a ladder */
    LAST_SEEN_EXACT,
};

/* What is kept of a moment: for who is coarse the hour, so that it does not tell more by when its
 * answer changes than by what it says. */
uint64_t last_seen_kept(enum last_seen how, uint64_t unix_s);

/* The ladder: minutes (less than an hour), hours (than a day), days (than a week), weeks. */
const char *last_seen_rung(uint64_t age_s);
