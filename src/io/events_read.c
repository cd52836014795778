/* io/events_read.c -- the log of events, as the back end reads it. */
#include "io/events.h"

#include "io/events_state.h"

struct page {
    struct buf json;
    uint64_t last;
    uint32_t count;
};

static kith_err put(void *ctx, const struct event *e)
{
    struct page *p = ctx;
    if (p->json.len >= EVENTS_ANSWER_BYTES) return KITH_FULL;
    if (p->count++) buf_putc(&p->json, ',');
    event_put(&p->json, e);
    p->last = e->id;
    return p->json.failed ? KITH_NOMEM : KITH_OK;
}

/* {"events":[..],"next":<to go on behind>,"more":<whether there are more>}. Those of a user who was
 * erased are missing: behind the last that there is, the latest that was is where to go on. */
static kith_err put_page(struct store *s, uint64_t after, uint32_t max, uint64_t latest,
                         struct buf *out)
{
    struct page p = {.last = after};
    buf_puts(&p.json, "{\"events\":[");
    kith_err e = p.json.failed ? KITH_NOMEM : store_events_after(s, after, max, put, &p);
    if (!e && p.count < max) p.last = latest;
    if (e == KITH_FULL) e = KITH_OK;
    buf_printf(&p.json, "],\"next\":%llu,\"more\":%s}\n", (unsigned long long)p.last,
               p.last < latest ? "true" : "false");
    *out = p.json;
    return !e && out->failed ? KITH_NOMEM : e;
}

static struct mail *say(struct mail *m, const struct buf *json, enum call_events_end end)
{
    m = call_answer(m, (kith_slice){0}, (kith_slice){0}, buf_slice(json));
    if (!m->failed) m->number = (uint64_t)end;
    return m;
}

struct mail *events_answer(struct events *ev, struct store *s, struct mail *m)
{
    struct call_events q;
    struct buf json = {0};
    uint64_t forgotten, latest;
    bool given = true, gone;
    if (!ev) return say(m, &json, EVENTS_NOT_KEPT);
    memcpy(&q, mail_a(m).ptr, sizeof q);
    kith_err e = store_events_range(s, &forgotten, &latest);
    uint64_t after = q.from == EVENTS_AFTER      ? q.after
                     : q.from == EVENTS_FROM_NOW ? latest
                                                 : forgotten;
    gone = !e && (after < forgotten || after > latest);
    if (!e && !gone) e = store_was_given(s, after, &given);
    if (!e && (gone || !given)) return say(m, &json, EVENTS_FORGOTTEN);
    if (!e) e = put_page(s, after, q.max, latest, &json);
    m = e ? call_answer_failed(m, e) : say(m, &json, EVENTS_TOLD);
    buf_fini(&json);
    return m;
}
