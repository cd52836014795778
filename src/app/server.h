/* app/server.h -- what is behind a struct kith_server, for the files that make up the public face.
 */
#pragma once

#include "app/kith_cluster.h"
#include "app/settings.h"
#include "io/host.h"
#include "io/tls.h"
#include "shard/trackers.h"

#include <stdatomic.h>

enum { MOUNTS_MAX = 16 }; /* compared one by one at each request */

struct server_live;

struct kith_server {
    struct kith_config *config;   /* as it began */
    struct settings settings;     /* the same; it borrows from `config` */
    struct server_live *live;     /* what of that may change, as it is now: app/kith_live.h */
    atomic_bool reloading;        /* one at a time */
    uint8_t demo_secret[32];      /* of its tokens, which live as long as the server */
    struct kith_cluster cluster;  /* where there is one */
    struct tables_options tables; /* where edges are read from, if anywhere */
    struct edge_options edge;     /* what of those stays */
    struct crowds *crowds;        /* how many connections come from where */
    struct tls *tls;              /* NULL: no listener speaks it */
    struct store *store;          /* until start takes it */
    _Atomic(struct host *) host;  /* from then on; other threads look for it */
    struct edge_mount mounts[MOUNTS_MAX];
    struct kith_tracker trackers[TRACKERS_MAX];
    unsigned tracker_count;
    const struct kith_source *source;
    const struct kith_bus *bus;
    const struct kith_hook *hook;
    struct events_options events;
    struct hook_options delivery; /* of events to the back end */
};

/* Starts everything, but that a node among others waits for what they know. As
 * kith_server_start. */
KITH_MUST_USE kith_err server_begin(struct kith_server *s, kith_problem *why);

/* The log is as these say. */
void server_log(const struct settings *s);

/* It can still be told what to offer. */
static inline bool server_open(const struct kith_server *s) { return s && s->store; }

/* What runs it, or NULL: it has not started, or has stopped. From any thread. */
static inline struct host *server_host(const struct kith_server *s)
{
    struct host *h = s ? atomic_load(&s->host) : NULL;
    return h && host_running(h) ? h : NULL;
}
