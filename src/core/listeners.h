/* core/listeners.h -- the subscribers of one topic, each as often as it subscribed. A small number
 * lies in a list, a large one in a hash set, so that nobody's leaving costs a long search. */
#pragma once

#include "core/pool.h"

#include <stdbool.h>
#include <string.h>

struct listeners {
    union {
        uint32_t few[2]; /* count <= 2 */
        uint32_t list;   /* else its first segment, a number in the pool of all lists */
        uint32_t *set;   /* cap > 0: so many cells, with LISTENER_NONE in free ones */
    };
    uint32_t count, cap;
};

#define LISTENER_NONE UINT32_MAX
#define LISTENER_MAX  ((1u << 24) - 1) /* a list has three bytes for each */

/* A part of a list, as long as a line of the cache. The first one has room, the others are full. */
enum { SEGMENT_BYTES = 64, SEGMENT_LISTENERS = 20 };

void listeners_init_pool(struct pool *segments); /* of the lists of many topics */

/* {0} is a valid empty one. All calls for it are with the same pool. */
void listeners_fini(struct listeners *l, struct pool *segments);

/* KITH_NOMEM, KITH_FULL. O(1). */
KITH_MUST_USE kith_err listeners_add(struct listeners *l, struct pool *segments, uint32_t who);
/* All of them. O(1) in a set, O(count) in a list, which has at most 1020. Returns how many. */
uint32_t listeners_remove(struct listeners *l, struct pool *segments, uint32_t who);
bool listeners_has(const struct listeners *l, const struct pool *segments, uint32_t who);

/* The next one of a walk that began as {0}. False: that was all. Neither add nor remove meanwhile.
 */
struct listeners_walk {
    const uint8_t *ids; /* `left` more, of three bytes each */
    uint32_t left;
    uint32_t at;   /* cells, or subscribers, that are behind */
    uint32_t next; /* segment */
};
bool listeners_next_part(const struct listeners *l, const struct pool *segments,
                         struct listeners_walk *w, uint32_t *out);

/* The last of the four bytes that are read is not its own: behind a segment's ids there is more. */
static inline uint32_t listeners_read(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word & LISTENER_MAX;
}

static inline bool listeners_take(struct listeners_walk *w, uint32_t *out)
{
    if (w->left == 0) return false;
    *out = listeners_read(w->ids);
    w->ids += 3;
    w->left--;
    return true;
}

static inline bool listeners_next(const struct listeners *l, const struct pool *segments,
                                  struct listeners_walk *w, uint32_t *out)
{
    return listeners_take(w, out) || listeners_next_part(l, segments, w, out);
}

uint64_t listeners_bytes(const struct listeners *l); /* on the heap, beside the pool */
