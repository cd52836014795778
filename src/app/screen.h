/* app/screen.h -- lines of a page, cell by cell, no wider than a window; and figures as few
 * characters. What is put there is printable ASCII, or else a '?'. Pure. */
#pragma once

#include "base/buf.h"

enum paint { PAINT_PLAIN, PAINT_STRONG, PAINT_TITLE, PAINT_GOOD, PAINT_WARN, PAINT_BAD };

struct screen { /* {.columns, .colour} is an empty one */
    struct buf text;
    unsigned columns;
    bool colour;
    unsigned at;    /* the column that is next */
    unsigned lines; /* ended */
    bool cut;       /* a cell had no room: neither has what follows on the line */
};

/* A cell of a table and a blank behind it, to the right, or with a width below 0 to the left. One
 * without room is left out, and so are those behind it. */
void screen_cell(struct screen *p, enum paint paint, int width, const char *text);
/* Text, cut at the window's edge. */
void screen_put(struct screen *p, enum paint paint, const char *text);
__attribute__((format(printf, 3, 4))) void screen_printf(struct screen *p, enum paint paint,
                                                         const char *fmt, ...);
/* A line of its own. */
__attribute__((format(printf, 3, 4))) void screen_say(struct screen *p, enum paint paint,
                                                      const char *fmt, ...);
int screen_room(const struct screen *p); /* columns that are left */
void screen_end(struct screen *p);       /* of the line */

/* Appends the page, in `lines` at most, and ends with it. Live: each line clears what stood behind
 * it, and the last one is not ended, for a terminal would roll. */
void screen_finish(struct screen *p, unsigned lines, bool live, struct buf *out);

/* NAN is "-". */
void text_of_count(char *out, size_t size, double v);   /* 1203, 12.3k, 4.5M */
void text_of_rate(char *out, size_t size, double v);    /* 0.3, 1203, 12.3k */
void text_of_bytes(char *out, size_t size, double v);   /* 512, 12.3k, 4.5M: of 1024 */
void text_of_seconds(char *out, size_t size, double v); /* 0.3s, 12s, 5m, 3h */
