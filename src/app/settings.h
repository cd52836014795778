/* app/settings.h -- a server's settings as values: what kith.conf and the flags come to. */
#pragma once

#include "base/limits.h"
#include "base/siphash.h"
#include "edge/api_key.h"
#include "edge/token.h"

#include <kith/config.h>

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_NAME_MAX 32 /* bytes of the NAME of a section; inih cuts sections at 49 */

enum log_format { LOG_TEXT, LOG_JSON };
enum auth_mode { AUTH_TOKEN, AUTH_NONE, AUTH_APP };

struct settings {
    char listen[128], api[128]; /* ADDR:PORT, [v6]:PORT, localhost:PORT; api may be "off" */
    char data[256];             /* folder of kith.db, or ":memory:" */
    const char *store_url;      /* of PostgreSQL, instead; borrows from the config; NULL: none */
    uint32_t store_ms;          /* how long that may take for an answer */
    struct settings_source {
        const char *url; /* of the application's own tables; NULL: there are none. All is borrowed
                            from the config */
        const char *friends, *watches, *watchers; /* see io/tables.h */
        const char *channel;                      /* NULL: off */
        kith_slice key;                           /* over HTTP; empty: none */
        const char *ca_file;                      /* likewise, for https://; NULL: none */
        uint32_t cache_ms;
        uint32_t sweep_ms, call_ms, connections;
    } source;
    struct settings_hooks {
        const char *url; /* NULL: nothing is sent; it is borrowed from the config, as is: */
        kith_slice secret;
        const char *ca_file; /* NULL: none */
        uint32_t call_ms, retry_ms, batch;
        bool log;
        uint32_t keep_days, keep_events;
    } hooks;
    unsigned workers; /* threads; 0: one a core */
    enum auth_mode auth;
    bool io_uring;
    bool demo;
    bool reciprocal; /* sight is mutual */
    uint32_t last_seen_days;
    uint32_t watch_budget;
    unsigned log_level; /* enum log_level */
    unsigned log_format;
    bool echo; /* the /echo path */
    uint32_t longpoll_ms, ping_ms, idle_ms, grace_ms, restart_grace_ms, handshake_ms, drain_ms;
    uint32_t message_bytes_max, messages_s, outbox_bytes_max, connections_max;
    char origins[ORIGINS_ALLOWED_MAX][128]; /* allowed besides the Host's own */
    unsigned origin_count;
    uint32_t per_address_max, per_user_max;         /* 0: any number */
    char trusted_proxies[TRUSTED_PROXIES_MAX][128]; /* addresses, and networks */
    unsigned trusted_proxy_count;
    char api_hosts[API_HOSTS_MAX][128]; /* by which the API may be called */
    unsigned api_host_count;
    struct settings_tls {
        bool listen, api; /* these listeners speak it */
    } tls;
    struct settings_certificate {
        char name[SETTINGS_NAME_MAX + 1]; /* of its [certificate NAME] section */
        const char *cert_file, *key_file; /* borrows from the config; NULL: not said */
    } certificates[TLS_CERTIFICATES_MAX];
    unsigned certificate_count;
    struct settings_key {
        char name[SETTINGS_NAME_MAX + 1]; /* of its [token NAME] section */
        struct token_key_options options; /* borrows from the config */
    } keys[TOKEN_KEYS_CONFIGURED_MAX];
    unsigned key_count;
    struct settings_api_key {
        char name[SETTINGS_NAME_MAX + 1]; /* of its [key NAME] section */
        unsigned role;                    /* API_READ + role is what the key may do */
        kith_slice secret;                /* borrows from the config */
    } api_keys[API_KEYS_MAX];
    unsigned api_key_count;
    struct settings_cluster {
        const char *name; /* NULL: this server is alone; all that is borrowed is from the config */
        const char *node; /* NULL: the machine's name */
        char urls[LINK_URLS_MAX][LINK_URL_BYTES_MAX];
        unsigned url_count;
        kith_slice secret;
        const char *credentials_file, *user;
        kith_slice password, token;
        const char *ca_file, *cert_file, *key_file;
        uint32_t heartbeat_ms, node_grace_ms, stale_hold_ms,
            leave_ms; /* stale_hold_ms 0: for ever */
    } cluster;
};

/* What a server that is part of a cluster calls itself. KITH_BAD: no name is set and the machine's
 * is none that a node may have; `why` says what to do. */
KITH_MUST_USE kith_err config_node(const struct kith_config *c, char out[NODE_NAME_BYTES_MAX + 1],
                                   kith_problem *why);

/* A key for one use, by which all nodes of the cluster know each other: from its secret, and other
 * for each `use`. KITH_NOMEM. */
KITH_MUST_USE kith_err config_cluster_key(const struct kith_config *c, const char *use,
                                          struct siphash_key *out);

/* Where everything is kept: the URL, or the folder. */
static inline const char *settings_store(const struct settings *s)
{
    return s->store_url ? s->store_url : s->data;
}

/* Whether server.data can be a data folder here, if it is to be one; makes nothing. KITH_BAD: `why`
 * names its line. */
KITH_MUST_USE kith_err config_check_data(const struct kith_config *c, kith_problem *why);
/* Connects to the store's server, if it is on one (store_try). KITH_BAD: `why` names the line;
 * KITH_IO: it cannot be reached just now. */
KITH_MUST_USE kith_err config_try_store(const struct kith_config *c, kith_problem *why);

/* The values behind a config. Borrowed until the config changes. */
const struct settings *kith_config_settings(const struct kith_config *c);
