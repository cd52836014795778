/* edge/pages.c -- what the public listener serves besides sockets. */
#include "edge/pages.h"

#define PAGE_HEADERS                                                                               \
    "cache-control: no-cache\r\nx-content-type-options: nosniff\r\nreferrer-policy: "              \
    "no-referrer\r\n"                                                                              \
    "content-security-policy: default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; "  \
    "form-action 'none'; frame-ancestors 'none'\r\n"

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
    if (to_demo && http_reads(r)) {
        answer.status = 302;
        answer.headers = "location: /demo/\r\n";
    } else if (!page) {
        answer.status = 404;
        answer.headers = NULL;
        answer.content_type = "text/plain; charset=utf-8";
        answer.body = KITH_LIT("not found");
    } else if (!http_reads(r)) {
        answer.status = 405;
        answer.headers = "allow: GET, HEAD\r\n";
    } else {
        answer.content_type = page->content_type;
        answer.body = page->bytes;
    }
    http_respond(out, &answer);
}
