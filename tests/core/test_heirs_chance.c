/* tests/core/test_heirs_chance.c -- sessions that move between nodes, by chance. */
#include "chance.h"
#include "three.h"

#define TOPIC "user_presence:5"
#define USER  "5"

static uint32_t number_of(const struct node *n, uint64_t owner)
{
    return tracker_find(n->t, slice_str(TOPIC), slice_str(USER), owner);
}

static kith_err take_over(struct node *n, const struct place *from, uint64_t owner,
                          kith_slice fields)
{
    return tracker_take_over(n->t, slice_str(TOPIC), slice_str(USER), owner, from, fields,
                             &n->told);
}

/* By chance: sessions of one user on three nodes begin, are lost, end, come back elsewhere, and
 * news arrives in pieces. What is told adds up to what is listed, always; in the end all list the
 * same. */

enum { NODES = 3, STEPS = 60 };

struct by_chance {
    struct node *nodes[NODES];
    uint64_t seed, owners;
    int64_t balance[NODES];
};

static void add_up(struct by_chance *w)
{
    for (int i = 0; i < NODES; i++) {
        struct node *n = w->nodes[i];
        for (uint32_t k = 0; k < n->told.count; k++)
            w->balance[i] += n->told.items[k].has_now - n->told.items[k].has_old;
        node_forget_told(n);
        uint32_t listed = 0;
        struct entry e;
        for (struct tracker_walk walk = {0}; tracker_next(n->t, slice_str(TOPIC), &walk, &e);)
            listed++;
        assert_int_equal(listed, w->balance[i]);
        assert_int_equal(listed, tracker_count(n->t));
    }
}

static bool any_own(struct by_chance *w, const struct node *n, bool lost, uint32_t *number)
{
    uint32_t found = 0, at;
    struct tracker_walk walk = {0};
    while (tracker_next_own(n->t, slice_str(TOPIC), slice_str(USER), &walk, &at)) {
        if (!!(tracker_owner(n->t, at) & TRACKER_LOST) != lost) continue;
        if (chance_below(&w->seed, ++found) == 0) *number = at;
    }
    return found > 0;
}

static void any_takes_over(struct by_chance *w, struct node *n)
{
    struct entry e;
    for (struct tracker_walk walk = {0}; tracker_next(n->t, slice_str(TOPIC), &walk, &e);)
        if (!e.owner && chance_below(&w->seed, 2)) {
            must(take_over(n, &e.place, ++w->owners, chance_below(&w->seed, 2) ? AWAY : ONLINE));
            return;
        }
}

static void step(struct by_chance *w)
{
    struct node *n = w->nodes[chance_below(&w->seed, NODES)];
    struct node *from = w->nodes[chance_below(&w->seed, NODES)];
    uint32_t number;
    switch (chance_below(&w->seed, 8)) {
    case 0: node_track(n, TOPIC, USER, ++w->owners); break;
    case 1:
        if (any_own(w, n, false, &number))
            must(tracker_give(n->t, number, TRACKER_LOST | tracker_owner(n->t, number)));
        break;
    case 2:
        if (any_own(w, n, true, &number)) must(tracker_untrack_number(n->t, number, &n->told));
        break;
    case 3:
        if (any_own(w, n, false, &number))
            must(tracker_update_number(n->t, number, AWAY, &n->told));
        break;
    case 4: any_takes_over(w, n); break;
    default:
        if (n != from) node_pull_by(n, from, from->inc, chance_below(&w->seed, 3) + 1);
        break;
    }
}

static void settle_pair(struct node *to, struct node *from)
{
    node_merge(to, from);
    must(replica_doubt(to->t, from->inc, &to->told));
}

static void settle(struct by_chance *w)
{
    uint32_t number;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < NODES; i++)
            for (int k = 0; k < NODES; k++)
                if (i != k) node_merge(w->nodes[i], w->nodes[k]);
    for (int i = 0; i < NODES; i++)
        for (uint64_t owner = 1; owner <= w->owners; owner++) {
            number = number_of(w->nodes[i], TRACKER_LOST | owner);
            if (number != TRACKER_NONE)
                must(tracker_untrack_number(w->nodes[i]->t, number, &w->nodes[i]->told));
        }
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < NODES; i++)
            for (int k = 0; k < NODES; k++)
                if (i != k) settle_pair(w->nodes[i], w->nodes[k]);
}

