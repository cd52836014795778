/* bench/desks.c -- the threads that stand for workers: set up, told what to do, and waited for. */
#include "article.h"
#include "desk_state.h"
#include "tool.h"

#include "base/chance.h"

#include "shard/shard.h"

#include <stdlib.h>
#include <string.h>

enum { CALM_US = 500000 };

/* Set up */

static void *need(uint64_t count, size_t size)
{
    void *p = malloc(count * size + 1);
    if (!p) die("out of memory");
    return memset(p, 1, count * size); /* so that the memory is there */
}

static void world_begin(struct desk *d)
{
    d->world = shard_new(&(struct world_options){.id = d->id,
                                                 .count = DESKS,
                                                 .node = "here",
                                                 .inc = 77,
                                                 .ref_key = {1, 2},
                                                 .hash_key = {3, 4},
                                                 .resume_keys = {{5, 6}, {7, 8}},
                                                 .grace_ms = GRACE_MS,
                                                 .join_wait_ms = JOIN_WAIT_MS,
                                                 .outbox_bytes_max = OUTBOX_BYTES_MAX});
    if (!d->world) die("out of memory");
    d->ctx = (struct edge_context){.options = &d->all->options, .world = d->world};
}

static void desk_init(struct desk *d, struct desks *all, unsigned id)
{
    uint32_t users = all->friends->users;
    *d = (struct desk){.all = all, .id = id, .count = (users + DESKS - 1 - id) / DESKS};
    d->people = need(d->count, sizeof *d->people);
    d->user_of = need(d->count, sizeof *d->user_of);
    d->slot_of = need(d->count, sizeof *d->slot_of);
    d->said = need(SAID_MAX, sizeof *d->said);
    d->held = need(SAID_MAX, sizeof *d->held);
    d->taken = need(TAKEN_MAX, sizeof *d->taken);
    d->sink = (struct sink){.friends = all->friends, .shown = all->shown, .since = all->since};
    d->sink.star = (struct sink_star){.user = all->star, .shown = all->star_shown};
    world_begin(d);
}

static void shuffle(struct desk *d, uint64_t *seed)
{
    for (uint32_t i = 0; i < d->count; i++) {
        uint32_t j = (uint32_t)(chance_next(seed) % (i + 1));
        d->people[i] = d->people[j];
        d->people[j] = i * DESKS + d->id;
    }
}

void desks_init(struct desks *all, const struct friends *f, uint32_t star, uint64_t seed)
{
    *all = (struct desks){.friends = f, .star = star, .began_us = now_us()};
    all->options = article_options();
    all->options.grace_ms = GRACE_MS;
    all->since = need(f->users, sizeof *all->since);
    all->shown = need(f->users, sizeof *all->shown);
    memset(all->shown, 0, f->users * sizeof *all->shown);
    all->star_shown = need(f->users, sizeof *all->star_shown);
    memset(all->star_shown, 0, f->users * sizeof *all->star_shown);
    for (unsigned i = 0; i < DESKS; i++) {
        if (mailbox_init(&all->boxes[i]) != KITH_OK) die("no mailbox");
        desk_init(&all->desk[i], all, i);
        all->desk[i].sink.began_us = all->began_us;
        shuffle(&all->desk[i], &seed);
    }
}

/* Told what to do */

void desks_work(struct desks *all, enum desk_work work)
{
    for (unsigned i = 0; i < DESKS; i++) {
        struct desk *d = &all->desk[i];
        d->sink.join_us = d->sink.flip_us = d->turn_us = (struct histogram){0};
        d->server_us = d->others_us = d->flip_due_us = d->star_due_us = d->late_us = 0;
        d->outbox_bytes = d->outboxes = 0;
        d->flipped_before = d->flipped;
        d->makes = work == DESK_JOIN ? HEARD_STATE : HEARD_REPLY;
        d->due = d->told = d->made = d->star_told = 0;
    }
    atomic_store(&all->work, (int)work);
}

static uint64_t turns(const struct desks *all, unsigned desk)
{
    return atomic_load(&all->desk[desk].turns);
}

/* What a turn wrote is there for who has seen it counted. */
static void pass_turns(const struct desks *all)
{
    for (unsigned i = 0; i < DESKS; i++)
        for (uint64_t from = turns(all, i); turns(all, i) < from + 2;)
            sleep_until(now_us() + 1000);
}

static uint64_t heard(const struct desks *all)
{
    return desks_told(all) + desks_made(all) + desks_star_told(all);
}

void desks_rest(struct desks *all)
{
    atomic_store(&all->work, DESK_REST);
    pass_turns(all);
    uint64_t before = UINT64_MAX;
    for (uint64_t now; (now = heard(all)) != before; before = now) {
        sleep_until(now_us() + CALM_US);
        pass_turns(all);
    }
}

static uint64_t sum(const struct desks *all, uint64_t (*of)(const struct desk *))
{
    uint64_t all_of_them = 0;
    for (unsigned i = 0; i < DESKS; i++)
        all_of_them += of(&all->desk[i]);
    return all_of_them;
}

static uint64_t star_told(const struct desk *d) { return atomic_load(&d->star_told); }
static uint64_t due(const struct desk *d) { return atomic_load(&d->due); }
static uint64_t told(const struct desk *d) { return atomic_load(&d->told); }
static uint64_t made(const struct desk *d) { return atomic_load(&d->made); }

uint64_t desks_due(const struct desks *all) { return sum(all, due); }
uint64_t desks_told(const struct desks *all) { return sum(all, told); }
uint64_t desks_made(const struct desks *all) { return sum(all, made); }
uint64_t desks_star_told(const struct desks *all) { return sum(all, star_told); }

double desks_server_us(const struct desks *all)
{
    double us = 0;
    for (unsigned i = 0; i < DESKS; i++)
        us += all->desk[i].server_us;
    return us;
}
