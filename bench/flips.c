/* bench/flips.c -- status changes at a steady rate, beside the bare loop at the same rate. */
#include "scenes.h"
#include "tool.h"

#include <stdlib.h>

enum { LAST_WAIT_US = 5000000 }; /* for deliveries, after the last flip */

struct run {
    struct stage *s;
    double *due_us; /* of each user's latest flip: latency counts from there, sent late or not */
    uint32_t total, sent;
    uint64_t told;
    struct percentiles late;
    struct meter meter;
};

static void on_flip(void *ctx, const struct load_event *e)
{
    struct run *r = ctx;
    if (e->kind != LOAD_CHANGED) return;
    r->told++;
    percentiles_add(&r->late, now_us() - r->due_us[e->about]);
}

static void flip(struct run *r, double due_us)
{
    struct stage *s = r->s;
    uint32_t users = s->plan->users, user = s->graph->user[s->flips % users];
    r->due_us[user] = due_us;
    load_status(s->load, user, s->flips / users % 2 ? "idle" : "away");
    s->flips++;
    r->sent++;
}

static uint64_t expected(const struct run *r) { return (uint64_t)r->total * r->s->graph->friends; }

/* Open loop: what is due is sent, whatever came back. */
static void run_at(struct run *r, struct stage *s, uint32_t rate, double seconds)
{
    *r = (struct run){.s = s, .total = (uint32_t)(rate * seconds)};
    r->due_us = calloc(s->plan->users, sizeof *r->due_us);
    if (!r->due_us) die("out of memory");
    load_listen(s->load, on_flip, r);
    meter_start(&r->meter, s);
    double begin = now_us(), period = 1e6 / rate, end = begin + r->total * period + LAST_WAIT_US;
    for (double now = begin; now < end; now = now_us()) {
        while (r->sent < r->total && begin + r->sent * period <= now)
            flip(r, begin + r->sent * period);
        if (r->sent == r->total && r->told >= expected(r)) break;
        load_poll(s->load, r->sent < r->total ? begin + r->sent * period - now_us() : 1e4);
    }
    meter_stop(&r->meter, s);
    load_listen(s->load, NULL, NULL);
    free(r->due_us);
}

struct goal {
    uint32_t rate;
    struct target ratio, p50_ms, p99_ms;
};

static struct goal goal_at(uint32_t rate)
{
    struct goal goal = {.rate = rate};
    if (rate == 50) goal.ratio = at_most(1.0);
    if (rate == 100) goal.ratio = at_most(0.95), goal.p50_ms = at_most(1), goal.p99_ms = at_most(3);
    if (rate == 500) goal.ratio = at_most(0.80);
    return goal;
}

/* The bare loop sends to the same users, at the same pace, frames of the same size. */
static double bare_beside(struct stage *s, const struct run *r, uint32_t rate, uint32_t first)
{
    double frame_bytes = (double)r->meter.stats.diff_bytes / (double)r->told;
    note(s, "B", frame_bytes, none, "a diff, with its header");
    return bare_us(s->bare, &(struct bare_order){.rate = rate,
                                                 .flips = r->total,
                                                 .first = first,
                                                 .frame_bytes = (uint32_t)frame_bytes});
}

static void flips_at(struct stage *s, const struct goal *goal)
{
    struct run r;
    char scene[32];
    uint32_t first = s->flips;
    snprintf(scene, sizeof scene, "R = %u", goal->rate);
    run_at(&r, s, goal->rate, s->plan->seconds);
    if (r.told == 0) die("nobody was told of a status");
    double each = r.meter.server_us / (double)r.told, bare = bare_beside(s, &r, goal->rate, first);
    note(s, "µs", each, none, "%s: CPU for each delivery", scene);
    note(s, "µs", bare, none, "%s: bare loop, CPU for each send", scene);
    note(s, "", each / bare, goal->ratio, "%s: ratio", scene);
    note(s, "ms", percentiles_us(&r.late, 0.5) / 1e3, goal->p50_ms, "%s: latency, p50", scene);
    note(s, "ms", percentiles_us(&r.late, 0.99) / 1e3, goal->p99_ms, "%s: latency, p99", scene);
    note(s, "", (double)r.told / (double)expected(&r), at_least(1),
         "%s: diffs received of those expected", scene);
    note_busy(s, &r.meter, scene);
}

void scene_flips(struct stage *s)
{
    for (uint32_t i = 0; i < s->plan->rate_count; i++) {
        struct goal goal = goal_at(s->plan->rates[i]);
        flips_at(s, &goal);
    }
}

/* Rates rise by a quarter until deliveries come late. */
void scene_capacity(struct stage *s)
{
    enum { LATE_US = 100000 };
    double best = 0, busy = 0;
    for (uint32_t rate = 500; rate < 10000; rate += rate / 4) {
        struct run r;
        run_at(&r, s, rate, s->plan->seconds / 2);
        stage_settle(s, 0.3);
        busy = 100 * r.meter.load_us / r.meter.wall_us;
        if (percentiles_us(&r.late, 0.99) > LATE_US || r.told < expected(&r)) break;
        best = (double)r.told / r.meter.wall_us * 1e6;
    }
    note(s, "/s", best, at_least(140000), "most deliveries with p99 <= 100 ms");
    note(s, "%", busy, none, "most deliveries: generator busy at the rate above it");
}
