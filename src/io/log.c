/* io/log.c -- lines for whoever runs the server. */
#include "io/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

/* Of all threads; there is one stderr. */
static atomic_uint dropped;

/* A pipe that nobody reads would make its writer wait, and with it all clients of the thread. One
 * that is writable has room for 4 KiB (PIPE_BUF). */
static bool takes_more(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

static void put(const char *line, size_t len)
{
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* there is nobody else to tell */
}

static void tell_of_dropped(void)
{
    char line[128];
    unsigned n = atomic_exchange(&dropped, 0);
    if (!n) return;
    int len = snprintf(line, sizeof line,
                       "kith: warning: stderr took nothing: %u lines before this are lost\n", n);
    put(line, (size_t)len);
}

__attribute__((format(printf, 2, 0))) static void say(const char *begin, const char *fmt,
                                                      va_list args)
{
    char line[LINE_BYTES];
    int at = snprintf(line, sizeof line, "%s", begin);
    int n = vsnprintf(line + at, sizeof line - (size_t)at - 1, fmt, args);
    if (n < 0) return;
    if (!takes_more()) {
        atomic_fetch_add(&dropped, 1);
        return;
    }
    tell_of_dropped();
    size_t len = strnlen(line, sizeof line - 1);
    line[len++] = '\n';
    put(line, len);
}

void log_warn(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say("kith: warning: ", fmt, args);
    va_end(args);
}

void log_info(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say("kith: ", fmt, args);
    va_end(args);
}

/* The code point at the start, and its bytes in UTF-8; 0: there is none. */
static unsigned decode(kith_slice s, uint32_t *out)
{
    uint8_t c = s.ptr[0];
    unsigned len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (!len || len > s.len) return 0;
    *out = len == 1 ? c : c & (0x7fu >> len);
    for (unsigned i = 1; i < len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80) return 0;
        *out = *out << 6 | (s.ptr[i] & 0x3f);
    }
    return len;
}

/* Controls, line ends, and what changes how the text around it is shown or is not shown at all
 * (Unicode's categories Cc, Cf, Zl and Zp), first and last. */
static const struct {
    uint32_t first, last;
} unseen[] = {
    {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
    {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe007f},
};

static bool shows(uint32_t c)
{
    if (c == '"' || c == '\\') return false;
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++)
        if (c >= unseen[i].first && c <= unseen[i].last) return false;
    return true;
}

/* As it is, or its bytes as escapes; returns how many bytes were put. */
static size_t put_one(char *out, kith_slice c, bool as_is)
{
    size_t n = 0;
    if (as_is) memcpy(out, c.ptr, c.len);
    if (as_is) return c.len;
    for (size_t i = 0; i < c.len; i++)
        n += (size_t)snprintf(out + n, 5, "\\x%02x", c.ptr[i]);
    return n;
}

enum { ONE_MAX = 16 }; /* four bytes, escaped */

const char *log_id(char out[LOG_ID_MAX], kith_slice id)
{
    size_t n = 0;
    out[n++] = '"';
    while (id.len) {
        uint32_t c = 0;
        unsigned len = decode(id, &c);
        if (n > LOG_ID_MAX - ONE_MAX - 5) {
            n += (size_t)snprintf(out + n, 4, "...");
            break;
        }
        n += put_one(out + n, slice_head(id, len ? len : 1), len && shows(c));
        id = slice_from(id, len ? len : 1);
    }
    out[n++] = '"';
    out[n] = 0;
    return out;
}
