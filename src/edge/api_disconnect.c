/* edge/api_disconnect.c -- a user is sent away: now, until a time, or for good. */
#include "edge/api.h"
#include "edge/api_state.h"
#include "edge/session.h"
#include "edge/socket.h"
#include "shard/bars.h"
#include "shard/rule.h"
#include "shard/social.h"

#define UNTIL_MAX_S 253402300799u /* the end of the year 9999 */

/* Its sessions have ended. Whoever hears that, hears after it of nobody who still sees the user. */
static void fence(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    const struct world *w = e->ctx->world;
    x->done = x->then;
    for (unsigned shard = 0; shard < w->o.count; shard++) {
        struct mail *m = api_call(CALL_FENCE, x->asked.user, (kith_slice){0});
        if (m) m->shard = shard;
        api_call_home(e, world_home(w, x->asked.user), m);
    }
}

/* Goes on with `then`. */
static void disconnect(struct edge *e, kith_slice until)
{
    struct api_exchange *x = e->exchange;
    x->done = fence;
    api_call_all(e, CALL_DISCONNECT, x->asked.user, until, (kith_slice){0});
}

/* It is kept until when the user is barred: now every shard hears of it. */
static void bar_kept(struct edge *e)
{
    uint64_t until_s = e->exchange->until_s;
    e->exchange->got.number = 0;
    disconnect(e, slice_of(&until_s, sizeof until_s));
}

static void bar_and_disconnect(struct edge *e, kith_slice until)
{
    struct api_exchange *x = e->exchange;
    if (!slice_u64(until, &x->until_s) || x->until_s > UNTIL_MAX_S) {
        api_problem(e, 400, "bad_until",
                    "until is a time in unix seconds: the user may not connect before");
        return;
    }
    struct mail *m = api_call(CALL_BAR, x->asked.user, slice_of(&x->until_s, sizeof x->until_s));
    if (m) m->now_s = e->ctx->world->now.unix_ms / 1000;
    x->done = bar_kept;
    api_call_store(e, m);
}

void api_disconnect_post(struct edge *e)
{
    struct json object, until;
    struct api_exchange *x = e->exchange;
    if (!api_object(e, &object)) return;
    x->then = x->route->done;
    if (json_get(object, "until", &until) != KITH_OK)
        disconnect(e, (kith_slice){0});
    else
        bar_and_disconnect(e, until.type == JSON_NUMBER ? until.raw : (kith_slice){0});
}

/* Its sessions have ended: now it is forgotten, all but a bar that was asked for with it. */
static void user_ended(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct rule r = {.kind = RULE_ERASE, .user = x->asked.user, .on = x->until_s > 0};
    x->done = x->route->done;
    api_call_store(e, rule_mail(&r, (kith_slice){0}));
}

/* A bar is kept under the user's name, so that it is lifted unless another is asked for: that
 * stands before the sessions end, and no client is back in between. */
void api_user_delete(struct edge *e)
{
    static const uint64_t over_s = 0;
    struct api_exchange *x = e->exchange;
    struct buf scratch = {0};
    kith_slice until = {0};
    kith_err err = http_query(buf_slice(&x->asked.query), "until", &scratch, &until);
    x->then = user_ended;
    if (err == KITH_NONE)
        disconnect(e, slice_of(&over_s, sizeof over_s));
    else if (err == KITH_NOMEM)
        api_failed(e, err);
    else
        bar_and_disconnect(e, err ? (kith_slice){0} : until);
    buf_fini(&scratch);
}

/* Presence ends now, so that its home hears of it before the call comes there; the sockets when the
 * turn ends. */
static uint64_t close_all(struct world *w, kith_slice user)
{
    uint64_t sessions = 0;
    for (uint32_t slot = 0; slot < clients_end(w->clients); slot++) {
        struct client *k = clients_at(w->clients, slot);
        if (!k->session || !slice_eq(socket_user(&k->session->socket), user)) continue;
        session_send_away(k->session);
        sessions++;
    }
    return sessions;
}

static kith_err bar(struct world *w, const struct mail *m)
{
    uint64_t until_s;
    if (m->b_len != sizeof until_s) return KITH_OK;
    memcpy(&until_s, mail_b(m).ptr, sizeof until_s);
    kith_err e = bars_set(w, mail_a(m), until_s);
    return e == KITH_FULL ? KITH_EXISTS : e; /* as the store says it: FULL is a disk */
}

void api_disconnect(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    kith_err err = bar(w, m);
    uint64_t sessions = close_all(w, mail_a(m));
    if (err)
        call_reply(w, asker, call_answer_failed(m, err));
    else
        call_disconnected(w, m, sessions);
}
