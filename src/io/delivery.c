/* io/delivery.c -- the log of events goes to the back end.
 *
 *      the log:   .. | taken, and known to be | taken, and so known in a second | sent | waits ..
 *                                           kept                             taken   sent latest
 */
#include "io/delivery.h"

#include "base/limits.h"
#include "io/log.h"
#include "io/system.h"
#include "io/webhook.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEEP_MS = 1000,  /* a killed server sends again what was taken in so much time */
    LOOK_MS = 250,   /* for what other nodes have written */
    FIRST_MS = 250,  /* after a failure, and twice as long after each further one */
    AGAIN_MS = 1000, /* to a store that fails */
};

struct delivery {
    struct hook_options o;
    struct store *store;
    struct webhook *webhook;
    bool shared; /* other nodes write the log, too */
    bool waits;  /* for an answer */
    bool failed; /* the latest request did */
    kith_problem why;
    uint64_t kept, taken, sent, latest;
    uint32_t sent_count;
    uint32_t retry_ms;
    /* mono: when each is due; UINT64_MAX: it is not */
    uint64_t lead_ms, send_ms, keep_ms;
    struct hook_stats stats;
};

kith_err delivery_new(const struct hook_options *o, struct store *s, struct mailbox *box,
                      struct delivery **out)
{
    struct delivery *d = calloc(1, sizeof *d);
    if (!d) return KITH_NOMEM;
    d->o = *o;
    d->store = s;
    d->shared = store_reach(s) != STORE_HERE;
    d->retry_ms = FIRST_MS;
    d->send_ms = d->keep_ms = UINT64_MAX;
    kith_err e = webhook_start(o, box, &d->webhook);
    if (e)
        free(d);
    else
        *out = d;
    return e;
}

static bool keep(struct delivery *d)
{
    d->keep_ms = UINT64_MAX;
    if (d->taken == d->kept) return true;
    if (store_set_delivered(d->store, d->taken) == KITH_OK) {
        d->kept = d->taken;
        return true;
    }
    d->keep_ms = system_now().mono_ms + AGAIN_MS;
    return false;
}

void delivery_free(struct delivery *d)
{
    bool mine;
    uint64_t delivered;
    if (!d) return;
    webhook_stop(d->webhook);
    if (d->stats.leads && keep(d))
        (void)(store_lead_delivery(d->store, 0, &mine, &delivered) == KITH_OK); /* it ends anyhow */
    free(d);
}

/* Whose turn it is */

/* What the log has lost of it meanwhile is gone. */
static kith_err begin_at(struct delivery *d, uint64_t delivered)
{
    uint64_t forgotten, lost = 0;
    kith_err e = store_events_range(d->store, &forgotten, &d->latest);
    if (!e && delivered && delivered < forgotten)
        e = store_count_events(d->store, delivered, forgotten, &lost);
    if (e) return e;
    d->stats.lost += lost;
    if (lost)
        log_warn("hooks: %llu events were taken off the log, as it is bounded, before the back end "
                 "had them (hooks.keep_days, hooks.keep_events)",
                 (unsigned long long)lost);
    d->kept = delivered;
    d->taken = d->sent = delivered > forgotten ? delivered : forgotten;
    if (d->taken != d->kept) d->keep_ms = 0; /* also where it begins: from there on loss is seen */
    return KITH_OK;
}

static void lead(struct delivery *d, uint64_t now_ms)
{
    uint64_t delivered;
    bool mine = false;
    kith_err e = store_lead_delivery(d->store, HOOK_LEASE_MS, &mine, &delivered);
    d->lead_ms = now_ms + (e ? AGAIN_MS : mine ? HOOK_LEASE_MS / 3 : AGAIN_MS);
    if (e || mine == (bool)d->stats.leads) return;
    if (mine && begin_at(d, delivered) != KITH_OK) return;
    d->stats.leads = mine;
    d->send_ms = mine ? now_ms : UINT64_MAX;
    if (!mine) d->stats.queue = d->stats.oldest_ms = d->stats.failing_ms = 0;
}

/* Sending */

struct batch {
    struct buf json;
    uint64_t last, oldest_ms;
    uint32_t count;
};

static kith_err put(void *ctx, const struct event *e)
{
    struct batch *b = ctx;
    if (b->json.len >= HOOK_BODY_BYTES) return KITH_FULL;
    if (b->count++) buf_putc(&b->json, ',');
    if (b->count == 1) b->oldest_ms = e->at_ms;
    event_put(&b->json, e);
    b->last = e->id;
    return b->json.failed ? KITH_NOMEM : KITH_OK;
}

