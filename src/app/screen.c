/* app/screen.c -- lines of a page, cell by cell. */
#include "app/screen.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const sequences[] = {
    [PAINT_PLAIN] = "",        [PAINT_STRONG] = "\x1b[1m", [PAINT_TITLE] = "\x1b[2m",
    [PAINT_GOOD] = "\x1b[32m", [PAINT_WARN] = "\x1b[33m",  [PAINT_BAD] = "\x1b[1;31m"};

int screen_room(const struct screen *p) { return (int)(p->columns - p->at); }

static void put_plain(struct screen *p, const char *text, size_t max)
{
    for (; *text && max; text++, max--, p->at++)
        buf_putc(&p->text, *text >= ' ' && *text < 0x7f ? (uint8_t)*text : '?');
}

void screen_put(struct screen *p, enum paint paint, const char *text)
{
    bool painted = p->colour && paint != PAINT_PLAIN;
    if (p->cut || p->at >= p->columns) return;
    if (painted) buf_puts(&p->text, sequences[paint]);
    put_plain(p, text, p->columns - p->at);
    if (painted) buf_puts(&p->text, "\x1b[0m");
}

static void put_blanks(struct screen *p, size_t n)
{
    for (; n; n--, p->at++)
        buf_putc(&p->text, ' ');
}

void screen_cell(struct screen *p, enum paint paint, int width, const char *text)
{
    char shown[64];
    size_t room = (size_t)(width < 0 ? -width : width);
    p->cut |= p->at + (p->at != 0) + room > p->columns;
    if (p->cut) return;
    (void)snprintf(shown, sizeof shown, "%.*s", (int)room, text);
    size_t len = strlen(shown);
    put_blanks(p, p->at != 0);
    if (width > 0) put_blanks(p, room - len);
    screen_put(p, paint, shown);
    if (width < 0) put_blanks(p, room - len);
}

static void put_formatted(struct screen *p, enum paint paint, const char *fmt, va_list ap)
{
    char text[512];
    (void)vsnprintf(text, sizeof text, fmt, ap);
    screen_put(p, paint, text);
}

void screen_printf(struct screen *p, enum paint paint, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_formatted(p, paint, fmt, ap);
    va_end(ap);
}

void screen_say(struct screen *p, enum paint paint, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_formatted(p, paint, fmt, ap);
    va_end(ap);
    screen_end(p);
}

void screen_end(struct screen *p)
{
    buf_putc(&p->text, '\n');
    p->lines++;
    p->at = 0;
    p->cut = false;
}

static void put_line(struct buf *out, kith_slice line, bool live)
{
    while (line.len && line.ptr[line.len - 1] == ' ')
        line.len--;
    buf_put(out, line);
    if (live) buf_puts(out, "\x1b[K");
}

/* Where not all fit, the last one says so. */
void screen_finish(struct screen *p, unsigned lines, bool live, struct buf *out)
{
    kith_slice rest = buf_slice(&p->text), line;
    unsigned shown = p->lines <= lines ? p->lines : lines - 1;
    for (unsigned i = 0; i < shown; i++) {
        rest = slice_cut(rest, '\n', &line);
        put_line(out, line, live);
        if (!live || i + 1 < lines) buf_putc(out, '\n');
    }
    if (shown < p->lines) {
        buf_printf(out, "%.*s", (int)p->columns, "more: make the window taller");
        if (live)
            buf_puts(out, "\x1b[K");
        else
            buf_putc(out, '\n');
    }
    out->failed |= p->text.failed;
    buf_fini(&p->text);
}

static void scale(char *out, size_t size, double v, double step)
{
    static const char units[] = "kMGTPE";
    const char *unit = units;
    for (v /= step; v >= step * 0.99995 && unit[1]; unit++)
        v /= step;
    (void)snprintf(out, size, v < 99.95 ? "%.1f%c" : "%.0f%c", v, *unit);
}

void text_of_count(char *out, size_t size, double v)
{
    if (isnan(v))
        (void)snprintf(out, size, "-");
    else if (v < 9999.5)
        (void)snprintf(out, size, "%.0f", v);
    else
        scale(out, size, v, 1000);
}

void text_of_rate(char *out, size_t size, double v)
{
    if (v > 0 && v < 9.95)
        (void)snprintf(out, size, "%.1f", v);
    else
        text_of_count(out, size, v);
}

void text_of_bytes(char *out, size_t size, double v)
{
    if (isnan(v))
        (void)snprintf(out, size, "-");
    else if (v < 999.5)
        (void)snprintf(out, size, "%.0f", v);
    else
        scale(out, size, v, 1024);
}

void text_of_seconds(char *out, size_t size, double v)
{
    if (isnan(v))
        (void)snprintf(out, size, "-");
    else if (v == 0)
        (void)snprintf(out, size, "0");
    else if (v < 120)
        (void)snprintf(out, size, v < 9.95 ? "%.1fs" : "%.0fs", v);
    else
        (void)snprintf(out, size, v < 7200 ? "%.0fm" : "%.0fh", v / (v < 7200 ? 60 : 3600));
}
