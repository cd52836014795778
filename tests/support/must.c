/* tests/support/must.c -- in programs of cmocka the test fails. */
#include "support/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

_Noreturn void must_fail(const char *file, int line, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    print_error("%s\n", why);
    _fail(file, line);
    abort();
}
