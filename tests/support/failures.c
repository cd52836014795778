/* tests/support/failures.c -- the linker's --wrap sends allocations and failed assertions here. */
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *s);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...);
__attribute__((format(printf, 3, 4))) int __wrap___asprintf_chk(char **out, int flag,
                                                                const char *format, ...);
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

char *__wrap_strdup(const char *s) { return works() ? __real_strdup(s) : NULL; }

int __wrap_asprintf(char **out, const char *format, ...)
{
    if (!works()) return -1;
    va_list args;
    va_start(args, format);
    int n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

/* As the one before is called where the compiler fortifies. */
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...)
{
    (void)flag;
    if (!works()) return -1;
    va_list args;
    va_start(args, format);
    int n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

void __wrap_kith_assert_failed(const char *what, const char *file, int line)
{
    mock_assert(0, what, file, line); /* leaps out of the code under test, or fails the test */
    abort();
}
