/* kith/server.h -- a presence server: sockets, threads, store. Made, told what it offers
 * (kith/socket.h, kith/presence.h, kith/ports.h), and run. */
#pragma once

#include <kith/config.h>
#include <kith/err.h>
#include <kith/slice.h>

struct kith_server;

/* Takes nothing: `config` may be freed afterwards. Checks it (kith_config_check), makes the data
 * folder if need be, and holds it (data = :memory: keeps nothing); opens the keys, no socket yet.
 * On an error *out is NULL and `why` says what to do. KITH_BAD: a setting, or a store that is
 * damaged or newer; KITH_REFUSED: another process holds the folder; KITH_IO, KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_server_new(const struct kith_config *config,
                                                struct kith_server **out, kith_problem *why);
/* Stops it first if it runs. Nobody may use it, nor what came of it, any more; from a callback it
 * does nothing. NULL is welcome. */
KITH_API void kith_server_free(struct kith_server *s);

/* A file that a listener serves under a path. */
struct kith_page {
    const char *path;         /* "/demo/app.js" */
    const char *content_type; /* "text/javascript; charset=utf-8" */
    kith_slice bytes;
};
/* Of the public listener. Before it starts. `pages` must outlive the server. KITH_BAD: it has
 * started, or a page lacks its path or type. */
KITH_API KITH_MUST_USE kith_err kith_server_pages(struct kith_server *s,
                                                  const struct kith_page *pages, size_t count);
/* The same of the API's listener, where each path is below "/console/": files for operators, which
 * are shown without a key. */
KITH_API KITH_MUST_USE kith_err kith_server_console(struct kith_server *s,
                                                    const struct kith_page *pages, size_t count);

/* Adds the edges of a graph text (lines "<watcher> <watched>", # comments) to the store. Before it
 * starts. KITH_BAD: `why` names the line; nothing of the text is kept. */
KITH_API KITH_MUST_USE kith_err kith_server_import(struct kith_server *s, kith_slice text,
                                                   kith_problem *why);

/* Listens and serves, on threads of its own; returns once it accepts. Once: afterwards the server
 * can only be stopped and freed. Its threads handle no signals. KITH_BAD: it has started before,
 * it offers no sockets, one of them has no connect and the config has no keys, or it has a source
 * and presence.reciprocity is on; KITH_EXISTS, KITH_REFUSED: it cannot listen there; KITH_IO,
 * KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_server_start(struct kith_server *s, kith_problem *why);
/* Closes the clients with 1012, saves their presence, and ends its threads. Not running is fine.
 * KITH_IO: the presence could not be saved. KITH_BAD: from a callback; nothing happens. */
KITH_API KITH_MUST_USE kith_err kith_server_stop(struct kith_server *s, kith_problem *why);

/* What is new in `config`: keys of tokens and of the API, origins, limits are taken up while it
 * runs, all together or none; a session stays, whatever key its token was of. What needs a restart
 * stays as it is. The log says what has changed, and what waits. From any thread but its own.
 * KITH_BAD: a setting, or it does not run, or from a callback; KITH_REFUSED: another reload is on
 * its way; KITH_NOMEM: `why` says what to do, and nothing has changed. Returns once it holds. */
KITH_API KITH_MUST_USE kith_err kith_server_reload(struct kith_server *s,
                                                   const struct kith_config *config,
                                                   kith_problem *why);

/* Starts, prints the ready line on stdout, waits for SIGTERM or SIGINT, and stops. SIGHUP reloads:
 * what was said before and after kith_config_load is said again, around the file as it is then; but
 * from a terminal that has been closed it ends the server. The calling thread handles the signals
 * meanwhile: it blocks them for the process, and after one that ends it a second one ends the
 * process at once. SIGPIPE is ignored from then on. Tells a service manager how things are, as
 * systemd wants it (sd_notify(3): READY, RELOADING, STOPPING, STATUS, and WATCHDOG as long as all
 * threads that serve turn). Errors as start and stop. */
KITH_API KITH_MUST_USE kith_err kith_server_run(struct kith_server *s, kith_problem *why);

/* Where clients connect, while it runs; else 0. */
KITH_API uint16_t kith_server_port(const struct kith_server *s);
