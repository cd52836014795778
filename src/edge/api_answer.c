/* edge/api_answer.c -- how the REST API answers: at once, with a problem, or piece by piece. */
#include "edge/api_state.h"
#include "edge/out.h"

#include <stdio.h>

static void count(struct edge *e, int status)
{
    struct stats *s = &e->ctx->world->stats;
    s->api_requests++;
    s->api_requests_refused += status / 100 == 4;
    s->api_requests_failed += status / 100 == 5;
    s->api_keys_refused += status == 401;
    e->exchange->reply.status = status;
}

enum { HEADERS_BYTES = 512 }; /* those of any answer, with the request's id */

/* `headers`, and whose request is answered. */
static const char *with_id(const struct edge *e, const char *headers, char out[HEADERS_BYTES])
{
    int n = snprintf(out, HEADERS_BYTES, "%sx-request-id: %s\r\n", headers, e->exchange->reply.id);
    return n > 0 && n < HEADERS_BYTES ? out : headers;
}

static void respond(struct edge *e, struct http_response *r)
{
    struct buf out = {0};
    char headers[HEADERS_BYTES];
    count(e, r->status);
    r->headers = with_id(e, r->headers, headers);
    bool keep_alive = e->exchange->reply.keep_alive;
    r->head_only = e->exchange->reply.head;
    api_leave(e);
    r->keep_alive = keep_alive;
    r->kept_s = API_KEPT_TOLD_S;
    r->unix_s = e->ctx->world->now.unix_ms / 1000;
    http_respond(&out, r);
    out_buf(e, &out);
    if (!keep_alive) out_end(e);
}

static void put_problem(struct buf *out, int status, const char *code, const char *detail)
{
    buf_printf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",",
               http_status_text(status), status, code);
    buf_puts(out, "\"detail\":");
    json_put_quoted(out, slice_str(detail));
    buf_puts(out, "}\n");
}

/* An answer that has begun can say so only where it is one of lines. */
static void problem_within(struct edge *e, const struct buf *text)
{
    struct buf line = {0};
    buf_puts(&line, "{\"problem\":");
    buf_put(&line, slice_head(buf_slice(text), text->len ? text->len - 1 : 0));
    buf_puts(&line, "}\n");
    if (!e->exchange->import || text->failed || line.failed) {
        api_stream_cut(e);
    } else {
        api_stream(e, NULL, buf_slice(&line));
        if (e->phase != EDGE_DONE) api_stream_end(e);
    }
    buf_fini(&line);
}

static void problem_with(struct edge *e, int status, const char *headers, const struct buf *text)
{
    if (e->exchange && e->exchange->import)
        e->exchange->reply.keep_alive = false; /* more may come */
    if (e->exchange && e->exchange->reply.streams) {
        problem_within(e, text);
        return;
    }
    respond(e, &(struct http_response){.status = text->failed ? 503 : status,
                                       .content_type = "application/problem+json",
                                       .headers = headers,
                                       .body = text->failed ? (kith_slice){0} : buf_slice(text)});
}

void api_problem(struct edge *e, int status, const char *code, const char *detail)
{
    struct buf text = {0};
    put_problem(&text, status, code, detail);
    problem_with(e, status,
                 status == 401   ? API_HEADERS "www-authenticate: Bearer realm=\"kith\"\r\n"
                 : status == 503 ? API_HEADERS "retry-after: 5\r\n"
                                 : API_HEADERS,
                 &text);
    buf_fini(&text);
}

void api_not_allowed(struct edge *e, kith_slice methods)
{
    struct buf text = {0}, headers = {0};
    put_problem(&text, 405, "method_not_allowed", "this path takes other methods: see allow");
    buf_puts(&headers, API_HEADERS "allow: ");
    buf_put(&headers, methods);
    buf_puts(&headers, "\r\n");
    buf_putc(&headers, 0);
    problem_with(e, 405, headers.failed ? API_HEADERS : (const char *)headers.ptr, &text);
    buf_fini(&text);
    buf_fini(&headers);
}

void api_failed(struct edge *e, kith_err err)
{
    switch (err) {
    case KITH_REFUSED:
        api_problem(e, 405, "not_kept_here",
                    "the application keeps its edges itself: change them there");
        break;
    case KITH_FULL:
        api_problem(e, 507, "full", "the disk is full: see to it, then try again");
        break;
    case KITH_EXISTS:
        api_problem(e, 507, "full", "100000 users are barred already: lift some");
        break;
    case KITH_IO:
    case KITH_BAD:
        api_problem(e, 500, "store", "the store could not do it: see the server's log");
        break;
    case KITH_EXPIRED:
        api_problem(e, 503, "store_lost", "the database cannot be reached: try again");
        break;
    case KITH_LATER:
        api_problem(e, 503, "node_silent",
                    "another node did not answer, so that it is not known whether it holds there: "
                    "try again");
        break;
    default: api_problem(e, 503, "busy", "too much waits, or there is no memory: try again"); break;
    }
}

void api_respond(struct edge *e, int status, const struct buf *json)
{
    if (json->failed)
        api_failed(e, KITH_NOMEM);
    else
        respond(e, &(struct http_response){.status = status,
                                           .content_type = "application/json",
                                           .headers = API_HEADERS,
                                           .body = buf_slice(json)});
}

void api_no_content(struct edge *e)
{
    respond(e, &(struct http_response){.status = 204, .headers = API_HEADERS});
}

/* Piece by piece */

static void put_piece(struct edge *e, kith_slice bytes)
{
    struct buf out = {0};
    if (e->exchange->reply.chunked)
        http_put_chunk(&out, bytes);
    else
        buf_put(&out, bytes);
    out_buf(e, &out);
}

void api_stream(struct edge *e, const char *content_type, kith_slice piece)
{
    struct api_exchange *x = e->exchange;
    struct buf out = {0};
    char headers[HEADERS_BYTES];
    if (!x->reply.streams) {
        x->reply.streams = true;
        count(e, 200);
        if (!x->reply.chunked) x->reply.keep_alive = false;
        http_respond_head(&out,
                          &(struct http_response){.status = 200,
                                                  .content_type = content_type,
                                                  .headers = with_id(e, API_HEADERS, headers),
                                                  .keep_alive = x->reply.keep_alive,
                                                  .kept_s = API_KEPT_TOLD_S,
                                                  .unix_s = e->ctx->world->now.unix_ms / 1000},
                          x->reply.chunked);
        out_buf(e, &out);
    }
    if (piece.len && e->phase != EDGE_DONE) put_piece(e, piece);
    if (e->phase == EDGE_DONE) api_stream_cut(e);
}

void api_stream_end(struct edge *e)
{
    if (e->exchange->reply.chunked) put_piece(e, (kith_slice){0});
    bool end = !e->exchange->reply.keep_alive || e->phase == EDGE_DONE;
    api_leave(e);
    if (end) out_end(e);
}

/* Whoever reads sees that the end is missing. */
void api_stream_cut(struct edge *e)
{
    api_leave(e);
    out_end(e);
}
