/* app/config_source.c -- what [source] needs to be whole: where the tables are, and what is asked
 * of them. */
#include "app/config_source.h"

#include "app/config_said.h"
#include "app/config_tls.h"
#include "io/http_source.h"
#include "io/tables.h"

#include <string.h>

static unsigned line(const struct kith_config *c, const char *name)
{
    return config_line_of(c, "source", name);
}

/* The first setting of the section, or NULL. */
static const char *any_said(const struct kith_config *c)
{
    for (int i = 0; i < config_keys_count; i++)
        if (strcmp(config_keys[i].section, "source") == 0 &&
            config_is_set(&c->top, "source", config_keys[i].name))
            return config_keys[i].name;
    return NULL;
}

static kith_err check_queries(const struct kith_config *c, kith_problem *why)
{
    const struct settings_source *s = &c->now.source;
    if (s->friends && (s->watches || s->watchers))
        return config_fault(c, line(c, "friends"), why,
                            "source.friends is of friends both ways, and source.%s of one way; "
                            "write the one, or watches and watchers",
                            s->watches ? "watches" : "watchers");
    if (!s->friends && !s->watches)
        return config_fault(c, line(c, "url"), why,
                            "[source] does not say what to ask; write friends = SELECT friend_id "
                            "FROM friendships WHERE user_id = $1, or watches = SELECT ...");
    if (s->watches && !s->watchers && c->now.reciprocal)
        return config_fault(c, line(c, "watches"), why,
                            "presence.reciprocity = on needs both directions; write watchers = "
                            "SELECT ..., who watches $1, or friends, or reciprocity = off");
    return KITH_OK;
}

/* It goes into a header. */
static bool is_visible(kith_slice key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] <= ' ' || key.ptr[i] > '~') return false;
    return true;
}

/* Settings of tables stand for nothing there. */
static kith_err check_http(const struct kith_config *c, kith_problem *why)
{
    static const char *const of_tables[] = {"friends", "watches", "watchers", "channel"};
    for (size_t i = 0; i < sizeof of_tables / sizeof of_tables[0]; i++)
        if (config_is_set(&c->top, "source", of_tables[i]))
            return config_fault(
                c, line(c, of_tables[i]), why,
                "source.%s is of tables, and source.url is asked over HTTP; leave it "
                "out, or write url = postgresql://...",
                of_tables[i]);
    if (!is_visible(c->now.source.key))
        return config_fault(c, line(c, "key_file"), why,
                            "source.key_file: a key is one line of visible ASCII; make one with: "
                            "openssl rand -base64 48");
    return KITH_OK;
}

kith_err config_check_source(const struct kith_config *c, kith_problem *why)
{
    const struct settings_source *s = &c->now.source;
    const char *said = any_said(c);
    if (!said) return KITH_OK;
    if (!s->url)
        return config_fault(c, line(c, said), why,
                            "[source] does not say where the tables are; write url = "
                            "postgresql://HOST/DATABASE, or leave the section out");
    if (c->now.demo)
        return config_fault(c, line(c, "url"), why,
                            "source.url: the demo's people are not to come among real ones; leave "
                            "it out, or demo");
    if (s->ca_file && !slice_starts(slice_str(s->url), KITH_LIT("https://")))
        return config_fault(c, line(c, "ca_file"), why,
                            "source.ca_file is for a back end over TLS, and source.url is none; "
                            "write url = https://...");
    kith_err e = config_check_ca(c, "source", "ca_file", s->ca_file, why);
    if (e) return e;
    return http_source_is_url(s->url) ? check_http(c, why) : check_queries(c, why);
}

struct tables_options config_tables(const struct settings *s, const char *node)
{
    const struct settings_source *from = &s->source;
    bool http = http_source_is_url(from->url);
    return (struct tables_options){.url = from->url,
                                   .key = from->key,
                                   .ca_file = from->ca_file,
                                   .cache_ms = http ? from->cache_ms : 0,
                                   .friends = from->friends,
                                   .watches = from->watches,
                                   .watchers = from->watchers,
                                   .mutual = s->reciprocal,
                                   .channel = http ? NULL : from->channel,
                                   .node = node,
                                   .call_ms = from->call_ms,
                                   .connections = from->connections};
}

/* The setting with which the words begin, as source.friends. */
static unsigned line_of(const struct kith_config *c, const kith_problem *what)
{
    static const char *const names[] = {"friends", "watches", "watchers"};
    kith_slice said = slice_from(slice_str(what->text), strlen("source."));
    for (int i = 2; i >= 0; i--)
        if (slice_starts(said, slice_str(names[i]))) return line(c, names[i]);
    return line(c, "url");
}

kith_err config_try_tables(const struct kith_config *c, kith_problem *why)
{
    struct tables_options o = config_tables(&c->now, "check");
    kith_problem what;
    kith_err e = o.url ? tables_check(&o, &what) : KITH_OK;
    if (e == KITH_BAD) return config_fault(c, line_of(c, &what), why, "%s", what.text);
    return e ? problem(e, why, "%s", what.text) : KITH_OK;
}
