/* app/kith.c -- a server of kith/server.h: made, told what it offers, started and stopped. */
#include "app/server.h"

#include "app/config_address.h"
#include "app/config_again.h"
#include "app/config_source.h"
#include "app/kith_live.h"
#include "edge/crowds.h"
#include "io/import.h"
#include "io/log.h"
#include "io/system.h"

#include <kith/version.h>

#include <stdlib.h>

const char *kith_version(void) { return KITH_VERSION; }

#define ONLY_NODE "kith" /* whoever shares a database with it has to have another name */

/* What of the edges' options stays as long as the server. */
static void set_edge(struct kith_server *s)
{
    const struct settings *from = &s->settings;
    s->edge = (struct edge_options){.server = s,
                                    .api_private = address_loopback(slice_str(from->api)),
                                    .auth_none = from->auth == AUTH_NONE,
                                    .demo = from->demo,
                                    .echo = from->echo,
                                    .mounts = s->mounts};
    s->edge.crowds = s->crowds;
    s->edge.poll_keys = (struct sealed_keys){system_random_key(), system_random_key()};
    system_random(s->demo_secret, sizeof s->demo_secret);
}

/* Both are the server's own: whoever made the config may free it. */
static kith_err keep_config(struct kith_server *s, const struct kith_config *config,
                            kith_problem *why)
{
    struct kith_config *live;
    kith_err e = config_clone(config, &s->config, why);
    if (!e) s->settings = *kith_config_settings(s->config);
    if (!e && !(s->crowds = crowds_new(system_random_key())))
        e = problem(KITH_NOMEM, why, "cannot start: out of memory");
    if (!e) set_edge(s);
    if (!e && (s->settings.tls.listen || s->settings.tls.api) && !(s->tls = tls_new()))
        e = problem(KITH_NOMEM, why, "cannot start: out of memory");
    if (!e) e = config_clone(config, &live, why);
    return e ? e : server_live_new(s, live, &s->live, why);
}

/* While the tables cannot be reached nobody knows whether they can be asked, and what was read
 * before will do. */
static kith_err look_at_tables(struct kith_server *s, const struct kith_config *config,
                               kith_problem *why)
{
    kith_problem what;
    s->tables = config_tables(&s->settings, s->settings.cluster.name ? s->cluster.node : ONLY_NODE);
    kith_err e = config_try_tables(config, &what);
    if (e && e != KITH_IO) return problem(e, why, "%s", what.text);
    s->tables.lost = e != KITH_OK;
    if (e)
        log_warn("%s; until it can be, who joins is told the friends that were read last, or "
                 "refused",
                 what.text);
    return KITH_OK;
}

void server_log(const struct settings *s)
{
    log_set(&(struct log_options){.from = (enum log_level)s->log_level,
                                  .json = s->log_format == LOG_JSON});
}

static kith_err open_all(struct kith_server *s, const struct kith_config *config, kith_problem *why)
{
    server_log(&s->settings);
    kith_err e = KITH_OK;
    if (s->settings.cluster.name) e = kith_cluster_set(&s->cluster, &s->settings, config, why);
    if (e) return e;
    e = store_open_node(
        &(struct store_options){.where = settings_store(&s->settings),
                                .node = s->settings.cluster.name ? s->cluster.node : ONLY_NODE,
                                .call_ms = s->settings.store_ms},
        &s->store, why);
    if (!e) e = store_lock(s->store, why);
    if (!e) e = look_at_tables(s, config, why);
    if (e) return e;
    e = store_secret(s->store, "device", (uint8_t *)&s->edge.device_key, sizeof s->edge.device_key);
    return e ? store_problem(s->store, e, "cannot read the store's secrets", why) : KITH_OK;
}

kith_err kith_server_new(const struct kith_config *config, struct kith_server **out,
                         kith_problem *why)
{
    if (!out) return problem(KITH_BAD, why, "nowhere to put the server");
    *out = NULL;
    if (!config) return problem(KITH_BAD, why, "no configuration");
    kith_err e = kith_config_check(config, why);
    if (e) return e;
    struct kith_server *s = calloc(1, sizeof *s);
    if (!s) return problem(KITH_NOMEM, why, "cannot start: out of memory");
    e = keep_config(s, config, why);
    if (!e) e = open_all(s, s->config, why);
    if (e)
        kith_server_free(s);
    else
        *out = s;
    return e;
}

void kith_server_free(struct kith_server *s)
{
    struct host *h = s ? atomic_load(&s->host) : NULL;
    if (!s || (h && host_is_here(h))) return;
    host_free(h);
    store_close(s->store);
    server_live_free(s->live);
    tls_free(s->tls);
    crowds_free(s->crowds);
    kith_config_free(s->config);
    kith_cluster_fini(&s->cluster);
    free(s);
}

/* Each is below `root`, and has a type. */
static bool pages_good(const struct kith_page *pages, size_t count, const char *root)
{
    if (count && !pages) return false;
    for (size_t i = 0; i < count; i++)
        if (!pages[i].path || !slice_starts(slice_str(pages[i].path), slice_str(root)) ||
            !pages[i].content_type)
            return false;
    return true;
}

