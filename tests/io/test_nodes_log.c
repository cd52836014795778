/* tests/io/test_nodes_log.c -- what the log is told of other nodes. */
#include "io/nodes_log.h"
#include "link_fixture.h"

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

static struct peer_view peer(uint64_t nid, enum peer_state state)
{
    return (struct peer_view){
        .name = KITH_LIT("kith-2"), .nid = nid, .state = state, .silent_ms = 6100};
}

static void note(struct nodes_log *l, uint64_t nid, enum peer_state state, uint64_t now_ms)
{
    struct peer_view p = peer(nid, state);
    nodes_log_note(l, &p, now_ms);
}

static void a_node_that_is_lost_and_back_is_a_line_each_however_often_it_is_looked_at(void **state)
{
    (void)state;
    static struct nodes_log l;
    struct caught_log c = log_begin();
    for (int i = 0; i < 3; i++)
        note(&l, 7, PEER_UP, 1000);
    note(&l, 7, PEER_SUSPECT, 2000);
    assert_string_equal(log_so_far(&c), "");
    for (int i = 0; i < 3; i++)
        note(&l, 7, PEER_DOWN, 5000);
    assert_int_equal(count(log_so_far(&c), "node kith-2 is lost, silent for 6.1 s"), 1);
    for (int i = 0; i < 3; i++)
        note(&l, 7, PEER_UP, 17500);
    assert_int_equal(count(log_so_far(&c), "node kith-2 is back, after 12.5 s"), 1);
    assert_int_equal(count(log_so_far(&c), "\n"), 2);
    log_end(&c);
}

static void a_node_that_goes_is_not_lost(void **state)
{
    (void)state;
    static struct nodes_log l;
    struct peer_view p = peer(7, PEER_UP);
    struct caught_log c = log_begin();
    nodes_log_note(&l, &p, 1000);
    p.leaving = true;
    nodes_log_note(&l, &p, 2000);
    p.state = PEER_DOWN;
    nodes_log_note(&l, &p, 3000);
    assert_int_equal(count(log_so_far(&c), "node kith-2 goes"), 1);
    note(&l, 7, PEER_UP, 3500); /* another run of its name */
    assert_int_equal(count(log_so_far(&c), "node kith-2 is back, after 1.5 s"), 1);
    assert_int_equal(count(log_so_far(&c), "\n"), 2);
    log_end(&c);
}

static void where_nodes_come_and_go_all_the_time_there_are_so_many_lines_a_minute(void **state)
{
    (void)state;
    static struct nodes_log l;
    struct caught_log c = log_begin();
    for (uint64_t i = 0; i < 1000; i++)
        note(&l, 7, i % 2 ? PEER_UP : PEER_DOWN, 100000 + i);
    assert_int_equal(count(log_so_far(&c), "\n"), NODES_LINES_MAX + 1);
    assert_int_equal(count(log_so_far(&c), "nothing is said"), 1);
    note(&l, 7, PEER_DOWN, 170000);
    assert_int_equal(count(log_so_far(&c), "\n"), NODES_LINES_MAX + 2);
    log_end(&c);
}

static void more_names_than_nodes_can_be_are_forgotten_in_turn(void **state)
{
    (void)state;
    static struct nodes_log l;
    struct caught_log c = log_begin();
    for (uint64_t nid = 1; nid <= PEERS_MAX + 1; nid++)
        note(&l, nid, PEER_UP, 1000);
    note(&l, 2, PEER_DOWN, 1000);
    note(&l, PEERS_MAX + 1, PEER_DOWN, 1000);
    assert_int_equal(count(log_so_far(&c), "is lost"), 2);
    log_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_is_lost_and_back_is_a_line_each_however_often_it_is_looked_at),
        cmocka_unit_test(a_node_that_goes_is_not_lost),
        cmocka_unit_test(where_nodes_come_and_go_all_the_time_there_are_so_many_lines_a_minute),
        cmocka_unit_test(more_names_than_nodes_can_be_are_forgotten_in_turn),
    };
    return cmocka_run_group_tests_name("nodes_log", tests, NULL, NULL);
}
