/* bench/ways.c -- the ways of doing presence that are compared. */
#include "ways.h"

#include <string.h>

const struct way ways[WAYS] = {
    {"social", "social", "user:%u", AUDIENCE_FRIENDS},
    {"single_room", "single room", "room:all", AUDIENCE_EVERYBODY},
    {"intercept", "intercept", "room:all", AUDIENCE_FRIENDS},
    {"friend_rooms", "friend rooms", NULL, AUDIENCE_FRIENDS},
    {"before_social", "before", "user:%u", AUDIENCE_NOBODY},
};

const struct way *way_called(const char *name, size_t len)
{
    for (size_t i = 0; i < WAYS; i++)
        if (strlen(ways[i].name) == len && memcmp(ways[i].name, name, len) == 0) return &ways[i];
    return NULL;
}
