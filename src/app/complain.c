/* app/complain.c -- how the commands speak to the person at the terminal. */
#include "app/commands.h"

#include "wire/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Takes the first character, or a part of it, off *text. */
static char next_plain(kith_slice *text)
{
    size_t n = utf8_control(*text);
    char c = n ? '?' : (char)text->ptr[0];
    *text = slice_from(*text, n ? n : 1);
    return c;
}

void make_plain(char *text)
{
    for (kith_slice rest = slice_str(text); rest.len;)
        *text++ = next_plain(&rest);
    *text = '\0';
}

void print_plain(kith_slice text)
{
    while (text.len)
        (void)putchar(next_plain(&text));
}

int complain(int code, const char *command, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    make_plain(text);
    (void)fprintf(stderr, "%s: %s\n", command, text);
    return code;
}

int finish_output(int code, const char *command)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    return complain(EX_IOERR, command, "cannot write the output: %s", strerror(errno));
}

int say_changed(const char *word, const char *command)
{
    (void)puts(word);
    return finish_output(EX_OK, command);
}
