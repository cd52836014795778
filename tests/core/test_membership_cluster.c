/* tests/core/test_membership_cluster.c -- a few nodes together: what they believe of each other in
 * the end, whatever happened, and what none of them ever believes. Clocks run up to a tenth too
 * fast or too slow in all of it. */
#include "cluster.h"

static void all_are_up_to_all(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= NODES_MAX; n++) {
        struct cluster *c = cluster_new(n, n);
        assert_all_up(c);
        cluster_pass(c, 30000);
        assert_all_up(c);
        cluster_free(c);
    }
}

/* How long until all others believe that `dead` is down. */
static uint64_t ms_to_down(struct cluster *c, uint64_t dead)
{
    for (uint64_t ms = 0;; ms += STEP_MS) {
        bool all = true;
        for (uint32_t i = 0; i < c->count; i++)
            if (c->nodes[i].m && c->nodes[i].believes[dead] == BELIEVED_UP) all = false;
        if (all || ms > 60000) return ms;
        cluster_pass(c, STEP_MS);
    }
}

/* Though they vouch for it to each other, some of them having heard it through others only. */
static void a_dead_node_is_found_dead_by_all_within_nine_seconds(void **state)
{
    (void)state;
    uint64_t latest = 0;
    for (uint32_t seed = 1; seed <= rounds(60); seed++) {
        struct cluster *c = cluster_new(NODES_MAX, seed);
        uint32_t deaf = chance_below(&c->seed, 4); /* those who do not hear the first */
        for (uint32_t i = 1; i <= deaf; i++)
            cut_link(c, 0, i, true);
        c->delay_ms = chance_below(&c->seed, 800);
        cluster_pass(c, 9000 + chance_below(&c->seed, 1000));
        uint64_t inc = c->nodes[0].o.inc;
        for (uint32_t i = 1; i < c->count; i++)
            assert_int_equal(c->nodes[i].believes[inc], BELIEVED_UP);
        crash(c, 0);
        uint64_t ms = ms_to_down(c, inc);
        if (ms > latest) latest = ms;
        assert_in_range(ms, 3000, 9000);
        cluster_free(c);
    }
    print_message("found by all after %lu ms at most\n", (unsigned long)latest);
}

static void who_is_heard_by_others_alone_stays_up(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= rounds(20); seed++) {
        struct cluster *c = cluster_new(4, seed);
        cut_link(c, 0, 1, true);
        c->loss_percent = 5;
        cluster_pass(c, 60000);
        assert_int_equal(c->nodes[0].believes[c->nodes[1].o.inc], BELIEVED_UP);
        assert_int_equal(c->nodes[1].believes[c->nodes[0].o.inc], BELIEVED_UP);
        cut_link(c, 0, 1, false);
        c->loss_percent = 0;
        cluster_pass(c, 3000);
        assert_all_up(c);
        cluster_free(c);
    }
}

static void two_halves_are_down_to_each_other_and_come_back(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(5, 3);
    for (uint32_t a = 0; a < 2; a++)
        for (uint32_t b = 2; b < 5; b++)
            cut_link(c, a, b, true);
    cluster_pass(c, 12000);
    for (uint32_t a = 0; a < 5; a++)
        for (uint32_t b = 0; b < 5; b++)
            if (a != b)
                assert_int_equal(c->nodes[a].believes[c->nodes[b].o.inc],
                                 (a < 2) == (b < 2) ? BELIEVED_UP : BELIEVED_DOWN);
    memset(c->cut, 0, sizeof c->cut);
    cluster_pass(c, 2000);
    assert_all_up(c);
    cluster_free(c);
}

/* The engine is gone for everybody: nobody is taken for dead, and all are there afterwards. */
static void without_an_engine_nobody_dies(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(4, 9);
    for (uint32_t i = 0; i < 4; i++)
        connect_node(c, i, false);
    cluster_pass(c, 600000);
    for (uint32_t i = 0; i < 4; i++)
        connect_node(c, i, true);
    cluster_pass(c, 2000);
    for (uint32_t a = 0; a < 4; a++)
        for (uint32_t b = 0; b < 4; b++)
            if (a != b) assert_int_equal(c->nodes[a].believes[c->nodes[b].o.inc], BELIEVED_UP);
    assert_all_up(c);
    cluster_free(c);
}

/* One stands still: the others find it down; it finds nobody so. */
static void a_node_that_stood_still_for_a_minute_blames_nobody(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(3, 4);
    pause_node(c, 0, 60000);
    cluster_pass(c, 60000);
    assert_int_equal(c->nodes[1].believes[c->nodes[0].o.inc], BELIEVED_DOWN);
    assert_int_equal(c->nodes[0].believes[c->nodes[1].o.inc], BELIEVED_UP);
    cluster_pass(c, 3000);
    assert_all_up(c);
    cluster_free(c);
}

