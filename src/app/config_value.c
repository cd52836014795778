/* app/config_value.c -- the text of one setting as its value. */
#include "app/config_value.h"

#include "app/config_address.h"
#include "app/settings.h"
#include "io/file.h"
#include "io/http_source.h"
#include "io/store.h"
#include "wire/address.h"
#include "wire/node.h"

#include <stdlib.h>
#include <string.h>

#define CHANNEL_BYTES_MAX 63    /* as PostgreSQL has it: of a longer name it would cut the end */
#define SECRET_BYTES_MAX  65536 /* of a key file: a PEM key has less than 2 KiB */

static kith_err refuse(kith_problem *why, const char *text, const char *instead)
{
    return problem(KITH_BAD, why, "\"%.80s\" will not do; write %s", text, instead);
}

static kith_err set_address(const struct config_key *k, const char *text, char out[128],
                            kith_problem *why)
{
    bool word = k->choices && strcmp(text, k->choices) == 0;
    if (!word && (strlen(text) >= 128 || !address_valid(slice_str(text))))
        return refuse(why, text,
                      "ADDR:PORT with localhost or a numeric address and a port up to 65535, as "
                      "127.0.0.1:4000 or [::1]:4000");
    strcpy(out, text);
    return KITH_OK;
}

static kith_err set_folder(const char *text, char out[256], kith_problem *why)
{
    if (strlen(text) >= 256) return problem(KITH_BAD, why, "longer than 255 bytes; write less");
    strcpy(out, text);
    return KITH_OK;
}

/* It is not repeated: a password may stand in it. */
static kith_err set_store(const char *text, const char **out, kith_problem *why)
{
    if (!store_is_url(text))
        return problem(KITH_BAD, why,
                       "is no URL of PostgreSQL; write it as postgresql://USER@HOST:PORT/DATABASE");
    kith_err e = store_possible(text, why);
    if (!e) *out = text;
    return e;
}

static kith_err set_channel(const char *text, const char **out, kith_problem *why)
{
    if (strlen(text) > CHANNEL_BYTES_MAX) return refuse(why, text, "at most 63 bytes");
    *out = strcmp(text, "off") == 0 ? NULL : text;
    return KITH_OK;
}

static kith_err set_count(const struct config_key *k, const char *text, uint32_t *out,
                          kith_problem *why)
{
    uint64_t n;
    if (!slice_u64(slice_str(text), &n) || (double)n < k->min || (double)n > k->max)
        return problem(KITH_BAD, why,
                       "\"%.80s\" will not do; write a whole number from %.0f to %.0f", text,
                       k->min, k->max);
    *out = (uint32_t)n;
    return KITH_OK;
}

static kith_err set_age(const struct config_key *k, const char *text, int64_t *out,
                        kith_problem *why)
{
    uint64_t n;
    if (!slice_u64(slice_str(text), &n) || (double)n > k->max)
        return refuse(why, text, "whole seconds, as 86400");
    *out = (int64_t)n;
    return KITH_OK;
}

bool config_seconds(const char *text, uint64_t *ms)
{
    kith_slice whole, part = slice_cut(slice_str(text), '.', &whole);
    uint64_t s;
    if (!slice_u64(whole, &s) || s > UINT32_MAX || (part.ptr && !part.len) || part.len > 3)
        return false;
    uint64_t weight = 1000;
    *ms = s * weight;
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] < '0' || part.ptr[i] > '9') return false;
        weight /= 10;
        *ms += (uint64_t)(part.ptr[i] - '0') * weight;
    }
    return true;
}

static kith_err set_seconds(const struct config_key *k, const char *text, uint32_t *out,
                            kith_problem *why)
{
    uint64_t ms;
    if (!config_seconds(text, &ms) || (double)ms < k->min * 1000 || (double)ms > k->max * 1000)
        return problem(KITH_BAD, why,
                       "\"%.80s\" will not do; write seconds from %g to %g, as 30 or 0.5", text,
                       k->min, k->max);
    *out = (uint32_t)ms;
    return KITH_OK;
}

static kith_err set_switch(const char *text, bool *out, kith_problem *why)
{
    bool on = strcmp(text, "on") == 0;
    if (!on && strcmp(text, "off") != 0) return refuse(why, text, "on or off");
    *out = on;
    return KITH_OK;
}

static kith_err set_choice(const struct config_key *k, const char *text, unsigned *out,
                           kith_problem *why)
{
    kith_slice word, rest = slice_str(k->choices);
    for (unsigned i = 0; rest.len; i++) {
        rest = slice_cut(rest, ' ', &word);
        if (!slice_is(word, text)) continue;
        *out = i;
        return KITH_OK;
    }
    return problem(KITH_BAD, why, "\"%.80s\" will not do; write one of: %s", text, k->choices);
}

