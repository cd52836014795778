/* edge/crowds.h -- how many connections there are from one address, and how many long-poll
 * sessions, which outlive theirs, on all threads of a server together. A count is one number that
 * threads change without waiting for each other; addresses share one by a keyed hash, so that
 * nobody can choose whom to share it with. 1 MiB. */
#pragma once

#include "base/siphash.h"
#include "wire/address.h"

struct crowds;

struct crowds *crowds_new(struct siphash_key key); /* NULL: out of memory */
void crowds_free(struct crowds *c);                /* NULL is welcome */

/* One more from there (address_owner), if there are not `max` already. Returns by which number it
 * leaves again; 0: there are. */
#define CROWD_BITS 17
#define CROWD_MASK ((1u << CROWD_BITS) - 1)
uint32_t crowds_enter(struct crowds *c, const struct address *a, uint32_t max);
void crowds_leave(struct crowds *c, uint32_t crowd); /* 0 is welcome */

/* One more session of those by that number, if there are not `max` already; of 0 there are any. */
bool crowds_begin(struct crowds *c, uint32_t crowd, uint32_t max);
void crowds_end(struct crowds *c, uint32_t crowd); /* 0 is welcome */
