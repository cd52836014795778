/* load/view.c -- what clients have been told. */
#include "load/view.h"

#include <stdlib.h>

static uint32_t own_count(const struct view *v)
{
    uint32_t users = v->graph->users;
    return v->process < users ? (users - v->process - 1) / v->processes + 1 : 0;
}

static uint32_t own_user(const struct view *v, uint32_t i) { return v->process + i * v->processes; }

kith_err view_init(struct view *v)
{
    uint32_t count = own_count(v);
    v->first = malloc(((size_t)count + 1) * sizeof *v->first);
    if (!v->first) return KITH_NOMEM;
    v->first[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t *of = v->graph->first + own_user(v, i);
        v->first[i + 1] = v->first[i] + (of[1] - of[0]);
    }
    v->cells = calloc(v->first[count] + 1, sizeof *v->cells);
    return v->cells ? KITH_OK : KITH_NOMEM;
}

void view_fini(struct view *v)
{
    free(v->first);
    free(v->cells);
    v->first = NULL;
    v->cells = NULL;
}

void view_begin(struct view *v, const struct phase *phase)
{
    uint64_t count = v->first[own_count(v)];
    v->phase = phase;
    for (uint64_t i = 0; i < count; i++)
        v->cells[i].gone = v->cells[i].came = v->cells[i].stated = 0;
}

static struct view_cell *cells_of(const struct view *v, uint32_t viewer)
{
    return v->cells + v->first[viewer / v->processes];
}

/* NULL: it may not see `about`, and that is counted. */
static struct view_cell *cell_about(struct view *v, uint32_t viewer, uint32_t about)
{
    uint64_t edge = graph_edge(v->graph, viewer, about);
    if (edge != GRAPH_NONE) return cells_of(v, viewer) + (edge - v->graph->first[viewer]);
    v->tally->leaks++;
    return NULL;
}

/* Whether the user's socket has closed in this phase. */
static bool touched(const struct view *v, uint32_t user)
{
    return v->facts[user].left_us >= v->phase->begin_us;
}

/* Whether the user was there before all that is told now, and has been since, for certain: what is
 * read behind a long pause is of many phases, and who reads nothing does not see its end. */
static bool stayed(const struct view *v, uint32_t user)
{
    const struct fact *f = &v->facts[user];
    bool here = f->online && !f->stalled && f->dial_us < v->phase->begin_us;
    return here && !touched(v, user) && v->phase->kind != PHASE_READ;
}

/* Sessions */

static void set_sessions(struct view_cell *c, uint32_t n, uint16_t refs)
{
    c->sessions = n > 3 ? 3 : n & 3;
    c->refs = n ? refs & (VIEW_REFS - 1u) : 0;
}

/* Of more than one the refs are not kept apart. */
static bool one_and_one(const struct view_cell *c, struct view_sessions s)
{
    return c->sessions == 1 && s.count == 1 && c->refs && s.refs;
}

static bool is_shown(const struct view_cell *c, struct view_sessions s)
{
    return one_and_one(c, s) && c->refs == s.refs;
}

static void add_sessions(struct view_cell *c, struct view_sessions s)
{
    if (!is_shown(c, s)) set_sessions(c, c->sessions + s.count, c->refs ^ s.refs);
}

static void take_sessions(struct view_cell *c, struct view_sessions s)
{
    if (one_and_one(c, s) && c->refs != s.refs) return;
    set_sessions(c, c->sessions > s.count ? c->sessions - s.count : 0, c->refs ^ s.refs);
}

/* A state that is made beside diffs may know already what they tell; each once. */
static void told_again(struct view *v, bool stated)
{
    uint64_t *count = stated || v->held ? &v->tally->repeats : &v->tally->duplicates;
    ++*count;
}

/* Statuses */

static bool of_this_phase(const struct view *v, struct view_status s)
{
    const struct phase *p = v->phase;
    return s.ours && p->kind == PHASE_STEADY && s.flip >= p->first && s.flip - p->first < p->count;
}

/* How many statuses of its user this one is behind the one that was shown, 1 being the next one; 0
 * is the same, and less than 0 an older one. */
static int32_t steps_on(const struct view *v, const struct view_cell *c, uint64_t flip)
{
    int32_t in_phase = (int32_t)((flip - v->phase->first) / v->order->users) + 1;
    int32_t steps = (int32_t)turn_of(v->order, flip) - (int32_t)c->turn;
    if (c->turn == 0) return in_phase;
    if (steps < -TURN_MAX / 2) steps += TURN_MAX;
    if (steps > TURN_MAX / 2) steps -= TURN_MAX;
    return steps < in_phase ? steps : in_phase;
}

static uint64_t late_us(const struct view *v, uint64_t flip, uint64_t now_us)
{
    uint64_t due_us = phase_due_us(v->phase, flip - v->phase->first);
    return now_us > due_us ? now_us - due_us : 0;
}

