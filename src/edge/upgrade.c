/* edge/upgrade.c -- may this request become a WebSocket, and whose? */
#include "edge/upgrade.h"

#include "shard/bars.h"
#include "shard/full.h"
#include "shard/refusals.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/ws.h"

#include <stdio.h>

void upgrade_fini(struct upgrade *u)
{
    const struct edge_mount *mount = u->socket.mount;
    u->connecting.request = NULL;
    if (mount && mount->behaviour->disconnect) mount->behaviour->disconnect(&u->socket);
    connecting_fini(&u->connecting);
    buf_fini(&u->device_buf);
}

static void refuse(struct upgrade *u, int status, const char *problem)
{
    u->status = status;
    snprintf(u->problem, sizeof u->problem, "%s", problem);
}

/* All of RFC 6455's own fields say something where they are (section 11.3). */
static bool says_nothing(const struct http_request *r)
{
    kith_slice own = KITH_LIT("sec-websocket-");
    for (size_t i = 0; i < r->header_count; i++) {
        const struct http_header *h = &r->headers[i];
        if (h->value.len || h->name.len < own.len) continue;
        if (slice_eq_nocase(slice_head(h->name, own.len), own)) return true;
    }
    return false;
}

void upgrade_headers(const struct http_request *r, struct upgrade *u)
{
    kith_slice protocol, version;
    u->status = 101;
    if (!slice_is(r->method, "GET") || r->minor < 1) {
        refuse(u, 400, "");
    } else if (!http_has_token(r, "connection", "upgrade")) {
        refuse(u, 400, "'connection' header must contain 'upgrade'");
    } else if (!http_has_token(r, "upgrade", "websocket")) {
        refuse(u, 400, "'upgrade' header must contain 'websocket'");
    } else if (http_header(r, "upgrade", &protocol) != KITH_OK) {
        refuse(u, 400, "'upgrade' header is not single");
    } else if (http_header(r, "sec-websocket-version", &version) != KITH_OK ||
               !slice_is(version, "13")) {
        refuse(u, 426, "'sec-websocket-version' header must equal '13'");
    } else if (http_header(r, "sec-websocket-key", &u->key) != KITH_OK) {
        refuse(u, 400, "'sec-websocket-key' header is absent or not single");
    } else if (!ws_key_valid(u->key)) {
        refuse(u, 400, "'sec-websocket-key' header must be base64 of 16 bytes");
    } else if (says_nothing(r)) {
        refuse(u, 400, "a 'sec-websocket-...' header is empty");
    } else if (http_has_body(r)) {
        refuse(u, 400, "an upgrade has no body");
    }
}

/* Where everybody is who it says, a page by a name that is made to lead here (DNS rebinding) is no
 * own one, though its origin is the host's, or not even said. */
static bool is_rebound(const struct edge_options *o, const struct edge_mount *mount,
                       kith_slice host)
{
    bool believes = o->auth_none && !mount->behaviour->connect;
    return believes && host.len && !api_host_allowed(&o->api_hosts, host);
}

bool upgrade_origin(const struct edge_options *o, const struct edge_mount *mount,
                    const struct http_request *r)
{
    kith_slice origin = {0}, host = r->host;
    kith_err e = http_header(r, "origin", &origin);
    if (e == KITH_EXISTS) return false;
    if (e) origin = (kith_slice){0};
    if (is_rebound(o, mount, host)) {
        host = (kith_slice){0};
        if (e) origin = KITH_LIT(""); /* of a page, whichever */
    }
    if (origin_allowed(&mount->origins, origin, host)) return true;
    return mount->configured && origin_allowed(&o->origins, origin, host);
}

/* phoenix.js offers "phoenix, base64url.bearer.phx.<token>": for a WebSocket a browser can send no
 * other header. */
static kith_err protocol_token(const struct http_request *r, struct buf *out)
{
    static const char prefix[] = "base64url.bearer.phx.";
    kith_slice list, item;
    if (http_header(r, "sec-websocket-protocol", &list) != KITH_OK) return KITH_NONE;
    while (list.ptr) {
        list = slice_cut(list, ',', &item);
        while (item.len && (item.ptr[0] == ' ' || item.ptr[0] == '\t'))
            item = slice_from(item, 1);
        if (!slice_starts(item, KITH_LIT("base64url.bearer.phx."))) continue;
        item = slice_from(item, sizeof prefix - 1);
        while (item.len && (item.ptr[item.len - 1] == ' ' || item.ptr[item.len - 1] == '\t'))
            item.len--;
        uint8_t *at = buf_reserve(out, base64_decoded_max(item.len));
        if (!at) return KITH_NOMEM;
        return base64url_decode(item, at, &out->len);
    }
    return KITH_NONE;
}

/* The connect's token, where it stands in a header. */
static kith_err header_token(const struct http_request *r, struct buf *scratch, kith_slice *out)
{
    kith_err e = protocol_token(r, scratch);
    if (e == KITH_NONE) return http_header(r, "x-phoenix-authtoken", out); /* as long-polls do */
    *out = buf_slice(scratch);
    return e;
}

