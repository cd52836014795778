/* io/api_room.c -- the operators' connections of a worker.
 *
 * Whoever reaches the listener could take all of it with connections that say nothing, and who
 * watches over the server would take it for dead. So who has no key holds a place only while nobody
 * else wants it: the longest idle one gives way, and one that comes with its request is answered
 * before as many others have come. */
#include "io/api_room.h"

#include "base/assert.h"
#include "edge/edge.h"
#include "io/conn.h"

#include <string.h>

void api_room_enter(struct api_room *r, uint32_t slot)
{
    KITH_ASSERT(!api_room_is_full(r));
    r->slots[r->count++] = slot;
}

void api_room_leave(struct api_room *r, uint32_t slot)
{
    uint32_t i = 0;
    while (i < r->count && r->slots[i] != slot)
        i++;
    KITH_ASSERT(i < r->count);
    memmove(&r->slots[i], &r->slots[i + 1], (--r->count - i) * sizeof r->slots[0]);
}

struct conn *api_room_idlest(const struct api_room *r, struct conn *const conns[])
{
    struct conn *idlest = NULL;
    for (uint32_t i = 0; i < r->count; i++) {
        struct conn *c = conns[r->slots[i]];
        if (!edge_gives_way(&c->edge)) continue;
        if (!idlest || c->edge.since_ms < idlest->edge.since_ms) idlest = c;
    }
    return idlest;
}
