/* edge/pages.c -- pages, and the demo's tokens. */
#include "edge/pages.h"

#include "wire/json.h"

#define PAGE_HEADERS                                                                               \
    "cache-control: no-cache\r\nx-content-type-options: nosniff\r\nreferrer-policy: "              \
    "no-referrer\r\n"                                                                              \
    "content-security-policy: default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; "  \
    "form-action 'none'; frame-ancestors 'none'\r\n"

enum { DEMO_TOKEN_TTL_S = 3600 };

static bool reads(const struct http_request *r)
{
    return slice_is(r->method, "GET") || slice_is(r->method, "HEAD");
}

void respond_text(const struct edge_context *ctx, int status, bool keep_alive, const char *text,
                  struct buf *out)
{
    http_respond(out, &(struct http_response){.status = status,
                                              .content_type = "text/plain; charset=utf-8",
                                              .body = slice_str(text),
                                              .keep_alive = keep_alive,
                                              .unix_s = ctx->world->now.unix_ms / 1000});
}

static const struct kith_page *find(const struct edge_options *options, kith_slice path)
{
    for (size_t i = 0; i < options->page_count; i++)
        if (slice_is(path, options->pages[i].path)) return &options->pages[i];
    return NULL;
}

void pages_get(struct edge_context *ctx, const struct http_request *r, struct buf *out)
{
    const struct kith_page *page = find(ctx->options, r->path);
    bool to_demo = ctx->options->demo && (slice_is(r->path, "/") || slice_is(r->path, "/demo"));
    struct http_response answer = {.status = 200,
                                   .headers = PAGE_HEADERS,
                                   .keep_alive = r->keep_alive,
                                   .head_only = slice_is(r->method, "HEAD"),
                                   .unix_s = ctx->world->now.unix_ms / 1000};
    if (to_demo && reads(r)) {
        answer.status = 302;
        answer.headers = "location: /demo/\r\n";
    } else if (!page) {
        answer.status = 404;
        answer.headers = NULL;
        answer.content_type = "text/plain; charset=utf-8";
        answer.body = KITH_LIT("not found");
    } else if (!reads(r)) {
        answer.status = 405;
        answer.headers = "allow: GET, HEAD\r\n";
    } else {
        answer.content_type = page->content_type;
        answer.body = page->bytes;
    }
    http_respond(out, &answer);
}

static bool is_json(kith_slice content_type)
{
    kith_slice type;
    slice_cut(content_type, ';', &type);
    while (type.len && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t'))
        type.len--;
    return slice_eq_nocase(type, KITH_LIT("application/json"));
}

int demo_token_allowed(const struct edge_context *ctx, const struct http_request *r)
{
    kith_slice origin = {0}, type;
    if (!ctx->options->demo) return 404;
    /* A page elsewhere may make a browser post here, and may have a name that leads here (DNS
     * rebinding): the origin must be ours, and the host this machine. */
    kith_err e = http_header(r, "origin", &origin);
    if (e == KITH_EXISTS || !origin_host_is_loopback(r->host)) return 403;
    if (e == KITH_OK && !origin_allowed(&(struct origins){0}, origin, r->host)) return 403;
    return http_header(r, "content-type", &type) == KITH_OK && is_json(type) ? 0 : 415;
}

void demo_token(struct edge_context *ctx, kith_slice body, bool keep_alive, struct buf *out)
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
