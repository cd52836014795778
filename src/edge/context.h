/* edge/context.h -- what the edges of one worker share: the server's options, and the shard below.
 */
#pragma once

#include "edge/api_hosts.h"
#include "edge/api_key.h"
#include "edge/forwarded.h"
#include "edge/origin.h"
#include "edge/poll_token.h"
#include "edge/token.h"
#include "shard/world.h"

#include <kith/server.h>
#include <kith/socket.h>

/* Sockets that are offered under a path. */
struct edge_mount {
    const struct kith_socket_behaviour *behaviour;
    struct origins origins; /* of pages that may connect there */
    bool configured;        /* and besides from those that the server's options have */
};

struct crowds;

/* The server's options; the same for all workers. While they run others may take their place, with
 * the same server, mounts, pages and keys of this server's own: what leads into these stays. */
struct edge_options {
    struct kith_server *server; /* the app's, for its user's callbacks; never looked into here */
    const struct token_keys *keys;
    const struct api_keys *api_keys; /* of the REST API, which in development asks for none */
    struct api_hosts api_hosts;      /* by which it may be called */
    bool api_private;                /* it listens on loopback */
    bool auth_none;                  /* the user is what ?user_id= says: development only */
    bool demo;                       /* pages, and tokens for whoever is picked there */
    bool echo;                       /* the /echo path */
    const struct edge_mount *mounts;
    size_t mount_count;
    struct origins origins; /* see edge_mount */
    const struct kith_page *pages;
    size_t page_count;
    const struct kith_page *console_pages; /* of the operators' listener */
    size_t console_page_count;
    struct siphash_key device_key; /* of the `device` parameter's hash; the same after a restart */
    struct sealed_keys poll_keys;  /* of long-poll sessions' tokens */
    struct proxies proxies;        /* whose X-Forwarded-For is heeded */
    struct crowds *crowds;         /* the server's, of all its threads */
    uint32_t per_address_max;      /* connections; 0: any number */
    uint32_t per_user_max;         /* sockets; 0: any number */
    uint32_t handshake_ms, idle_ms, grace_ms;
    uint32_t longpoll_ms; /* how long a poll waits for news */
    uint32_t ping_ms;     /* no less than idle_ms: no pings */
    uint32_t message_bytes_max;
    uint32_t messages_s; /* of one socket, in the long run; 0: as many as it likes */
};

struct call;

struct edge_context {
    const struct edge_options *options;
    struct world *world;
    struct call *call;              /* the message that a channel is handling, or NULL */
    bool api;                       /* the operators' listener, not the public one */
    bool draining;                  /* shutting down: not ready */
    bool joining;                   /* what other nodes know is not known here yet: not ready */
    bool crowded;                   /* there is no room for another long-poll session */
    uint64_t requests;              /* to the REST API, ever: each has an id of its own */
    uint64_t strangers_ms;          /* since when (mono) those without a right key are counted */
    uint32_t strangers;             /* so many were there since */
    uint64_t strangers_paid_us;     /* what they have asked is paid for by then (mono) */
    uint64_t certificate_expires_s; /* unix; the first of those that are shown; 0: there is none */
    uint64_t store_lost_ms; /* since when (mono) the database cannot be reached; 0: it can */
};
