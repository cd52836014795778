/* bench/flips.c -- status changes at a steady rate, beside the bare loop at the same rate. */
#include "scenes.h"
#include "tool.h"

#include <stdlib.h>

enum { LAST_WAIT_US = 15000000 }; /* for deliveries, after the last flip */

struct run {
    struct stage *s;
    uint32_t rate;
    double *due_us; /* of each user's latest flip: latency counts from there, sent late or not */
    uint64_t flips, told;
    struct percentiles late;
    struct meter sum;
};

static void run_init(struct run *r, struct stage *s, uint32_t rate)
{
    *r = (struct run){.s = s, .rate = rate, .due_us = calloc(s->plan->users, sizeof *r->due_us)};
    if (!r->due_us) die("out of memory");
}

static void run_fini(struct run *r) { free(r->due_us); }

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
    r->flips++;
}

static uint64_t expected(const struct run *r) { return r->flips * r->s->graph->friends; }

/* Open loop: what is due is sent, whatever came back. */
static void run_slice(struct run *r, uint32_t count)
{
    struct stage *s = r->s;
    struct meter m;
    double period = 1e6 / r->rate, begin = now_us(), end = begin + count * period + LAST_WAIT_US;
    uint32_t sent = 0;
    load_listen(s->load, on_flip, r);
    meter_start(&m, s);
    for (double now = begin; now < end; now = now_us()) {
        for (; sent < count && begin + sent * period <= now; sent++)
            flip(r, begin + sent * period);
        if (sent == count && r->told >= expected(r)) break;
        load_poll(s->load, sent < count ? begin + sent * period - now_us() : 1e4);
    }
    meter_stop(&m, s);
    meter_add(&r->sum, &m);
    load_listen(s->load, NULL, NULL);
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
static double bare_slice(const struct run *r, uint32_t first, uint32_t count)
{
    uint32_t frame_bytes = (uint32_t)(r->sum.stats.diff_bytes / r->told);
    note(r->s, "B", frame_bytes, none, "a diff, with its header");
    return bare_us(r->s->bare, &(struct bare_order){.rate = r->rate,
                                                    .flips = count,
                                                    .first = first,
                                                    .frame_bytes = frame_bytes});
}

/* Server and loop take turns, a second each, so that both see the same machine. Returns the loop's
 * CPU for each send. */
static double take_turns(struct run *r)
{
    double seconds = r->s->plan->seconds, bare = 0;
    uint32_t slices = seconds < 1 ? 1 : (uint32_t)seconds;
    for (uint32_t i = 0; i < slices; i++) {
        uint32_t first = r->s->flips, count = (uint32_t)(r->rate * seconds / slices);
        run_slice(r, count);
        if (r->told == 0) die("nobody was told of a status");
        bare += bare_slice(r, first, count);
    }
    return bare / slices;
}

static void flips_at(struct stage *s, const struct goal *goal)
{
    struct run r;
    char scene[32];
    snprintf(scene, sizeof scene, "R = %u", goal->rate);
    run_init(&r, s, goal->rate);
    double bare = take_turns(&r), each = r.sum.server_us / (double)r.told;
    note(s, "µs", each, none, "%s: CPU for each delivery", scene);
    note(s, "µs", bare, none, "%s: bare loop, CPU for each send", scene);
    note(s, "", each / bare, goal->ratio, "%s: ratio", scene);
    note(s, "ms", percentiles_us(&r.late, 0.5) / 1e3, goal->p50_ms, "%s: latency, p50", scene);
    note(s, "ms", percentiles_us(&r.late, 0.99) / 1e3, goal->p99_ms, "%s: latency, p99", scene);
    note(s, "", (double)r.told / (double)expected(&r), always(1),
         "%s: diffs received of those expected", scene);
    note_busy(s, &r.sum, scene);
    run_fini(&r);
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
        run_init(&r, s, rate);
        run_slice(&r, (uint32_t)(rate * s->plan->seconds / 2));
        stage_settle(s, 0.3);
        run_fini(&r);
        busy = 100 * r.sum.load_us / r.sum.wall_us;
        if (percentiles_us(&r.late, 0.99) > LATE_US || r.told < expected(&r)) break;
        best = (double)r.told / r.sum.wall_us * 1e6;
    }
    note(s, "/s", best, at_least(140000), "most deliveries with p99 <= 100 ms");
    note(s, "%", busy, none, "most deliveries: generator busy at the rate above it");
}