static bool user_from_token(const struct edge_context *ctx, const struct http_request *r,
                            struct upgrade *u)
{
    struct buf text = {0};
    kith_slice token = {0};
    struct token_claims claims;
    const char *reason = "no token";
    kith_err e = header_token(r, &text, &token);
    if (e == KITH_NONE) e = http_query(r->query, "token", &text, &token);
    if (!e)
        e = token_verify(ctx->options->keys, token, ctx->world->now.unix_ms,
                         &u->connecting.user_bytes, &claims, &reason);
    if (!e) {
        u->connecting.user = claims.user;
        u->expires_at_ms = claims.expires_at_ms;
    } else {
        u->why = reason;
    }
    buf_fini(&text);
    return e == KITH_OK;
}

static bool user_from_query(const struct http_request *r, struct upgrade *u)
{
    struct connecting *c = &u->connecting;
    return http_query(r->query, "user_id", &c->user_bytes, &c->user) == KITH_OK &&
           token_user_valid(c->user);
}

/* By the server's user, else by the configured keys. */
static bool let_in(struct edge_context *ctx, const struct edge_mount *mount,
                   const struct http_request *r, struct upgrade *u)
{
    struct kith_socket *s = &u->socket;
    u->connecting.request = r;
    *s = (struct kith_socket){.ctx = ctx, .connecting = &u->connecting};
    u->expires_at_ms = UINT64_MAX;
    s->mount = mount;
    bool good = mount->behaviour->connect ? mount->behaviour->connect(s) == KITH_OK
                : ctx->options->auth_none ? user_from_query(r, u)
                                          : user_from_token(ctx, r, u);
    if (!good) s->mount = NULL;
    if (!good && !u->why)
        u->why = mount->behaviour->connect ? "the application refused it" : "no user_id";
    return good;
}

static bool device_good(const struct http_request *r, struct upgrade *u)
{
    kith_err e = http_query(r->query, "device", &u->device_buf, &u->device);
    if (e == KITH_NONE) u->device = (kith_slice){0};
    return e == KITH_NONE || (e == KITH_OK && u->device.len <= DEVICE_BYTES_MAX);
}

/* ?session=hidden: it begins so, and is never seen in between. */
static bool session_good(const struct http_request *r, struct upgrade *u)
{
    struct buf text = {0};
    kith_slice session = {0};
    kith_err e = http_query(r->query, "session", &text, &session);
    u->hidden = e == KITH_OK && slice_is(session, "hidden");
    bool good = e == KITH_NONE || u->hidden || (e == KITH_OK && slice_is(session, "visible"));
    buf_fini(&text);
    return good;
}

static bool version_good(const struct http_request *r, struct upgrade *u)
{
    struct buf text = {0};
    kith_slice vsn = {0};
    kith_err e = http_query(r->query, "vsn", &text, &vsn);
    if (e == KITH_NONE)
        e = phx_vsn_parse((kith_slice){0}, &u->vsn);
    else if (e == KITH_OK)
        e = phx_vsn_parse(vsn.ptr ? vsn : KITH_LIT(""), &u->vsn);
    buf_fini(&text);
    return e == KITH_OK;
}

void upgrade_connect(struct edge_context *ctx, const struct edge_mount *mount,
                     const struct http_request *r, struct upgrade *u)
{
    *u = (struct upgrade){.status = 101};
    if (!upgrade_origin(ctx->options, mount, r))
        u->why = "from a page of a foreign origin, or host: see origins.allow, server.api_hosts";
    else if (!version_good(r, u))
        u->why = "vsn is no version of the wire that is known";
    else if (!device_good(r, u))
        u->why = "device has more than 64 bytes";
    else if (!session_good(r, u))
        u->why = "session is neither hidden nor visible";
    else if (let_in(ctx, mount, r, u) && bars_has(ctx->world, u->connecting.user))
        u->why = "its user is barred";
    if (u->why) {
        refuse(u, 403, "");
    } else if (full_has(ctx->world, u->connecting.user)) {
        refuse(u, 429, "too many connections of one user");
        ctx->world->stats.sockets_crowded++;
    }
}

void upgrade_note_refused(struct world *w, const struct upgrade *u)
{
    kith_slice why = slice_str(u->why ? u->why : u->problem);
    w->stats.handshakes_refused++;
    refusals_note(&w->refusals, w->now.unix_ms, u->connecting.user, (kith_slice){0},
                  why.len ? why : KITH_LIT("no WebSocket's handshake"));
}

void upgrade_socket(struct edge_context *ctx, const struct edge_mount *mount,
                    const struct http_request *r, struct upgrade *u)
{
    if (!slice_is(r->method, "GET")) {
        *u = (struct upgrade){.status = 400};
        return;
    }
    upgrade_connect(ctx, mount, r, u);
    u->phoenix_protocol = http_has_token(r, "sec-websocket-protocol", "phoenix");
    if (u->status == 101) upgrade_headers(r, u);
}

void upgrade_respond(const struct upgrade *u, uint64_t unix_s, struct buf *out)
{
    char headers[256], accept[28];
    if (!ws_accept(u->key, accept)) {
        out->failed = true;
        return;
    }
    snprintf(headers, sizeof headers,
             "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: %.28s\r\n%s"
             "cache-control: max-age=0, private, must-revalidate\r\n",
             accept, u->phoenix_protocol ? "sec-websocket-protocol: phoenix\r\n" : "");
    http_respond(out, &(struct http_response){
                          .status = 101, .headers = headers, .keep_alive = true, .unix_s = unix_s});
}
