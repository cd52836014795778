/* core/last_seen.c -- how much of the last moment that a user was visible is told. */
#include "core/last_seen.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

uint64_t last_seen_kept(enum last_seen how, uint64_t unix_s)
{
    return how == LAST_SEEN_COARSE ? unix_s - unix_s % HOUR_S : unix_s;
}

const char *last_seen_rung(uint64_t age_s)
{
    if (age_s < HOUR_S) return "minutes";
    if (age_s < DAY_S) return "hours";
    return age_s < (uint64_t)7 * DAY_S ? "days" : "weeks";
}
