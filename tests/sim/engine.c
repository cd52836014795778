/* tests/sim/engine.c -- frames under way, and what can happen to them. */
#include "sim/engine.h"

#include "base/frame.h"
#include "sim/faults.h"
#include "sim/nodes.h"
#include "sim/told.h"
#include "support/must.h"

#include <stdlib.h>

enum { FRAMES_MAX = 200000 }; /* of a trial: ten times what is usual */

/* A heap in order of time, and of sending. */

static bool is_before(const struct flight *a, const struct flight *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->serial < b->serial;
}

static void swap(struct flight *a, struct flight *b)
{
    struct flight c = *a;
    *a = *b;
    *b = c;
}

static void push(struct trial *t, struct flight f)
{
    if (t->flight_count == t->flight_cap) {
        t->flight_cap = t->flight_cap * 2 + 64;
        t->flights = realloc(t->flights, t->flight_cap * sizeof *t->flights);
        must(t->flights);
    }
    f.serial = ++t->flight_serial;
    unsigned i = t->flight_count++;
    t->flights[i] = f;
    for (; i && is_before(&t->flights[i], &t->flights[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&t->flights[i], &t->flights[(i - 1) / 2]);
}

static struct flight pop(struct trial *t)
{
    struct flight first = t->flights[0];
    t->flights[0] = t->flights[--t->flight_count];
    for (unsigned i = 0;;) {
        unsigned least = i;
        for (unsigned child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < t->flight_count && is_before(&t->flights[child], &t->flights[least]))
                least = child;
        if (least == i) return first;
        swap(&t->flights[i], &t->flights[least]);
        i = least;
    }
}

uint64_t engine_due(const struct trial *t)
{
    return t->flight_count ? t->flights[0].at_ms : UINT64_MAX;
}

void engine_clear(struct trial *t)
{
    while (t->flight_count)
        frame_unref(pop(t).bytes);
    for (unsigned i = 0; i < t->ghost_count && i < 64; i++)
        frame_unref(t->ghosts[i].bytes);
    t->ghost_count = 0;
    free(t->flights);
    t->flights = NULL;
    t->flight_cap = 0;
}

/* A frame goes from one node to another, or back to itself. */
static void carry(struct trial *t, unsigned from, unsigned to, const struct flight *f)
{
    struct faults_link link = faults_link(t, from, to, f);
    if (link.lost) return;
    for (unsigned copies = 1 + link.repeated; copies--;) {
        struct flight one = *f;
        one.to = to;
        one.at_ms = t->now_ms + below(t, 3) + (copies ? below(t, 500) : link.delay_ms);
        frame_ref(one.bytes);
        push(t, one);
    }
}

static void keep_ghost(struct trial *t, unsigned from, const struct flight *f)
{
    if (below(t, 4)) return;
    struct flight *g = &t->ghosts[t->ghost_count++ % 64];
    if (t->ghost_count > 64) frame_unref(g->bytes);
    *g = *f;
    g->to = t->nodes[from].run;
    frame_ref(g->bytes);
}

void engine_take(struct trial *t, unsigned from)
{
    struct node *n = &t->nodes[from];
    struct cluster_frame out;
    while (cluster_next(n->sim->world[0], &out)) {
        if (!n->connected) continue;
        told_note(t, from, out.bytes);
        struct flight f = {.inc = out.to,
                           .bulk = out.bulk,
                           .heartbeat = out.heartbeat,
                           .bytes = frame_of(out.bytes)};
        must(f.bytes);
        if (++t->result.frames > FRAMES_MAX) trial_fail(t, NOBODY, from, "a storm of frames");
        keep_ghost(t, from, &f);
        for (unsigned to = 0; to < t->node_count; to++) {
            const struct node *other = &t->nodes[to];
            if (other->runs && (!out.to || t->runs[other->run].inc == out.to))
                carry(t, from, to, &f);
        }
        frame_unref(f.bytes);
    }
}

void engine_deliver(struct trial *t)
{
    struct flight f = pop(t);
    struct node *n = &t->nodes[f.to];
    if (n->runs && n->paused) { /* it is read later */
        f.at_ms = t->now_ms + 200;
        push(t, f);
        return;
    }
    if (n->runs && (!f.inc || t->runs[n->run].inc == f.inc)) {
        nodes_set_time(t, f.to);
        cluster_receive(n->sim->world[0], f.inc != 0, frame_slice(f.bytes));
        nodes_turn(t, f.to);
        told_check(t, f.to, frame_slice(f.bytes));
    }
    frame_unref(f.bytes);
}

/* Of a name of which a later run is up. */
static bool is_past(const struct trial *t, unsigned run)
{
    const struct run *r = &t->runs[run];
    if (!r->over) return false;
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->nodes[i].runs && t->nodes[i].state == CLUSTER_UP && t->nodes[i].name == r->name &&
            t->now_ms - t->nodes[i].up_ms > 500)
            return true;
    return false;
}

void engine_send_ghost(struct trial *t)
{
    unsigned count = t->ghost_count < 64 ? t->ghost_count : 64;
    for (unsigned tries = 0; count && tries < 16; tries++) {
        const struct flight *g = &t->ghosts[below(t, count)];
        if (!is_past(t, g->to)) continue;
        trial_say(t, NOBODY, NOBODY, "a frame of %s's run %u comes again",
                  nodes_name(t->runs[g->to].name), g->to);
        for (unsigned to = 0; to < t->node_count; to++) {
            struct flight f = {.to = to, .inc = g->inc, .bytes = g->bytes};
            f.at_ms = t->now_ms + below(t, 200);
            if (!t->nodes[to].runs) continue;
            frame_ref(f.bytes);
            push(t, f);
        }
    }
}

bool engine_was_good(const struct trial *t, unsigned a, unsigned b, uint64_t for_ms)
{
    const struct node *one = &t->nodes[a], *other = &t->nodes[b];
    if (one->paused || other->paused || !one->connected || !other->connected) return false;
    return t->bad_ms[a][b] + for_ms <= t->now_ms && t->bad_ms[b][a] + for_ms <= t->now_ms;
}
