/* shard/figures.c -- what a node counts, put together for operators. */
#include "shard/figures.h"

#include "shard/social_state.h"
#include "shard/trackers.h"
#include "wire/json.h"

void figures_measure(struct world *w)
{
    w->stats.presences = presence_count(w->presence) + presence_count(w->hidden) +
                         trackers_count(w->trackers);
    w->stats.users = w->sessions.count;
    w->stats.users_paced = w->pacing.users.count;
}

void figures_report(struct world *w, unsigned to)
{
    figures_measure(w);
    kith_slice figures = slice_of(&w->stats, sizeof w->stats);
    if (to != w->o.id)
        world_post(w, to, mail_new(MAIL_STATS, figures, (kith_slice){0}, (kith_slice){0}));
}

void figures_sum(struct world *w, struct stats *out)
{
    figures_measure(w);
    *out = w->stats;
    for (unsigned i = 0; i < w->o.count; i++)
        if (i != w->o.id) stats_add(out, &w->others[i]);
}

static void put_number(struct buf *json, const char *name, uint64_t value)
{
    buf_printf(json, "\"%s\":", name);
    buf_put_u64(json, value);
    buf_putc(json, ',');
}

static void put_latency(struct buf *json, const char *name, const struct latency *l)
{
    buf_printf(json, "\"%s\":{\"bounds_us\":[", name);
    for (unsigned i = 0; i < LATENCY_BUCKETS - 1; i++) {
        if (i) buf_putc(json, ',');
        buf_put_u64(json, latency_bound_us(i));
    }
    buf_puts(json, "],\"counts\":[");
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        if (i) buf_putc(json, ',');
        buf_put_u64(json, l->counts[i]);
    }
    buf_puts(json, "],\"sum_us\":");
    buf_put_u64(json, l->sum_us);
    buf_puts(json, "},");
}

void figures_put(struct world *w, struct buf *json)
{
    struct stats sum;
    figures_sum(w, &sum);
    buf_putc(json, '{');
#define X(name, help) put_number(json, #name, sum.name);
    STATS_COUNTERS(X)
    STATS_GAUGES(X)
#undef X
    put_number(json, "connections", sum.connections_opened - sum.connections_closed);
    put_number(json, "memory_bytes", w->process.memory_bytes);
    put_number(json, "cpu_ms", w->process.cpu_ms);
#define X(name, help) put_latency(json, #name, &sum.name);
    STATS_LATENCIES(X)
#undef X
    buf_puts(json, "\"mono_ms\":");
    buf_put_u64(json, w->now.mono_ms);
    buf_putc(json, '}');
}

/* Whether a later one of the ring is of the same client. */
static bool is_again(const struct world *w, uint32_t i, uint64_t handle)
{
    struct slow_client later;
    while (i-- > 0)
        if (clients_slow(w->clients, i, &later) && later.handle == handle) return true;
    return false;
}

static void put_slow(const struct world *w, const struct slow_client *s, struct buf *json)
{
    uint32_t slot;
    if (!clients_find(w->clients, s->handle, &slot)) return;
    const struct client *k = clients_at(w->clients, slot);
    if (!k->social) return;
    buf_puts(json, "{\"user\":");
    json_put_quoted(json, social_user(k->social));
    buf_puts(json, ",\"since\":");
    buf_put_u64(json, w->now.unix_ms - (w->now.mono_ms - s->since_ms));
    buf_printf(json, ",\"behind\":%s,\"waiting_bytes\":%u},", k->behind ? "true" : "false",
               k->outbox.bytes);
}

void figures_put_noted(const struct world *w, struct buf *busiest, struct buf *slow,
                       struct buf *refused)
{
    struct slow_client s;
    busiest_put(&w->busiest, w->now.mono_ms, busiest);
    for (uint32_t i = 0; clients_slow(w->clients, i, &s); i++)
        if (!is_again(w, i, s.handle)) put_slow(w, &s, slow);
    refusals_put(&w->refusals, w->now.unix_ms, refused);
}
