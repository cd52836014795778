/* tests/support/failures.c -- the linker's --wrap sends allocations and failed assertions here. */
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
_Noreturn void __wrap_kith_assert_failed(const char *what, const char *file, int line);

static struct {
    size_t asked, skip, times;
} plan;

void alloc_fail(size_t skip, size_t times)
{
    plan.asked = 0;
    plan.skip = skip;
    plan.times = times;
}

size_t alloc_heal(void)
{
    plan.times = 0;
    return plan.asked;
}

static int works(void)
{
    size_t nth = plan.asked++;
    return nth < plan.skip || nth - plan.skip >= plan.times;
}

void *__wrap_malloc(size_t n) { return works() ? __real_malloc(n) : NULL; }

void *__wrap_calloc(size_t n, size_t size) { return works() ? __real_calloc(n, size) : NULL; }

void *__wrap_realloc(void *p, size_t n) { return works() ? __real_realloc(p, n) : NULL; }

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return works() ? __real_aligned_alloc(alignment, n) : NULL;
}

void __wrap_kith_assert_failed(const char *what, const char *file, int line)
{
    mock_assert(0, what, file, line); /* leaps out of the code under test, or fails the test */
    abort();
}
