/* io/api_room.c -- the operators' connections of a worker.
 *
 * Whoever reaches the listener could take all of it with connections that say nothing, and who
 * watches over the server would take it for dead. So who has no key holds a place only while nobody
 * else wants it. Of the address that holds most of these the longest idle one gives way: who comes
 * from another has its time to show a key, however many come from there; and one that comes with
 * its request is answered before as many others have come. */
#include "io/api_room.h"

#include "base/assert.h"
#include "edge/edge.h"
#include "io/conn.h"

#include <string.h>

void api_room_enter(struct api_room *r, uint32_t slot, uint64_t hash)
{
    KITH_ASSERT(!api_room_is_full(r));
    r->places[r->count++] = (struct api_place){.slot = slot, .whence = hash % API_WHENCES};
}

void api_room_leave(struct api_room *r, uint32_t slot)
{
    uint32_t i = 0;
    while (i < r->count && r->places[i].slot != slot)
        i++;
    KITH_ASSERT(i < r->count);
    memmove(&r->places[i], &r->places[i + 1], (--r->count - i) * sizeof r->places[0]);
}

struct conn *api_room_idlest(const struct api_room *r, struct conn *const conns[])
{
    _Static_assert(API_CONNECTIONS_MAX <= UINT16_MAX, "as wide as they are counted here");
    uint16_t from[API_WHENCES] = {0}, most = 0;
    for (const struct api_place *p = r->places; p < r->places + r->count; p++)
        if (edge_gives_way(&conns[p->slot]->edge) && ++from[p->whence] > most)
            most = from[p->whence];
    struct conn *idlest = NULL;
    for (const struct api_place *p = r->places; p < r->places + r->count; p++) {
        struct conn *c = conns[p->slot];
        if (from[p->whence] < most || !edge_gives_way(&c->edge)) continue;
        if (!idlest || c->edge.since_ms < idlest->edge.since_ms) idlest = c;
    }
    return idlest;
}
