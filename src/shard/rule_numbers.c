/* shard/rule_numbers.c -- which changes of the rules have been heard of. */
#include "shard/rule_numbers.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CELLS = 8192, /* of a table, of which half are used */
    WHILE_MS = 30000,
};

struct rule_number {
    uint64_t user; /* its hash; two users of one hash share the later number */
    uint64_t number;
};

void rule_numbers_fini(struct rule_numbers *n)
{
    free(n->now);
    free(n->before);
}

static struct rule_number *find(struct rule_number *table, uint64_t user)
{
    for (uint64_t i = user;; i++) {
        struct rule_number *cell = &table[i % CELLS];
        if (!cell->number || cell->user == user) return cell;
    }
}

/* What was of the last while is of everybody from here on. */
static void turn(struct rule_numbers *n)
{
    struct rule_number *before = n->before;
    if (n->latest_before > n->floor) n->floor = n->latest_before;
    n->before = n->now;
    n->latest_before = n->latest_now;
    n->now = before;
    n->count = 0;
    n->latest_now = 0;
    if (n->now) memset(n->now, 0, CELLS * sizeof *n->now);
}

static void turn_if_due(struct world *w, struct rule_numbers *n)
{
    if (w->now.mono_ms < n->turn_ms && n->count < CELLS / 2) return;
    n->turn_ms = w->now.mono_ms + WHILE_MS;
    turn(n);
}

void rule_numbers_note(struct world *w, kith_slice user, uint64_t number)
{
    struct rule_numbers *n = &w->rule_numbers;
    turn_if_due(w, n);
    if (!n->now) n->now = calloc(CELLS, sizeof *n->now);
    if (!n->now) {
        n->floor = number;
        return;
    }
    struct rule_number *cell = find(n->now, siphash13(&w->o.hash_key, user));
    n->count += cell->number == 0;
    *cell = (struct rule_number){siphash13(&w->o.hash_key, user), number};
    if (number > n->latest_now) n->latest_now = number;
}

/* What was changed before this node began may concern any of its users. */
void rule_numbers_hear(struct world *w, uint64_t number)
{
    struct rule_numbers *n = &w->rule_numbers;
    if (!n->heard) n->floor = number;
    n->heard = number;
}

static uint64_t look_up(struct rule_number *table, uint64_t user)
{
    return table ? find(table, user)->number : 0;
}

uint64_t rule_numbers_of(struct world *w, const struct record *r)
{
    struct rule_numbers *n = &w->rule_numbers;
    char digits[24];
    if (!n->latest_now && !n->latest_before) return n->floor;
    kith_slice user = r->key;
    if (r->numeric) {
        int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)r->user);
        user = slice_of(digits, (size_t)len);
    }
    turn_if_due(w, n);
    uint64_t hash = siphash13(&w->o.hash_key, user);
    uint64_t number = look_up(n->now, hash);
    if (!number) number = look_up(n->before, hash);
    return number > n->floor ? number : n->floor;
}
