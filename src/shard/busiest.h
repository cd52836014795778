/* shard/busiest.h -- the users whose changes were told to most here lately: the heaviest of a
 * stream in constant memory (Metwally's Space-Saving: who is not among the noted takes the place of
 * the least of them, and its count as what it may have too much). */
#pragma once

#include "base/limits.h"
#include "base/slice.h"

#include <stdint.h>

struct buf;

struct busy_user {
    uint64_t hash;
    uint64_t told; /* watchers on this shard, once for each change */
    uint64_t over; /* of that, so much may be others' */
    uint32_t changes;
    uint32_t watchers; /* when it changed last */
    uint8_t len, id[USER_ID_BYTES_MAX];
};

struct busy_while {
    uint32_t count;
    uint64_t from_ms;
    struct busy_user users[BUSIEST_NOTED];
};

struct busiest {
    struct busy_while now, before; /* of BUSIEST_MS each */
};

/* A change of the user's, whose id has this hash, is told to so many here; to none is not noted.
 * O(BUSIEST_NOTED), no allocation. */
void busiest_note(struct busiest *b, kith_slice user, uint64_t hash, uint32_t watchers,
                  uint64_t now_ms);

/* {"user":..,"changes":..,"told":..,"over":..,"watchers":..,"for_ms":..}, each with a comma behind
 * it: of the last BUSIEST_MS to twice that, which is for_ms. */
void busiest_put(const struct busiest *all, uint64_t now_ms, struct buf *json);
