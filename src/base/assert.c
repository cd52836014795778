/* base/assert.c -- the last words of a process that found its own mistake. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void kith_assert_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "kith: assertion failed: %s (%s:%d)\n", what, file, line);
    abort();
}
