/* app/kith.c -- all of include/kith/: the public names, and which room each leads to. */
#include <kith/kith.h>

#include "app/settings.h"
#include "edge/channel.h"
#include "io/host.h"
#include "io/import.h"
#include "io/system.h"

#include <stdlib.h>

enum { CHANNELS_OFFERED_MAX = 64 };

struct kith_server {
    struct settings settings; /* what `rules` points into */
    struct edge_rules rules;
    struct token_keys *keys;
    struct store *store; /* until run takes it */
    const struct kith_channel_behaviour *channels[CHANNELS_OFFERED_MAX];
};

const char *kith_version(void) { return KITH_VERSION; }

/* The demo's tokens are signed with a key that lives as long as the server. */
static kith_err add_demo_key(struct token_keys *keys, kith_problem *why)
{
    uint8_t secret[32];
    system_random(secret, sizeof secret);
    return token_keys_add(keys,
                          &(struct token_key_options){.kind = TOKEN_JWT,
                                                      .alg = TOKEN_HS256,
                                                      .kid = "demo",
                                                      .secret = slice_of(secret, sizeof secret)},
                          why);
}

static kith_err add_keys(struct kith_server *s, kith_problem *why)
{
    s->keys = token_keys_new();
    if (!s->keys) return problem(KITH_NOMEM, why, "cannot start: out of memory");
    kith_err e = s->settings.demo ? add_demo_key(s->keys, why) : KITH_OK;
    for (unsigned i = 0; i < s->settings.key_count && !e; i++)
        e = token_keys_add(s->keys, &s->settings.keys[i].options, why);
    return e;
}

static void set_rules(struct kith_server *s)
{
    const struct settings *from = &s->settings;
    s->rules = (struct edge_rules){.keys = s->keys,
                                   .auth_none = from->auth == AUTH_NONE,
                                   .demo = from->demo,
                                   .echo = from->echo,
                                   .channels = s->channels,
                                   .handshake_ms = from->handshake_ms,
                                   .ping_ms = from->ping_ms,
                                   .idle_ms = from->idle_ms,
                                   .grace_ms = from->grace_ms,
                                   .message_bytes_max = from->message_bytes_max};
    for (unsigned i = 0; i < from->origin_count; i++)
        s->rules.origins.allowed[i] = from->origins[i];
    s->rules.origins.count = from->origin_count;
}

static kith_err open_all(struct kith_server *s, kith_problem *why)
{
    kith_err e = add_keys(s, why);
    if (e) return e;
    set_rules(s);
    e = store_open(s->settings.data, &s->store, why);
    if (!e) e = store_lock(s->store, why);
    if (e) return e;
    e = store_secret(s->store, "device", (uint8_t *)&s->rules.device_key,
                     sizeof s->rules.device_key);
    return e ? problem(e, why, "cannot read the store's secrets: %s", store_error(s->store))
             : KITH_OK;
}

kith_err kith_server_new(const struct kith_config *config, struct kith_server **out,
                         kith_problem *why)
{
    *out = NULL;
    kith_err e = kith_config_check(config, why);
    if (e) return e;
    struct kith_server *s = calloc(1, sizeof *s);
    if (!s) return problem(KITH_NOMEM, why, "cannot start: out of memory");
    s->settings = *kith_config_settings(config);
    e = open_all(s, why);
    if (e)
        kith_server_free(s);
    else
        *out = s;
    return e;
}

void kith_server_free(struct kith_server *s)
{
    if (!s) return;
    store_close(s->store);
    token_keys_free(s->keys);
    free(s);
}

kith_err kith_server_channel(struct kith_server *s, const struct kith_channel_behaviour *b)
{
    if (!s || !b || !b->topic || !b->topic[0] || !b->join) return KITH_BAD;
    for (size_t i = 0; i < s->rules.channel_count; i++)
        if (strcmp(s->channels[i]->topic, b->topic) == 0) return KITH_EXISTS;
    if (s->rules.channel_count == CHANNELS_OFFERED_MAX) return KITH_FULL;
    s->channels[s->rules.channel_count++] = b;
    return KITH_OK;
}

kith_err kith_server_pages(struct kith_server *s, const struct kith_page *pages, size_t count)
{
    if (!s || (count && !pages)) return KITH_BAD;
    s->rules.pages = pages;
    s->rules.page_count = count;
    return KITH_OK;
}

kith_err kith_server_import(struct kith_server *s, kith_slice text, kith_problem *why)
{
    if (!s || !s->store) return problem(KITH_BAD, why, "the server runs already");
    return import_text(s->store, text, why);
}

kith_err kith_server_run(struct kith_server *s, kith_problem *why)
{
    if (!s || !s->store) return problem(KITH_BAD, why, "the server has run already");
    struct store *store = s->store;
    s->store = NULL;
    return host_run(&(struct host_options){.rules = &s->rules,
                                           .store = store,
                                           .listen = s->settings.listen,
                                           .api = s->settings.api,
                                           .workers = s->settings.workers,
                                           .connections_max = s->settings.connections_max,
                                           .restart_grace_ms = s->settings.restart_grace_ms,
                                           .drain_ms = s->settings.drain_ms,
                                           .outbox_bytes_max = s->settings.outbox_bytes_max},
                    why);
}

kith_slice kith_channel_topic(const struct kith_channel *c) { return c->topic; }

kith_slice kith_channel_user(const struct kith_channel *c) { return c->session->user; }

kith_slice kith_channel_subtopic(const struct kith_channel *c)
{
    return slice_from(c->topic, c->subtopic_at);
}

kith_err kith_channel_reply(struct kith_channel *c, bool ok, kith_payload response)
{
    return channel_reply(c, ok, response);
}

kith_err kith_channel_refuse(struct kith_channel *c, const char *reason)
{
    return channel_refuse(c, reason);
}

kith_err kith_channel_push(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return channel_push(c, event, payload);
}

kith_err kith_channel_token(struct kith_channel *c, kith_payload payload)
{
    return channel_token(c, payload);
}

kith_err kith_social_join(struct kith_channel *c, enum kith_social_form form, kith_payload payload)
{
    return channel_social_join(c, form, payload);
}

kith_err kith_social_status(struct kith_channel *c, kith_payload payload)
{
    return channel_social_status(c, payload);
}