/* A list of words of a few bytes each. */
struct words {
    char (*at)[128];
    unsigned *count, max;
    bool (*valid)(kith_slice word);
    const char *instead;      /* what to write for one that is not valid */
    const char *name, *fewer; /* of all of them, and what to do about too many */
};

/* Into `w` as it stands: the caller has it beside what holds. */
static kith_err read_words(const struct words *w, const char *text, kith_problem *why)
{
    for (kith_slice word, rest = slice_str(text); rest.len;) {
        rest = slice_cut(rest, ' ', &word);
        if (!word.len) continue;
        if (*w->count == w->max)
            return problem(KITH_BAD, why, "more than %u %s; %s", w->max, w->name, w->fewer);
        if (word.len >= sizeof *w->at || !w->valid(word))
            return problem(KITH_BAD, why, "\"%.*s\" will not do; write %s",
                           (int)(word.len < 80 ? word.len : 80), (const char *)word.ptr,
                           w->instead);
        memcpy(w->at[(*w->count)++], word.ptr, word.len);
    }
    return KITH_OK;
}

static kith_err set_origins(const char *text, struct settings *s, kith_problem *why)
{
    char origins[ORIGINS_ALLOWED_MAX][sizeof s->origins[0]] = {0};
    unsigned count = 0;
    struct words w = {origins,
                      &count,
                      ORIGINS_ALLOWED_MAX,
                      origin_valid,
                      "https://app.example, without a path, or https://*.app.example",
                      "origins",
                      "one https://*.app.example stands for all of its kind"};
    kith_err e = read_words(&w, text, why);
    if (e) return e;
    memcpy(s->origins, origins, sizeof origins);
    s->origin_count = count;
    return KITH_OK;
}

static kith_err set_hosts(const char *text, struct settings *s, kith_problem *why)
{
    char hosts[API_HOSTS_MAX][sizeof s->api_hosts[0]] = {0};
    unsigned count = 0;
    struct words w = {hosts,
                      &count,
                      API_HOSTS_MAX,
                      host_valid,
                      "a name or address without a port, as kith.internal or [fd00::1]",
                      "hosts",
                      "name only those that are in use"};
    kith_err e = read_words(&w, text, why);
    if (e) return e;
    memcpy(s->api_hosts, hosts, sizeof hosts);
    s->api_host_count = count;
    return KITH_OK;
}

static bool network_valid(kith_slice word)
{
    struct network n;
    return network_parse(word, &n);
}

static kith_err set_networks(const char *text, struct settings *s, kith_problem *why)
{
    char networks[TRUSTED_PROXIES_MAX][sizeof s->trusted_proxies[0]] = {0};
    unsigned count = 0;
    struct words w = {networks,
                      &count,
                      TRUSTED_PROXIES_MAX,
                      network_valid,
                      "an address, as 10.0.0.7, or a network by its first one, as 10.0.0.0/8 or "
                      "fd00::/8",
                      "proxies",
                      "one network stands for all in it"};
    kith_err e = read_words(&w, text, why);
    if (e) return e;
    memcpy(s->trusted_proxies, networks, sizeof networks);
    s->trusted_proxy_count = count;
    return KITH_OK;
}

static kith_err set_urls(const char *text, struct settings *s, kith_problem *why)
{
    char urls[LINK_URLS_MAX][sizeof s->cluster.urls[0]] = {0};
    unsigned count = 0;
    struct words w = {urls,
                      &count,
                      LINK_URLS_MAX,
                      nats_url_valid,
                      "nats://HOST:PORT, or tls://NAME:PORT; a user and a password have keys of "
                      "their own",
                      "servers",
                      "one that answers is enough"};
    kith_err e = read_words(&w, text, why);
    if (e) return e;
    memcpy(s->cluster.urls, urls, sizeof urls);
    s->cluster.url_count = count;
    return KITH_OK;
}

/* Part of subjects, where a dot, a blank or a star would mean something else. */
static kith_err set_cluster(const char *text, const char **out, kith_problem *why)
{
    kith_slice name = slice_str(text);
    if (!node_is_name(name) || slice_find(name, '.') < name.len ||
        name.len > CLUSTER_NAME_BYTES_MAX)
        return refuse(why, text, "1 to 32 letters, digits, - and _");
    *out = text;
    return KITH_OK;
}

