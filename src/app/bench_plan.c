/* app/bench_plan.c -- the phases of `kith bench`. */
#include "app/bench_plan.h"

#include "base/slice.h"

#include <stdio.h>

enum { AWAY_US = 1000000, RELOAD_US_MAX = 1000000 }; /* beyond grace; within it */

static uint64_t period_ns(double rate) { return rate > 0 ? (uint64_t)(1e9 / rate) : 0; }

static uint32_t in_time(const struct bench_plan *p, double rate)
{
    double count = rate * (double)p->seconds_us / 1e6;
    return count < 1 ? 1 : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static uint32_t at_most(uint32_t n, uint32_t most) { return n < most ? n : most; }

static struct phase phase_of(const struct bench_plan *p, enum phase_kind kind)
{
    struct phase out = {.kind = kind, .reported = true, .grace_us = p->grace_us};
    switch (kind) {
    case PHASE_OPEN:
    case PHASE_STORM:
        out.count = p->users;
        out.period_ns = period_ns(p->connect_rate);
        out.window = p->window;
        break;
    case PHASE_HOLD: out.lasts_us = p->seconds_us; break;
    case PHASE_RAMP:
    case PHASE_STEADY:
        out.count = in_time(p, p->rate);
        out.period_ns = period_ns(p->rate);
        out.lasts_us = p->seconds_us;
        break;
    case PHASE_CHURN:
        /* Each user once, so that it is certain what each has to be told. */
        out.count = at_most(in_time(p, p->churn_rate), p->users);
        out.period_ns = period_ns(p->churn_rate);
        out.reload_us = at_most((uint32_t)(p->grace_us / 4), RELOAD_US_MAX);
        out.away_us = p->grace_us + AWAY_US;
        break;
    case PHASE_DROP: out.count = p->drop ? at_most(p->drop, p->users) : p->users / 20 + 1; break;
    case PHASE_READ: out.count = at_most(p->stalled, p->users); break;
    case PHASE_KINDS: break;
    }
    return out;
}

/* Joins whoever is not there. */
static struct phase filling(const struct bench_plan *p)
{
    struct phase out = phase_of(p, PHASE_STORM);
    out.reported = false;
    return out;
}

static bool read_name(kith_slice word, enum phase_kind *kind, kith_problem *why)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%.*s", (int)at_most((uint32_t)word.len, 15),
                   (const char *)word.ptr);
    if (phase_called(name, kind) == KITH_OK) return true;
    (void)problem(KITH_BAD, why,
                  "no phase '%s'; there are open, storm, hold, steady, ramp, churn, drop "
                  "and read",
                  name);
    return false;
}

static bool fits(enum phase_kind kind, uint32_t asked, enum phase_kind before, kith_problem *why)
{
    bool brings = kind == PHASE_STORM || kind == PHASE_OPEN;
    bool first = asked == 0 || (kind == PHASE_STORM && before == PHASE_OPEN);
    if (brings && !first)
        return problem(KITH_BAD, why,
                       "open comes first, and storm first or behind it, once: all are there then"),
               false;
    if (asked == LOAD_PHASES_MAX) return problem(KITH_BAD, why, "these are too many phases"), false;
    return true;
}

uint32_t bench_plan_phases(const struct bench_plan *p, struct phase out[2 * LOAD_PHASES_MAX],
                           kith_problem *why)
{
    kith_slice word, rest = slice_str(p->names);
    uint32_t count = 0, asked = 0;
    bool all_there = false;
    for (enum phase_kind kind, before = PHASE_KINDS; rest.ptr; asked++, before = kind) {
        rest = slice_cut(rest, ',', &word);
        if (!read_name(word, &kind, why) || !fits(kind, asked, before, why)) return 0;
        bool brings = kind == PHASE_STORM || kind == PHASE_OPEN;
        if (!brings && !all_there) out[count++] = filling(p);
        out[count++] = phase_of(p, kind);
        all_there = kind != PHASE_DROP && kind != PHASE_OPEN;
    }
    return count;
}