/* Whether a status of an earlier phase is the one that is shown, or older than that. */
static bool is_old(const struct view *v, const struct view_cell *c, uint64_t flip)
{
    uint32_t steps = (turn_of(v->order, flip) + (uint32_t)TURN_MAX - c->turn) % TURN_MAX;
    return c->turn && (steps == 0 || steps > TURN_MAX / 2);
}

static void set_turn(struct view_cell *c, uint16_t turn) { c->turn = turn & 0xfffu; }

static uint16_t turn_in(const struct view *v, struct view_status s)
{
    return s.ours ? turn_of(v->order, s.flip) : 0;
}

/* States */

void view_state(struct view *v, uint32_t viewer)
{
    const uint64_t *of = v->graph->first + viewer;
    struct view_cell *c = cells_of(v, viewer);
    bool there = v->facts[viewer].online && !touched(v, viewer);
    v->tally->states++;
    for (uint64_t i = 0; i < of[1] - of[0]; i++) {
        if (there && c[i].sessions) c[i].gone = 1; /* unless it is in the state, too */
        set_sessions(&c[i], 0, 0);
        c[i].stated = 1;
    }
}

/* A status that is told by a state, with those that it stands for. */
static void shown_flip(struct view *v, const struct view_cell *c, uint64_t flip)
{
    int32_t steps = steps_on(v, c, flip);
    if (steps <= 0) return;
    v->tally->skipped += (uint32_t)steps;
    histogram_add(&v->tally->told_us, late_us(v, flip, v->stated_us));
}

/* Who reads too slowly is told by a state what it has not been told by diffs. */
void view_shown(struct view *v, uint32_t viewer, uint32_t about, struct view_sessions sessions,
                struct view_status status)
{
    struct view_cell *c = cell_about(v, viewer, about);
    if (!c || about == v->beside) return;
    if (c->sessions) v->tally->duplicates++;
    if (v->facts[viewer].online && !touched(v, viewer)) {
        bool was = c->gone;
        c->gone = 0;
        if (!was) c->came = 1;
    }
    if (of_this_phase(v, status) && c->turn != turn_in(v, status)) shown_flip(v, c, status.flip);
    set_sessions(c, sessions.count, sessions.refs);
    set_turn(c, turn_in(v, status));
}

/* Diffs */

/* Whether it is of somebody whom the state did not show, or by a newer session. */
static bool knew_gone(const struct view_cell *c, struct view_sessions left)
{
    bool other = one_and_one(c, left) && c->refs != left.refs;
    return other || (c->sessions == 0 && c->stated && left.refs);
}

static void told_gone(struct view *v, struct view_cell *c, const struct view_news *n)
{
    uint64_t due_us = v->facts[n->about].left_us + v->phase->grace_us;
    bool again = c->gone && v->phase->kind != PHASE_READ; /* what comes then is of many phases */
    c->gone = 1;
    v->tally->gone++;
    if (knew_gone(c, n->left)) {
        told_again(v, c->stated && !again);
        return;
    }
    if (c->sessions == 0 || again) v->tally->duplicates++;
    bool shown = c->sessions;
    take_sessions(c, n->left);
    c->stated = 0;
    v->tally->flapped += shown && !c->sessions && stayed(v, n->about);
    if (touched(v, n->about))
        histogram_add(&v->tally->gone_us, n->now_us > due_us ? n->now_us - due_us : 0);
}

/* Where a server has no grace, who comes back may be there before it has gone. */
static void told_came(struct view *v, struct view_cell *c, const struct view_news *n)
{
    uint64_t dial_us = v->facts[n->about].dial_us;
    bool back = dial_us >= v->phase->begin_us;
    c->came = 1;
    v->tally->came++;
    if (is_shown(c, n->joined)) {
        told_again(v, c->stated);
        c->stated = 0;
        return;
    }
    if (c->sessions && !back) v->tally->duplicates++;
    add_sessions(c, n->joined);
    c->stated = 0;
    set_turn(c, turn_in(v, n->status));
    if (v->phase->kind == PHASE_CHURN && back)
        histogram_add(&v->tally->come_us, n->now_us > dial_us ? n->now_us - dial_us : 0);
}

static void told_flip(struct view *v, struct view_cell *c, const struct view_news *n)
{
    int32_t steps = steps_on(v, c, n->status.flip);
    if (steps <= 0) {
        v->tally->duplicates++;
        return;
    }
    if (v->graph->audience[n->about] >= v->hot) v->tally->skipped += (uint32_t)steps - 1;
    v->tally->told++;
    v->tally->last_us = n->now_us;
    histogram_add(&v->tally->told_us, late_us(v, n->status.flip, n->now_us));
}

/* Of an earlier phase. */
static void told_late(struct view *v, const struct view_cell *c, uint64_t flip)
{
    if (is_old(v, c, flip))
        v->tally->duplicates++;
    else
        v->tally->late_flips++;
}