static kith_err set_node(const char *text, const char **out, kith_problem *why)
{
    if (!node_is_name(slice_str(text)))
        return refuse(why, text, "1 to 64 letters, digits, dots, - and _");
    *out = text;
    return KITH_OK;
}

static bool is_private(const struct config_key *k)
{
    return k->type == CONFIG_SECRET_FILE || k->type == CONFIG_SECRET_PATH;
}

static kith_err set_file(const struct config_key *k, const char *path, kith_slice *out,
                         void **bytes, kith_problem *why)
{
    struct buf b = {0};
    bool exposed;
    kith_err e = file_read(path, SECRET_BYTES_MAX, &b, &exposed, why);
    if (!e && exposed && is_private(k))
        e = problem(KITH_BAD, why, "everybody may read %.200s; make it private: chmod 600 %.200s",
                    path, path);
    if (e) {
        buf_fini(&b);
        return e == KITH_NOMEM ? e : KITH_BAD; /* what else fails is the line's fault */
    }
    if (b.len && b.ptr[b.len - 1] == '\n') b.len--;
    if (b.len && b.ptr[b.len - 1] == '\r') b.len--;
    *bytes = b.ptr;
    *out = buf_slice(&b);
    return KITH_OK;
}

/* A host, and no user before it: what a URL holds of a key anybody may read who reads this file. */
static bool names_host_alone(const char *url)
{
    kith_slice authority = slice_from(slice_str(url), url[4] == 's' ? 8 : 7);
    authority = slice_head(authority, slice_find(authority, '/'));
    return authority.len && slice_find(authority, '@') == authority.len;
}

static kith_err set_source(const char *text, const char **out, kith_problem *why)
{
    if (!http_source_is_url(text)) return set_store(text, out, why);
    if (!names_host_alone(text))
        return problem(KITH_BAD, why,
                       "a URL with a host, and without a user in it: write https://HOST/PATH, and "
                       "put a key into source.key_file");
    *out = text;
    return KITH_OK;
}

/* It is not repeated, either. */
static kith_err set_http(const char *text, const char **out, kith_problem *why)
{
    if (!http_source_is_url(text) || !names_host_alone(text))
        return problem(KITH_BAD, why,
                       "that is not where events can be sent; write https://HOST/PATH without a "
                       "user in it, or http:// within a private network");
    *out = text;
    return KITH_OK;
}

/* Who uses it reads it again. */
static kith_err set_path(const struct config_key *k, const char *path, const char **out,
                         kith_problem *why)
{
    kith_slice held;
    void *bytes = NULL;
    kith_err e = set_file(k, path, &held, &bytes, why);
    if (e) return e;
    explicit_bzero(bytes, held.len);
    free(bytes);
    *out = path;
    return KITH_OK;
}

kith_err config_value_set(const struct config_key *k, const char *text, void *base, void **bytes,
                          kith_problem *why)
{
    void *at = (char *)base + k->offset;
    switch (k->type) {
    case CONFIG_ADDRESS: return set_address(k, text, at, why);
    case CONFIG_FOLDER: return set_folder(text, at, why);
    case CONFIG_COUNT: return set_count(k, text, at, why);
    case CONFIG_SECONDS: return set_seconds(k, text, at, why);
    case CONFIG_AGE: return set_age(k, text, at, why);
    case CONFIG_SWITCH: return set_switch(text, at, why);
    case CONFIG_CHOICE: return set_choice(k, text, at, why);
    case CONFIG_ORIGINS: return set_origins(text, base, why);
    case CONFIG_HOSTS: return set_hosts(text, base, why);
    case CONFIG_NETWORKS: return set_networks(text, base, why);
    case CONFIG_URLS: return set_urls(text, base, why);
    case CONFIG_CLUSTER: return set_cluster(text, at, why);
    case CONFIG_NODE: return set_node(text, at, why);
    case CONFIG_STORE: return set_store(text, at, why);
    case CONFIG_SOURCE: return set_source(text, at, why);
    case CONFIG_HTTP: return set_http(text, at, why);
    case CONFIG_CHANNEL: return set_channel(text, at, why);
    case CONFIG_QUERY:
    case CONFIG_TEXT: *(const char **)at = text; return KITH_OK;
    case CONFIG_SECRET: *(kith_slice *)at = slice_str(text); return KITH_OK;
    case CONFIG_SECRET_FILE:
    case CONFIG_PUBLIC_FILE: return set_file(k, text, at, bytes, why);
    case CONFIG_PATH:
    case CONFIG_SECRET_PATH: return set_path(k, text, at, why);
    }
    return KITH_BAD;
}
