/* edge/longpoll.c -- long-polls as a connection sees them. */
#include "edge/longpoll.h"

#include "edge/out.h"
#include "edge/poll.h"
#include "edge/upgrade.h"
#include "wire/longpoll.h"

#include <stdlib.h>

/* Any page may read the answers: one that may not connect gets a refusal. */
#define HEADERS                                                                                    \
    "cache-control: max-age=0, private, must-revalidate\r\naccess-control-allow-origin: *\r\n"

/* A request that is not answered yet. */
struct longpoll {
    struct poll_name session;
    struct http_body reader; /* of a POST */
    struct buf body;
    bool keep_alive, post, of_lines;
};

static void forget(struct edge *e)
{
    if (!e->longpoll) return;
    buf_fini(&e->longpoll->body);
    free(e->longpoll);
    e->longpoll = NULL;
}

/* Answers */

static void respond(struct edge *e, bool keep_alive, struct http_response *r)
{
    struct buf out = {0};
    r->keep_alive = keep_alive;
    r->unix_s = e->ctx->world->now.unix_ms / 1000;
    http_respond(&out, r);
    out_buf(e, &out);
    if (!keep_alive) out_end(e);
}

static void respond_json(struct edge *e, bool keep_alive, int http_status, const struct buf *body)
{
    respond(e, keep_alive && !body->failed,
            &(struct http_response){.status = body->failed ? 503 : http_status,
                                    .content_type = "application/json; charset=utf-8",
                                    .headers = HEADERS,
                                    .body = buf_slice(body)});
}

static void respond_status(struct edge *e, bool keep_alive, int http_status, int status)
{
    struct buf body = {0};
    longpoll_put_status(&body, status, 0);
    respond_json(e, keep_alive, http_status, &body);
    buf_fini(&body);
}

/* There is no room or no memory. Clients that find no JSON come back after a while. */
static void respond_busy(struct edge *e)
{
    respond(e, false,
            &(struct http_response){.status = 503, .headers = HEADERS "retry-after: 5\r\n"});
}

/* A request that waited is over: what follows it may be read. */
static bool leave(struct edge *e)
{
    bool keep_alive = e->longpoll->keep_alive;
    forget(e);
    e->phase = EDGE_HTTP;
    e->since_ms = edge_mono_ms(e);
    return keep_alive;
}

/* Requests to the session */

static bool pass_on(struct edge *e, struct mail *m)
{
    const struct poll_name *to = &e->longpoll->session;
    if (m) {
        m->handle = to->handle;
        m->poll = to->number;
        m->connection = clients_handle(e->ctx->world->clients, e->slot);
        m->serial = e->asked;
    }
    return poll_pass(e->ctx->world, to->handle ? to->shard : e->ctx->world->o.id, m);
}

static void ask(struct edge *e, struct mail *m)
{
    e->asked++;
    if (pass_on(e, m)) {
        e->phase = EDGE_POLL;
        e->since_ms = edge_mono_ms(e);
    } else {
        forget(e);
        respond_busy(e);
    }
}

static bool remember(struct edge *e, const struct http_request *r)
{
    e->longpoll = calloc(1, sizeof *e->longpoll);
    if (e->longpoll) e->longpoll->keep_alive = r->keep_alive;
    return e->longpoll;
}

/* The session of this mount that a request names, and the query without its token. False: it names
 * none. */
static bool session_named(const struct edge *e, const struct edge_mount *mount, kith_slice query,
                          struct poll_name *name, struct buf *rest)
{
    const struct edge_options *options = e->ctx->options;
    struct longpoll_token t = longpoll_token(query);
    bool known = t.value.ptr && poll_token_read(&options->poll_keys, t.value, name) &&
                 name->shard < e->ctx->world->o.count && mount == &options->mounts[name->mount];
    if (t.value.ptr && t.first && !known) {
        buf_put(rest, query); /* it is the token of a connect */
    } else {
        buf_put(rest, t.before);
        buf_put(rest, t.after);
    }
    return known;
}

static void get(struct edge *e, const struct edge_mount *mount, const struct http_request *r)
{
    struct buf query = {0};
    struct poll_name name;
    kith_slice token = {0};
    if (http_header(r, "x-phoenix-authtoken", &token) == KITH_EXISTS) {
        respond_status(e, r->keep_alive, 200, 403);
        return;
    }
    bool known = session_named(e, mount, r->query, &name, &query);
    if (query.failed || !remember(e, r)) {
        respond_busy(e);
    } else {
        struct mail *m = mail_new(MAIL_POLL, buf_slice(&query), token, (kith_slice){0});
        if (m) m->mount = (uint64_t)(mount - e->ctx->options->mounts);
        if (m) m->crowd = e->crowd;
        if (known) e->longpoll->session = name;
        ask(e, m);
    }
    buf_fini(&query);
}

static void post(struct edge *e, const struct edge_mount *mount, const struct http_request *r)
{
    struct buf query = {0};
    struct poll_name name;
    struct http_body reader;
    kith_slice type = {0};
    bool typed = http_header(r, "content-type", &type) == KITH_OK;
    /* A stranger's body is not waited for. */
    if (!session_named(e, mount, r->query, &name, &query)) {
        respond_status(e, !r->chunked && r->content_length == 0 && r->keep_alive, 200, 410);
    } else if (http_body_start(&reader, r, e->ctx->options->message_bytes_max) != KITH_OK) {
        respond_status(e, false, 413, 413);
    } else if (!remember(e, r)) {
        respond_busy(e);
    } else {
        e->longpoll->session = name;
        e->longpoll->post = true;
        e->longpoll->of_lines = typed && longpoll_is_ndjson(type);
        e->longpoll->reader = reader;
        e->phase = EDGE_POST;
        if (!r->chunked && r->content_length == 0) longpoll_body(e, (kith_slice){0});
    }
    buf_fini(&query);
}

