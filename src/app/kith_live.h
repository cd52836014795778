/* app/kith_live.h -- what of a server a reload puts in place anew, as one whole: made of a config,
 * handed to the workers, and freed once none of them has it any more. */
#pragma once

#include "app/config_state.h"
#include "io/live.h"
#include "io/tls.h"

struct kith_server;

struct server_live {
    struct kith_config *config; /* what holds; the rest borrows from it */
    struct token_keys *keys;
    struct api_keys *api_keys;
    struct tls_shown *certificates; /* until they are shown */
    struct edge_options edge;
};

/* Takes `config`, also on an error, which *out NULL tells. Every part that a reload renews is made
 * here. KITH_BAD, KITH_NOMEM: `why` says what to do. */
KITH_MUST_USE kith_err server_live_new(const struct kith_server *s, struct kith_config *config,
                                       struct server_live **out, kith_problem *why);
void server_live_free(struct server_live *l); /* NULL is welcome */

/* Its options: what stays of the server's, and what the config says. Once the server knows what it
 * offers. */
void server_live_set(struct server_live *l, const struct kith_server *s);

/* It holds now: its certificates are shown. */
void server_live_show(struct server_live *l, const struct kith_server *s);

/* What the host is told of it. */
struct live_settings server_live_settings(const struct server_live *l);
