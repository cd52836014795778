/* edge/edge.c -- one client's stack without its socket. */
#include "edge/edge.h"

#include "edge/api.h"
#include "edge/demo.h"
#include "edge/longpoll.h"
#include "edge/ops.h"
#include "edge/out.h"
#include "edge/pages.h"
#include "edge/session.h"
#include "edge/upgrade.h"
#include "edge/whence.h"

_Static_assert(API_ADMIN <= 3, "a role has two bits");
_Static_assert(REQUESTS_AT_ONCE <= UINT8_MAX, "as wide as an edge counts them");

static struct clients *clients(const struct edge *e) { return e->ctx->world->clients; }

void edge_init(struct edge *e, struct edge_context *ctx, uint32_t slot)
{
    *e = (struct edge){.ctx = ctx, .slot = slot, .phase = EDGE_HTTP};
    e->since_ms = e->received_ms = edge_mono_ms(e);
}

void edge_fini(struct edge *e, uint32_t grace_ms)
{
    if (e->phase == EDGE_POST || e->phase == EDGE_POLL)
        longpoll_gone(e);
    else if (e->phase == EDGE_API_BODY || e->phase == EDGE_API)
        api_gone(e);
    else
        demo_gone(e);
    session_free(e->session, grace_ms);
    e->session = NULL;
    ws_in_fini(&e->ws);
    whence_end(e);
}

void edge_close(struct edge *e, uint16_t code, uint32_t grace_ms)
{
    kith_slice user = e->session ? socket_user(&e->session->socket) : (kith_slice){0};
    notes_user(e->ctx->world->notes, "a socket is closed", user, code);
    out_frame(e, ws_close_frame(code));
    session_free(e->session, grace_ms);
    e->session = NULL;
    out_end(e);
}

static const char *headers_of_refusal(int status)
{
    switch (status) {
    case 426: return "sec-websocket-version: 13\r\nupgrade: websocket\r\n";
    case 429: return "retry-after: 5\r\n";
    default: return NULL;
    }
}

static void refuse_upgrade(struct edge *e, const struct upgrade *u)
{
    struct buf out = {0};
    upgrade_note_refused(e->ctx->world, u);
    notes_user(e->ctx->world->notes, "an upgrade is refused", (kith_slice){0}, u->status);
    http_respond(&out, &(struct http_response){.status = u->status,
                                               .headers = headers_of_refusal(u->status),
                                               .body = slice_str(u->problem),
                                               .unix_s = e->ctx->world->now.unix_ms / 1000});
    out_buf(e, &out);
    out_end(e);
}

/* `mount` NULL: the /echo path. */
static void open_socket(struct edge *e, const struct http_request *r,
                        const struct edge_mount *mount)
{
    struct upgrade u = {0};
    struct buf out = {0};
    if (mount)
        upgrade_socket(e->ctx, mount, r, &u);
    else
        upgrade_headers(r, &u);
    if (u.status == 101 && mount)
        e->session =
            session_new(&u.socket, &(struct session_options){.vsn = u.vsn,
                                                             .slot = e->slot,
                                                             .device = u.device,
                                                             .hidden = u.hidden,
                                                             .expires_at_ms = u.expires_at_ms});
    if (e->session) u.socket.mount = NULL; /* taken over */
    if (u.status != 101) {
        refuse_upgrade(e, &u);
    } else if (mount && !e->session) {
        out_refuse(e, 503, "server busy, try again\n");
    } else {
        e->ws = (struct ws_in){.message_bytes_max = e->ctx->options->message_bytes_max};
        e->phase = mount ? EDGE_SOCKET : EDGE_ECHO;
        e->since_ms = 0;
        upgrade_respond(&u, e->ctx->world->now.unix_ms / 1000, &out);
        out_buf(e, &out); /* without memory for it the edge is done */
    }
    upgrade_fini(&u);
}

static void plain_request(struct edge *e, const struct http_request *r)
{
    struct buf out = {0};
    bool body = http_has_body(r);
    if (body && !e->ctx->api) {
        out_refuse(e, 413, "no body is taken here\n");
        return;
    }
    if (e->ctx->api)
        ops_get(e->ctx, r, &out);
    else
        pages_get(e->ctx, r, &out);
    out_buf(e, &out);
    if (!r->keep_alive || body) out_end(e);
}