static void c21_who_starts_later_knows_nothing_of_a_dead_node(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(3, 5);
    uint64_t dead = c->nodes[0].o.inc;
    crash(c, 0);
    cluster_pass(c, 10000);
    crash(c, 2);
    start(c, 2, 'z');
    cluster_pass(c, 1000);
    ready(c, 2);
    cluster_pass(c, 60000);
    assert_int_equal(c->nodes[1].believes[dead], BELIEVED_DOWN);
    assert_int_equal(c->nodes[2].believes[dead], UNKNOWN);
    assert_int_equal(c->nodes[2].believes[c->nodes[1].o.inc], BELIEVED_UP);
    cluster_pass(c, GONE_MS + GONE_MS / 10); /* by a clock that is slow, too */
    assert_int_equal(c->nodes[1].believes[dead], UNKNOWN);
    assert_int_equal(c->nodes[2].believes[dead], UNKNOWN);
    cluster_free(c);
}

/* Names */

static void a_second_node_of_a_name_does_not_start_and_the_first_is_unharmed(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(4, 6);
    crash(c, 3);
    cluster_pass(c, 8000);
    start(c, 3, 'a');
    cluster_pass(c, 500);
    assert_true(c->nodes[3].stopped);
    crash(c, 3);
    cluster_pass(c, 10000);
    assert_all_up(c);
    cluster_free(c);
}

/* Should neither hear of the other before. */
static void a_second_node_of_a_name_that_is_up_ends_the_first(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(4, 7);
    crash(c, 3);
    cut_link(c, 0, 3, true);
    start(c, 3, 'a');
    cluster_pass(c, 1000);
    ready(c, 3);
    cluster_pass(c, 2000);
    assert_true(c->nodes[0].stopped); /* b and c told it */
    assert_false(c->nodes[3].stopped);
    assert_int_equal(c->nodes[1].believes[c->nodes[0].o.inc], UNKNOWN);
    assert_int_equal(c->nodes[1].believes[c->nodes[3].o.inc], BELIEVED_UP);
    cluster_free(c);
}

/* Anything */

static void something_happens(struct cluster *c)
{
    uint32_t i = chance_below(&c->seed, c->count), k = chance_below(&c->seed, c->count);
    struct node *n = &c->nodes[i];
    switch (chance_below(&c->seed, 9)) {
    case 0: cut_link(c, i, k, i != k && chance_below(&c->seed, 2)); break;
    case 1: c->cut[i][k] = i != k && !c->cut[i][k]; break;
    case 2: connect_node(c, i, !n->connected); break;
    case 3: pause_node(c, i, 300 + chance_below(&c->seed, 9000)); break;
    case 4: c->loss_percent = chance_below(&c->seed, 31); break;
    case 5: c->delay_ms = 1 + chance_below(&c->seed, 1500); break;
    case 6:
        if (n->m)
            crash(c, i);
        else
            start(c, i, (char)('a' + i));
        break;
    case 7:
        if (n->m && n->paused_until <= c->now_ms) ready(c, i);
        break;
    default:
        if (n->m && n->paused_until <= c->now_ms && chance_below(&c->seed, 4) == 0) leave(c, i);
        break;
    }
}

static void heal(struct cluster *c)
{
    memset(c->cut, 0, sizeof c->cut);
    c->loss_percent = 0;
    c->delay_ms = 50;
    cluster_pass(c, 10000);
    for (uint32_t i = 0; i < c->count; i++) {
        struct node *n = &c->nodes[i];
        if (n->m && membership_state(n->m) == NODE_LEAVING) crash(c, i);
        if (!n->m) start(c, i, (char)('a' + i));
        if (!n->connected) connect_node(c, i, true);
    }
    cluster_pass(c, 1000);
    for (uint32_t i = 0; i < c->count; i++)
        ready(c, i);
    cluster_pass(c, 14000);
}

/* follow() looks at every step: nobody who was heard is down, and no life is out of order. */
static uint64_t anything(uint64_t seed)
{
    struct cluster *c = cluster_new(3 + (uint32_t)(seed % 5), seed);
    for (int i = 0; i < 60; i++) {
        something_happens(c);
        cluster_pass(c, STEP_MS * chance_below(&c->seed, 300));
    }
    heal(c);
    assert_all_up(c);
    uint64_t transcript = c->transcript;
    cluster_free(c);
    return transcript;
}

static void whatever_happened_in_the_end_all_are_up_to_all(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= rounds(200); seed++)
        (void)anything(seed);
}

static void the_same_seed_is_the_same_run(void **state)
{
    (void)state;
    assert_true(anything(77) == anything(77));
    assert_true(anything(77) != anything(78));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_up_to_all),
        cmocka_unit_test(a_dead_node_is_found_dead_by_all_within_nine_seconds),
        cmocka_unit_test(who_is_heard_by_others_alone_stays_up),
        cmocka_unit_test(two_halves_are_down_to_each_other_and_come_back),
        cmocka_unit_test(without_an_engine_nobody_dies),
        cmocka_unit_test(a_node_that_stood_still_for_a_minute_blames_nobody),
        cmocka_unit_test(c21_who_starts_later_knows_nothing_of_a_dead_node),
        cmocka_unit_test(a_second_node_of_a_name_does_not_start_and_the_first_is_unharmed),
        cmocka_unit_test(a_second_node_of_a_name_that_is_up_ends_the_first),
        cmocka_unit_test(whatever_happened_in_the_end_all_are_up_to_all),
        cmocka_unit_test(the_same_seed_is_the_same_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
