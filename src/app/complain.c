/* app/complain.c -- how the commands speak to the person at the terminal. */
#include "app/commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int complain(int code, const char *command, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    (void)fprintf(stderr, "%s: %s\n", command, text);
    return code;
}

int finish_output(int code, const char *command)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    return complain(EX_IOERR, command, "cannot write the output: %s", strerror(errno));
}
