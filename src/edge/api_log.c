/* edge/api_log.c -- by which id a request of the REST API is known, and what the log says of it. */
#include "edge/api_state.h"

#include <string.h>

/* What is sane stands in a header and in a log as it is. */
static bool sane(kith_slice id)
{
    static const char known[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=";
    if (id.len == 0 || id.len > REQUEST_ID_BYTES_MAX) return false;
    for (size_t i = 0; i < id.len; i++)
        if (!id.ptr[i] || !strchr(known, id.ptr[i])) return false;
    return true;
}

/* Different for each request and start; says nothing of how many there were. */
static void make_id(struct edge *e, char out[REQUEST_ID_BYTES_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t number = ++e->ctx->requests;
    uint8_t hash[16];
    siphash24_128(&e->ctx->world->o.hash_key, slice_of((const uint8_t *)&number, sizeof number),
                  hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * sizeof hash] = 0;
}

void api_request_id(struct edge *e, const struct http_request *r)
{
    char *out = e->exchange->reply.id;
    kith_slice given;
    if (http_header(r, "x-request-id", &given) == KITH_OK && sane(given)) {
        memcpy(out, given.ptr, given.len);
        out[given.len] = 0;
    } else {
        make_id(e, out);
    }
}

/* What the console asks for each second would be all that is read in a log. */
static bool polled(const struct api_route *r)
{
    return r && (strcmp(r->path, "/v1/live") == 0 || strcmp(r->path, "/v1/nodes") == 0);
}

/* Whoever shows no right key is not to fill a log, nor to hide in it what others have asked. */
static bool is_one_too_many(struct edge_context *ctx, const struct api_exchange *x)
{
    uint64_t now_ms = ctx->world->now.mono_ms;
    if (x->role != API_NONE) return false;
    if (now_ms - ctx->strangers_ms >= STRANGERS_MS) {
        ctx->strangers_ms = now_ms;
        ctx->strangers = 0;
    }
    return ctx->strangers++ >= STRANGERS_LINES;
}

static enum log_level level_of(struct edge_context *ctx, const struct api_exchange *x)
{
    if (is_one_too_many(ctx, x)) return LOG_AT_DEBUG;
    if (x->reply.status >= 500) return LOG_AT_WARNING;
    return polled(x->route) && x->reply.status < 400 ? LOG_AT_DEBUG : LOG_AT_INFO;
}

/* The path is that of the route: ids are left out, and what is no path of the API too. */
void api_note(const struct edge *e)
{
    const struct api_exchange *x = e->exchange;
    struct world *w = e->ctx->world;
    uint64_t took_us = w->now.mono_us - x->reply.since_us;
    if (x->reply.status) latency_note(&w->stats.api_request, took_us);
    struct note *n =
        notes_add(w->notes, level_of(e->ctx, x),
                  x->reply.status ? "API request" : "API request, whose client has gone");
    if (!n) return;
    n->status = x->reply.status;
    n->took_ms = took_us / 1000;
    n->method = x->route ? x->route->method : NULL;
    n->path = x->route ? x->route->path : "unknown";
    memcpy(n->request_id, x->reply.id, sizeof n->request_id);
}
