/* io/load_run.c -- a load, phase by phase. */
#include "io/load_run.h"

#include "io/load_clock.h"
#include "io/load_crew.h"
#include "io/load_meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LEAD_US = 50000 }; /* from telling all processes to the begin of a phase */

struct run {
    const struct load_options *o;
    struct load_results *results;
    struct load_crew crew;
    struct load_phase *now;
    struct load_meter first;
    uint64_t flips; /* so far */
};

/* A line on the terminal */

struct progress_sum {
    uint64_t joined, flips, drops, told;
};

static struct progress_sum sum_up(const struct run *r)
{
    struct progress_sum s = {0};
    for (uint32_t i = 0; i < r->crew.processes; i++) {
        const volatile struct tally *t = &r->crew.shared->slots[i].tally;
        s.joined += t->joined;
        s.flips += t->flips;
        s.drops += t->drops;
        s.told += t->told;
    }
    return s;
}

static void show(void *ctx)
{
    const struct run *r = ctx;
    const struct phase *p = &r->crew.shared->phase;
    uint64_t now_us = load_now_us();
    if (!r->o->progress || now_us < p->begin_us) return;
    struct progress_sum s = sum_up(r);
    (void)fprintf(stderr, "\r\x1b[K%s: %.0f s", phase_name(p->kind),
                  (double)(now_us - p->begin_us) / 1e6);
    if (s.joined)
        (void)fprintf(stderr, ", %" PRIu64 " of %u joined", s.joined,
                      p->kind == PHASE_STORM ? p->count : (uint32_t)s.drops);
    if (s.flips) (void)fprintf(stderr, ", %" PRIu64 " of %u flips", s.flips, p->count);
    if (s.drops) (void)fprintf(stderr, ", %" PRIu64 " of %u closed", s.drops, p->count);
    (void)fprintf(stderr, ", %" PRIu64 " told", s.told);
}

static void clear(const struct run *r)
{
    if (r->o->progress) (void)fputs("\r\x1b[K", stderr);
}

/* Measuring */

static kith_err measure(const struct run *r, struct load_meter *m, kith_problem *why)
{
    return load_measure(r->o->pids, r->o->pid_count, m, why);
}

static void note_server(struct run *r, const struct load_meter *from, const struct load_meter *to)
{
    struct load_server *s = &r->now->server;
    *s = (struct load_server){.wall_us = (r->now->seconds + r->now->settle_seconds) * 1e6,
                              .cpu_us = to->cpu_us - from->cpu_us,
                              .user_us = to->user_us - from->user_us,
                              .system_us = to->system_us - from->system_us,
                              .softirq_us = to->softirq_us - from->softirq_us,
                              .rss_before_bytes = r->first.rss_bytes,
                              .pss_before_bytes = r->first.pss_bytes};
}

static void note_processes(struct run *r)
{
    for (uint32_t i = 0; i < r->crew.processes; i++) {
        const struct tally *t = &r->crew.shared->slots[i].tally;
        tally_merge(&r->now->tally, t);
        double busy = t->wall_us ? (double)t->cpu_us / (double)t->wall_us : 0;
        if (busy > r->now->busy) r->now->busy = busy;
    }
    for (uint32_t u = 0; u < r->o->graph->users; u++)
        r->now->online += r->crew.shared->facts[u].online;
}

/* Nobody at all got in: that is no measurement. */
static kith_err turned_away(const struct run *r, kith_problem *why)
{
    int error = r->now->tally.socket_error;
    unsigned status = r->now->tally.http_status;
    if (status == 403)
        return problem(KITH_IO, why,
                       "the server refuses all: 403; does it run with --auth none? "
                       "Else say --token-secret FILE, or --param token=...");
    if (status)
        return problem(KITH_IO, why,
                       "the server answers %u to ws://%.150s%.100s; is that where it "
                       "speaks Phoenix Channels?",
                       status, r->o->urls[0].authority, r->o->urls[0].path);
    return problem(KITH_IO, why, "nobody could join: %s; try with --users 2 first",
                   error ? strerror(error) : "the server refuses the topic, or does not answer");
}

/* A phase. Between its end and the next, sockets are still read, and heartbeats sent. */

static kith_err carry_out(struct run *r)
{
    uint64_t begin_us = r->crew.shared->phase.begin_us;
    kith_err e = load_crew_do(&r->crew, LOAD_BEGIN, show, r);
    uint64_t done_us = load_now_us();
    r->now->seconds = done_us > begin_us ? (double)(done_us - begin_us) / 1e6 : 0;
    r->now->interrupted = e == KITH_EXPIRED;
    if (!e) e = load_crew_do(&r->crew, LOAD_SETTLE, show, r);
    r->now->settle_seconds = (double)(load_now_us() - done_us) / 1e6;
    return e;
}

static kith_err conclude(struct run *r, const struct load_meter *before, kith_problem *why)
{
    struct load_meter after;
    kith_err e = measure(r, &after, why);
    if (e) return e;
    note_server(r, before, &after);
    e = load_crew_do(&r->crew, LOAD_CONCLUDE, show, r);
    if (e == KITH_IO) return problem(e, why, "a process of the load has ended; is there memory?");
    if (measure(r, &after, NULL) == KITH_OK) {
        r->now->server.rss_bytes = after.rss_bytes;
        r->now->server.pss_bytes = after.pss_bytes;
    }
    note_processes(r);
    return KITH_OK;
}

/* The first phase joins all; where nobody is in behind it there is nothing to go on with. */
static kith_err run_phase(struct run *r, const struct phase *p, kith_problem *why)
{
    struct load_meter before;
    struct phase *shared = &r->crew.shared->phase;
    memset(r->now, 0, sizeof *r->now);
    kith_err e = measure(r, &before, why), lost = KITH_OK;
    if (e) return e;
    *shared = *p;
    shared->window = p->window / r->crew.processes + (p->window < r->crew.processes);
    shared->first_flip = r->flips;
    shared->begin_us = load_now_us() + LEAD_US;
    e = carry_out(r);
    if (e == KITH_IO) return problem(e, why, "a process of the load has ended; is there memory?");
    r->now->phase = *shared;
    lost = conclude(r, &before, why);
    if (lost) return lost;
    if (p->kind == PHASE_STEADY) r->flips += p->count;
    if (!e && r->now->online == 0 && p->kind == PHASE_STORM) return turned_away(r, why);
    return e;
}

static kith_err run_phases(struct run *r, kith_problem *why)
{
    kith_err e = measure(r, &r->first, why);
    for (uint32_t i = 0; i < r->o->phase_count && !e; i++) {
        r->now = &r->results->phases[r->results->count];
        e = run_phase(r, &r->o->phases[i], why);
        clear(r);
        bool measured = !e || e == KITH_EXPIRED;
        if (measured && r->o->phases[i].reported) r->results->count++;
    }
    return e;
}

kith_err load_run(const struct load_options *o, struct load_results *out, kith_problem *why)
{
    struct run r = {.o = o, .results = out};
    kith_err e = load_crew_start(&r.crew, o, why);
    if (e) return e;
    memset(out, 0, sizeof *out);
    out->users = o->graph->users;
    out->processes = r.crew.processes;
    out->edges = graph_edges(o->graph);
    out->measured = o->pid_count > 0;
    e = run_phases(&r, why);
    load_crew_end(&r.crew);
    return e;
}