static void refuse_body(struct edge *e, int http_status)
{
    forget(e);
    respond_status(e, false, http_status, http_status);
}

size_t longpoll_body(struct edge *e, kith_slice bytes)
{
    struct longpoll *l = e->longpoll;
    size_t used = 0;
    int status = 0;
    switch (http_body(&l->reader, bytes, e->ctx->options->message_bytes_max, &l->body, &used,
                      &status)) {
    case HTTP_MORE: return used;
    case HTTP_FAIL: refuse_body(e, status); return bytes.len;
    case HTTP_DONE: break;
    }
    struct mail *m =
        mail_new(MAIL_POLL_POST, (kith_slice){0}, (kith_slice){0}, buf_slice(&l->body));
    if (m) m->of_lines = l->of_lines;
    buf_fini(&l->body);
    ask(e, m);
    return used;
}

size_t longpoll_bytes(const struct edge *e) { return e->longpoll->body.len; }

void longpoll_refuse(struct edge *e)
{
    forget(e);
    respond_busy(e);
}

/* A browser's question whether it may: yes, from an origin that passed. */
static void options(struct edge *e, const struct http_request *r)
{
    struct buf headers = {0};
    kith_slice wanted = {0};
    buf_puts(&headers, HEADERS "access-control-allow-methods: get, post, options\r\n"
                               "access-control-max-age: 3600\r\n");
    if (http_header(r, "access-control-request-headers", &wanted) == KITH_OK && wanted.len)
        http_put_header(&headers, "access-control-allow-headers", wanted);
    buf_putc(&headers, 0);
    if (headers.failed)
        respond_busy(e);
    else
        respond(e, r->keep_alive,
                &(struct http_response){.status = 200, .headers = (const char *)headers.ptr});
    buf_fini(&headers);
}

void longpoll_request(struct edge *e, const struct edge_mount *mount, const struct http_request *r)
{
    bool has_body = http_has_body(r);
    bool is_post = slice_is(r->method, "POST");
    if (has_body && !is_post)
        respond(e, false, &(struct http_response){.status = 400, .headers = HEADERS});
    else if (!upgrade_origin(e->ctx->options, mount, r))
        respond_status(e, r->keep_alive && !has_body, 200, 403);
    else if (is_post)
        post(e, mount, r);
    else if (slice_is(r->method, "GET"))
        get(e, mount, r);
    else if (slice_is(r->method, "OPTIONS"))
        options(e, r);
    else
        respond(e, r->keep_alive, &(struct http_response){.status = 400, .headers = HEADERS});
}

/* What becomes of a request that waits */

/* 204 for a GET, with its token; a POST that its session has not taken in time. */
static void put_late(const struct edge *e, struct buf *body)
{
    char token[POLL_TOKEN_LEN];
    if (e->longpoll->post) {
        longpoll_put_status(body, 408, 0);
        return;
    }
    poll_token_write(&e->ctx->options->poll_keys, &e->longpoll->session, token);
    longpoll_begin(body);
    longpoll_end(body, 204, slice_of(token, sizeof token));
}

uint64_t longpoll_tick(struct edge *e)
{
    uint64_t deadline = e->since_ms + e->ctx->options->longpoll_ms;
    struct buf body = {0};
    if (edge_mono_ms(e) < deadline) return deadline;
    put_late(e, &body);
    respond_json(e, leave(e), 200, &body);
    buf_fini(&body);
    return edge_mono_ms(e) + e->ctx->options->handshake_ms;
}

void longpoll_shutdown(struct edge *e)
{
    if (e->phase == EDGE_POLL) respond_status(e, false, 200, 500);
    forget(e);
    out_end(e);
}

void longpoll_gone(struct edge *e)
{
    if (e->phase == EDGE_POLL && !e->longpoll->post)
        pass_on(e, mail_new(MAIL_POLL_GONE, (kith_slice){0}, (kith_slice){0}, (kith_slice){0}));
    forget(e);
}

/* False: it is not (any more) what the connection waits for, or there is no memory for it. */
static bool give(struct edge *e, const struct mail *m)
{
    struct buf out = {0};
    if (!e || e->phase != EDGE_POLL || e->asked != m->serial) return false;
    bool keep_alive = leave(e), busy = m->status == 503;
    if (m->anew) edge_has_asked(e);
    if (busy) {
        respond_busy(e);
        return true;
    }
    http_respond(&out, &(struct http_response){.status = (int)m->status,
                                               .content_type = "application/json; charset=utf-8",
                                               .headers = HEADERS,
                                               .body = mail_c(m),
                                               .keep_alive = keep_alive,
                                               .unix_s = e->ctx->world->now.unix_ms / 1000});
    struct frame *f = out.failed ? NULL : frame_of(buf_slice(&out));
    bool given = f;
    buf_fini(&out);
    out_frame(e, f);
    if (!keep_alive) out_end(e);
    return given;
}

void longpoll_answered(struct world *w, struct edge *e, struct mail *m)
{
    m->failed = !give(e, m);
    if (!m->taken_by) {
        mail_free(m);
        return;
    }
    /* It goes back as it is, so that no want of memory can keep the session from hearing. */
    m->type = MAIL_POLL_TAKEN;
    poll_pass(w, m->from, m);
}
