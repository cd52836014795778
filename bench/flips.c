/* bench/flips.c -- status changes at a steady rate, beside the bare loop at the same rate. */
#include "flips.h"
#include "scenes.h"
#include "tool.h"

#include <stdlib.h>

enum { LAST_WAIT_US = 15000000 }; /* for deliveries, after the last flip */

void flips_init(struct flips *f, struct stage *s, uint32_t rate, uint32_t deaf)
{
    *f = (struct flips){.s = s, .rate = rate, .deaf = deaf};
    f->due_us = calloc(s->plan->users, sizeof *f->due_us);
    if (!f->due_us) die("out of memory");
}

void flips_fini(struct flips *f) { free(f->due_us); }

static void on_flip(void *ctx, const struct load_event *e)
{
    struct flips *f = ctx;
    if (e->kind != LOAD_CHANGED || f->due_us[e->about] == 0) return;
    f->told++;
    percentiles_add(&f->late, now_us() - f->due_us[e->about]);
}

static uint32_t hearers(const struct flips *f, uint32_t user)
{
    const struct graph *g = f->s->graph;
    uint32_t n = 0;
    for (uint32_t k = 0; k < g->friends; k++)
        n += g->place[graph_friend(g, user, k)] >= f->deaf;
    return n;
}

static void flip(struct flips *f, double due_us)
{
    struct stage *s = f->s;
    uint32_t users = s->plan->users, user = s->graph->user[s->flips % users];
    f->due_us[user] = due_us;
    load_status(s->load, user, s->flips / users % 2 ? "idle" : "away");
    f->expected += hearers(f, user);
    s->flips++;
    f->sent++;
}

void flips_run(struct flips *f, uint32_t count)
{
    struct stage *s = f->s;
    struct meter m;
    double period = 1e6 / f->rate, begin = now_us(), end = begin + count * period + LAST_WAIT_US;
    uint32_t sent = 0;
    load_listen(s->load, on_flip, f);
    meter_start(&m, s);
    for (double now = begin; now < end; now = now_us()) {
        for (; sent < count && begin + sent * period <= now; sent++)
            flip(f, begin + sent * period);
        if (sent == count && f->told >= f->expected) break;
        load_poll(s->load, sent < count ? begin + sent * period - now_us() : 1e4);
    }
    meter_stop(&m, s);
    meter_add(&f->sum, &m);
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
static double bare_slice(const struct flips *f, uint32_t first, uint32_t count)
{
    uint32_t frame_bytes = (uint32_t)(f->sum.stats.diff_bytes / f->told);
    note(f->s, "B", frame_bytes, none, "a diff, with its header");
    return bare_us(f->s->bare, &(struct bare_order){.rate = f->rate,
                                                    .flips = count,
                                                    .first = first,
                                                    .frame_bytes = frame_bytes});
}

/* Server and loop take turns, a second each, so that both see the same machine. Returns the loop's
 * CPU for each send. */
static double take_turns(struct flips *f)
{
    double seconds = f->s->plan->seconds, bare = 0;
    uint32_t slices = seconds < 1 ? 1 : (uint32_t)seconds;
    for (uint32_t i = 0; i < slices; i++) {
        uint32_t first = f->s->flips, count = (uint32_t)(f->rate * seconds / slices);
        flips_run(f, count);
        if (f->told == 0) die("nobody was told of a status");
        bare += bare_slice(f, first, count);
    }
    return bare / slices;
}

static void flips_at(struct stage *s, const struct goal *goal)
{
    struct flips f;
    char scene[32];
    snprintf(scene, sizeof scene, "R = %u", goal->rate);
    flips_init(&f, s, goal->rate, 0);
    double bare = take_turns(&f), each = f.sum.server_us / (double)f.told;
    note(s, "µs", each, none, "%s: CPU for each delivery", scene);
    note(s, "µs", bare, none, "%s: bare loop, CPU for each send", scene);
    note(s, "", each / bare, goal->ratio, "%s: ratio", scene);
    note(s, "ms", percentiles_us(&f.late, 0.5) / 1e3, goal->p50_ms, "%s: latency, p50", scene);
    note(s, "ms", percentiles_us(&f.late, 0.99) / 1e3, goal->p99_ms, "%s: latency, p99", scene);
    note(s, "", (double)f.told / (double)f.expected, always(1),
         "%s: diffs received of those expected", scene);
    note_busy(s, &f.sum, scene);
    flips_fini(&f);
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
        struct flips f;
        flips_init(&f, s, rate, 0);
        flips_run(&f, (uint32_t)(rate * s->plan->seconds / 2));
        stage_settle(s, 0.3);
        flips_fini(&f);
        busy = 100 * f.sum.load_us / f.sum.wall_us;
        if (percentiles_us(&f.late, 0.99) > LATE_US || f.told < f.expected) break;
        best = (double)f.told / f.sum.wall_us * 1e6;
    }
    note(s, "/s", best, at_least(140000), "most deliveries with p99 <= 100 ms");
    note(s, "%", busy, none, "most deliveries: generator busy at the rate above it");
}