kith_err kith_server_pages(struct kith_server *s, const struct kith_page *pages, size_t count)
{
    if (!server_open(s) || !pages_good(pages, count, "/")) return KITH_BAD;
    s->edge.pages = pages;
    s->edge.page_count = count;
    return KITH_OK;
}

kith_err kith_server_console(struct kith_server *s, const struct kith_page *pages, size_t count)
{
    if (!server_open(s) || !pages_good(pages, count, "/console/")) return KITH_BAD;
    s->edge.console_pages = pages;
    s->edge.console_page_count = count;
    return KITH_OK;
}

kith_err kith_server_import(struct kith_server *s, kith_slice text, kith_problem *why)
{
    if (!server_open(s)) return problem(KITH_BAD, why, "the server has started");
    return import_text(s->store, text, why);
}

/* Whether somebody says who may connect, for each of its sockets. */
static kith_err check_sockets(const struct kith_server *s, kith_problem *why)
{
    if (s->edge.mount_count == 0)
        return problem(KITH_BAD, why, "the server offers no sockets: call kith_server_socket");
    for (size_t i = 0; i < s->edge.mount_count; i++)
        if (!s->mounts[i].behaviour->connect && s->settings.auth == AUTH_APP)
            return problem(KITH_BAD, why,
                           "server.auth = app, and the sockets at %s have no `connect` that says "
                           "who may come; give them one, or set auth = token",
                           s->mounts[i].behaviour->path);
    return KITH_OK;
}

/* A source is asked for one direction, so that mutual sight would show what it should hide. */
static kith_err check_source(const struct kith_server *s, kith_problem *why)
{
    if (s->source && s->tables.url)
        return problem(KITH_BAD, why,
                       "this server has a source of its own, and [source] names tables; leave one "
                       "of them out");
    if (!s->source || !s->settings.reciprocal) return KITH_OK;
    return problem(KITH_BAD, why,
                   "presence.reciprocity = on goes by the store's edges, and this server's source "
                   "has its own; set it off, and let the source name only whom a user may see");
}

static bool logs_events(const struct settings *set) { return set->hooks.log || set->hooks.url; }

static void set_hooks(struct kith_server *s)
{
    const struct settings_hooks *from = &s->settings.hooks;
    s->events = (struct events_options){.keep_ms = (uint64_t)from->keep_days * 86400000,
                                        .keep = from->keep_events,
                                        .grace_ms = s->settings.cluster.name
                                                        ? s->settings.cluster.node_grace_ms
                                                        : s->settings.restart_grace_ms};
    s->delivery = (struct hook_options){.url = from->url,
                                        .secret = from->secret,
                                        .ca_file = from->ca_file,
                                        .call_ms = from->call_ms,
                                        .retry_ms = from->retry_ms,
                                        .batch = from->batch};
}

kith_err server_begin(struct kith_server *s, kith_problem *why)
{
    if (!server_open(s)) return problem(KITH_BAD, why, "the server has started before");
    kith_err e = check_sockets(s, why);
    if (!e) e = check_source(s, why);
    if (e) return e;
    const struct settings *set = &s->settings;
    struct store *store = s->store;
    struct host *host;
    s->store = NULL;
    server_live_set(s->live, s);
    set_hooks(s);
    server_live_show(s->live, s);
    e = host_start(&(struct host_options){.edge = &s->live->edge,
                                          .store = store,
                                          .listen = set->listen,
                                          .api = strcmp(set->api, "off") == 0 ? NULL : set->api,
                                          .listen_tls = set->tls.listen ? s->tls : NULL,
                                          .api_tls = set->tls.api ? s->tls : NULL,
                                          .workers = set->workers,
                                          .together = set->io_uring,
                                          .connections_max = set->connections_max,
                                          .restart_grace_ms = set->restart_grace_ms,
                                          .reciprocal = !set->reciprocal ? RECIPROCITY_OFF
                                                        : s->tables.url  ? RECIPROCITY_GIVEN
                                                                         : RECIPROCITY_ON,
                                          .last_seen_s = (uint64_t)set->last_seen_days * 86400,
                                          .watch_budget = set->watch_budget,
                                          .drain_ms = set->drain_ms,
                                          .outbox_bytes_max = set->outbox_bytes_max,
                                          .source = s->source,
                                          .tables = s->tables.url ? &s->tables : NULL,
                                          .sweep_ms = set->source.sweep_ms,
                                          .bus = s->bus,
                                          .cluster = set->cluster.name ? &s->cluster.host : NULL,
                                          .hook = s->hook,
                                          .events = logs_events(set) ? &s->events : NULL,
                                          .delivery = set->hooks.url ? &s->delivery : NULL},
                   &host, why);
    if (e) return e;
    /* Before its first callback, which may need it. */
    atomic_store(&s->host, host);
    host_go(host);
    return KITH_OK;
}

kith_err kith_server_start(struct kith_server *s, kith_problem *why)
{
    kith_err e = server_begin(s, why);
    return e ? e : host_await(s->host, why);
}

kith_err kith_server_stop(struct kith_server *s, kith_problem *why)
{
    struct host *h = s ? atomic_load(&s->host) : NULL;
    return h ? host_stop(h, why) : KITH_OK;
}

uint16_t kith_server_port(const struct kith_server *s)
{
    struct host *h = server_host(s);
    return h ? host_port(h) : 0;
}