/* On the operators' listener. */
static void operator_request(struct edge *e, const struct http_request *r)
{
    e->role = api_role_shown(e, r) & 3;
    if (slice_starts(r->path, KITH_LIT("/v1/")))
        api_request(e, r);
    else
        plain_request(e, r);
}

/* The sockets whose path, with `transport` behind it, this is; or NULL. */
static const struct edge_mount *mount_at(const struct edge_options *options, kith_slice path,
                                         const char *transport)
{
    for (size_t i = 0; i < options->mount_count; i++) {
        kith_slice base = slice_str(options->mounts[i].behaviour->path);
        if (slice_starts(path, base) && slice_is(slice_from(path, base.len), transport))
            return &options->mounts[i];
    }
    return NULL;
}

static void request(struct edge *e, const struct http_request *r)
{
    const struct edge_options *options = e->ctx->options;
    if (e->ctx->api) {
        operator_request(e, r);
        return;
    }
    const struct edge_mount *sockets = mount_at(options, r->path, "/websocket"),
                            *polls = mount_at(options, r->path, "/longpoll");
    if (sockets && sockets->behaviour->transports != KITH_LONGPOLL_ONLY)
        open_socket(e, r, sockets);
    else if (polls && polls->behaviour->transports != KITH_WEBSOCKET_ONLY)
        longpoll_request(e, polls, r);
    else if (options->echo && slice_is(r->path, "/echo"))
        open_socket(e, r, NULL);
    else if (options->demo && slice_is(r->path, "/demo/token") && slice_is(r->method, "POST"))
        demo_request(e, r);
    else
        plain_request(e, r);
}

_Static_assert(HTTP_LINE_BYTES_MAX == 8192 && HTTP_HEAD_BYTES_MAX == 16384, "said below");

/* What can be said of a head that is none. */
static const char *fault_of(const struct edge *e, int status)
{
    switch (status) {
    case 414:
        return e->ctx->api ? "the request line has over 8192 bytes\n"
                           : "the request line has over 8192 bytes: send the token as authToken\n";
    case 431: return "the request's head has over 16384 bytes: send less, as of cookies\n";
    default: return "malformed request\n";
    }
}

/* What it has asked is made good by the time since then. */
static void begin_request(struct edge *e)
{
    uint64_t good = (edge_mono_ms(e) - e->since_ms) / REQUEST_MS;
    e->ahead = good < e->ahead ? (uint8_t)(e->ahead - good) : 0;
    e->since_ms = edge_mono_ms(e);
}

static size_t feed_http(struct edge *e, kith_slice bytes)
{
    struct http_request r;
    size_t used = 0;
    int status = 0;
    switch (http_head(bytes, e->head_seen, &r, &used, &status)) {
    case HTTP_MORE:
        if (e->kept && !e->head_seen) begin_request(e); /* only now */
        e->head_seen = (uint32_t)bytes.len & 0x7fff;    /* no longer than a head may be */
        return 0;
    case HTTP_FAIL: out_refuse(e, status, fault_of(e, status)); return bytes.len;
    case HTTP_DONE: break;
    }
    e->head_seen = 0;
    e->kept = true;
    begin_request(e);
    if (whence_admit(e, &r)) request(e, &r);
    if (e->phase == EDGE_HTTP) edge_has_asked(e);
    return used;
}

static void echo(struct edge *e, enum ws_opcode op, kith_slice payload)
{
    struct frame *f = ws_frame_new(op, payload.len);
    if (f && payload.len) memcpy(f->bytes + f->body_at, payload.ptr, payload.len);
    out_frame(e, f);
}

static void message(struct edge *e, enum ws_event event, kith_slice payload)
{
    if (e->phase == EDGE_ECHO) {
        echo(e, event == WS_TEXT ? WS_OP_TEXT : WS_OP_BINARY, payload);
        return;
    }
    /* The message lies in the input, or in the decoder's own buffer: ours to change either way. */
    kith_err err = event == WS_TEXT
                       ? session_text(e->session, (uint8_t *)(uintptr_t)payload.ptr, payload.len)
                       : session_binary(e->session, payload);
    if (err) edge_close(e, WS_CODE_INTERNAL, e->ctx->options->grace_ms);
    (void)session_news(e->ctx->world);
}

/* An empty frame, and one that says nothing, is looked at like any other. Its own frame a message
 * pays for itself. */
