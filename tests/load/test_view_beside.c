/* tests/load/test_view_beside.c -- what is not held against anybody: users whom others make do
 * things, too, and viewers who read nothing for a while. */
#include "load/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Everybody watches everybody; 2 has sessions of others' as well. */
enum { USERS = 3, STAR = 2, BEGIN_US = 50000000 };

static struct graph graph;
static struct user_order order;
static struct fact facts[USERS];
static struct phase phase;
static struct tally tally;
static struct view view;
static const struct view_status plain;

static void begin(enum phase_kind kind)
{
    phase = (struct phase){.kind = kind, .count = 8, .period_ns = 1000000, .begin_us = BEGIN_US};
    memset(&tally, 0, sizeof tally);
    view_begin(&view, &phase);
}

static int fresh(void **state)
{
    (void)state;
    if (graph_ring(&graph, USERS, 2) || user_order_init(&order, USERS, 1)) return 1;
    for (uint32_t i = 0; i < USERS; i++) {
        order.user[i] = order.place[i] = i;
        facts[i] = (struct fact){.dial_us = 1, .back_us = 2, .online = true};
    }
    view = (struct view){.graph = &graph,
                         .order = &order,
                         .facts = facts,
                         .tally = &tally,
                         .processes = 1,
                         .hot = 1000,
                         .beside = STAR};
    if (view_init(&view)) return 1;
    begin(PHASE_STORM);
    return 0;
}

static int over(void **state)
{
    (void)state;
    view_fini(&view);
    graph_fini(&graph);
    user_order_fini(&order);
    return 0;
}

static void told(uint32_t viewer, uint32_t about, uint32_t left, uint32_t joined)
{
    view_told(&view, viewer,
              &(struct view_news){about, {.count = left}, {.count = joined}, plain, BEGIN_US});
}

static void show_friends(void)
{
    for (uint32_t u = 0; u < USERS; u++) {
        view_state(&view, u);
        for (uint64_t e = graph.first[u]; e < graph.first[u + 1]; e++)
            view_shown(&view, u, graph.watched[e], (struct view_sessions){.count = 1}, plain);
    }
}

static void whatever_is_told_of_a_user_beside_is_counted_alone(void **state)
{
    (void)state;
    show_friends();
    view_shown(&view, 0, STAR, (struct view_sessions){.count = 2}, plain);
    begin(PHASE_STEADY);
    told(0, STAR, 0, 1);
    told(0, STAR, 1, 1);
    told(1, STAR, 1, 0);
    told(1, STAR, 1, 0);
    view_told(
        &view, 0,
        &(struct view_news){
            STAR, {.count = 1}, {.count = 1}, {.ours = true, .flip = 0}, BEGIN_US}); /* 0's flip */
    assert_int_equal(tally.beside, 5);
    assert_int_equal(tally.told, 0);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally_wrong(&tally), 0);
}

static void nor_need_anybody_be_told_of_it(void **state)
{
    (void)state;
    for (uint32_t u = 0; u < USERS; u++) {
        view_state(&view, u);
        for (uint32_t about = 0; about < USERS; about++)
            if (about != u && about != STAR)
                view_shown(&view, u, about, (struct view_sessions){.count = 1}, plain);
    }
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 4);
    assert_int_equal(tally_wrong(&tally), 0);
}

static void a_stranger_is_a_leak_all_the_same(void **state)
{
    (void)state;
    told(STAR, STAR, 0, 1);
    assert_int_equal(tally.leaks, 1);
}

static void to_who_reads_nothing_nothing_is_due(void **state)
{
    (void)state;
    show_friends();
    facts[0].stalled = true;
    begin(PHASE_STEADY);
    facts[1].flips = 1;
    facts[1].turn = 1;
    assert_true(view_audit(&view, &tally) == false); /* STAR is to be told */
    assert_int_equal(tally.due, 1);
    assert_int_equal(tally.stale, 1);
    facts[0].stalled = false;
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.due, 2);
}

static void who_reads_on_hears_of_many_phases_at_once(void **state)
{
    (void)state;
    show_friends();
    begin(PHASE_READ);
    for (int i = 0; i < 2; i++) {
        told(0, 1, 1, 0);
        told(0, 1, 0, 1);
    }
    assert_int_equal(tally.duplicates, 0);
    told(0, 1, 0, 1);
    assert_int_equal(tally.duplicates, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(whatever_is_told_of_a_user_beside_is_counted_alone),
        T(nor_need_anybody_be_told_of_it),
        T(a_stranger_is_a_leak_all_the_same),
        T(to_who_reads_nothing_nothing_is_due),
        T(who_reads_on_hears_of_many_phases_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
