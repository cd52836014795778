/* io/load_run.c -- a load, from its first phase to its last. */
#include "io/load_run.h"

#include "io/load_play.h"
#include "io/load_ramp.h"

#include <string.h>

/* Who could not be brought is missing in all that follows. */
static bool is_told(const struct load_phase *now, const struct phase *p)
{
    return p->reported || tally_wrong(&now->tally) > 0;
}

static kith_err run_phases(struct load *l, const struct load_options *o, struct load_results *out,
                           kith_problem *why)
{
    kith_err e = KITH_OK;
    for (uint32_t i = 0; i < o->phase_count && !e; i++) {
        const struct phase *p = &o->phases[i];
        struct load_phase *now = &out->phases[out->count];
        e = p->kind == PHASE_RAMP ? load_ramp(l, p, now, why) : load_play(l, p, now, why);
        if ((!e || e == KITH_EXPIRED) && is_told(now, p)) out->count++;
    }
    return e;
}

kith_err load_run(const struct load_options *o, struct load_results *out, kith_problem *why)
{
    struct load *l;
    kith_err e = load_start(&l, o, why);
    if (e) return e;
    memset(out, 0, sizeof *out);
    out->users = o->graph->users;
    out->processes = load_processes(l);
    out->edges = graph_edges(o->graph);
    out->measured = o->pid_count > 0;
    e = run_phases(l, o, out, why);
    load_end(l);
    return e;
}