static void pay_frames(struct edge *e, enum ws_event event, uint32_t frames)
{
    bool message = event == WS_TEXT || event == WS_BINARY;
    if (e->session && frames) session_pay(e->session, frames - message);
}

static size_t feed_ws(struct edge *e, uint8_t *bytes, size_t len, size_t *need)
{
    struct ws_message m = {0};
    size_t used = 0;
    enum ws_event event = ws_feed(&e->ws, bytes, len, &used, need, &m);
    pay_frames(e, event, m.frames);
    if (m.frames && !e->ws.fragment_op) e->since_ms = 0; /* what had begun is whole */
    switch (event) {
    case WS_MORE:
    case WS_PONG: break;
    case WS_TEXT:
    case WS_BINARY:
        message(e, event, m.payload);
        ws_in_fini(&e->ws); /* of fragments: who says no more may stay for long */
        break;
    case WS_PING: echo(e, WS_OP_PONG, m.payload); break;
    case WS_CLOSE:
    case WS_FAIL: edge_close(e, m.code, e->ctx->options->grace_ms); return len;
    }
    return used;
}

static bool overrun(const struct edge *e) { return clients_at(clients(e), e->slot)->overrun; }

bool edge_waits(const struct edge *e)
{
    if (e->phase == EDGE_POLL || e->phase == EDGE_API) return true;
    if (e->session ? session_waits(e->session) : edge_asks_again_ms(e)) return true;
    return e->phase != EDGE_DONE && !overrun(e) && clients_congested(clients(e), e->slot);
}

size_t edge_feed(struct edge *e, uint8_t *bytes, size_t len, size_t *need)
{
    size_t at = 0;
    e->received_ms = edge_mono_ms(e);
    e->pinged = false;
    *need = 0;
    while (at < len && e->phase != EDGE_DONE && !overrun(e) && !edge_waits(e)) {
        size_t used = 0;
        uint8_t phase = e->phase;
        switch ((enum edge_phase)phase) {
        case EDGE_HTTP: used = feed_http(e, slice_of(bytes + at, len - at)); break;
        case EDGE_BODY: used = demo_body(e, slice_of(bytes + at, len - at)); break;
        case EDGE_POST: used = longpoll_body(e, slice_of(bytes + at, len - at)); break;
        case EDGE_API_BODY: used = api_body(e, slice_of(bytes + at, len - at)); break;
        case EDGE_POLL:
        case EDGE_API: break;
        case EDGE_SOCKET:
        case EDGE_ECHO: used = feed_ws(e, bytes + at, len - at, need); break;
        case EDGE_DONE: break;
        }
        at += used;
        if (used == 0 && phase == e->phase) break;
    }
    edge_time_message(e, at < len);
    return e->phase == EDGE_DONE || overrun(e) ? len : at;
}

void edge_settle(struct edge *e)
{
    static const uint16_t codes[] = {[CLOSE_ASKED] = WS_CODE_NORMAL,
                                     [CLOSE_TAKEN_OVER] = WS_CODE_TAKEN_OVER,
                                     [CLOSE_CROWDED] = WS_CODE_NORMAL,
                                     [CLOSE_FULL] = WS_CODE_AGAIN};
    const struct session *s = e->session;
    if (s && s->closing) edge_close(e, codes[s->why], session_closing_grace_ms(s));
}

void edge_drained(struct edge *e)
{
    if (e->phase == EDGE_API) api_drained(e);
}

bool edge_gives_way(const struct edge *e)
{
    return e->role == API_NONE && (e->phase == EDGE_HTTP || e->phase == EDGE_DONE);
}

void edge_renew(struct edge *e)
{
    if (e->ws.message_bytes_max) e->ws.message_bytes_max = e->ctx->options->message_bytes_max;
}

void edge_shutdown(struct edge *e, uint32_t grace_ms)
{
    if (e->phase == EDGE_SOCKET || e->phase == EDGE_ECHO)
        edge_close(e, WS_CODE_RESTART, grace_ms);
    else if (e->phase == EDGE_POST || e->phase == EDGE_POLL)
        longpoll_shutdown(e);
    else if (e->phase == EDGE_API_BODY || e->phase == EDGE_API)
        api_shutdown(e);
    else if (e->phase != EDGE_DONE)
        out_end(e);
}
