/* edge/edge_time.c -- what comes of a client's edge by the time alone. */
#include "edge/edge.h"

#include "edge/api.h"
#include "edge/longpoll.h"
#include "edge/out.h"
#include "edge/session.h"

/* So that not each request that waits has a timer of its own. */
enum { ASK_AGAIN_MS = 10 * REQUEST_MS };

static uint64_t now_us(const struct edge *e) { return edge_mono_ms(e) * 1000; }

static bool is_stranger(const struct edge *e)
{
    return e->ctx->api && e->role == API_NONE && !api_is_open(e->ctx->options);
}

/* A first request, as a check of health may be, does not wait behind the others, nor does a head
 * that has begun. */
static bool is_one_too_many(const struct edge *e)
{
    bool another = e->kept && !e->head_seen;
    return another && is_stranger(e) && e->ctx->strangers_paid_us >= now_us(e) + 1000000;
}

/* What is asked of a long-poll's session is paid for there; operators, and proxies for
 * many clients, may ask all that they like. */
static uint64_t pause_ms(const struct edge *e)
{
    if (is_one_too_many(e)) return STRANGER_MS;
    return e->ahead >= REQUESTS_AT_ONCE && !e->ctx->api && !e->proxied ? ASK_AGAIN_MS : 0;
}

uint64_t edge_asks_again_ms(const struct edge *e)
{
    uint64_t at_ms = e->phase == EDGE_HTTP ? e->since_ms + pause_ms(e) : 0;
    return edge_mono_ms(e) < at_ms ? at_ms : 0;
}

void edge_has_asked(struct edge *e)
{
    uint64_t *paid_us = &e->ctx->strangers_paid_us, now = now_us(e);
    if (e->ahead < REQUESTS_AT_ONCE) e->ahead++;
    if (!is_stranger(e) || *paid_us >= now + 1000000) return;
    *paid_us = (*paid_us < now ? now : *paid_us) + 1000000 / STRANGERS_S;
}

void edge_time_message(struct edge *e, bool rest)
{
    bool looked_at = e->ws.fragment_op || (rest && !edge_waits(e));
    if (e->phase != EDGE_SOCKET && e->phase != EDGE_ECHO) return;
    if (!rest && !e->ws.fragment_op)
        e->since_ms = 0;
    else if (looked_at && !e->since_ms)
        e->since_ms = edge_mono_ms(e);
}

/* Token times are judged by the wall clock, and looked at as often as the socket is. */
static uint64_t tick_token(struct edge *e)
{
    uint64_t now = e->ctx->world->now.unix_ms,
             expires = e->session ? e->session->expires_at_ms : UINT64_MAX;
    if (expires == UINT64_MAX) return UINT64_MAX;
    if (expires > now) return edge_mono_ms(e) + (expires - now);
    edge_close(e, WS_CODE_TOKEN_EXPIRED, e->ctx->options->grace_ms);
    return edge_mono_ms(e);
}

/* Asks a quiet peer whether it is there. Judged only by the time since we could ask: in a pause of
 * the process or the machine nobody was. */
static void ping_quiet(struct edge *e)
{
    uint64_t now = edge_mono_ms(e), ping_ms = e->ctx->options->ping_ms;
    if (e->pinged || now - e->received_ms < ping_ms) return;
    e->received_ms = now - ping_ms;
    e->pinged = true;
    out_frame(e, ws_frame_new(WS_OP_PING, 0));
}

static uint64_t tick_ws(struct edge *e)
{
    const struct edge_options *r = e->ctx->options;
    bool asked = e->pinged || r->ping_ms >= r->idle_ms;
    if (asked && edge_mono_ms(e) - e->received_ms >= r->idle_ms) {
        /* As Bandit has it. Not 1000: phoenix.js before 1.8.16 takes that for a farewell and does
         * not come back, though the machine may only have slept. */
        edge_close(e, WS_CODE_PROTOCOL, r->grace_ms);
        return edge_mono_ms(e);
    }
    if (e->since_ms && edge_mono_ms(e) - e->since_ms >= MESSAGE_MS) {
        edge_close(e, WS_CODE_POLICY, r->grace_ms);
        return edge_mono_ms(e);
    }
    uint64_t token = tick_token(e);
    if (e->phase == EDGE_DONE) return token;
    uint64_t session = e->session ? session_tick(e->session) : UINT64_MAX;
    ping_quiet(e);
    uint64_t next = e->received_ms + (e->pinged ? r->idle_ms : earlier(r->ping_ms, r->idle_ms));
    if (e->since_ms) next = earlier(next, e->since_ms + MESSAGE_MS);
    return earlier(next, earlier(token, session));
}

/* Of operators those are few, and a pool that finds one ended loses a request. */
static bool rests(const struct edge *e)
{
    return e->ctx->api && e->phase == EDGE_HTTP && e->kept && !e->head_seen;
}

static uint64_t tick_request(struct edge *e)
{
    uint64_t in_ms = e->ctx->options->handshake_ms;
    if (rests(e) && in_ms < API_KEPT_MS) in_ms = API_KEPT_MS;
    uint64_t again_ms = edge_asks_again_ms(e);
    if (again_ms) return again_ms;
    if (edge_mono_ms(e) < e->since_ms + in_ms) return e->since_ms + in_ms;
    if (e->phase == EDGE_POST)
        longpoll_shutdown(e);
    else
        out_end(e);
    return edge_mono_ms(e);
}

uint64_t edge_tick(struct edge *e)
{
    switch ((enum edge_phase)e->phase) {
    case EDGE_POLL: return longpoll_tick(e);
    case EDGE_API: return api_tick(e);
    case EDGE_API_BODY: return api_body_tick(e);
    case EDGE_HTTP:
    case EDGE_POST:
    case EDGE_BODY: return tick_request(e);
    case EDGE_SOCKET:
    case EDGE_ECHO: return tick_ws(e);
    case EDGE_DONE: break;
    }
    return UINT64_MAX;
}
