/* base/err.h -- the errors all rooms speak; their names are public. */
#pragma once

#include <kith/err.h> // IWYU pragma: export

/* Fills `p` (NULL is welcome), cutting at its size, and returns `e`: return problem(KITH_BAD, p,
 * ..). */
__attribute__((format(printf, 3, 4))) kith_err problem(kith_err e, kith_problem *p, const char *fmt,
                                                       ...);
