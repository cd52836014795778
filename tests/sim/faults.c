/* tests/sim/faults.c -- what goes wrong, and when. */
#include "sim/faults.h"

#include "sim/engine.h"
#include "sim/nodes.h"

enum {
    FAULTS_MS = 16000, /* they come within so long */
    DELAY_MS_MAX = 4000,
    BULK_MS_MAX = 1500,
    GHOST_MS = 300 /* between two */
};

/* Which concern a frame */

static bool is_active(const struct trial *t, const struct fault *f)
{
    return f->from_ms <= t->now_ms && t->now_ms < f->until_ms;
}

static bool cuts(const struct fault *f, unsigned from, unsigned to)
{
    bool one = f->mask >> from & 1, other = f->mask >> to & 1;
    switch (f->kind) {
    case FAULT_CUT: return (from == f->a && to == f->b) || (from == f->b && to == f->a);
    case FAULT_HALVES: return one != other;
    case FAULT_ONE_WAY: return from == f->a && to == f->b;
    case FAULT_SILENCE: return from == f->a || to == f->a;
    case FAULT_BURST: return to == f->a;
    case FAULT_OUTAGE: return from == f->a || to == f->a;
    default: return false;
    }
}

static bool disturbs(struct trial *t, const struct fault *f, const struct flight *of,
                     struct faults_link *link)
{
    switch (f->kind) {
    case FAULT_LOSS: link->lost |= chance_of(t, f->per_thousand); return true;
    case FAULT_REPEATS: link->repeated |= chance_of(t, f->per_thousand); return false;
    case FAULT_DELAYS:
        if (chance_of(t, f->per_thousand)) link->delay_ms = below(t, DELAY_MS_MAX);
        return true;
    case FAULT_BULK:
        if (of->bulk) link->delay_ms = between(t, 50, BULK_MS_MAX);
        return of->bulk;
    case FAULT_BEATS:
        if (of->heartbeat) link->delay_ms = below(t, DELAY_MS_MAX);
        return of->heartbeat;
    default: return false;
    }
}

struct faults_link faults_link(struct trial *t, unsigned from, unsigned to, const struct flight *of)
{
    struct faults_link link = {0};
    for (unsigned i = 0; i < t->fault_count; i++) {
        const struct fault *f = &t->faults[i];
        if (!is_active(t, f)) continue;
        bool cut = cuts(f, from, to);
        link.lost |= cut;
        if (cut || disturbs(t, f, of, &link)) t->bad_ms[from][to] = t->now_ms;
    }
    return link;
}

/* The plan */

static const char *const names[FAULT_KINDS] = {
    "nothing", "loss",    "repeats", "delays", "bulk",  "beats", "cut",     "halves", "one way",
    "outage",  "silence", "burst",   "pause",  "crash", "leave", "restart", "twin",   "ghosts"};

static uint32_t duration(struct trial *t, enum fault_kind kind)
{
    switch (kind) {
    case FAULT_BURST: return between(t, 50, 1500);
    case FAULT_PAUSE: return between(t, 200, 9000);
    case FAULT_CRASH:
    case FAULT_LEAVE: return between(t, 100, 14000); /* then it is started again */
    case FAULT_TWIN: return between(t, 1000, 8000);
    default: return chance_of(t, 500) ? between(t, 100, 3000) : between(t, 3000, 14000);
    }
}

static uint32_t how_often(struct trial *t, enum fault_kind kind)
{
    if (kind == FAULT_DELAYS) return between(t, 1, 500);
    return chance_of(t, 300) ? between(t, 300, 600) : between(t, 1, 300);
}

static void add(struct trial *t, enum fault_kind kind)
{
    if (t->fault_count == FAULTS_MAX) return;
    struct fault *f = &t->faults[t->fault_count++];
    f->kind = kind;
    f->from_ms = SETTLED_MS + below(t, FAULTS_MS);
    f->until_ms = f->from_ms + duration(t, kind);
    if (f->until_ms > t->heal_ms) f->until_ms = t->heal_ms;
    f->a = below(t, t->node_count);
    f->b = (f->a + between(t, 1, t->node_count)) % t->node_count;
    f->mask = between(t, 1, (1u << t->node_count) - 1);
    f->per_thousand = how_often(t, kind);
}

/* Each trial has some kinds of faults, and has them more or less often. */
void faults_plan(struct trial *t)
{
    bool kinds[FAULT_KINDS] = {0};
    t->heal_ms = SETTLED_MS + FAULTS_MS + between(t, 0, 4000);
    if (t->o.quiet) return;
    for (unsigned kind = 1; kind < FAULT_KINDS; kind++)
        kinds[kind] = chance_of(t, 400) && kind != FAULT_RESTART;
    uint32_t often = between(t, 1, 5);
    for (unsigned kind = 1; kind < FAULT_KINDS; kind++)
        for (unsigned k = below(t, often + 1); kinds[kind] && k--;)
            add(t, (enum fault_kind)kind);
}

