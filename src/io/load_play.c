/* io/load_play.c -- a load, phase by phase. */
#include "io/load_play.h"

#include "io/load_clock.h"
#include "io/load_crew.h"
#include "io/load_meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAD_US = 50000,    /* from telling all processes to the begin of a phase */
    BUSY_US_MIN = 50000 /* who is busy for a moment holds up nobody */
};

struct load {
    const struct load_options *o;
    struct load_crew crew;
    struct load_phase *now;
    struct load_meter first;
    uint64_t flips; /* so far */
};

/* A line on the terminal */

struct progress_sum {
    uint64_t opened, joined, flips, drops, told;
};

static struct progress_sum sum_up(const struct load *l)
{
    struct progress_sum s = {0};
    for (uint32_t i = 0; i < l->crew.processes; i++) {
        const volatile struct tally *t = &l->crew.shared->slots[i].tally;
        s.opened += t->opened;
        s.joined += t->joined;
        s.flips += t->flips;
        s.drops += t->drops;
        s.told += t->told;
    }
    return s;
}

static void show(void *ctx)
{
    const struct load *l = ctx;
    const struct phase *p = &l->crew.shared->phase;
    uint64_t now_us = load_now_us();
    if (!l->o->progress || now_us < p->begin_us) return;
    struct progress_sum s = sum_up(l);
    (void)fprintf(stderr, "\r\x1b[K%s: %.0f s", phase_name(p->kind),
                  (double)(now_us - p->begin_us) / 1e6);
    if (s.opened) (void)fprintf(stderr, ", %" PRIu64 " of %u open", s.opened, p->count);
    if (s.joined)
        (void)fprintf(stderr, ", %" PRIu64 " of %u joined", s.joined,
                      p->kind == PHASE_CHURN ? (uint32_t)s.drops : p->count);
    if (s.flips) (void)fprintf(stderr, ", %" PRIu64 " of %u flips", s.flips, p->count);
    if (s.drops) (void)fprintf(stderr, ", %" PRIu64 " of %u closed", s.drops, p->count);
    (void)fprintf(stderr, ", %" PRIu64 " told", s.told);
}

static void clear(const struct load *l)
{
    if (l->o->progress) (void)fputs("\r\x1b[K", stderr);
}

/* Measuring */

static kith_err measure(const struct load *l, struct load_meter *m, kith_problem *why)
{
    return load_measure(l->o->pids, l->o->pid_count, m, why);
}

static void note_server(struct load *l, const struct load_meter *from, const struct load_meter *to)
{
    struct load_server *s = &l->now->server;
    *s = (struct load_server){.wall_us = (l->now->seconds + l->now->settle_seconds) * 1e6,
                              .doing_us = s->doing_us,
                              .cpu_us = to->cpu_us - from->cpu_us,
                              .user_us = to->user_us - from->user_us,
                              .system_us = to->system_us - from->system_us,
                              .softirq_us = to->softirq_us - from->softirq_us,
                              .rss_bytes = to->rss_bytes,
                              .pss_bytes = to->pss_bytes,
                              .rss_before_bytes = l->first.rss_bytes,
                              .pss_before_bytes = l->first.pss_bytes};
}

static void note_processes(struct load *l)
{
    for (uint32_t i = 0; i < l->crew.processes; i++) {
        const struct tally *t = &l->crew.shared->slots[i].tally;
        tally_merge(&l->now->tally, t);
        l->now->generator_us += (double)t->cpu_us;
        double busy = t->wall_us < BUSY_US_MIN ? 0 : (double)t->cpu_us / (double)t->wall_us;
        if (busy > l->now->busy) l->now->busy = busy;
    }
    for (uint32_t u = 0; u < l->o->graph->users; u++)
        l->now->online += l->crew.shared->facts[u].online;
}

static bool nobody_came(const struct load *l)
{
    enum phase_kind kind = l->now->phase.kind;
    return (kind == PHASE_STORM && l->now->online == 0) ||
           (kind == PHASE_OPEN && l->now->tally.opened == 0);
}