static void what_is_told_adds_up_and_all_come_to_list_who_lives(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= rounds(300); seed++) {
        struct three s = {node_new(101), node_new(102), node_new(103)};
        struct by_chance w = {.nodes = {&s.a, &s.b, &s.c}, .seed = seed};
        meet(&s.a, &s.b);
        meet(&s.a, &s.c);
        meet(&s.b, &s.c);
        for (int i = 0; i < STEPS; i++) {
            step(&w);
            add_up(&w);
        }
        settle(&w);
        add_up(&w);
        for (int i = 0; i < NODES; i++)
            if (tracker_count(w.nodes[i]->t) != tracker_count(s.a.t))
                fail_msg("seed %lu: nodes list %lu and %lu", (unsigned long)seed,
                         (unsigned long)tracker_count(s.a.t),
                         (unsigned long)tracker_count(w.nodes[i]->t));
        node_free(&s.a);
        node_free(&s.b);
        node_free(&s.c);
    }
}

/* One session that moves, changes and is lost, over and over: whoever has all that others know
 * lists it once, a node that knew nothing before too. */

struct wanderer {
    struct node *nodes[NODES];
    uint64_t seed, owner, lost[STEPS + 1];
    int at[STEPS + 1]; /* where its entries are, the latest last: all but that are lost */
    int first, last;
};

static void wander(struct wanderer *w)
{
    struct entry e;
    struct node *from = w->nodes[w->at[w->last]];
    int i = (w->at[w->last] + 1 + (int)chance_below(&w->seed, NODES - 1)) % NODES;
    must(tracker_give(from->t, number_of(from, w->owner), TRACKER_LOST | w->owner));
    for (int k = 0; k < NODES; k++)
        if (k != i) node_merge(w->nodes[i], w->nodes[k]);
    w->lost[w->last] = TRACKER_LOST | w->owner;
    for (struct tracker_walk walk = {0};
         tracker_next(w->nodes[i]->t, slice_str(TOPIC), &walk, &e);) {
        if (e.owner || e.place.inc != from->inc) continue;
        must(take_over(w->nodes[i], &e.place, ++w->owner, AWAY));
        w->at[++w->last] = i;
        return;
    }
    fail_msg("it is not listed");
}

static void end_first(struct wanderer *w)
{
    struct node *n = w->nodes[w->at[w->first]];
    if (w->first == w->last) return;
    must(tracker_untrack_number(n->t, number_of(n, w->lost[w->first]), &n->told));
    w->first++;
}

static void wander_on(struct wanderer *w)
{
    struct node *n = w->nodes[w->at[w->last]];
    struct node *to = w->nodes[chance_below(&w->seed, NODES)];
    struct node *from = w->nodes[chance_below(&w->seed, NODES)];
    switch (chance_below(&w->seed, 6)) {
    case 0: wander(w); break;
    case 1: end_first(w); break;
    case 2:
    case 3: must(tracker_update_number(n->t, number_of(n, w->owner), ONLINE, &n->told)); break;
    default:
        if (to != from) node_merge(to, from);
        break;
    }
}

static void assert_once(const struct node *n, uint64_t seed)
{
    if (tracker_count(n->t) != 1)
        fail_msg("seed %lu: node %lu lists %lu", (unsigned long)seed, (unsigned long)n->inc,
                 (unsigned long)tracker_count(n->t));
}

static void all_list_it_once(struct wanderer *w, uint64_t seed)
{
    for (int i = 0; i < NODES; i++) {
        for (int k = 0; k < NODES; k++)
            if (i != k) node_merge(w->nodes[i], w->nodes[k]);
        assert_once(w->nodes[i], seed);
    }
    struct node fresh = node_new(104);
    for (int k = 0; k < NODES; k++)
        node_up(&fresh, w->nodes[k]);
    const struct node *relay = w->nodes[chance_below(&w->seed, NODES)];
    for (int k = 0; k < NODES; k++)
        node_pull(&fresh, relay, w->nodes[k]->inc);
    assert_once(&fresh, seed);
    node_free(&fresh);
}

static void one_that_moves_is_listed_once_by_whoever_knows_all(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= rounds(1000); seed++) {
        struct three s = {node_new(101), node_new(102), node_new(103)};
        struct wanderer w = {.nodes = {&s.a, &s.b, &s.c}, .seed = seed, .owner = 1};
        meet(&s.a, &s.b);
        meet(&s.a, &s.c);
        meet(&s.b, &s.c);
        node_track(&s.a, TOPIC, USER, 1);
        for (uint64_t steps = chance_below(&w.seed, STEPS); steps; steps--)
            wander_on(&w);
        all_list_it_once(&w, seed);
        node_free(&s.a);
        node_free(&s.b);
        node_free(&s.c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_moves_is_listed_once_by_whoever_knows_all),
        cmocka_unit_test(what_is_told_adds_up_and_all_come_to_list_who_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
