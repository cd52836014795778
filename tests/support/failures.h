/* tests/support/failures.h -- lets a test see what the code does when memory runs out, and when it
 * catches its own mistake. Programs that link it have malloc, calloc, realloc, aligned_alloc,
 * strdup, asprintf and kith_assert_failed wrapped; everything works as always until a test asks for
 * a failure. */
#pragma once

#include <stddef.h>

/* Of the allocations from now on, the first `skip` work, the next `times` answer NULL. */
void alloc_fail(size_t skip, size_t times);

/* Allocation works again. Returns how many were asked for since the last alloc_fail. */
size_t alloc_heal(void);

/* A failed KITH_ASSERT in the code under test becomes what cmocka's expect_assert_failure expects.
 */
