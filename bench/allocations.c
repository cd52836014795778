/* bench/allocations.c -- the linker's --wrap sends allocations here. */
#include "allocations.h"

#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static uint64_t count;

uint64_t allocations(void) { return count; }

void *__wrap_malloc(size_t n)
{
    count++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    count++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    count++;
    return __real_realloc(p, n);
}
