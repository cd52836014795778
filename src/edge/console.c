/* edge/console.c -- the console's files. */
#include "edge/console.h"

/* Its scripts and styles are files, and it speaks with this listener alone. */
#define CONSOLE_HEADERS                                                                            \
    "cache-control: no-cache\r\nx-content-type-options: nosniff\r\n"                               \
    "referrer-policy: no-referrer\r\ncross-origin-opener-policy: same-origin\r\n"                  \
    "cross-origin-resource-policy: same-origin\r\n"                                                \
    "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "          \
    "form-action 'self'\r\n"

bool console_has(kith_slice path)
{
    return slice_is(path, "/console") || slice_starts(path, KITH_LIT("/console/"));
}

static const struct kith_page *find(const struct edge_options *options, kith_slice path)
{
    for (size_t i = 0; i < options->console_page_count; i++)
        if (slice_is(path, options->console_pages[i].path)) return &options->console_pages[i];
    return NULL;
}

void console_get(const struct edge_context *ctx, const struct http_request *r,
                 struct http_response *out)
{
    const struct edge_options *options = ctx->options;
    const struct kith_page *page = find(options, r->path);
    if (page) {
        out->status = 200;
        out->headers = CONSOLE_HEADERS;
        out->content_type = page->content_type;
        out->body = page->bytes;
    } else if (options->console_page_count && slice_is(r->path, "/console")) {
        out->status = 302;
        out->headers = "location: /console/\r\n";
    } else {
        out->status = 404;
        out->body = options->console_page_count
                        ? KITH_LIT("not found: the console is at /console/\n")
                        : KITH_LIT("not found: this server was built without the console\n");
    }
}
