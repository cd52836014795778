/* edge/api.c -- one request of the REST API, from its head to its answer. */
#include "edge/api.h"

#include "base/ids.h"
#include "edge/api_state.h"
#include "edge/ops.h"
#include "edge/out.h"
#include "edge/socket.h"
#include "edge/token.h"
#include "shard/cluster_calls.h"

#include <stdio.h>
#include <stdlib.h>

static struct world *world(const struct edge *e) { return e->ctx->world; }

static void forget(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    if (!x) return;
    api_note(e);
    buf_fini(&x->asked.body);
    buf_fini(&x->asked.query);
    buf_fini(&x->asked.names);
    buf_fini(&x->people.ids);
    buf_fini(&x->people.others);
    buf_fini(&x->got.a);
    buf_fini(&x->got.b);
    buf_fini(&x->got.c);
    api_import_free(x->import);
    free(x);
    e->exchange = NULL;
}

void api_leave(struct edge *e)
{
    forget(e);
    e->phase = EDGE_HTTP;
    e->since_ms = world(e)->now.mono_ms;
}

/* Calls */

struct mail *api_call(enum call_kind what, kith_slice a, kith_slice b)
{
    struct mail *m = mail_new(MAIL_CALL, a, b, (kith_slice){0});
    if (m) m->call = what;
    return m;
}

/* True: it is on its way to somebody who will answer. */
static bool name_caller(struct edge *e, struct mail *m)
{
    struct api_exchange *x = e->exchange;
    if (!m) {
        x->got.err = x->got.err ? x->got.err : KITH_NOMEM;
        return false;
    }
    m->handle = clients_handle(world(e)->clients, e->slot);
    m->serial = e->asked;
    x->got.awaited++;
    return true;
}

void api_call_store(struct edge *e, struct mail *m)
{
    if (!name_caller(e, m)) return;
    m->operators = m->type == MAIL_RULE;
    world_want(world(e), m);
}

void api_call_home(struct edge *e, unsigned shard, struct mail *m)
{
    if (name_caller(e, m)) (void)call_send(world(e), shard, m);
}

/* Other nodes' shards too; what they are asked is answered by each node once. */
static void call_peers(struct edge *e, enum call_kind what, kith_slice a, kith_slice b,
                       kith_slice c)
{
    struct mail *m = mail_new(MAIL_CALL, a, b, c);
    uint32_t asked;
    if (!name_caller(e, m)) return;
    m->call = what;
    /* What could not be asked of the others does not hold there: it has failed. */
    if (cluster_call(world(e), m, &asked)) e->exchange->got.err = KITH_NOMEM;
    e->exchange->got.awaited += asked;
    e->exchange->got.awaited--; /* of this mail itself */
    mail_free(m);
}

void api_call_all(struct edge *e, enum call_kind what, kith_slice a, kith_slice b, kith_slice c)
{
    for (unsigned shard = 0; shard < world(e)->o.count; shard++) {
        struct mail *m = mail_new(MAIL_CALL, a, b, c);
        if (m) m->call = what;
        api_call_home(e, shard, m);
    }
    if (world(e)->cluster) call_peers(e, what, a, b, c);
}

/* Goes on as long as nobody is waited for. */
static void settle(struct edge *e)
{
    for (struct api_exchange *x;
         (x = e->exchange) && e->phase == EDGE_API && !x->got.awaited && !x->reply.rests;) {
        if (x->got.a.failed || x->got.b.failed || x->got.c.failed) x->got.err = KITH_NOMEM;
        if (x->got.err)
            api_failed(e, x->got.err);
        else
            x->done(e);
    }
}

void api_answered(struct edge *e, struct mail *m)
{
    bool waits = e && e->phase == EDGE_API && e->asked == m->serial;
    if (waits) {
        struct api_exchange *x = e->exchange;
        x->got.awaited--;
        if (m->failed) {
            x->got.err = x->got.err ? x->got.err : (kith_err)m->err;
        } else {
            x->got.number += m->number;
            buf_put(&x->got.a, mail_a(m));
            buf_put(&x->got.b, mail_b(m));
            buf_put(&x->got.c, mail_c(m));
        }
        settle(e);
    }
    mail_free(m);
}

static void ask(struct edge *e)
{
    e->phase = EDGE_API;
    e->since_ms = world(e)->now.mono_ms;
    e->exchange->route->start(e);
    settle(e);
}

/* Requests */

