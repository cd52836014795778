/* base/assert.h -- what only our own mistake can do. Stays on in release; no side effects inside.
 */
#pragma once

_Noreturn void kith_assert_failed(const char *what, const char *file, int line);

#define KITH_ASSERT(x) ((x) ? (void)0 : kith_assert_failed(#x, __FILE__, __LINE__))
