/* shard/sight_slices.c -- changes of sight on their way to the sessions here. */
#include "shard/sight_slices.h"

#include "base/ids.h"
#include "shard/asking.h"
#include "shard/diffs.h"
#include "shard/shade.h"
#include "shard/watching.h"

#include <stdlib.h>

struct under_way {
    struct under_way *next;
    struct mail *mail;
    struct buf diffs; /* at the home; else the mail has them */
    uint64_t others;  /* shards that the home has told */
    struct sight sight;
};

static bool is_home(const struct under_way *u) { return u->mail->type == MAIL_SIGHT; }

/* The home tells this shard of the user from now on; if nobody listens it need not. */
static void note_applied(struct world *w, const struct under_way *u)
{
    unsigned home = u->mail->from;
    if (is_home(u)) return;
    w->sights_seen[home]++;
    watching_unmark_if_alone(w, home, u->sight.user);
}

/* Who asks for one that is public now may see it: the store says, and this shard has applied the
 * change when it has. For the home's own that is one more that the store hears of. */
static void end(struct world *w, struct under_way *u)
{
    bool home = is_home(u), begins = u->sight.lists.publicity == PUBLICITY_BEGINS;
    struct mail *m = u->mail;
    note_applied(w, u);
    struct mail *askers = begins ? asking_askers(w, u->sight.user, m->serial) : NULL;
    if (home || !askers)
        sight_applied(w, m, home ? 1 + u->others + (askers != NULL) : 0);
    else
        mail_free(m);
    if (askers) world_want(w, askers);
    buf_fini(&u->diffs);
}

static void finish(struct world *w, struct under_way *u)
{
    uint32_t all = UINT32_MAX;
    while (!sight_apply(w, &u->sight, &all))
        all = UINT32_MAX;
    end(w, u);
}

static struct under_way *take_first(struct sight_slices *s)
{
    struct under_way *first = s->first;
    s->first = first->next;
    first->next = NULL;
    if (!s->first) s->last = NULL;
    return first;
}

static void append(struct sight_slices *s, struct under_way *u)
{
    if (s->last)
        s->last->next = u;
    else
        s->first = u;
    s->last = u;
}

void sight_slices_fini(struct sight_slices *s)
{
    while (s->first) {
        struct under_way *u = take_first(s);
        mail_free(u->mail);
        buf_fini(&u->diffs);
        free(u);
    }
}

static bool concerns(const struct sight_slices *s, kith_slice user)
{
    for (const struct under_way *u = s->first; u; u = u->next)
        if (slice_eq(u->sight.user, user)) return true;
    return false;
}

static bool are_few(const struct world *w, const struct sight_lists *l)
{
    const kith_slice lists[] = {l->gained, l->asked, l->lost};
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        kith_slice rest = lists[i], id;
        while (count <= w->o.spread_per_turn && ids_next(&rest, &id))
            count++;
    }
    return count <= w->o.spread_per_turn;
}

/* Without memory to do it in parts it is done at once, as what concerns few is. */
void sight_slices_begin(struct world *w, struct mail *m, struct buf *diffs, uint64_t others)
{
    struct under_way one = {.mail = m, .others = others}, *u = NULL;
    if (diffs) {
        one.diffs = *diffs;
        *diffs = (struct buf){0};
    }
    one.sight = (struct sight){.user = mail_a(m),
                               .lists = sight_of_mail(m),
                               .diffs = is_home(&one) ? buf_slice(&one.diffs) : mail_c(m)};
    bool waits = concerns(&w->slices, one.sight.user) || !are_few(w, &one.sight.lists);
    if (waits) u = malloc(sizeof *u);
    if (u) {
        *u = one;
        append(&w->slices, u);
    } else {
        sight_slices_finish(w, one.sight.user);
        finish(w, &one);
    }
}

void sight_slices_turn(struct world *w)
{
    uint32_t left = w->o.spread_per_turn;
    while (w->slices.first && sight_apply(w, &w->slices.first->sight, &left)) {
        struct under_way *u = take_first(&w->slices);
        end(w, u);
        free(u);
    }
}

uint64_t sight_slices_next_due(const struct world *w)
{
    return w->slices.first ? w->now.mono_ms : UINT64_MAX;
}

void sight_slices_finish(struct world *w, kith_slice user)
{
    struct sight_slices rest = {0};
    if (!concerns(&w->slices, user)) return;
    while (w->slices.first) {
        struct under_way *u = take_first(&w->slices);
        if (slice_eq(u->sight.user, user)) {
            finish(w, u);
            free(u);
        } else {
            append(&rest, u);
        }
    }
    w->slices = rest;
}

void sight_slices_bring(struct world *w, uint32_t slot)
{
    for (const struct under_way *u = w->slices.first; u; u = u->next)
        sight_apply_to(w, &u->sight, slot);
}

static void finish_of(struct world *w, kith_slice id)
{
    struct shade other;
    sight_slices_finish(w, id);
    sight_slices_finish(w, shade_of(&other, id));
}

void sight_slices_finish_ids(struct world *w, kith_slice ids)
{
    for (kith_slice id; w->slices.first && ids_next(&ids, &id);)
        finish_of(w, id);
}

void sight_slices_finish_lists(struct world *w, kith_slice lists)
{
    for (kith_slice id, diffs; w->slices.first && diffs_next_list(&lists, &id, &diffs);)
        finish_of(w, id);
}
