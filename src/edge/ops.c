/* edge/ops.c -- health, metrics and the console, for operators. */
#include "edge/ops.h"

#include "edge/console.h"
#include "edge/ops_cluster.h"
#include "shard/figures.h"
#include "wire/prom.h"

#include <kith/version.h>

static void put_store(const struct edge_context *ctx, struct buf *b)
{
    uint64_t lost_ms = ctx->store_lost_ms;
    prom_put(b, PROM_GAUGE, "kith_store_up",
             "1: the database answered when it was asked last; 0: it is lost", !lost_ms);
    prom_put_ms(b, PROM_GAUGE, "kith_store_lost_seconds",
                "For how long the database has been lost; 0: it is not",
                lost_ms ? ctx->world->now.mono_ms - lost_ms : 0);
}

static void put_source(const struct world *w, struct buf *b)
{
    const struct source_stats *s = &w->source;
    prom_put(b, PROM_GAUGE, "kith_source_up",
             "1: where friends are read from can be asked; 0: it is lost", !s->lost_ms);
    prom_put_ms(b, PROM_GAUGE, "kith_source_lost_seconds",
                "For how long that has been lost; 0: it is not",
                s->lost_ms ? w->now.mono_ms - s->lost_ms : 0);
    prom_put(b, PROM_GAUGE, "kith_source_listening",
             "1: NOTIFY is heard, or nobody was asked to; 0: only sweeps see changes", !s->deaf);
    prom_put_ms(b, PROM_GAUGE, "kith_source_sweep_seconds",
                "How long it took to read the friends of all who are here again", s->sweep_ms);
#define X(name, help) prom_put(b, PROM_COUNTER, "kith_source_" #name, help, s->name);
    SOURCE_COUNTERS(X)
#undef X
}

static void put_events(const struct event_stats *s, struct buf *b)
{
    prom_put(b, PROM_GAUGE, "kith_events_waiting", "Changes of sessions not yet in the log",
             s->waiting);
#define X(name, help) prom_put(b, PROM_COUNTER, "kith_events_" #name, help, s->name);
    EVENT_COUNTERS(X)
#undef X
}

static void put_hooks(const struct world *w, struct buf *b)
{
    const struct hook_stats *s = &w->hooks;
    uint64_t unix_ms = w->now.unix_ms;
    prom_put(b, PROM_GAUGE, "kith_hook_leads", "1: it is this node that delivers events, for all",
             s->leads);
    prom_put(b, PROM_GAUGE, "kith_hook_up",
             "1: the back end took the latest events, or it is not this node that delivers them",
             !s->failing_ms);
    prom_put(b, PROM_GAUGE, "kith_hook_queue", "Events in the log that the back end has not taken",
             s->queue);
    prom_put_ms(b, PROM_GAUGE, "kith_hook_oldest_seconds",
                "How long ago the first of them was; 0: there are none",
                s->oldest_ms && unix_ms > s->oldest_ms ? unix_ms - s->oldest_ms : 0);
#define X(name, help) prom_put(b, PROM_COUNTER, "kith_hook_" #name, help, s->name);
    HOOK_COUNTERS(X)
#undef X
}

/* A certificate that nobody renews ends everything at once, on a day that is known. */
static void put_certificate(const struct edge_context *ctx, struct buf *b)
{
    uint64_t at_s = ctx->certificate_expires_s, now_s = ctx->world->now.unix_ms / 1000;
    if (!at_s) return;
    prom_put(b, PROM_GAUGE, "kith_tls_certificate_expiry_seconds",
             "Until the first TLS certificate expires; 0: it has", at_s > now_s ? at_s - now_s : 0);
}

/* Under the names that Prometheus' own clients have for them. */
static void put_process(const struct edge_context *ctx, struct buf *b)
{
    prom_put(b, PROM_GAUGE, "process_resident_memory_bytes", "Memory that the process has resident",
             ctx->world->process.memory_bytes);
    prom_put_ms(b, PROM_COUNTER, "process_cpu_seconds", "CPU time of all threads",
                ctx->world->process.cpu_ms);
    prom_put_ms(b, PROM_GAUGE, "process_start_time_seconds",
                "When the process began to serve, since the Unix epoch",
                ctx->world->process.start_ms);
    buf_puts(b, "# HELP kith_build_info Which version this is\n"
                "# TYPE kith_build_info gauge\n"
                "kith_build_info{version=\"" KITH_VERSION "\"} 1\n");
}

static void put_latency(const struct latency *l, const char *name, const char *help, struct buf *b)
{
    struct prom_histogram h;
    prom_histogram_begin(&h, b, name, help);
    for (unsigned i = 0; i < LATENCY_BUCKETS - 1; i++)
        prom_histogram_put(&h, latency_bound_us(i), l->counts[i]);
    prom_histogram_end(&h, l->counts[LATENCY_BUCKETS - 1], l->sum_us);
}

