/* app/kith_cluster.c -- a server as one node of several. */
#include "app/kith_cluster.h"

#include <stdlib.h>
#include <string.h>

enum {
    SUSPECT_BEATS = 3, /* heartbeats missed until others are asked about a node, */
    DOWN_BEATS = 6,    /* and until it is taken for dead */
    GONE_MS = 1200000, /* it may come back within 20 minutes, and is not told anew what it knows */
    JOIN_MS = 10000,   /* a start waits no longer for what the others know */
};

/* NULL stays NULL; *good is false without memory. */
static const char *keep(struct kith_cluster *c, kith_slice text, bool *good)
{
    if (!text.ptr) return NULL;
    char *copy = strndup((const char *)text.ptr, text.len);
    if (!copy) *good = false;
    return c->texts[c->text_count++] = copy;
}

static kith_slice text_of(const char *text) { return text ? slice_str(text) : (kith_slice){0}; }

static bool set_link(struct kith_cluster *c, const struct settings_cluster *from)
{
    bool good = true;
    struct link_options *l = &c->host.link;
    for (l->url_count = 0; l->url_count < from->url_count; l->url_count++)
        l->urls[l->url_count] = from->urls[l->url_count];
    l->node = c->node;
    l->cluster = keep(c, slice_str(from->name), &good);
    l->credentials_file = keep(c, text_of(from->credentials_file), &good);
    l->user = keep(c, text_of(from->user), &good);
    l->password = text_of(keep(c, from->password, &good));
    l->token = text_of(keep(c, from->token, &good));
    l->ca_file = keep(c, text_of(from->ca_file), &good);
    l->cert_file = keep(c, text_of(from->cert_file), &good);
    l->key_file = keep(c, text_of(from->key_file), &good);
    return good;
}

kith_err kith_cluster_set(struct kith_cluster *c, const struct settings *settings,
                          const struct kith_config *config, kith_problem *why)
{
    const struct settings_cluster *from = &settings->cluster;
    *c = (struct kith_cluster){0};
    kith_err e = config_node(config, c->node, why);
    if (e) return e;
    c->host.node = c->node;
    c->host.node_grace_ms = from->node_grace_ms;
    c->host.stale_hold_ms = from->stale_hold_ms;
    c->host.leave_ms = from->leave_ms;
    c->host.cluster = (struct cluster_options){.heartbeat_ms = from->heartbeat_ms,
                                               .suspect_ms = SUSPECT_BEATS * from->heartbeat_ms,
                                               .down_ms = DOWN_BEATS * from->heartbeat_ms,
                                               .gone_ms = GONE_MS,
                                               .join_ms = JOIN_MS};
    e = config_cluster_key(config, "frames", &c->host.cluster.key);
    if (!set_link(c, from)) e = KITH_NOMEM;
    c->host.cluster.name = c->host.link.cluster;
    return e ? problem(e, why, "cannot start: %s", kith_err_text(e)) : KITH_OK;
}

void kith_cluster_fini(struct kith_cluster *c)
{
    for (unsigned i = 0; i < c->text_count; i++)
        free(c->texts[i]);
    c->text_count = 0;
}
