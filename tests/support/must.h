/* tests/support/must.h -- what a fixture takes for granted, whatever kind of program it is in: who
 * links it says what comes of it if that is not so. */
#pragma once

_Noreturn void must_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define must(x) ((x) ? (void)0 : must_fail(__FILE__, __LINE__, "%s", #x))
