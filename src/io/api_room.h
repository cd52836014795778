/* io/api_room.h -- the operators' connections of a worker, in the order in which they came, and
 * which of them makes room when there are as many as there may be. */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct conn;

struct api_room { /* {0} is a valid empty one */
    uint32_t count;
    struct api_place {
        uint32_t slot;
        uint32_t whence; /* a hash of the address: one of API_WHENCES */
    } places[API_CONNECTIONS_MAX];
};
#define API_WHENCES 4096

static inline bool api_room_is_full(const struct api_room *r)
{
    return r->count == API_CONNECTIONS_MAX;
}
void api_room_enter(struct api_room *r, uint32_t slot, uint64_t hash); /* if it is not full */
void api_room_leave(struct api_room *r, uint32_t slot);                /* O(count) */

/* Of those who have shown no right key, and of them from where most are, who has asked nothing for
 * longest; in `conns` by slot. NULL: each has, or is being answered. O(count). */
struct conn *api_room_idlest(const struct api_room *r, struct conn *const conns[]);
