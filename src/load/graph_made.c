/* load/graph_made.c -- friend graphs out of a seed. */
#include "load/chance.h"
#include "load/graph.h"

#include "base/limits.h"

#include <stdlib.h>

/* Quantiles of a lognormal distribution with median 100 and mean 190, as numbers of friends are in
 * large networks: at 0, 1/64, .. 63/64, then where 1/128, 1/256, .. are left. As a table, since
 * exp() may differ between machines. */
enum { BODY = 64, TAIL = 6, QUANTILE_MEAN = 190 };
static const uint16_t quantile[BODY + TAIL] = {
    4,   9,   12,  15,  18,  20,  22,  25,  27,  29,   32,   34,   37,   39,   41,   44,  47,  49,
    52,  55,  57,  60,  63,  66,  70,  73,  76,  80,   84,   88,   91,   96,   100,  105, 109, 114,
    120, 125, 131, 137, 143, 150, 158, 166, 174, 183,  193,  203,  215,  227,  241,  256, 273, 292,
    314, 339, 368, 403, 445, 498, 569, 668, 825, 1148, 1547, 2037, 2630, 3342, 4192, 5000};

/* `part` of 2^32 of the way from a to b. */
static uint32_t between(uint32_t a, uint32_t b, uint64_t part)
{
    return a + (uint32_t)((b - a) * part >> 32);
}

static uint32_t any_quantile(uint64_t *seed)
{
    uint64_t r = chance_next(seed) >> 26; /* 6 bits for the step, 32 for the way to the next */
    uint32_t i = (uint32_t)(r >> 32);
    uint64_t part = r & UINT32_MAX;
    if (i < BODY - 1) return between(quantile[i], quantile[i + 1], part);
    for (; i < BODY + TAIL - 2 && part >> 31; i++) /* the next step has half of what is left */
        part = part << 1 & UINT32_MAX;
    return between(quantile[i], quantile[i + 1], part << 1 & UINT32_MAX);
}

struct degrees {
    uint32_t users, mean, most;
    uint64_t seed;
};

static struct degrees degrees_of(uint32_t users, uint32_t mean, uint64_t seed)
{
    struct degrees d = {users, mean, (users - 1) / 2, seed};
    if (d.mean > users / 4) d.mean = users / 4;
    if (d.mean < 1) d.mean = 1;
    if (d.most > WATCHES_MAX) d.most = WATCHES_MAX;
    if (d.most < 1) d.most = 1;
    return d;
}

/* How many friends the next user is to have. */
static uint32_t next_degree(struct degrees *d)
{
    uint64_t scaled = (uint64_t)any_quantile(&d->seed) * d->mean + QUANTILE_MEAN / 2;
    uint32_t n = (uint32_t)(scaled / QUANTILE_MEAN);
    return n < 1 ? 1 : n > d->most ? d->most : n;
}

kith_err graph_ring(struct graph *g, uint32_t users, uint32_t near)
{
    struct graph_pairs p = {0};
    if (users < 2 || near >= users) return KITH_BAD;
    for (uint32_t u = 0; u < users; u++)
        for (uint32_t k = 1; k <= near / 2; k++) {
            graph_pairs_add(&p, u, (u + k) % users);
            graph_pairs_add(&p, u, (u + users - k) % users);
        }
    return graph_build(g, users, &p);
}

/* Users stand on a shuffled ring; friends are those some steps ahead or behind, and the steps are
 * any, each once. */
struct spread {
    uint32_t *user;  /* of a place */
    uint32_t *steps; /* the first friends / 2 of them are taken */
};

static uint32_t *numbers_by_chance(uint32_t from, uint32_t count, uint64_t *seed)
{
    uint32_t *out = malloc((count + 1) * sizeof *out);
    for (uint32_t i = 0; out && i < count; i++)
        out[i] = from + i;
    if (out) chance_shuffle(seed, out, count);
    return out;
}

static void befriend_all(const struct spread *s, uint32_t users, uint32_t friends,
                         struct graph_pairs *p)
{
    for (uint32_t at = 0; at < users && !p->failed; at++)
        for (uint32_t k = 0; k < friends / 2; k++) {
            uint32_t other = s->user[(at + s->steps[k]) % users];
            graph_pairs_add(p, s->user[at], other);
            graph_pairs_add(p, other, s->user[at]);
        }
}

