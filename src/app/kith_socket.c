/* app/kith_socket.c -- kith/socket.h and kith/ports.h: what a server offers and whom it asks. */
#include "app/config_address.h"
#include "app/server.h"
#include "edge/channel_state.h"
#include "edge/good.h"
#include "shard/broadcast.h"

#include <stdio.h>

enum { NODE_BYTES_MAX = 64 };

/* "/socket", "/a/b": what a browser would send as it stands. */
static bool path_good(const char *path)
{
    size_t len = path ? strlen(path) : 0;
    if (len < 2 || len > 128 || path[0] != '/' || path[len - 1] == '/') return false;
    for (size_t i = 0; i < len; i++) {
        char c = path[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '/' && c != '-' && c != '_' && c != '.') return false;
    }
    return strstr(path, "//") == NULL;
}

/* A star elsewhere would be a star, which hardly anybody means. */
static bool pattern_good(const char *pattern)
{
    const char *star = pattern ? strchr(pattern, '*') : NULL;
    return good_topic(slice_str(pattern)) && (!star || star[1] == 0);
}

static kith_err channels_good(const struct kith_channel_behaviour *const *channels)
{
    if (!channels || !channels[0]) return KITH_BAD;
    for (size_t i = 0; channels[i]; i++) {
        if (!pattern_good(channels[i]->topic) || !channels[i]->join) return KITH_BAD;
        for (size_t j = 0; j < i; j++)
            if (strcmp(channels[i]->topic, channels[j]->topic) == 0) return KITH_EXISTS;
    }
    return KITH_OK;
}

/* As a config may have it, and a host of any scheme and port. */
static bool origin_good(kith_slice text)
{
    char whole[512];
    if (!slice_starts(text, KITH_LIT("//"))) return origin_valid(text);
    int n = snprintf(whole, sizeof whole, "https:%.*s", (int)text.len, (const char *)text.ptr);
    return n < (int)sizeof whole && origin_valid(slice_of(whole, (size_t)n));
}

/* Those that it brings itself; else the config's, which may change. */
static kith_err set_origins(struct edge_mount *m)
{
    struct origins *o = &m->origins;
    const struct kith_socket_behaviour *b = m->behaviour;
    *o = (struct origins){.any = b->any_origin, .listed_only = b->listed_origin};
    m->configured = !b->origins;
    for (unsigned i = 0; b->origins && b->origins[i]; i++) {
        if (o->count == ORIGINS_ALLOWED_MAX) return KITH_FULL;
        if (!origin_good(slice_str(b->origins[i]))) return KITH_BAD;
        o->allowed[o->count++] = b->origins[i];
    }
    return KITH_OK;
}

kith_err kith_server_socket(struct kith_server *s, const struct kith_socket_behaviour *b)
{
    if (!server_open(s) || !b || !path_good(b->path) || b->transports > KITH_LONGPOLL_ONLY)
        return KITH_BAD;
    kith_err e = channels_good(b->channels);
    for (size_t i = 0; !e && i < s->edge.mount_count; i++)
        if (strcmp(s->mounts[i].behaviour->path, b->path) == 0) e = KITH_EXISTS;
    if (e) return e;
    if (s->edge.mount_count == MOUNTS_MAX) return KITH_FULL;
    struct edge_mount *m = &s->mounts[s->edge.mount_count];
    m->behaviour = b;
    e = set_origins(m);
    if (!e) s->edge.mount_count++;
    return e;
}

kith_err kith_socket_param(struct kith_socket *s, const char *name, kith_slice *out)
{
    return s && name && out ? socket_param(s, name, out) : KITH_BAD;
}

kith_err kith_socket_set_user(struct kith_socket *s, kith_slice user)
{
    return s ? socket_set_user(s, user) : KITH_BAD;
}

kith_slice kith_socket_user(const struct kith_socket *s)
{
    return s ? socket_user(s) : (kith_slice){0};
}

kith_err kith_socket_set_id(struct kith_socket *s, kith_slice id)
{
    return s ? socket_set_id(s, id) : KITH_BAD;
}

kith_slice kith_socket_id(const struct kith_socket *s)
{
    return s ? socket_id(s) : (kith_slice){0};
}

void kith_socket_assign(struct kith_socket *s, void *assigns)
{
    if (s) s->assigns = assigns;
}

void *kith_socket_assigns(const struct kith_socket *s) { return s ? s->assigns : NULL; }

void *kith_socket_context(const struct kith_socket *s)
{
    return s ? s->mount->behaviour->context : NULL;
}

struct kith_server *kith_socket_server(const struct kith_socket *s)
{
    return s ? s->ctx->options->server : NULL;
}

struct kith_socket *kith_channel_socket(const struct kith_channel *c)
{
    return c ? &c->session->socket : NULL;
}

/* Ports */

kith_err kith_server_source(struct kith_server *s, const struct kith_source *source)
{
    if (!server_open(s) || !source || !source->watched) return KITH_BAD;
    s->source = source;
    return KITH_OK;
}

kith_err kith_ids_add(struct kith_ids *ids, kith_slice id) { return source_ids_add(ids, id); }

kith_err kith_server_bus(struct kith_server *s, const struct kith_bus *bus)
{
    if (!server_open(s) || !bus || !bus->publish || !bus->node || !bus->node[0] ||
        strlen(bus->node) > NODE_BYTES_MAX || !good_topic(slice_str(bus->node)))
        return KITH_BAD;
    s->bus = bus;
    return KITH_OK;
}

kith_err kith_server_hook(struct kith_server *s, const struct kith_hook *hook)
{
    if (!server_open(s) || !hook || !hook->event) return KITH_BAD;
    s->hook = hook;
    return KITH_OK;
}
