/* core/repeats.c -- which of a run's numbered frames have been heard. */
#include "core/repeats.h"

#include <stddef.h>

static struct repeats_run *find(struct repeats *r, uint64_t inc)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->runs[i].inc == inc) return &r->runs[i];
    return NULL;
}

static bool goes_before(const struct repeats_run *a, const struct repeats_run *b)
{
    return a->begun != b->begun ? b->begun : a->turn < b->turn;
}

static struct repeats_run *take_place(struct repeats *r)
{
    struct repeats_run *oldest = &r->runs[0];
    if (r->count < REPEATS_RUNS) return &r->runs[r->count++];
    for (uint32_t i = 1; i < r->count; i++)
        if (goes_before(&r->runs[i], oldest)) oldest = &r->runs[i];
    return oldest;
}

static void advance(struct repeats_run *run, uint64_t number)
{
    uint64_t step = number - run->latest;
    run->heard = step < REPEATS_WINDOW ? run->heard << step | 1 : 1;
    run->latest = number;
}

static struct repeats_run *find_or_take(struct repeats *r, uint64_t inc)
{
    struct repeats_run *run = find(r, inc);
    if (run) return run;
    run = take_place(r);
    *run = (struct repeats_run){.inc = inc};
    return run;
}

bool repeats_new(struct repeats *r, uint64_t inc, uint64_t number)
{
    if (number == 0) return true;
    struct repeats_run *run = find_or_take(r, inc);
    if (number > run->latest) {
        advance(run, number);
        run->turn = ++r->turn;
        return true;
    }
    uint64_t back = run->latest - number;
    if (back >= REPEATS_WINDOW || run->heard >> back & 1) return false;
    run->heard |= (uint64_t)1 << back;
    return true;
}

void repeats_begin(struct repeats *r, uint64_t inc, uint64_t number)
{
    struct repeats_run *run = find_or_take(r, inc);
    run->begun = true;
    run->turn = ++r->turn;
    if (number > run->latest) run->latest = number;
    uint64_t back = run->latest - number;
    if (back < REPEATS_WINDOW) run->heard |= UINT64_MAX << back;
}
