/* edge/api_events.c -- the log of users' coming and going, as the back end reads it. */
#include "edge/api_state.h"

enum { USUAL_EVENTS = 100 };

/* "now" stands for behind the latest. */
static bool read_after(struct edge *e, struct call_events *q)
{
    struct buf scratch = {0};
    kith_slice value = {0};
    kith_err err = http_query(buf_slice(&e->exchange->asked.query), "after", &scratch, &value);
    bool now = !err && slice_is(value, "now");
    buf_fini(&scratch);
    q->from = err == KITH_NONE ? EVENTS_FROM_OLDEST : now ? EVENTS_FROM_NOW : EVENTS_AFTER;
    return q->from != EVENTS_AFTER || api_query_number(e, "after", &q->after);
}

void api_events_get(struct edge *e)
{
    struct call_events q = {0};
    uint64_t limit = USUAL_EVENTS;
    if (!read_after(e, &q) || !api_query_number(e, "limit", &limit)) return;
    if (limit == 0 || limit > EVENTS_PAGE) {
        api_problem(e, 400, "bad_parameter", "limit is 1 to 1000");
        return;
    }
    q.max = (uint32_t)limit;
    api_call_store(e, api_call(CALL_EVENTS, slice_of(&q, sizeof q), (kith_slice){0}));
}

void api_events_got(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct buf json = x->got.c; /* it outlives the exchange */
    x->got.c = (struct buf){0};
    if (x->got.number == EVENTS_NOT_KEPT)
        api_problem(e, 404, "no_log",
                    "this server keeps no log of events: set hooks.log = on, or hooks.url");
    else if (x->got.number == EVENTS_FORGOTTEN)
        api_problem(e, 410, "forgotten",
                    "some events behind that one are not kept any more, or this log never had it: "
                    "ask for ?after=now, then who is online, and go on behind its next");
    else
        api_respond(e, 200, &json);
    buf_fini(&json);
}
