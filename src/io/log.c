/* io/log.c -- lines for whoever runs the server. */
#include "io/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void log_warn(const char *fmt, ...)
{
    char line[1024];
    int at = snprintf(line, sizeof line, "kith: warning: ");
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line + at, sizeof line - (size_t)at - 1, fmt, args);
    va_end(args);
    if (n < 0) return;
    size_t len = strnlen(line, sizeof line - 1);
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* there is nobody else to tell */
}

/* Bytes above 0x9f in UTF-8 stand for letters; C1 controls are C2 80 to C2 9F. */
static bool shows(kith_slice id, size_t at)
{
    uint8_t c = id.ptr[at];
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') return false;
    if (c == 0xc2) return at + 1 < id.len && id.ptr[at + 1] >= 0xa0;
    return !(at && id.ptr[at - 1] == 0xc2 && c < 0xa0);
}

const char *log_id(char out[LOG_ID_MAX], kith_slice id)
{
    size_t n = 0;
    out[n++] = '"';
    for (size_t i = 0; i < id.len && n < LOG_ID_MAX - 10; i++) {
        if (shows(id, i))
            out[n++] = (char)id.ptr[i];
        else
            n += (size_t)snprintf(out + n, 5, "\\x%02x", id.ptr[i]);
        if (n >= LOG_ID_MAX - 10) n += (size_t)snprintf(out + n, 4, "...");
    }
    out[n++] = '"';
    out[n] = 0;
    return out;
}
