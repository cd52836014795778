/* tests/load/test_graph.c -- the shapes of graphs out of a seed, and edges in one list. */
#include "chance.h"
#include "failures.h"

#include "base/limits.h"
#include "load/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static uint32_t degree(const struct graph *g, uint32_t u)
{
    return (uint32_t)(g->first[u + 1] - g->first[u]);
}

/* Sorted, each once, nobody oneself; audiences add up. */
static void assert_whole(const struct graph *g)
{
    uint64_t watchers = 0;
    for (uint32_t u = 0; u < g->users; u++) {
        for (uint64_t e = g->first[u]; e < g->first[u + 1]; e++) {
            assert_true(g->watched[e] < g->users && g->watched[e] != u);
            assert_true(e == g->first[u] || g->watched[e] > g->watched[e - 1]);
            assert_int_equal(graph_edge(g, u, g->watched[e]), e);
        }
        watchers += g->audience[u];
        assert_true(graph_edge(g, u, u) == GRAPH_NONE);
    }
    assert_int_equal(watchers, graph_edges(g));
}

static bool is_symmetric(const struct graph *g)
{
    for (uint32_t u = 0; u < g->users; u++)
        for (uint64_t e = g->first[u]; e < g->first[u + 1]; e++)
            if (graph_edge(g, g->watched[e], u) == GRAPH_NONE) return false;
    return true;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t median(const struct graph *g)
{
    uint32_t *all = calloc(g->users, sizeof *all);
    assert_non_null(all);
    for (uint32_t u = 0; u < g->users; u++)
        all[u] = degree(g, u);
    qsort(all, g->users, sizeof *all, by_number);
    uint32_t middle = all[g->users / 2];
    free(all);
    return middle;
}

static void edges_come_sorted_and_each_once(void **state)
{
    (void)state;
    struct graph_pairs p = {0};
    struct graph g;
    const uint32_t edges[][2] = {{2, 0}, {0, 2}, {0, 1}, {0, 2}, {2, 1}, {2, 0}};
    for (int i = 0; i < 6; i++)
        graph_pairs_add(&p, edges[i][0], edges[i][1]);
    assert_int_equal(graph_build(&g, 4, &p), KITH_OK);
    assert_int_equal(graph_edges(&g), 4);
    assert_int_equal(degree(&g, 1), 0);
    assert_int_equal(degree(&g, 3), 0);
    assert_int_equal(g.audience[1], 2);
    assert_whole(&g);
    graph_fini(&g);
}

static void a_graph_may_have_no_edges(void **state)
{
    (void)state;
    struct graph_pairs p = {0};
    struct graph g;
    assert_int_equal(graph_build(&g, 3, &p), KITH_OK);
    assert_int_equal(graph_edges(&g), 0);
    assert_true(graph_edge(&g, 2, 1) == GRAPH_NONE);
    graph_fini(&g);
}

static void a_ring_is_of_those_next_to_each(void **state)
{
    (void)state;
    struct graph g;
    assert_int_equal(graph_ring(&g, 10, 4), KITH_OK);
    assert_whole(&g);
    assert_true(is_symmetric(&g));
    assert_int_equal(graph_edges(&g), 40);
    const uint32_t near_0[] = {1, 2, 8, 9};
    assert_memory_equal(g.watched, near_0, sizeof near_0);
    graph_fini(&g);
    assert_int_equal(graph_ring(&g, 4, 4), KITH_BAD);
    assert_int_equal(graph_ring(&g, 1, 0), KITH_BAD);
}

static void in_a_regular_graph_all_have_as_many_friends_anywhere(void **state)
{
    (void)state;
    struct graph g, again;
    uint64_t far = 0;
    assert_int_equal(graph_regular(&g, 1000, 20, 3), KITH_OK);
    assert_whole(&g);
    assert_true(is_symmetric(&g));
    for (uint32_t u = 0; u < g.users; u++) {
        assert_int_equal(degree(&g, u), 20);
        for (uint64_t e = g.first[u]; e < g.first[u + 1]; e++)
            far += g.watched[e] > u + 250 || g.watched[e] + 250 < u;
    }
    assert_true(far > graph_edges(&g) / 2);
    assert_int_equal(graph_regular(&again, 1000, 20, 3), KITH_OK);
    assert_memory_equal(g.watched, again.watched, graph_edges(&g) * sizeof *g.watched);
    graph_fini(&again);
    graph_fini(&g);
    assert_int_equal(graph_regular(&g, 3, 2, 1), KITH_OK);
    assert_int_equal(graph_edges(&g), 6);
    graph_fini(&g);
    assert_int_equal(graph_regular(&g, 4, 4, 1), KITH_BAD);
    assert_int_equal(graph_regular(&g, 1, 0, 1), KITH_BAD);
}

static void friends_are_mutual_with_a_heavy_tail(void **state)
{
    (void)state;
    struct graph g;
    uint32_t most = 0;
    assert_int_equal(graph_friends(&g, 10000, 190, 1), KITH_OK);
    assert_whole(&g);
    assert_true(is_symmetric(&g));
    for (uint32_t u = 0; u < g.users; u++)
        most = degree(&g, u) > most ? degree(&g, u) : most;
    double mean = (double)graph_edges(&g) / g.users;
    assert_true(mean > 171 && mean < 209);
    assert_in_range(median(&g), 90, 110);
    assert_in_range(most, 2000, WATCHES_MAX);
    graph_fini(&g);
}

/* Of two friends of a user, how often they are friends of each other; by chance it would be 2 %. */
static void many_friends_of_a_user_are_friends_of_each_other(void **state)
{
    (void)state;
    struct graph g;
    uint64_t seed = 7, closed = 0, open = 0;
    assert_int_equal(graph_friends(&g, 10000, 190, 1), KITH_OK);
    while (closed + open < 20000) {
        uint32_t u = chance_below(&seed, g.users), n = degree(&g, u);
        uint32_t a = chance_below(&seed, n), b = chance_below(&seed, n);
        const uint32_t *of = g.watched + g.first[u];
        if (a == b) continue;
        if (graph_edge(&g, of[a], of[b]) == GRAPH_NONE)
            open++;
        else
            closed++;
    }
    assert_true(closed * 100 / (closed + open) >= 5);
    graph_fini(&g);
}

static void followers_go_one_way_and_celebrities_are_few(void **state)
{
    (void)state;
    struct graph g;
    uint32_t famous = 0;
    assert_int_equal(graph_follow(&g, 10000, 100, 1), KITH_OK);
    assert_whole(&g);
    assert_false(is_symmetric(&g));
    for (uint32_t u = 0; u < g.users; u++)
        famous += g.audience[u] >= 1000;
    assert_in_range(famous, 2, 5);
    assert_in_range(g.audience[0], 4500, 5500);
    graph_fini(&g);
}

static void few_users_have_fewer_friends(void **state)
{
    (void)state;
    struct graph g;
    for (uint32_t users = 2; users < 200; users += users < 20 ? 1 : 37) {
        assert_int_equal(graph_friends(&g, users, 190, 1), KITH_OK);
        assert_whole(&g);
        for (uint32_t u = 0; u < users; u++)
            assert_true(degree(&g, u) < users);
        graph_fini(&g);
        assert_int_equal(graph_follow(&g, users, 100, 1), KITH_OK);
        assert_whole(&g);
        graph_fini(&g);
    }
    assert_int_equal(graph_friends(&g, 1, 190, 1), KITH_BAD);
    assert_int_equal(graph_follow(&g, 1, 190, 1), KITH_BAD);
}

static uint64_t sum(const struct graph *g)
{
    uint64_t s = g->users;
    for (uint64_t e = 0; e < graph_edges(g); e++)
        s = s * 31 + g->watched[e];
    return s;
}

/* The very numbers: on another machine they must be the same. */
static void a_seed_tells_all(void **state)
{
    (void)state;
    struct graph a, b;
    assert_int_equal(graph_friends(&a, 500, 50, 9), KITH_OK);
    assert_int_equal(graph_friends(&b, 500, 50, 9), KITH_OK);
    assert_true(sum(&a) == sum(&b));
    assert_true(sum(&a) == 0xfb29671cf8244567u);
    graph_fini(&b);
    assert_int_equal(graph_friends(&b, 500, 50, 10), KITH_OK);
    assert_true(sum(&a) != sum(&b));
    graph_fini(&a);
    graph_fini(&b);
}

static void without_memory_there_is_no_graph(void **state)
{
    (void)state;
    for (size_t n = 0; n < 60; n++) {
        struct graph g = {0};
        alloc_fail(n, 1);
        kith_err e = n % 2 ? graph_friends(&g, 300, 40, 1) : graph_follow(&g, 300, 40, 1);
        (void)alloc_heal();
        assert_true(e == KITH_OK || e == KITH_NOMEM);
        if (e) assert_null(g.first);
        graph_fini(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_come_sorted_and_each_once),
        cmocka_unit_test(a_graph_may_have_no_edges),
        cmocka_unit_test(a_ring_is_of_those_next_to_each),
        cmocka_unit_test(in_a_regular_graph_all_have_as_many_friends_anywhere),
        cmocka_unit_test(friends_are_mutual_with_a_heavy_tail),
        cmocka_unit_test(many_friends_of_a_user_are_friends_of_each_other),
        cmocka_unit_test(followers_go_one_way_and_celebrities_are_few),
        cmocka_unit_test(few_users_have_fewer_friends),
        cmocka_unit_test(a_seed_tells_all),
        cmocka_unit_test(without_memory_there_is_no_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