/* Of a graph there is never more in memory than a piece. */
static size_t body_max(const struct api_exchange *x)
{
    return x->route->body == GRAPH_BODY ? SIZE_MAX / 2 : API_BODY_BYTES_MAX;
}

enum api_role api_role_shown(const struct edge *e, const struct http_request *r)
{
    kith_slice authorization = {0};
    kith_err err = http_header(r, "authorization", &authorization);
    return err ? API_NONE : api_keys_role(e->ctx->options->api_keys, authorization);
}

bool api_is_open(const struct edge_options *o) { return o->auth_none || o->demo; }

static enum api_role role_of(const struct edge *e)
{
    return api_is_open(e->ctx->options) ? API_ADMIN : (enum api_role)e->role;
}

static void role_too_low(struct edge *e, enum api_role has)
{
    static const char *const names[] = {
        [API_READ] = "read", [API_WRITE] = "write", [API_ADMIN] = "admin"};
    char detail[96];
    (void)snprintf(detail, sizeof detail,
                   "this key may not do that: its role is %s, and that takes %s", names[has],
                   names[e->exchange->route->role]);
    api_problem(e, 403, "role", detail);
}

#define SEND_KEY "send authorization: Bearer and the secret of a [key NAME] of the server's config"

static bool may(struct edge *e, const struct http_request *r)
{
    enum api_role role = e->exchange->role;
    if (role >= e->exchange->route->role) return true;
    kith_slice shown;
    if (role != API_NONE)
        role_too_low(e, role);
    else if (http_header(r, "authorization", &shown) == KITH_NONE)
        api_problem(e, 401, "no_key", SEND_KEY);
    else
        api_problem(e, 401, "no_key", "this key is not known: " SEND_KEY);
    return false;
}

static const char too_large[] = "the body has more than 2 MiB";

/* NULL, or why the body is not of the type that its route takes. */
static const char *type_fault(struct api_exchange *x, const struct http_request *r)
{
    kith_slice coding;
    if (x->route->body == NO_BODY) return http_has_body(r) ? "this path takes no body" : NULL;
    if (http_header(r, "content-encoding", &coding) != KITH_NONE)
        return "send the body as it is, without a content-encoding";
    if (!http_charset_is_utf8(r)) return "send the body in UTF-8";
    if (x->route->body == JSON_BODY)
        return http_type_is(r, "application/json") ? NULL : "send content-type: application/json";
    x->asked.ndjson = http_type_is(r, "application/x-ndjson");
    return x->asked.ndjson || http_type_is(r, "text/plain")
               ? NULL
               : "send content-type: text/plain, or application/x-ndjson";
}

/* NULL, or why the body is not read. */
static const char *body_fault(struct api_exchange *x, const struct http_request *r, int *status)
{
    const char *fault = type_fault(x, r);
    *status = x->route->body == NO_BODY ? 400 : 415;
    if (fault) return fault;
    *status = 413;
    bool fits = http_body_start(&x->asked.reader, r, body_max(x)) == KITH_OK;
    return fits ? NULL : too_large;
}

/* False: it has been refused. */
static bool take_path(struct edge *e, const struct http_request *r)
{
    struct api_exchange *x = e->exchange;
    struct buf methods = {0};
    kith_err err = api_route_find(r, &x->route, &x->asked.names, &methods);
    bool good = false;
    if (err == KITH_NONE)
        api_problem(e, 404, "no_path", "there is no such path: see /v1/openapi.json");
    else if (err == KITH_REFUSED)
        api_not_allowed(e, buf_slice(&methods));
    else if (err == KITH_NOMEM || x->asked.query.failed)
        api_failed(e, KITH_NOMEM);
    else if (may(e, r) && !(good = !err))
        api_problem(e, 400, "bad_id", "a user id is 1 to 128 bytes of UTF-8 without NUL");
    buf_fini(&methods);
    return good;
}

static void take_type(struct edge *e, const struct http_request *r)
{
    struct api_exchange *x = e->exchange;
    int status;
    const char *fault = body_fault(x, r, &status);
    kith_slice names = buf_slice(&x->asked.names);
    if (!api_query_fits(e)) return;
    if (fault) {
        api_problem(e, status, status == 413 ? "too_large" : "bad_body", fault);
        return;
    }
    (void)ids_next(&names, &x->asked.user);
    (void)ids_next(&names, &x->asked.other);
    e->phase = EDGE_API_BODY;
}

