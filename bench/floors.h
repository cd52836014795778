/* bench/floors.h -- the barest that a machine can do in the place of a small job: each moves the
 * same bytes, or goes to as many lines of memory, and does nothing else. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* memcpy of `len` bytes, each time. */
void floor_copy(const void *bytes, size_t len, uint32_t ops);
/* The same into memory of its own, which is asked for and given back. */
void floor_allocate(const void *bytes, size_t len, uint32_t ops);

/* So many lines of 64 bytes. */
void floor_lines_begin(uint32_t count); /* at least 2 */
void floor_lines_end(void);
/* Reads `count` of them by chance, each time; which is next is known only when the one before is
 * there. */
void floor_touch(uint32_t count, uint32_t ops);
/* Writes a pointer into one line after the other, and counts that it is held. */
void floor_push(uint32_t ops);
