/* core/listeners.h -- the subscribers of one topic, each as often as it subscribed. A small number
 * lies in a list, a large one in a hash set, so that nobody's leaving costs a long search. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct listeners {
    union {
        uint32_t few[2]; /* cap == 0: up to two, without an allocation */
        uint32_t *many;  /* else cap cells: the list, or the set with LISTENER_NONE in free ones */
    };
    uint32_t count, cap;
};

#define LISTENER_NONE UINT32_MAX

void listeners_fini(struct listeners *l); /* {0} is a valid empty one */

KITH_MUST_USE kith_err listeners_add(struct listeners *l, uint32_t who); /* KITH_NOMEM. O(1) */
/* All of them. O(1) in a set, O(count) in a list, which has at most 1022. Returns how many. */
uint32_t listeners_remove(struct listeners *l, uint32_t who);
bool listeners_has(const struct listeners *l, uint32_t who);

/* The next one from cell *at, which it moves on. False: that was all. */
bool listeners_next(const struct listeners *l, uint32_t *at, uint32_t *out);

uint64_t listeners_bytes(const struct listeners *l); /* on the heap */