static void put_metrics(const struct edge_context *ctx, struct buf *b)
{
    struct world *w = ctx->world;
    struct stats sum;
    figures_sum(w, &sum);
#define X(name, help) prom_put(b, PROM_COUNTER, "kith_" #name, help, sum.name);
    STATS_COUNTERS(X)
#undef X
#define X(name, help) prom_put(b, PROM_GAUGE, "kith_" #name, help, sum.name);
    STATS_GAUGES(X)
#undef X
#define X(name, help) put_latency(&sum.name, "kith_" #name "_seconds", help, b);
    STATS_LATENCIES(X)
#undef X
    prom_put(b, PROM_GAUGE, "kith_connections", "Sockets open now",
             sum.connections_opened - sum.connections_closed);
    prom_put(b, PROM_GAUGE, "kith_ready", "1: clients are taken, as /readyz says; 0: not",
             !ctx->draining && !ctx->joining);
    put_store(ctx, b);
    put_certificate(ctx, b);
    put_process(ctx, b);
    if (w->reads_tables) put_source(w, b);
    if (w->logs_events) put_events(&w->events, b);
    if (w->delivers_events) put_hooks(w, b);
    if (w->cluster) ops_put_cluster(w, b);
}

/* On loopback whoever is on this machine may. */
static bool may_measure(const struct edge_context *ctx, const struct http_request *r)
{
    kith_slice authorization;
    if (ctx->options->api_private) return true;
    kith_err e = http_header(r, "authorization", &authorization);
    return !e && api_keys_role(ctx->options->api_keys, authorization) >= API_READ;
}

/* A web page, or a name that leads here by DNS rebinding, has no business with the operators'
 * listener. Its own pages, the console's, are of the name and port that it is called by. */
const char *ops_foreign(const struct edge_context *ctx, const struct http_request *r)
{
    kith_slice origin;
    kith_err e = http_header(r, "origin", &origin);
    if (e != KITH_NONE && (e || !origin_is_of(origin, r->host))) return OPS_FOREIGN_PAGE;
    return api_host_allowed(&ctx->options->api_hosts, r->host) ? NULL : OPS_FOREIGN_HOST;
}

static void say(struct http_response *a, int status, const char *text)
{
    a->status = status;
    a->body = slice_str(text);
}

static void say_metrics(const struct edge_context *ctx, const struct http_request *r,
                        struct http_response *a, struct buf *text)
{
    if (!may_measure(ctx, r)) {
        say(a, 401, "send a key that may read\n");
        a->headers = "www-authenticate: Bearer\r\n";
        return;
    }
    put_metrics(ctx, text);
    a->status = text->failed ? 500 : 200;
    a->content_type = "text/plain; version=0.0.4; charset=utf-8";
    a->body = buf_slice(text);
}

/* `text` holds what is made for it. */
static void say_page(const struct edge_context *ctx, const struct http_request *r,
                     struct http_response *a, struct buf *text)
{
    if (console_has(r->path))
        console_get(ctx, r, a);
    else if (slice_is(r->path, "/metrics"))
        say_metrics(ctx, r, a, text);
    else if (slice_is(r->path, "/healthz"))
        say(a, 200, "ok\n");
    else if (ctx->draining)
        say(a, 503, "draining\n");
    else if (ctx->joining)
        say(a, 503, "joining\n");
    else
        say(a, 200, "ready\n");
}

static bool is_page(kith_slice path)
{
    return console_has(path) || slice_is(path, "/healthz") || slice_is(path, "/readyz") ||
           slice_is(path, "/metrics");
}

/* A body is not read, so that nothing can follow it. */
void ops_get(struct edge_context *ctx, const struct http_request *r, struct buf *out)
{
    struct buf text = {0};
    struct http_response a = {.content_type = "text/plain; charset=utf-8",
                              .keep_alive = r->keep_alive && !http_has_body(r),
                              .kept_s = API_KEPT_TOLD_S,
                              .head_only = slice_is(r->method, "HEAD"),
                              .unix_s = ctx->world->now.unix_ms / 1000};
    const char *foreign = ops_foreign(ctx, r);
    if (foreign) {
        buf_puts(&text, foreign);
        buf_putc(&text, '\n');
        a.status = text.failed ? 500 : 403;
        a.body = buf_slice(&text);
    } else if (!is_page(r->path)) {
        say(&a, 404, "not found: try /console, /healthz, /readyz, /metrics or /v1/\n");
    } else if (!http_reads(r)) {
        say(&a, 405, "only GET and HEAD\n");
        a.headers = "allow: GET, HEAD\r\n";
    } else if (http_has_body(r)) {
        say(&a, 413, "no body is taken here\n");
    } else {
        say_page(ctx, r, &a, &text);
    }
    http_respond(out, &a);
    buf_fini(&text);
}