kith_err graph_regular(struct graph *g, uint32_t users, uint32_t friends, uint64_t seed)
{
    struct graph_pairs p = {0};
    if (users < 2 || friends >= users) return KITH_BAD;
    struct spread s = {numbers_by_chance(0, users, &seed),
                       numbers_by_chance(1, (users - 1) / 2, &seed)};
    p.failed = !s.user || !s.steps;
    if (!p.failed) befriend_all(&s, users, friends, &p);
    free(s.user);
    free(s.steps);
    return graph_build(g, users, &p);
}

/* Friends. Each user has so many hands; two hands that meet are a friendship. Of each user's hands
 * most are held out to those of its circle, who are few enough to be each other's friends as well,
 * the others to anybody. Hands that meet their own user's, or twice the same, are lost; a few more
 * are held out for them. */

enum { CIRCLE = 500 };

struct hands {
    uint32_t *of; /* the user of each */
    uint64_t count, room;
    bool failed;
};

static void hold_out(struct hands *h, uint32_t user, uint32_t count)
{
    if (h->count + count > h->room) {
        h->room = 2 * (h->count + count);
        uint32_t *of = realloc(h->of, h->room * sizeof *of);
        h->failed = h->failed || !of;
        if (!of) return;
        h->of = of;
    }
    while (count--)
        h->of[h->count++] = user;
}

/* Any two meet, until at most one is left. */
static void meet(struct hands *h, uint64_t *seed, struct graph_pairs *p)
{
    chance_shuffle(seed, h->of, h->count);
    for (uint64_t i = 0; i + 1 < h->count; i += 2) {
        if (h->of[i] == h->of[i + 1]) continue;
        graph_pairs_add(p, h->of[i], h->of[i + 1]);
        graph_pairs_add(p, h->of[i + 1], h->of[i]);
    }
    h->count = 0;
}

/* Five of eight to the circle, but no more than a fifth of it: the more, the more meet twice. */
static uint32_t near_part(uint32_t degree, uint32_t circle)
{
    uint32_t near = degree * 5 / 8;
    return near < circle / 5 ? near : circle / 5;
}

kith_err graph_friends(struct graph *g, uint32_t users, uint32_t mean, uint64_t seed)
{
    struct graph_pairs p = {0};
    struct hands near = {0}, far = {0};
    if (users < 2) return KITH_BAD;
    struct degrees d = degrees_of(users, mean, seed);
    for (uint32_t u = 0; u < users && !near.failed && !far.failed; u++) {
        uint32_t degree = next_degree(&d),
                 here = near_part(degree, users < CIRCLE ? users : CIRCLE);
        hold_out(&near, u, here + here / 8);
        hold_out(&far, u, degree - here + (degree - here) / 8);
        if (u % CIRCLE == CIRCLE - 1 || u + 1 == users) meet(&near, &d.seed, &p);
    }
    if (!far.failed) meet(&far, &d.seed, &p);
    p.failed = p.failed || near.failed || far.failed;
    free(near.of);
    free(far.of);
    return graph_build(g, users, &p);
}

/* Followers */

enum { CELEBRITIES = 5 };

/* The first of them is followed by every second user, the next by every fourth.. */
static void follow_celebrities(uint32_t user, uint32_t users, uint64_t *seed, struct graph_pairs *p)
{
    uint32_t count = users / 100 < CELEBRITIES ? users / 100 : CELEBRITIES;
    uint64_t bits = chance_next(seed);
    for (uint32_t c = 0; c < count; c++)
        if (c != user && (bits >> 8 * c & 0xff) < 256u >> (c + 1)) graph_pairs_add(p, user, c);
}

/* Half of them in the circle, the others anywhere. */
static void follow_others(uint32_t user, uint32_t count, struct degrees *d, struct graph_pairs *p)
{
    uint32_t circle = user / CIRCLE * CIRCLE;
    uint32_t size = d->users - circle < CIRCLE ? d->users - circle : CIRCLE;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t near = circle + chance_below(&d->seed, size);
        uint32_t other = k % 2 ? near : chance_below(&d->seed, d->users);
        if (other != user) graph_pairs_add(p, user, other);
    }
}

kith_err graph_follow(struct graph *g, uint32_t users, uint32_t mean, uint64_t seed)
{
    struct graph_pairs p = {0};
    if (users < 2) return KITH_BAD;
    struct degrees d = degrees_of(users, mean, seed);
    for (uint32_t u = 0; u < users && !p.failed; u++) {
        follow_celebrities(u, users, &d.seed, &p);
        uint32_t count = next_degree(&d);
        /* Whoever follows as many as there may be leaves room for the celebrities. */
        follow_others(u, count > CELEBRITIES ? count - CELEBRITIES : count, &d, &p);
    }
    return graph_build(g, users, &p);
}
