/* edge/ops.c -- health and metrics, for operators. */
#include "edge/pages.h"

#include "shard/shard.h"
#include "wire/prom.h"

static void put_metrics(const struct edge_context *ctx, struct buf *b)
{
    struct world *w = ctx->world;
    shard_measure(w);
    struct stats sum = w->stats;
    for (unsigned i = 0; i < w->o.count; i++)
        if (i != w->o.id) stats_add(&sum, &w->others[i]);
#define X(name, help) prom_put(b, PROM_COUNTER, "kith_" #name, help, sum.name);
    STATS_COUNTERS(X)
#undef X
#define X(name, help) prom_put(b, PROM_GAUGE, "kith_" #name, help, sum.name);
    STATS_GAUGES(X)
#undef X
    prom_put(b, PROM_GAUGE, "kith_connections", "Sockets open now",
             sum.connections_opened - sum.connections_closed);
}

static void respond_metrics(const struct edge_context *ctx, bool keep_alive, struct buf *out)
{
    struct buf text = {0};
    put_metrics(ctx, &text);
    http_respond(out,
                 &(struct http_response){.status = text.failed ? 500 : 200,
                                         .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                         .body = buf_slice(&text),
                                         .keep_alive = keep_alive,
                                         .unix_s = ctx->world->now.unix_ms / 1000});
    buf_fini(&text);
}

/* On loopback whoever is on this machine may. */
static bool may_measure(const struct edge_context *ctx, const struct http_request *r)
{
    kith_slice authorization;
    if (ctx->options->api_private) return true;
    kith_err e = http_header(r, "authorization", &authorization);
    return !e && api_keys_role(ctx->options->api_keys, authorization) >= API_READ;
}

static void respond_locked(const struct edge_context *ctx, bool keep_alive, struct buf *out)
{
    http_respond(out, &(struct http_response){.status = 401,
                                              .headers = "www-authenticate: Bearer\r\n",
                                              .content_type = "text/plain; charset=utf-8",
                                              .body = KITH_LIT("send a key that may read\n"),
                                              .keep_alive = keep_alive,
                                              .unix_s = ctx->world->now.unix_ms / 1000});
}

/* A web page, or a name that leads here by DNS rebinding, has no business with the operators'
 * listener. */
bool ops_may(const struct edge_context *ctx, const struct http_request *r)
{
    kith_slice origin;
    return http_header(r, "origin", &origin) == KITH_NONE &&
           api_host_allowed(&ctx->options->api_hosts, r->host);
}

void ops_get(struct edge_context *ctx, const struct http_request *r, struct buf *out)
{
    if (!ops_may(ctx, r))
        respond_text(ctx, 403, r->keep_alive, OPS_FOREIGN "\n", out);
    else if (!slice_is(r->method, "GET"))
        respond_text(ctx, 405, r->keep_alive, "only GET\n", out);
    else if (slice_is(r->path, "/healthz"))
        respond_text(ctx, 200, r->keep_alive, "ok\n", out);
    else if (slice_is(r->path, "/readyz"))
        respond_text(ctx, ctx->draining ? 503 : 200, r->keep_alive,
                     ctx->draining ? "draining\n" : "ready\n", out);
    else if (slice_is(r->path, "/metrics") && !may_measure(ctx, r))
        respond_locked(ctx, r->keep_alive, out);
    else if (slice_is(r->path, "/metrics"))
        respond_metrics(ctx, r->keep_alive, out);
    else
        respond_text(ctx, 404, r->keep_alive,
                     "not found: try /healthz, /readyz, /metrics or /v1/\n", out);
}
