/* edge/api_push.c -- what back ends say to the sessions of a user, or of all. */
#include "edge/api_state.h"

#include "edge/good.h"

/* Those by which clients know whether a channel lives, and who is there: one sent by a back end
 * would empty a client's list, and nothing would mend it. */
static bool ours(kith_slice event)
{
    return slice_starts(event, KITH_LIT("phx_")) || slice_is(event, "presence_state") ||
           slice_is(event, "presence_diff");
}

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
    else if (!good || !good_event(text) || ours(text))
        api_problem(
            e, 400, "bad_push",
            "send {\"event\":\"..\",\"payload\":{..}}: an event of 1 to 255 bytes that does "
            "not begin with phx_, and is not presence_state or presence_diff");
    else if (json_get(object, "payload", &payload) == KITH_OK && payload.raw.len > PUSH_BYTES_MAX)
        api_problem(e, 413, "too_large", "a payload has at most 32 KiB");
    else
        api_call_all(e, CALL_PUSH, user, text, payload.raw);
    buf_fini(&name);
}

void api_push_post(struct edge *e) { push(e, e->exchange->asked.user); }

void api_broadcast_post(struct edge *e) { push(e, (kith_slice){0}); }

void api_sessions_got(struct edge *e)
{
    struct buf json = {0};
    buf_printf(&json, "{\"sessions\":%llu}\n", (unsigned long long)e->exchange->got.number);
    api_respond(e, 200, &json);
    buf_fini(&json);
}