/* That is no measurement. */
static kith_err turned_away(const struct load *l, kith_problem *why)
{
    int error = l->now->tally.socket_error;
    unsigned status = l->now->tally.http_status;
    if (status == 403)
        return problem(KITH_IO, why,
                       "the server refuses all: 403; does it run with --auth none? "
                       "Else say --token-secret FILE, or --param token=...");
    const struct url *u = &l->o->urls[0];
    if (status)
        return problem(KITH_IO, why,
                       "the server answers %u to %s://%.150s%.100s; is that where it %s", status,
                       url_scheme(u), u->authority, u->path,
                       status == 400 && !u->tls ? "speaks no TLS? Else say wss://"
                                                : "speaks Phoenix Channels?");
    return problem(KITH_IO, why, "nobody could join: %s; try with --users 2 first",
                   error ? strerror(error) : "the server refuses the topic, or does not answer");
}

/* A phase */

/* What is measured between doing and settling is read in some microseconds: deliveries still come,
 * and where there are few cores this process has one with those that read them. */
static kith_err carry_out(struct load *l, const struct load_meter *before)
{
    const struct phase *p = &l->crew.shared->phase;
    uint64_t begin_us = p->begin_us;
    kith_err e = load_crew_do(&l->crew, LOAD_BEGIN, show, l);
    uint64_t done_us = load_now_us();
    l->now->server.doing_us = load_measure_cpu(l->o->pids, l->o->pid_count, before->softirq) -
                              before->cpu_us - before->softirq_us;
    l->now->seconds = done_us > begin_us ? (double)(done_us - begin_us) / 1e6 : 0;
    l->now->interrupted = e == KITH_EXPIRED;
    if (!e && !p->unjudged) e = load_crew_do(&l->crew, LOAD_SETTLE, show, l);
    l->now->settle_seconds = (double)(load_now_us() - done_us) / 1e6;
    return e;
}

/* Of a server that has ended meanwhile nothing is known; what its clients were told is. */
static kith_err conclude(struct load *l, const struct load_meter *before, kith_problem *why)
{
    struct load_meter after;
    if (measure(l, &after, NULL))
        l->now->server = (struct load_server){0};
    else
        note_server(l, before, &after);
    kith_err e = load_crew_do(&l->crew, LOAD_CONCLUDE, show, l);
    if (e == KITH_IO) return problem(e, why, "a process of the load has ended; is there memory?");
    note_processes(l);
    return KITH_OK;
}

/* Where nobody is in behind a storm there is nothing to go on with. */
static kith_err play(struct load *l, const struct phase *p, kith_problem *why)
{
    struct load_meter before;
    struct phase *shared = &l->crew.shared->phase;
    memset(l->now, 0, sizeof *l->now);
    if (measure(l, &before, NULL))
        return problem(KITH_IO, why, "the server has ended: a process of --server-pid is gone");
    *shared = *p;
    shared->window = p->window / l->crew.processes + (p->window < l->crew.processes);
    if (p->kind == PHASE_STEADY) shared->first = l->flips;
    shared->begin_us = load_now_us() + LEAD_US;
    kith_err e = carry_out(l, &before);
    if (e == KITH_IO) return problem(e, why, "a process of the load has ended; is there memory?");
    l->now->phase = *shared;
    kith_err lost = conclude(l, &before, why);
    if (lost) return lost;
    if (p->kind == PHASE_STEADY) l->flips += p->count;
    return !e && nobody_came(l) ? turned_away(l, why) : e;
}

kith_err load_play(struct load *l, const struct phase *p, struct load_phase *out, kith_problem *why)
{
    l->now = out;
    kith_err e = play(l, p, why);
    clear(l);
    return e;
}

/* All of it */

kith_err load_start(struct load **out, const struct load_options *o, kith_problem *why)
{
    struct load *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l) return problem(KITH_NOMEM, why, "out of memory");
    l->o = o;
    l->flips = o->stalled; /* who reads nothing has its turn last */
    kith_err e = load_crew_start(&l->crew, o, why);
    if (e) {
        free(l);
        return e;
    }
    e = measure(l, &l->first, why);
    if (e)
        load_end(l);
    else
        *out = l;
    return e;
}

void load_end(struct load *l)
{
    if (!l) return;
    load_crew_end(&l->crew);
    free(l);
}

uint32_t load_processes(const struct load *l) { return l->crew.processes; }
