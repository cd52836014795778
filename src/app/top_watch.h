/* app/top_watch.h -- nodes that are looked at over and over: each is asked for its metrics, and
 * what it told last stays, with what it told before. */
#pragma once

#include "app/top_page.h"

#include "io/http_gets.h"

#define TOP_PATIENCE_MS 2000 /* for an answer: a node that is well has it within milliseconds */

struct top_watch {
    struct top_node nodes[TOP_NODES_MAX];
    bool waits[TOP_NODES_MAX]; /* it is asked, and has not answered */
    unsigned count;
    const char *key;
    const char *ca_file; /* as struct http_get; NULL at the beginning */
    uint32_t patience_ms;
    struct http_gets *gets;
};

/* `urls` and `key` (NULL: none) are borrowed until the end. KITH_NOMEM. */
KITH_MUST_USE kith_err top_begin(struct top_watch *w, const char *const *urls, unsigned count,
                                 const char *key, uint32_t patience_ms);
void top_end(struct top_watch *w);

void top_ask(struct top_watch *w);  /* all that are not asked already */
void top_take(struct top_watch *w); /* what has been answered */
bool top_waits(const struct top_watch *w);
unsigned top_silent(const struct top_watch *w); /* how many do not answer */
/* As http_gets_wait. */
void top_wait(struct top_watch *w, const int *fds, unsigned count, uint32_t ms);
