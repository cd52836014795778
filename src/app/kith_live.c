/* app/kith_live.c -- what of a server a reload puts in place anew. */
#include "app/kith_live.h"

#include "app/config_address.h"
#include "app/config_tls.h"
#include "app/server.h"
#include "io/log.h"
#include "io/system.h"

#include <stdlib.h>

enum { DAY_S = 86400 };

static const struct settings *settings(const struct server_live *l)
{
    return kith_config_settings(l->config);
}

static kith_err add_demo_key(const struct kith_server *s, struct token_keys *keys,
                             kith_problem *why)
{
    struct token_key_options o = {.kind = TOKEN_JWT,
                                  .alg = TOKEN_HS256,
                                  .kid = "demo",
                                  .secret = slice_of(s->demo_secret, sizeof s->demo_secret)};
    return token_keys_add(keys, &o, why);
}

static kith_err make_keys(struct server_live *l, const struct kith_server *s, kith_problem *why)
{
    const struct settings *from = settings(l);
    l->keys = token_keys_new();
    if (!l->keys) return problem(KITH_NOMEM, why, "out of memory");
    kith_err e = from->demo ? add_demo_key(s, l->keys, why) : KITH_OK;
    for (unsigned i = 0; i < from->key_count && !e; i++)
        e = token_keys_add(l->keys, &from->keys[i].options, why);
    return e;
}

static kith_err make_api_keys(struct server_live *l, kith_problem *why)
{
    const struct settings *from = settings(l);
    l->api_keys = api_keys_new();
    if (!l->api_keys) return problem(KITH_NOMEM, why, "out of memory");
    kith_err e = KITH_OK;
    for (unsigned i = 0; i < from->api_key_count && !e; i++) {
        const struct settings_api_key *key = &from->api_keys[i];
        e = api_keys_add(l->api_keys, API_READ + key->role, key->secret, why);
    }
    return e;
}

static void say_warning(const char *text) { log_warn("%s", text); }

static kith_err load_certificates(struct server_live *l, const struct kith_server *s,
                                  kith_problem *why)
{
    struct tls_options o = config_tls(settings(l));
    if (!s->tls || !o.count) return KITH_OK;
    config_tls_warn(settings(l), system_now().unix_ms / 1000, say_warning);
    return tls_load(s->tls, &o, &l->certificates, why);
}

kith_err server_live_new(const struct kith_server *s, struct kith_config *config,
                         struct server_live **out, kith_problem *why)
{
    struct server_live *l = *out = calloc(1, sizeof *l);
    if (!l) {
        kith_config_free(config);
        return problem(KITH_NOMEM, why, "out of memory");
    }
    l->config = config;
    kith_err e = make_keys(l, s, why);
    if (!e) e = make_api_keys(l, why);
    if (!e) e = load_certificates(l, s, why);
    if (!e) return KITH_OK;
    server_live_free(l);
    *out = NULL;
    return e;
}

void server_live_free(struct server_live *l)
{
    if (!l) return;
    token_keys_free(l->keys);
    api_keys_free(l->api_keys);
    tls_shown_free(l->certificates);
    kith_config_free(l->config);
    free(l);
}

/* An address that stands for all of a machine's is no name of it. */
static void set_api_hosts(struct api_hosts *h, const struct settings *s)
{
    kith_slice own = address_host(slice_str(s->api));
    h->count = 0;
    for (unsigned i = 0; i < s->api_host_count; i++)
        h->names[h->count++] = slice_str(s->api_hosts[i]);
    if (own.len && !slice_is(own, "0.0.0.0") && !slice_is(own, "[::]")) h->names[h->count++] = own;
}

static void set_origins(struct origins *o, const struct settings *s)
{
    *o = (struct origins){.listed_only = true};
    for (unsigned i = 0; i < s->origin_count; i++)
        o->allowed[o->count++] = s->origins[i];
}

static void set_proxies(struct proxies *p, const struct settings *s)
{
    p->count = 0;
    for (unsigned i = 0; i < s->trusted_proxy_count; i++)
        if (network_parse(slice_str(s->trusted_proxies[i]), &p->all[p->count])) p->count++;
}

void server_live_set(struct server_live *l, const struct kith_server *s)
{
    const struct settings *from = settings(l);
    struct edge_options *o = &l->edge;
    *o = s->edge;
    o->keys = l->keys;
    o->api_keys = l->api_keys;
    o->handshake_ms = from->handshake_ms;
    o->longpoll_ms = from->longpoll_ms;
    o->ping_ms = from->ping_ms ? from->ping_ms : from->idle_ms;
    o->idle_ms = from->idle_ms;
    o->grace_ms = from->grace_ms;
    o->message_bytes_max = from->message_bytes_max;
    o->messages_s = from->messages_s;
    o->per_address_max = from->per_address_max;
    o->per_user_max = from->per_user_max;
    set_proxies(&o->proxies, from);
    set_api_hosts(&o->api_hosts, from);
    set_origins(&o->origins, from);
}

void server_live_show(struct server_live *l, const struct kith_server *s)
{
    if (l->certificates) tls_show(s->tls, l->certificates);
    l->certificates = NULL;
}

struct live_settings server_live_settings(const struct server_live *l)
{
    const struct settings *from = settings(l);
    return (struct live_settings){.edge = &l->edge,
                                  .connections_max = from->connections_max,
                                  .outbox_bytes_max = from->outbox_bytes_max,
                                  .restart_grace_ms = from->restart_grace_ms,
                                  .drain_ms = from->drain_ms,
                                  .leave_ms = from->cluster.leave_ms,
                                  .watch_budget = from->watch_budget,
                                  .last_seen_s = (uint64_t)from->last_seen_days * DAY_S};
}
