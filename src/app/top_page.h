/* app/top_page.h -- the page that `kith top` shows. Pure: from what nodes have told to text. */
#pragma once

#include "app/top_sample.h"
#include "base/buf.h"

struct top_node {
    const char *url;
    struct top_sample *now, *before; /* `seen` of them count */
    unsigned seen;                   /* 0 to 2 */
    uint64_t lost_ms;                /* since when it does not answer; 0: it does */
    kith_problem why;                /* and why not */
};

struct top_view {
    const struct top_node *nodes;
    unsigned count;
    uint64_t now_ms;
    uint32_t interval_ms;
    unsigned columns, lines; /* of the window; what does not fit is left out, and so told */
    bool live;               /* it is drawn over what was there, and not ended by a line feed */
    bool colour;
};

/* Appends the page. */
void top_draw(const struct top_view *v, struct buf *out);