/* Before the body is read, so that a stranger's is not. */
static void take_head(struct edge *e, const struct http_request *r)
{
    const char *foreign = ops_foreign(e->ctx, r);
    e->exchange->role = role_of(e);
    if (foreign)
        api_problem(e, 403, "foreign", foreign);
    else if (take_path(e, r))
        take_type(e, r);
}

/* All that can be refused has been. */
static void begin(struct edge *e, const struct http_request *r)
{
    struct api_exchange *x = e->exchange;
    if (x->route->body == GRAPH_BODY && !api_import_begin(e)) return;
    x->reply.keep_alive = r->keep_alive;
    x->done = x->route->done;
    if (x->route->body == NO_BODY) {
        x->asked.ndjson = http_has_token(r, "accept", "application/x-ndjson");
        ask(e);
    } else if (http_has_body(r) && http_has_token(r, "expect", "100-continue")) {
        out_frame(e, frame_of(KITH_LIT("HTTP/1.1 100 Continue\r\n\r\n")));
        if (e->phase == EDGE_DONE) api_stream_cut(e);
    } else if (!http_has_body(r)) {
        (void)api_body(e, (kith_slice){0});
    }
}

void api_request(struct edge *e, const struct http_request *r)
{
    struct api_exchange *x = e->exchange = calloc(1, sizeof *x);
    e->asked++; /* what is late of the request before is none of this one's */
    if (!x) {
        out_refuse(e, 503, "server busy, try again\n");
        return;
    }
    /* What comes behind the head of a request that is refused is not told apart from its body. */
    x->reply.keep_alive = r->keep_alive && !http_has_body(r);
    x->reply.head = slice_is(r->method, "HEAD");
    x->reply.chunked = r->minor > 0;
    x->reply.since_us = world(e)->now.mono_us;
    api_request_id(e, r);
    buf_put(&x->asked.query, r->query);
    take_head(e, r);
    if (e->phase == EDGE_API_BODY) begin(e, r);
}

static void body_failed(struct edge *e, int status)
{
    e->exchange->reply.keep_alive = false; /* where it ends is not known */
    if (status == 503)
        api_failed(e, KITH_NOMEM);
    else if (status == 413)
        api_problem(e, status, "too_large", too_large);
    else
        api_problem(e, status, "bad_body", "the body's chunks are none");
}

size_t api_body(struct edge *e, kith_slice bytes)
{
    struct api_exchange *x = e->exchange;
    size_t used = 0;
    int status = 0;
    enum http_result result =
        http_body(&x->asked.reader, bytes, body_max(x), &x->asked.body, &used, &status);
    if (result == HTTP_FAIL) {
        body_failed(e, status);
        return bytes.len;
    }
    if (x->import) {
        if (result == HTTP_DONE) api_import_ended(x);
        (void)api_import_take(e, used);
        settle(e);
    } else if (result == HTTP_DONE) {
        ask(e);
    }
    return used;
}

/* Ends */

uint64_t api_tick(struct edge *e)
{
    uint64_t deadline = e->since_ms + API_WAIT_MS;
    if (e->exchange->reply.rests)
        return UINT64_MAX; /* a client that takes nothing is cut otherwise */
    if (world(e)->now.mono_ms < deadline) return deadline;
    api_problem(e, 504, "timeout",
                "no answer in time: a change may have been made, and can be made again");
    return world(e)->now.mono_ms + e->ctx->options->handshake_ms;
}

/* A graph takes as long as it takes, while it comes. */
uint64_t api_body_tick(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    uint64_t now = world(e)->now.mono_ms, in_ms = e->ctx->options->handshake_ms;
    uint64_t deadline = x->import ? api_import_deadline(e) : e->since_ms + in_ms;
    if (now < deadline) return deadline;
    x->reply.keep_alive = false;
    api_problem(e, 408, "late",
                x->import ? "the body stopped coming, or came by next to nothing"
                          : "the body did not come in time: send it at once");
    return now;
}

void api_shutdown(struct edge *e)
{
    e->exchange->reply.keep_alive = false;
    api_problem(e, 503, "stopping", "the server is going away: try again");
}

void api_gone(struct edge *e) { forget(e); }

void api_drained(struct edge *e)
{
    if (!e->exchange->reply.rests) return;
    e->since_ms = world(e)->now.mono_ms;
    api_export_go_on(e);
    settle(e);
}
