/* edge/api_push.c -- what back ends say to the sessions of a user, or of all. */
#include "edge/api_state.h"

#include "edge/api.h"
#include "edge/good.h"
#include "edge/socket.h"
#include "shard/bars.h"

#define UNTIL_MAX_S 253402300799u /* the end of the year 9999 */

/* {"event":"notice","payload":{..}} to `user`, or to all where it is empty. */
static void push(struct edge *e, kith_slice user)
{
    struct json object, event, payload = {.raw = KITH_LIT("{}")};
    struct buf name = {0};
    if (!api_object(e, &object)) return;
    bool good = json_get(object, "event", &event) == KITH_OK && event.type == JSON_STRING;
    kith_slice text = good ? json_text(event, &name) : (kith_slice){0};
    if (name.failed)
        api_failed(e, KITH_NOMEM);
    else if (!good || !good_event(text) || slice_starts(text, KITH_LIT("phx_")))
        api_problem(
            e, 400, "bad_push",
            "send {\"event\":\"..\",\"payload\":{..}}: an event of 1 to 255 bytes that does "
            "not begin with phx_");
    else if (json_get(object, "payload", &payload) == KITH_OK && payload.raw.len > PUSH_BYTES_MAX)
        api_problem(e, 413, "too_large", "a payload has at most 32 KiB");
    else
        ask_all(e, API_PUSH, user, text, payload.raw);
    buf_fini(&name);
}

void push_post(struct edge *e) { push(e, e->exchange->user); }

void broadcast_post(struct edge *e) { push(e, (kith_slice){0}); }

/* Sent away */

static void disconnect(struct edge *e, kith_slice until)
{
    ask_all(e, API_DISCONNECT, e->exchange->user, until, (kith_slice){0});
}

/* It is kept that the user is barred: now every shard hears of it. */
static void bar_kept(struct edge *e)
{
    struct exchange *x = e->exchange;
    uint64_t until_s = x->until_s;
    x->number = 0;
    x->done = x->route->done;
    disconnect(e, slice_of(&until_s, sizeof until_s));
}

void disconnect_post(struct edge *e)
{
    struct json object, until;
    struct exchange *x = e->exchange;
    if (!api_object(e, &object)) return;
    if (json_get(object, "until", &until) != KITH_OK) {
        disconnect(e, (kith_slice){0});
    } else if (until.type != JSON_NUMBER || !slice_u64(until.raw, &x->until_s) ||
               x->until_s > UNTIL_MAX_S) {
        api_problem(e, 400, "bad_until",
                    "until is a time in unix seconds: the user may not connect before");
    } else {
        x->done = bar_kept;
        ask_store(e, question(API_BAR, x->user, slice_of(&x->until_s, sizeof x->until_s)));
    }
}

static uint64_t close_all(struct world *w, kith_slice user)
{
    uint64_t sessions = 0;
    for (uint32_t slot = 0; slot < clients_end(w->clients); slot++) {
        struct client *k = clients_at(w->clients, slot);
        if (!k->session || !slice_eq(socket_user(&k->session->socket), user)) continue;
        k->session->closing = true;
        clients_mark_dirty(w->clients, slot);
        sessions++;
    }
    return sessions;
}

void api_disconnect(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    uint64_t until_s;
    kith_err err = KITH_OK;
    if (m->b_len == sizeof until_s) {
        memcpy(&until_s, mail_b(m).ptr, sizeof until_s);
        err = bars_set(w, mail_a(m), until_s);
    }
    uint64_t sessions = close_all(w, mail_a(m));
    api_reply(w, asker, err ? api_answer_failed(m, err) : api_answer_number(m, sessions));
}

void sessions_got(struct edge *e)
{
    struct buf json = {0};
    buf_printf(&json, "{\"sessions\":%llu}\n", (unsigned long long)e->exchange->number);
    api_respond(e, 200, &json);
    buf_fini(&json);
}
