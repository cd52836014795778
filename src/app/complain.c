/* app/complain.c -- how the commands speak to the person at the terminal. */
#include "app/commands.h"

#include "base/slice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Of a control character at the beginning of a text: of ASCII, or of the C1 set, two bytes of
 * UTF-8. 0: there is none. */
static size_t control_len(kith_slice text)
{
    uint8_t first = text.ptr[0], second = text.len > 1 ? text.ptr[1] : 0;
    if (first < 0x20 || first == 0x7f) return 1;
    return first == 0xc2 && second >= 0x80 && second < 0xa0 ? 2 : 0;
}

/* Takes the first character, or a part of it, off *text. */
static char next_plain(kith_slice *text)
{
    size_t n = control_len(*text);
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
