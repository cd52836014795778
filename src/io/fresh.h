/* io/fresh.h -- whose edges were read a short while ago, so that they need not be read again: by a
 * hash of the name, for half of that while at least. Bounded: of more users than FRESH_MAX those of
 * longest ago are read again. */
#pragma once

#include "base/siphash.h"
#include "base/slice.h"

#include <stdbool.h>

struct fresh;

/* `for_ms` 0: nobody is. NULL: out of memory. */
struct fresh *fresh_new(uint32_t for_ms, const struct siphash_key *key);
void fresh_free(struct fresh *f); /* NULL is welcome */

/* O(1) each; times are monotonic. */
void fresh_put(struct fresh *f, kith_slice user, uint64_t now_ms);
bool fresh_has(struct fresh *f, kith_slice user, uint64_t now_ms);
void fresh_drop(struct fresh *f, kith_slice user);
void fresh_clear(struct fresh *f);
