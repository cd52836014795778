/* edge/context.h -- what the edges of one worker share: the server's rules, and the shard below. */
#pragma once

#include "edge/origin.h"
#include "edge/token.h"
#include "shard/world.h"

#include <kith/server.h>

/* The server's rules; the same for all workers, unchanged while they run. */
struct edge_rules {
    const struct token_keys *keys;
    bool auth_none; /* the user is what ?user_id= says: development only */
    bool demo;      /* pages, and tokens for whoever is picked there */
    bool echo;      /* the /echo path */
    struct origins origins;
    const struct kith_channel_behaviour *const *channels;
    size_t channel_count;
    const struct kith_page *pages;
    size_t page_count;
    struct siphash_key device_key; /* of the `device` parameter's hash; the same after a restart */
    uint32_t handshake_ms, ping_ms, idle_ms, grace_ms;
    uint32_t message_bytes_max;
};

struct edge_context {
    const struct edge_rules *rules;
    struct world *world;
    bool api;      /* the operators' listener, not the public one */
    bool draining; /* shutting down: not ready */
};