static void told_changed(struct view *v, struct view_cell *c, const struct view_news *n)
{
    if (c->sessions == 0) v->tally->duplicates++;
    if (of_this_phase(v, n->status))
        told_flip(v, c, n);
    else if (n->status.ours)
        told_late(v, c, n->status.flip);
    else if (v->phase->kind == PHASE_STEADY)
        v->tally->duplicates++;
    if (v->phase->kind == PHASE_CHURN) c->came = 1;
    take_sessions(c, n->left);
    add_sessions(c, n->joined);
    c->stated = 0;
    set_turn(c, turn_in(v, n->status));
}

void view_told(struct view *v, uint32_t viewer, const struct view_news *n)
{
    struct view_cell *c = cell_about(v, viewer, n->about);
    if (c && n->about == v->beside) {
        v->tally->beside++;
        return;
    }
    /* A status is of the user whose turn it was. */
    if (c && n->status.ours && v->order->user[n->status.flip % v->order->users] != n->about) {
        v->tally->leaks++;
        return;
    }
    if (!c || !v->phase) return;
    if (n->left.count && n->joined.count) {
        told_changed(v, c, n);
        return;
    }
    v->tally->told++;
    v->tally->last_us = n->now_us;
    if (n->joined.count)
        told_came(v, c, n);
    else
        told_gone(v, c, n);
}

/* Audit */

enum { MARGIN_US = 200000, ARRIVAL_US = 1000000 };

static uint64_t slowest_us(const struct tally *t)
{
    return t->come_us.max > t->gone_us.max ? t->come_us.max : t->gone_us.max;
}

/* What a viewer had to be told of a user is only certain where the viewer itself was there, before
 * it happened and for a while behind it: longer than it took of any other, so that a server is
 * late, and nothing lost. */
static bool was_there(const struct view *v, uint32_t viewer, uint64_t from_us, uint64_t to_us)
{
    const struct fact *w = &v->facts[viewer];
    return !touched(v, viewer) || (w->back_us > w->left_us && w->back_us + MARGIN_US < from_us) ||
           w->left_us > to_us + ARRIVAL_US + slowest_us(v->tally);
}

static bool back_in_time(const struct view *v, const struct fact *f)
{
    uint64_t grace_us = v->phase->grace_us;
    return f->back_us > f->left_us && f->back_us - f->left_us < grace_us - grace_us / 8;
}

static bool gone_for_certain(const struct view *v, const struct fact *f)
{
    return f->dial_us < f->left_us || f->dial_us - f->left_us > v->phase->grace_us + MARGIN_US;
}

/* An edge to somebody whose socket has closed in this phase. */
static void audit_touched(const struct view *v, uint32_t viewer, uint32_t about,
                          const struct view_cell *c, struct tally *out)
{
    const struct fact *f = &v->facts[about];
    uint64_t gone_us = f->left_us + v->phase->grace_us;
    if (back_in_time(v, f)) {
        out->flaps += c->gone || c->came;
        return;
    }
    if (!gone_for_certain(v, f)) return;
    if (was_there(v, viewer, gone_us, gone_us)) {
        out->due++;
        out->met += c->gone;
    }
    if (f->back_us > f->left_us && was_there(v, viewer, f->dial_us, f->back_us)) {
        out->due++;
        out->met += c->came;
    }
}

static void audit_edge(const struct view *v, uint32_t viewer, uint32_t about,
                       const struct view_cell *c, struct tally *out)
{
    const struct fact *f = &v->facts[about];
    enum phase_kind kind = v->phase->kind;
    out->ghosts += c->sessions > f->online;
    out->missing += !c->sessions && f->online;
    out->stale += c->sessions && f->online && f->turn != FACT_TURN_UNKNOWN && c->turn != f->turn;
    if (kind == PHASE_STEADY && !touched(v, viewer)) out->due += f->flips - f->flips_before;
    if (kind == PHASE_STORM) {
        out->due += f->online;
        out->met += c->sessions && f->online;
    }
    if ((kind == PHASE_CHURN || kind == PHASE_DROP) && touched(v, about))
        audit_touched(v, viewer, about, c, out);
}

bool view_audit(const struct view *v, struct tally *out)
{
    uint32_t count = own_count(v);
    out->due = out->met = out->ghosts = out->missing = out->stale = 0;
    out->flaps = out->flapped;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t viewer = own_user(v, i);
        const uint64_t *of = v->graph->first + viewer;
        const struct view_cell *c = v->cells + v->first[i];
        if (!v->facts[viewer].online || v->facts[viewer].stalled) continue;
        for (uint64_t e = of[0]; e < of[1]; e++, c++)
            if (v->graph->watched[e] != v->beside)
                audit_edge(v, viewer, v->graph->watched[e], c, out);
    }
    if (v->phase->kind == PHASE_STEADY) out->met = out->told - out->came - out->gone + out->skipped;
    return tally_lost(out) + out->ghosts + out->missing + out->stale == 0;
}
