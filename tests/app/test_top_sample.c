/* tests/app/test_top_sample.c -- what a node tells of itself, read from its metrics. */
#include "app/top_sample.h"

#include "base/buf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct top_sample a, b;

static void figures_are_found_by_their_names(void **state)
{
    (void)state;
    assert_int_equal(top_read(KITH_LIT("# HELP kith_connections x\nkith_connections 3\n"
                                       "kith_joins_total 40\nkith_users{a=\"b\"} 9\nother 1\n"
                                       "kith_cluster_stale_seconds 0.250\n"),
                              7, &a),
                     KITH_OK);
    assert_int_equal(a.at_ms, 7);
    assert_true(a.values[TOP_CONNECTIONS] == 3 && a.values[TOP_JOINS] == 40);
    assert_true(a.values[TOP_STALE] == 0.25);
    assert_true(isnan(a.values[TOP_USERS]) && isnan(a.values[TOP_MEMORY]));
    assert_false(a.clustered);
}

static void what_has_no_connections_is_no_kith(void **state)
{
    (void)state;
    assert_int_equal(top_read(KITH_LIT("<html>"), 7, &a), KITH_BAD);
    assert_int_equal(top_read(KITH_LIT("kith_joins_total 4\n"), 7, &a), KITH_BAD);
    assert_int_equal(top_read((kith_slice){0}, 7, &a), KITH_BAD);
}

#define PEER(node, state, relayed)                                                                 \
    "kith_cluster_peer_silent_seconds{node=\"" node "\",state=\"" state "\",relayed=\"" relayed    \
    "\"} 0.5\n"

static void peers_with_troubles_come_first(void **state)
{
    static const char *const want[] = {"e", "f", "c", "d", "g", "a", "b"};
    (void)state;
    assert_int_equal(
        top_read(KITH_LIT("kith_connections 0\n"
                          "kith_cluster_node{cluster=\"people\",node=\"n1\",state=\"up\"} 1\n" PEER(
                              "b", "up", "no") PEER("a", "up", "no") PEER("c", "suspect", "no")
                              PEER("g", "up", "yes") PEER("d", "leaving", "no")
                                  PEER("e", "down", "no") PEER("f", "\x1b[2J", "no")),
                 7, &a),
        KITH_OK);
    assert_true(a.clustered);
    assert_string_equal(a.cluster, "people");
    assert_string_equal(a.node, "n1");
    assert_string_equal(a.state, "up");
    assert_int_equal(a.peer_count, 7);
    for (uint32_t i = 0; i < a.peer_count; i++)
        assert_string_equal(a.peers[i].name, want[i]);
}

static void names_are_cut_and_cleaned(void **state)
{
    char text[5];
    (void)state;
    top_plain(text, sizeof text,
              KITH_LIT("a\x1b b\xff"
                       "c"));
    assert_string_equal(text, "a??b");
    top_plain(text, sizeof text, (kith_slice){0});
    assert_string_equal(text, "");
}

static void more_peers_than_there_can_be_are_left_out(void **state)
{
    struct buf text = {0};
    (void)state;
    buf_puts(&text, "kith_connections 0\n");
    for (int i = 0; i < PEERS_MAX + 10; i++)
        buf_printf(&text, "kith_cluster_peer_silent_seconds{node=\"n%d\"} 1\n", i);
    assert_int_equal(top_read(buf_slice(&text), 7, &a), KITH_OK);
    assert_int_equal(a.peer_count, PEERS_MAX);
    buf_fini(&text);
}

static void a_rate_is_what_is_more_by_the_time_between(void **state)
{
    (void)state;
    assert_int_equal(top_read(KITH_LIT("kith_connections 5\nkith_joins_total 10\n"), 1000, &a), 0);
    assert_int_equal(top_read(KITH_LIT("kith_connections 4\nkith_joins_total 11\n"), 3000, &b), 0);
    assert_true(top_rate(&a, &b, TOP_JOINS) == 0.5);
    assert_true(isnan(top_rate(&a, &b, TOP_CONNECTIONS)));
    assert_true(isnan(top_rate(&a, &b, TOP_CPU)));
    assert_true(isnan(top_rate(&a, &a, TOP_JOINS)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_found_by_their_names),
        cmocka_unit_test(what_has_no_connections_is_no_kith),
        cmocka_unit_test(peers_with_troubles_come_first),
        cmocka_unit_test(names_are_cut_and_cleaned),
        cmocka_unit_test(more_peers_than_there_can_be_are_left_out),
        cmocka_unit_test(a_rate_is_what_is_more_by_the_time_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
