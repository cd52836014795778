/* io/http_source.h -- whom a user watches, as the application says over HTTP: what io/tables.h is
 * for its tables. One thread asks as many at once as there are readers. By libcurl. */
#pragma once

#include "io/mailbox.h"
#include "io/tables_options.h"

/* Whether a source is asked over HTTP. */
bool http_source_is_url(const char *url);

/* Asks it once. KITH_BAD: it lets nobody in, or answers what is no list; KITH_IO: it cannot be
 * reached, so that nobody knows. `why` says what to do. */
KITH_MUST_USE kith_err http_source_check(const struct tables_options *o, kith_problem *why);

struct http_source;

/* All as the tables_ of these names. */
KITH_MUST_USE kith_err http_source_start(const struct tables_options *o, struct mailbox *to,
                                         struct http_source **out);
void http_source_stop(struct http_source *h);
void http_source_read(struct http_source *h, unsigned reader, struct mail *m);

/* The ids of an answer, sorted, each once: {"friends":["2","3"]}, of strings or whole numbers. What
 * is no id is passed over. *cut: there are more than SOURCE_EDGES_MAX. KITH_BAD: it is none.
 * KITH_NOMEM. */
KITH_MUST_USE kith_err http_source_ids(kith_slice body, struct buf *out, bool *cut);
