/* edge/api_live.c -- how this node, and the others of its cluster, are just now: what the console
 * shows. */
#include "edge/api_state.h"
#include "edge/ops_cluster.h"

#include "shard/cluster.h"
#include "shard/cluster_calls.h"
#include "shard/figures.h"

#include <kith/version.h>

static const char *const roles[] = {
    [API_NONE] = "none", [API_READ] = "read", [API_WRITE] = "write", [API_ADMIN] = "admin"};

static void put_flag(struct buf *json, const char *name, bool value)
{
    buf_printf(json, ",\"%s\":%s", name, value ? "true" : "false");
}

static void put_number(struct buf *json, const char *name, uint64_t value)
{
    buf_printf(json, ",\"%s\":", name);
    buf_put_u64(json, value);
}

/* Items with a comma behind each, which the last one loses. */
static void put_items(struct buf *json, const char *name, char open, const struct buf *items,
                      char close)
{
    buf_printf(json, ",\"%s\":%c", name, open);
    buf_put(json, slice_head(buf_slice(items), items->len ? items->len - 1 : 0));
    buf_putc(json, (uint8_t)close);
}

/* This node */

void api_live_get(struct edge *e)
{
    for (unsigned shard = 0; shard < e->ctx->world->o.count; shard++)
        api_call_home(e, shard, api_call(CALL_NOTED, (kith_slice){0}, (kith_slice){0}));
}

static uint64_t lost_ms(const struct edge *e, uint64_t since_ms)
{
    return since_ms ? e->ctx->world->now.mono_ms - since_ms : 0;
}

void api_live_got(struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    struct world *w = e->ctx->world;
    struct buf json = {0};
    buf_printf(&json, "{\"version\":\"%s\",\"role\":\"%s\"", KITH_VERSION, roles[x->role]);
    put_number(&json, "now", w->now.unix_ms);
    put_flag(&json, "ready", !e->ctx->draining && !e->ctx->joining);
    put_number(&json, "store_lost_ms", lost_ms(e, e->ctx->store_lost_ms));
    put_number(&json, "source_lost_ms", lost_ms(e, w->source.lost_ms));
    buf_puts(&json, ",\"figures\":");
    figures_put(w, &json);
    put_items(&json, "busiest", '[', &x->got.a, ']');
    put_items(&json, "slow", '[', &x->got.b, ']');
    put_items(&json, "refused", '[', &x->got.c, ']');
    buf_puts(&json, "}\n");
    api_respond(e, 200, &json);
    buf_fini(&json);
}

/* All nodes */

static void ask_peers(struct edge *e)
{
    struct world *w = e->ctx->world;
    struct api_exchange *x = e->exchange;
    struct mail *m = api_call(CALL_FIGURES, (kith_slice){0}, (kith_slice){0});
    uint32_t asked = 0;
    if (!m) {
        x->got.err = KITH_NOMEM;
        return;
    }
    m->handle = clients_handle(w->clients, e->slot);
    m->serial = e->asked;
    x->got.err = cluster_call(w, m, &asked);
    x->got.awaited += asked;
    mail_free(m);
}

void api_nodes_get(struct edge *e)
{
    if (e->ctx->world->cluster) ask_peers(e);
}

static const char *own_text(const struct edge *e, bool isolated)
{
    const struct world *w = e->ctx->world;
    if (w->cluster) return ops_own_text(w, isolated);
    return e->ctx->draining ? "leaving" : "up";
}

static void put_node(struct buf *json, kith_slice name, const char *state, uint64_t silent_ms)
{
    buf_puts(json, "{\"name\":");
    json_put_quoted(json, name);
    buf_printf(json, ",\"state\":\"%s\"", state);
    put_number(json, "silent_ms", silent_ms);
}

static void put_peers(struct buf *json, const struct world *w)
{
    struct peer_view p;
    for (uint32_t at = 0; w->cluster && cluster_next_peer(w, &at, &p);) {
        buf_putc(json, ',');
        put_node(json, p.name, ops_peer_text(&p), p.silent_ms);
        put_flag(json, "relayed", p.via != 0);
        put_flag(json, "self", false);
        buf_putc(json, '}');
    }
}

/* A node that is alone has a name all the same, to be shown. */
static kith_slice own_name(const struct world *w)
{
    return w->cluster && w->o.node ? slice_str(w->o.node) : KITH_LIT("this server");
}

static void put_own_figures(struct buf *json, struct world *w)
{
    json_put_quoted(json, own_name(w));
    buf_putc(json, ':');
    figures_put(w, json);
    buf_putc(json, ',');
}

void api_nodes_got(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct world *w = e->ctx->world;
    struct cluster_view v = {0};
    struct buf json = {0};
    if (w->cluster) cluster_look(w, &v);
    buf_puts(&json, "{\"cluster\":");
    if (w->cluster)
        json_put_quoted(&json, slice_str(v.name));
    else
        buf_puts(&json, "null");
    buf_puts(&json, ",\"nodes\":[");
    put_node(&json, own_name(w), own_text(e, v.isolated), 0);
    buf_puts(&json, ",\"relayed\":false,\"self\":true}");
    put_peers(&json, w);
    buf_putc(&json, ']');
    put_own_figures(&x->got.a, w);
    put_items(&json, "figures", '{', &x->got.a, '}');
    json.failed |= x->got.a.failed;
    buf_puts(&json, "}\n");
    api_respond(e, 200, &json);
    buf_fini(&json);
}
