/* load/plan.c -- what is due when. */
#include "load/plan.h"

#include "load/chance.h"

#include <stdlib.h>
#include <string.h>

static const char *const phase_names[PHASE_KINDS] = {"storm", "hold", "steady", "churn",
                                                     "drop",  "open", "read",   "ramp"};

const char *phase_name(enum phase_kind kind) { return phase_names[kind]; }

kith_err phase_called(const char *name, enum phase_kind *out)
{
    for (enum phase_kind k = PHASE_STORM; k < PHASE_KINDS; k++)
        if (strcmp(name, phase_names[k]) == 0) {
            *out = k;
            return KITH_OK;
        }
    return KITH_NONE;
}

kith_err user_order_init(struct user_order *o, uint32_t users, uint64_t seed)
{
    *o = (struct user_order){.users = users,
                             .user = malloc(users * sizeof *o->user),
                             .place = malloc(users * sizeof *o->place)};
    if (!o->user || !o->place) {
        user_order_fini(o);
        return KITH_NOMEM;
    }
    for (uint32_t i = 0; i < users; i++)
        o->user[i] = i;
    chance_shuffle(&seed, o->user, users);
    for (uint32_t i = 0; i < users; i++)
        o->place[o->user[i]] = i;
    return KITH_OK;
}

void user_order_fini(struct user_order *o)
{
    free(o->user);
    free(o->place);
    *o = (struct user_order){0};
}

static uint64_t turn(const struct acts *a, uint64_t k) { return a->phase->first + k; }

static uint32_t user_at(const struct acts *a, uint64_t k)
{
    return a->order->user[turn(a, k) % a->order->users];
}

static bool own(const struct acts *a, uint64_t k)
{
    return user_at(a, k) % a->processes == a->process;
}

/* The first of this process from k on, or the phase's count. */
static uint64_t first_own(const struct acts *a, uint64_t k)
{
    while (k < a->phase->count && !own(a, k))
        k++;
    return k;
}

/* Likewise of the sockets that close for a reload (`late` false), or for longer. */
static uint64_t first_back(const struct acts *a, uint64_t k, bool late)
{
    while (k < a->phase->count && (!own(a, k) || phase_goes_away(a->phase, k) != late))
        k++;
    return k;
}

static uint64_t back_us(const struct acts *a, bool late)
{
    const struct phase *p = a->phase;
    uint64_t k = a->back[late];
    return k < p->count ? phase_due_us(p, k) + (late ? p->away_us : p->reload_us) : UINT64_MAX;
}

static struct act returning(struct acts *a, bool late)
{
    uint64_t due_us = back_us(a, late);
    struct act act = {.kind = ACT_DIAL, .user = user_at(a, a->back[late]), .due_us = due_us};
    a->back[late]++;
    return act;
}

static struct act going(struct acts *a, enum act_kind kind)
{
    uint64_t k = a->next++;
    return (struct act){.kind = kind,
                        .user = user_at(a, k),
                        .due_us = phase_due_us(a->phase, k),
                        .number = turn(a, k)};
}

static enum act_kind kind_of(enum phase_kind kind)
{
    static const enum act_kind kinds[PHASE_KINDS] = {
        [PHASE_STORM] = ACT_DIAL, [PHASE_STEADY] = ACT_FLIP, [PHASE_CHURN] = ACT_DROP,
        [PHASE_DROP] = ACT_DROP,  [PHASE_OPEN] = ACT_DIAL,   [PHASE_READ] = ACT_READ};
    return kinds[kind];
}

/* When the phase has lasted long enough, if that is still to come. */
static uint64_t ends_us(const struct phase *p, uint64_t now_us)
{
    uint64_t end_us = p->begin_us + p->lasts_us;
    return end_us > now_us ? end_us : UINT64_MAX;
}

static bool held_up(const struct phase *p, uint32_t flying)
{
    return p->window && p->period_ns == 0 && flying >= p->window;
}

/* Nobody comes back before it has gone: each return is later than the same socket's end, and both
 * lines are kept in order. */
struct act acts_next(struct acts *a, uint64_t now_us, uint32_t flying, uint64_t *next_us)
{
    const struct phase *p = a->phase;
    bool churn = p->kind == PHASE_CHURN;
    a->next = first_own(a, a->next);
    uint64_t next = a->next < p->count ? phase_due_us(p, a->next) : UINT64_MAX;
    for (int late = 0; churn && late < 2; late++)
        a->back[late] = first_back(a, a->back[late], late);
    uint64_t back[2] = {churn ? back_us(a, false) : UINT64_MAX,
                        churn ? back_us(a, true) : UINT64_MAX};
    bool late = back[1] < back[0];
    *next_us = next < back[late] ? next : back[late];
    if (*next_us == UINT64_MAX) *next_us = ends_us(p, now_us);
    if (*next_us > now_us || (held_up(p, flying) && *next_us == next)) {
        if (*next_us <= now_us) *next_us = UINT64_MAX; /* a join that ends lets it go on */
        return (struct act){.kind = ACT_NONE};
    }
    a->ended_us = now_us;
    return next <= back[late] ? going(a, kind_of(p->kind)) : returning(a, late);
}

bool acts_done(const struct acts *a, uint64_t now_us)
{
    const struct phase *p = a->phase;
    bool churn = p->kind == PHASE_CHURN;
    if (first_own(a, a->next) < p->count || now_us < p->begin_us + p->lasts_us) return false;
    return !churn || (first_back(a, a->back[0], false) == p->count &&
                      first_back(a, a->back[1], true) == p->count);
}
