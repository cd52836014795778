/* bench/scenes.c -- connections, joins, status changes, and users who come and go. */
#include "scenes.h"

#include "tool.h"
#include "turns.h"

#include <stdlib.h>

/* What memory grew by since `before`, for each user. */
static void note_memory(struct stage *s, const char *what, struct memory before, struct memory now,
                        struct target target)
{
    double users = s->plan->users;
    note(s, "B", (now.rss - before.rss) / users, target, "RSS of %s", what);
    note(s, "B", (now.pss - before.pss) / users, none, "PSS of %s", what);
}

void scene_idle(struct stage *s)
{
    struct memory before = stage_memory(s), now;
    (void)stage_fill(s, PHASE_OPEN);
    now = stage_memory(s);
    note_memory(s, "a connection, only upgraded", before, now, none);
    (void)stage_fill(s, PHASE_STORM);
    now = stage_memory(s);
    note_memory(s, "a joined user without friends", before, now, at_most(600));
    s->idle_rss = now.rss;
}

/* Of two friends, the second to join is told of the first in its state, and the first of the second
 * by a diff: one diff a friendship. */
static void note_storm(struct stage *s, const struct load_phase *p)
{
    double users = s->plan->users, friendships = users * s->plan->friends / 2;
    note(s, "/s", users / p->seconds, at_least(4000), "join storm: joins");
    note(s, "ms", spent_us(p) / users / 1e3, at_most(0.25), "join storm: CPU for each join");
    note(s, "ms", part_ms(&p->tally.join_us, 0.5), none, "join storm: dial to state, p50");
    note(s, "ms", part_ms(&p->tally.join_us, 0.99), at_most(50), "join storm: dial to state, p99");
    note(s, "", (double)p->tally.told / friendships, always(1),
         "join storm: diffs received of those expected");
    note_busy(s, p, "join storm");
}

void scene_storm(struct stage *s)
{
    double users = s->plan->users, friends = s->plan->friends;
    char what[64];
    struct memory before = stage_memory(s), now;
    note_storm(s, stage_fill(s, PHASE_STORM));
    now = stage_memory(s);
    snprintf(what, sizeof what, "a joined user with %.0f friends", friends);
    note_memory(s, what, before, now, at_most(2500));
    if (s->idle_rss > 0)
        note(s, "B", (now.rss - s->idle_rss) / (users * friends), at_most(12),
             "RSS of a subscription");
}

/* Status changes */

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

/* Turns of a second. */
static void take_turns(struct stage *s, uint32_t rate, struct turns *t)
{
    double seconds = s->plan->seconds;
    unsigned slices = seconds < 1 ? 1 : (unsigned)seconds;
    for (unsigned i = 0; i < slices; i++) {
        const struct load_phase *p = stage_flips(s, rate, seconds / slices);
        struct bare_order order = {.rate = rate, .flips = p->phase.count, .first = p->phase.first};
        turn_about(t, s, p, order);
        note(s, "B", t->frame_bytes, none, "a diff, with its header");
    }
}

static void flips_at(struct stage *s, const struct goal *goal)
{
    static struct turns t;
    const struct tally *told = &t.sum.tally;
    char scene[32];
    t = (struct turns){0};
    snprintf(scene, sizeof scene, "R = %u", goal->rate);
    take_turns(s, goal->rate, &t);
    note_turns(s, &t, scene, "delivery", goal->ratio);
    note(s, "ms", part_ms(&told->told_us, 0.5), goal->p50_ms, "%s: latency, p50", scene);
    note(s, "ms", part_ms(&told->told_us, 0.99), goal->p99_ms, "%s: latency, p99", scene);
    note(s, "", (double)told->met / (double)told->due, always(1),
         "%s: diffs received of those expected", scene);
    note_busy(s, &t.sum, scene);
}

void scene_flips(struct stage *s)
{
    for (uint32_t i = 0; i < s->plan->rate_count; i++) {
        struct goal goal = goal_at(s->plan->rates[i]);
        flips_at(s, &goal);
    }
}

/* As far as it goes */

enum { CAPACITY_FROM = 500 };

void scene_capacity(struct stage *s)
{
    const struct load_phase *p =
        stage_play(s, (struct phase){.kind = PHASE_RAMP,
                                     .period_ns = 1000000000 / CAPACITY_FROM,
                                     .lasts_us = (uint64_t)(s->plan->seconds * 1e6 / 2)});
    const struct ramp *r = &p->ramp;
    double seconds = (double)(p->tally.last_us - p->phase.begin_us) / 1e6;
    double best = r->held > 0 ? (double)p->tally.told / seconds : 0;
    note(s, "/s", best, at_least(140000), "most deliveries with p99 <= 100 ms");
    note(s, "/s", r->at_end, none, "most deliveries: it ended at status changes a second");
    note(s, "ms", r->end_p99_us / 1e3, none, "most deliveries: latency there, p99");
    note(s, "ms", r->end_late_us / 1e3, none, "most deliveries: generator late there, p99");
    note(s, "%", 100 * r->end_busy, none, "most deliveries: generator busy there");
    note(s, "", r->end == RAMP_LIMIT, none, "most deliveries: 1 if the generator ended it");
    if (r->end == RAMP_LIMIT) note_limit(s, "most deliveries");
    fprintf(stderr, "most deliveries: it ended at %.0f changes a second: %s\n", r->at_end,
            ramp_end_text(r->end));
}

/* Users go and come back */

enum { LEAVES_PER_S = 50 };

/* Each for a little longer than grace. What is told is two diffs a user; the bare loop sends as
 * many, at their pace. */
void scene_churn(struct stage *s)
{
    static struct turns t;
    unsigned slices = s->plan->seconds < 4 ? 1 : (unsigned)(s->plan->seconds / 2);
    uint32_t total = (uint32_t)(s->plan->seconds * LEAVES_PER_S) / slices;
    t = (struct turns){0};
    for (unsigned i = 0; i < slices; i++) {
        uint64_t first = i * total;
        const struct load_phase *p =
            stage_play(s, (struct phase){.kind = PHASE_CHURN,
                                         .count = total,
                                         .first = first,
                                         .period_ns = 1000000000 / LEAVES_PER_S,
                                         .away_us = (uint64_t)((s->plan->grace_s + 0.5) * 1e6)});
        turn_about(
            &t, s, p,
            (struct bare_order){.rate = 2 * LEAVES_PER_S, .flips = 2 * total, .first = first});
    }
    note_turns(s, &t, "churn", "leave or join delivered", at_most(1.5));
}

/* Many go at once */

void scene_vanish(struct stage *s)
{
    uint32_t count = s->plan->users / 20;
    const struct load_phase *p = stage_play(s, (struct phase){.kind = PHASE_DROP, .count = count});
    double last_us = (double)(p->tally.last_us - p->phase.begin_us) - s->plan->grace_s * 1e6;
    note(s, "ms", last_us / 1e3, at_most(150), "%u vanish at once: last friend told, beyond grace",
         count);
    note(s, "", (double)p->tally.met / (double)p->tally.due, always(1),
         "%u vanish at once: leaves received of those expected", count);
}