static struct mail *make(struct delivery *d, struct batch *b, kith_err *e)
{
    struct buf id = {0};
    buf_puts(&b->json, "{\"events\":[");
    *e = store_events_after(d->store, d->taken, d->o.batch, put, b);
    if (*e == KITH_FULL) *e = KITH_OK;
    buf_puts(&b->json, "]}");
    buf_printf(&id, "%llu-%llu", (unsigned long long)(d->taken + 1), (unsigned long long)b->last);
    bool good = !*e && b->count && !b->json.failed && !id.failed;
    struct mail *m =
        good ? mail_new(MAIL_HOOK, buf_slice(&id), (kith_slice){0}, buf_slice(&b->json)) : NULL;
    if (!*e && b->count && !m) *e = KITH_NOMEM;
    buf_fini(&id);
    return m;
}

static void send(struct delivery *d, uint64_t now_ms)
{
    struct batch b = {0};
    uint64_t forgotten;
    kith_err e = store_events_range(d->store, &forgotten, &d->latest);
    if (!e && d->taken < forgotten) e = begin_at(d, d->taken);
    if (!e) e = store_count_events(d->store, d->taken, d->latest, &d->stats.queue);
    struct mail *m = e ? NULL : make(d, &b, &e);
    buf_fini(&b.json);
    d->send_ms = e ? now_ms + AGAIN_MS : d->shared ? now_ms + LOOK_MS : UINT64_MAX;
    if (!m) {
        if (!e && !b.count) d->taken = d->latest; /* those behind were erased */
        if (!e) d->stats.queue = d->stats.oldest_ms = 0;
        return;
    }
    d->stats.oldest_ms = b.oldest_ms;
    d->stats.posts++;
    d->stats.retries += d->failed;
    d->sent = b.last;
    d->sent_count = b.count;
    d->waits = true;
    d->send_ms = UINT64_MAX;
    webhook_post(d->webhook, m);
}

void delivery_news(struct delivery *d)
{
    if (d && d->stats.leads && !d->waits && !d->failed) d->send_ms = 0;
}

/* Answers */

/* Said again when it is another reason: who is back, and refuses, is not told from who is away. */
static void say_why(struct delivery *d, const struct mail *m)
{
    kith_problem why;
    bool refuses = m->status == 401 || m->status == 403;
    if (m->failed)
        (void)problem(KITH_IO, &why, "%.*s", (int)m->b_len, (const char *)mail_b(m).ptr);
    else
        (void)problem(KITH_IO, &why, "it answers %llu%s", (unsigned long long)m->status,
                      refuses ? ": has it the secret that hooks.secret_file holds?" : "");
    if (d->failed && strcmp(why.text, d->why.text) == 0) return;
    d->why = why;
    log_warn("hooks: the back end does not take events (%s): they wait in the log, and are sent "
             "again",
             why.text);
}

static void fail(struct delivery *d, const struct mail *m, uint64_t now_ms)
{
    d->stats.failures++;
    d->send_ms = now_ms + d->retry_ms;
    d->retry_ms = d->retry_ms * 2 < d->o.retry_ms ? d->retry_ms * 2 : d->o.retry_ms;
    say_why(d, m);
    if (d->failed) return;
    d->failed = true;
    d->stats.failing_ms = now_ms;
}

static void succeed(struct delivery *d, uint64_t now_ms)
{
    d->taken = d->sent;
    d->stats.delivered += d->sent_count;
    d->retry_ms = FIRST_MS;
    d->send_ms = now_ms;
    if (d->keep_ms == UINT64_MAX) d->keep_ms = now_ms + KEEP_MS;
    if (!d->failed) return;
    log_warn("hooks: the back end takes events again, after %.1f s",
             (double)(now_ms - d->stats.failing_ms) / 1000);
    d->failed = false;
    d->stats.failing_ms = 0;
}

/* Of a request from when this node delivered it counts no more. */
void delivery_take(struct delivery *d, const struct mail *m)
{
    uint64_t now_ms = system_now().mono_ms;
    d->waits = false;
    if (!d->stats.leads) return;
    if (!m->failed && m->status / 100 == 2)
        succeed(d, now_ms);
    else
        fail(d, m, now_ms);
}

/* Turns */

static uint64_t sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t due(const struct delivery *d)
{
    uint64_t at = sooner(d->lead_ms, d->keep_ms);
    return d->waits ? at : sooner(at, d->send_ms);
}

bool delivery_due(const struct delivery *d) { return d && due(d) <= system_now().mono_ms; }

int delivery_due_ms(const struct delivery *d)
{
    uint64_t at = due(d), now_ms = system_now().mono_ms;
    if (at <= now_ms) return 0;
    return at - now_ms > 60000 ? 60000 : (int)(at - now_ms);
}

void delivery_go_on(struct delivery *d)
{
    uint64_t now_ms = system_now().mono_ms;
    if (d->keep_ms <= now_ms) (void)keep(d);
    if (d->lead_ms <= now_ms) lead(d, now_ms);
    if (d->stats.leads && !d->waits && d->send_ms <= now_ms) send(d, now_ms);
}

const struct hook_stats *delivery_stats(const struct delivery *d) { return &d->stats; }
