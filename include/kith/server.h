/* kith/server.h -- a presence server: sockets, shards, store. */
#pragma once

#include <kith/channel.h>
#include <kith/config.h>

struct kith_server;

/* Takes nothing: `config` may be freed afterwards. Checks it (kith_config_check), makes the data
 * folder if need be, and holds it; opens the keys, no socket yet. On an error *out is NULL and
 * `why` says what to do. KITH_BAD: a setting, or a store that is damaged or newer; KITH_REFUSED:
 * another process holds the folder; KITH_IO, KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_server_new(const struct kith_config *config,
                                                struct kith_server **out, kith_problem *why);
KITH_API void kith_server_free(struct kith_server *s); /* NULL is welcome */

/* Offers a channel. Before run. `b` must outlive the server. KITH_EXISTS: the pattern is taken;
 * KITH_FULL: there are 64; KITH_BAD: no pattern, or no join. */
KITH_API KITH_MUST_USE kith_err kith_server_channel(struct kith_server *s,
                                                    const struct kith_channel_behaviour *b);

/* A file that the public listener serves under a path. */
struct kith_page {
    const char *path;         /* "/demo/app.js" */
    const char *content_type; /* "text/javascript; charset=utf-8" */
    kith_slice bytes;
};
/* Before run. `pages` must outlive the server. */
KITH_API KITH_MUST_USE kith_err kith_server_pages(struct kith_server *s,
                                                  const struct kith_page *pages, size_t count);

/* Adds the edges of a graph text (lines "<watcher> <watched>", # comments) to the store. Before
 * run. KITH_BAD: `why` names the line; nothing of the text is kept. */
KITH_API KITH_MUST_USE kith_err kith_server_import(struct kith_server *s, kith_slice text,
                                                   kith_problem *why);

/* Listens, prints the ready line on stdout, and serves until SIGTERM or SIGINT; then closes the
 * clients, saves their presence, and returns. Once: afterwards the server can only be freed. The
 * calling thread handles the signals meanwhile (it blocks both for the process, and a second one
 * ends the process at once); SIGPIPE is ignored from then on. KITH_BAD: it has run; KITH_EXISTS,
 * KITH_REFUSED: it cannot listen there; KITH_IO: the presence could not be saved; KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_server_run(struct kith_server *s, kith_problem *why);
