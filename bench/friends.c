/* bench/friends.c -- who is whose friend, with a heavy tail. Every user gets as many ends of
 * friendships as it is to have friends; all ends are shuffled, and each two that come to lie beside
 * each other are one friendship. */
#include "friends.h"

#include "tool.h"

#include "base/chance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Of the Pareto distribution, whose tail it is: few are friends with a hundred times as many as
 * most are. */
static const double shape = 1.5;

/* The mean of a Pareto distribution from `least` on, when all above `most` have that. */
static double mean_of(double least, double most)
{
    return shape * least / (shape - 1) - pow(least, shape) * pow(most, 1 - shape) / (shape - 1);
}

static double least_for(double mean, double most)
{
    double low = 0, high = mean;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (mean_of(middle, most) < mean)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t draw(double least, double most, uint64_t *seed)
{
    double part = ((double)(chance_next(seed) >> 11) + 1) / 0x1p53; /* 0 to 1, without 0 */
    double many = least * pow(part, -1 / shape);
    return (uint32_t)lround(many < most ? many : most);
}

/* Zeros. In large pages, as it is gone through anyhow: that is worth half of the time. */
static void *need(uint64_t count, size_t size)
{
    size_t page = 2u << 20, bytes = (count * size / page + 1) * page;
    void *p = aligned_alloc(page, bytes);
    if (!p) die("out of memory");
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    return memset(p, 0, count * size);
}

/* from[u + 1] is how many there are of all up to u. */
static void draw_counts(struct friends *f, double mean, uint32_t most, uint64_t *seed)
{
    double least = least_for(mean, most);
    for (uint32_t u = 0; u < f->users; u++)
        f->from[u + 1] = f->from[u] + draw(least, most, seed);
    if (f->from[f->users] % 2) f->from[f->users]--; /* every friendship has two ends */
}

static uint32_t *shuffled_ends(const struct friends *f, uint64_t *seed)
{
    uint32_t *ends = need(f->from[f->users], sizeof *ends);
    for (uint32_t u = 0; u < f->users; u++)
        for (uint64_t i = f->from[u]; i < f->from[u + 1]; i++)
            ends[i] = u;
    for (uint64_t i = f->from[f->users]; i > 1; i--) {
        uint64_t j = (uint64_t)((unsigned __int128)chance_next(seed) * i >> 64);
        uint32_t last = ends[i - 1];
        ends[i - 1] = ends[j];
        ends[j] = last;
    }
    return ends;
}

/* Into the rows that their numbers have left for them. */
static void pair(struct friends *f, const uint32_t *ends)
{
    uint64_t *next = need(f->users, sizeof *next);
    memcpy(next, f->from, f->users * sizeof *next);
    for (uint64_t i = 0; i < f->from[f->users]; i += 2) {
        uint32_t a = ends[i], b = ends[i + 1];
        f->list[next[a]++] = b;
        f->list[next[b]++] = a;
    }
    free(next);
}

/* Rows whose users ascend. A friend of many is put into their rows, each in its turn; and who
 * stands in whose row is mutual. */
static void sort_rows(struct friends *f)
{
    uint32_t *sorted = need(f->from[f->users], sizeof *sorted);
    uint64_t *next = need(f->users, sizeof *next);
    memcpy(next, f->from, f->users * sizeof *next);
    for (uint32_t u = 0; u < f->users; u++)
        for (uint64_t i = f->from[u]; i < f->from[u + 1]; i++)
            sorted[next[f->list[i]]++] = u;
    free(next);
    free(f->list);
    f->list = sorted;
}

/* Each once, and not oneself; the rows close up. */
static void tidy(struct friends *f)
{
    uint64_t kept = 0, begin = 0;
    for (uint32_t u = 0; u < f->users; u++) {
        uint64_t end = f->from[u + 1], first = kept;
        for (uint64_t i = begin; i < end; i++) {
            uint32_t other = f->list[i];
            if (other != u && (kept == first || f->list[kept - 1] != other))
                f->list[kept++] = other;
        }
        begin = end;
        f->from[u + 1] = kept;
    }
    f->edges = kept;
}

void friends_init(struct friends *f, uint32_t users, double mean, uint32_t most, uint64_t seed)
{
    *f = (struct friends){.users = users};
    f->from = need(users + 1, sizeof *f->from);
    draw_counts(f, mean, most, &seed);
    uint32_t *ends = shuffled_ends(f, &seed);
    f->list = need(f->from[users], sizeof *f->list);
    pair(f, ends);
    free(ends);
    sort_rows(f);
    tidy(f);
}

/* A watcher's row ends with the star, who has the greatest number. Of those who are left, each is
 * chosen with the same chance. */
uint32_t friends_add_star(struct friends *f, uint32_t watchers, uint64_t seed)
{
    uint32_t star = f->users, left = watchers;
    uint64_t *from = need(f->users + 2, sizeof *from);
    uint32_t *list = need(f->edges + watchers, sizeof *list);
    for (uint32_t u = 0; u < star; u++) {
        uint32_t count = friends_count(f, u);
        memcpy(list + from[u], friends_of(f, u), count * sizeof *list);
        bool watches = chance_next(&seed) % (star - u) < left;
        if (watches) list[from[u] + count] = star;
        from[u + 1] = from[u] + count + watches;
        left -= watches;
    }
    from[star + 1] = from[star];
    friends_fini(f);
    *f = (struct friends){.users = star + 1, .edges = from[star], .from = from, .list = list};
    return star;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void friends_fini(struct friends *f)
{
    free(f->from);
    free(f->list);
}

bool friends_has(const struct friends *f, uint32_t user, uint32_t other)
{
    return bsearch(&other, friends_of(f, user), friends_count(f, user), sizeof *f->list, by_number);
}

uint32_t friends_quantile(const struct friends *f, double part)
{
    uint32_t *counts = need(f->users, sizeof *counts);
    for (uint32_t u = 0; u < f->users; u++)
        counts[u] = friends_count(f, u);
    qsort(counts, f->users, sizeof *counts, by_number);
    uint32_t at = (uint32_t)(part * (f->users - 1)), found = counts[at];
    free(counts);
    return found;
}