/* Begin and end */

static void restart(struct trial *t, unsigned node)
{
    const struct node *n = &t->nodes[node];
    if (!n->runs && t->run_count < RUNS_MAX) nodes_start(t, node, n->name);
}

/* A second run of the name of a, where b is free. */
static void start_twin(struct trial *t, const struct fault *f)
{
    if (!t->nodes[f->b].runs && t->nodes[f->a].runs && t->run_count < RUNS_MAX)
        nodes_start(t, f->b, t->nodes[f->a].name);
}

static void begin(struct trial *t, struct fault *f)
{
    f->begun = true;
    trial_say(t, NOBODY, NOBODY, "%s begins: n%u, n%u, mask %x, %u of 1000, for %u ms",
              names[f->kind], f->a, f->b, f->mask, f->per_thousand,
              (unsigned)(f->until_ms - f->from_ms));
    switch (f->kind) {
    case FAULT_OUTAGE: nodes_connect(t, f->a, false); break;
    case FAULT_PAUSE: nodes_pause(t, f->a, true); break;
    case FAULT_CRASH: nodes_crash(t, f->a); break;
    case FAULT_LEAVE: nodes_leave(t, f->a); break;
    case FAULT_TWIN:
        nodes_crash(t, f->b);
        start_twin(t, f);
        break;
    default: break;
    }
}

static void end(struct trial *t, struct fault *f)
{
    f->ended = true;
    trial_say(t, NOBODY, NOBODY, "%s ends: n%u, n%u", names[f->kind], f->a, f->b);
    switch (f->kind) {
    case FAULT_OUTAGE: nodes_connect(t, f->a, true); break;
    case FAULT_PAUSE: nodes_pause(t, f->a, false); break;
    case FAULT_CRASH:
    case FAULT_LEAVE: restart(t, f->a); break;
    case FAULT_TWIN:
        nodes_crash(t, f->b);
        t->nodes[f->b].name = f->b;
        restart(t, f->b);
        break;
    default: break;
    }
}

uint64_t faults_due(const struct trial *t)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < t->fault_count; i++) {
        const struct fault *f = &t->faults[i];
        if (!f->ended) due = earlier(due, f->begun ? f->until_ms : f->from_ms);
        if (f->kind == FAULT_GHOSTS && is_active(t, f)) due = earlier(due, t->ghost_ms);
    }
    return due;
}

void faults_turn(struct trial *t)
{
    for (unsigned i = 0; i < t->fault_count; i++) {
        struct fault *f = &t->faults[i];
        if (!f->begun && f->from_ms <= t->now_ms) begin(t, f);
        if (f->begun && !f->ended && f->until_ms <= t->now_ms) end(t, f);
        if (f->kind != FAULT_GHOSTS || !is_active(t, f) || t->ghost_ms > t->now_ms) continue;
        engine_send_ghost(t);
        t->ghost_ms = t->now_ms + GHOST_MS;
    }
}

/* The heal */

/* A later run of its name was up somewhere: it stops when it hears of that. */
static bool is_replaced(const struct trial *t, unsigned node)
{
    for (unsigned i = t->nodes[node].run + 1; i < t->run_count; i++)
        if (t->runs[i].name == node) return true;
    return false;
}

/* A node of the core runs, under its own name. */
static void mend(struct trial *t, unsigned node)
{
    struct node *n = &t->nodes[node];
    if (n->runs && (n->name != node || is_replaced(t, node))) nodes_crash(t, node);
    if (n->runs && n->leaving) nodes_crash(t, node);
    if (n->runs) {
        nodes_pause(t, node, false);
        if (n->runs && !n->connected) nodes_connect(t, node, true);
    }
    if (n->runs) return;
    n->name = node;
    restart(t, node);
}

/* The others stay as bad as they are, or worse: nothing comes or goes between them and the core. */
void faults_heal(struct trial *t)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < t->fault_count; i++) {
        struct fault *f = &t->faults[i];
        if (!f->begun) f->begun = f->ended = true;
        if (!f->ended) end(t, f);
        f->until_ms = earlier(f->until_ms, t->now_ms);
    }
    for (unsigned i = 0; i < t->node_count; i++)
        mask |= (uint32_t)t->core[i] << i;
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->core[i])
            mend(t, i);
        else if (chance_of(t, 500))
            nodes_crash(t, i);
    t->faults[0] = (struct fault){.kind = FAULT_HALVES,
                                  .from_ms = t->now_ms,
                                  .until_ms = UINT64_MAX,
                                  .mask = mask,
                                  .begun = true,
                                  .ended = true};
    if (t->fault_count == 0) t->fault_count = 1;
    trial_say(t, NOBODY, NOBODY, "healed: the core is %x", mask);
}
