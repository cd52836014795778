/* edge/demo.c -- the demo's tokens: whoever is picked on its page gets one. */
#include "edge/demo.h"

#include "edge/out.h"
#include "edge/pages.h"
#include "wire/json.h"

#include <stdlib.h>

enum { DEMO_BODY_BYTES_MAX = 1024, DEMO_TOKEN_TTL_S = 3600 };

/* A request whose body is being read. */
struct body {
    struct http_body reader;
    struct buf bytes;
    bool keep_alive;
};

void demo_gone(struct edge *e)
{
    if (!e->body) return;
    buf_fini(&e->body->bytes);
    free(e->body);
    e->body = NULL;
}

/* 0, or the status to refuse it with. */
static int allowed(const struct edge_context *ctx, const struct http_request *r)
{
    kith_slice origin = {0};
    if (!ctx->options->demo) return 404;
    /* A page elsewhere may make a browser post here, and may have a name that leads here (DNS
     * rebinding): the origin must be ours, and the host this machine. */
    kith_err e = http_header(r, "origin", &origin);
    if (e == KITH_EXISTS || !origin_host_is_loopback(r->host)) return 403;
    if (e == KITH_OK && !origin_allowed(&(struct origins){0}, origin, r->host)) return 403;
    return http_type_is(r, "application/json") ? 0 : 415;
}

/* Answers {"user":"3"} with {"token":"..."}. */
static void answer(struct edge_context *ctx, kith_slice body, bool keep_alive, struct buf *out)
{
    struct json object, user;
    struct buf id = {0}, answer = {0};
    bool good = json_parse(body, &object) == KITH_OK &&
                json_get(object, "user", &user) == KITH_OK && user.type == JSON_STRING;
    kith_slice text = good ? json_text(user, &id) : (kith_slice){0};
    good = good && token_user_valid(text);
    buf_puts(&answer, "{\"token\":\"");
    if (good)
        good = token_mint(ctx->options->keys, TOKEN_JWT, text, ctx->world->now.unix_ms,
                          DEMO_TOKEN_TTL_S, &answer) == KITH_OK;
    buf_puts(&answer, "\"}");
    if (good && !answer.failed)
        http_respond(out, &(struct http_response){.status = 200,
                                                  .content_type = "application/json",
                                                  .headers = "cache-control: no-store\r\n",
                                                  .body = buf_slice(&answer),
                                                  .keep_alive = keep_alive,
                                                  .unix_s = ctx->world->now.unix_ms / 1000});
    else
        respond_text(ctx, 400, keep_alive, "send {\"user\":\"<id>\"}\n", out);
    buf_fini(&id);
    buf_fini(&answer);
}

void demo_request(struct edge *e, const struct http_request *r)
{
    int status = allowed(e->ctx, r);
    struct http_body reader = {0};
    if (!status && http_body_start(&reader, r, DEMO_BODY_BYTES_MAX) != KITH_OK) status = 413;
    if (status) {
        out_refuse(e, status,
                   "refused: open the demo page by localhost or 127.0.0.1, and let it ask\n");
        return;
    }
    e->body = calloc(1, sizeof *e->body);
    if (!e->body) {
        out_refuse(e, 503, "server busy, try again\n");
        return;
    }
    e->body->reader = reader;
    e->body->keep_alive = r->keep_alive;
    e->phase = EDGE_BODY;
    if (!r->chunked && r->content_length == 0) (void)demo_body(e, (kith_slice){0}); /* none comes */
}

size_t demo_body(struct edge *e, kith_slice bytes)
{
    size_t used = 0;
    int status = 0;
    struct buf out = {0};
    switch (
        http_body(&e->body->reader, bytes, DEMO_BODY_BYTES_MAX, &e->body->bytes, &used, &status)) {
    case HTTP_MORE: return used;
    case HTTP_FAIL: out_refuse(e, status, "malformed body\n"); return bytes.len;
    case HTTP_DONE: break;
    }
    bool keep_alive = e->body->keep_alive;
    answer(e->ctx, buf_slice(&e->body->bytes), keep_alive, &out);
    demo_gone(e);
    e->phase = EDGE_HTTP;
    e->since_ms = e->ctx->world->now.mono_ms;
    out_buf(e, &out);
    if (!keep_alive) out_end(e);
    return used;
}
