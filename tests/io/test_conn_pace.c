/* tests/io/test_conn_pace.c -- a peer that says too much in too short a time. */
#include "conn_fixture.h"

enum { A_SECOND = 100, AT_ONCE = A_SECOND * OWED_MS_MAX / 1000 };

static int set_up_paced(void **state)
{
    int e = set_up(state);
    options.messages_s = A_SECOND;
    if (!e) upgrade();
    return e;
}

#define PACED(name) cmocka_unit_test_setup_teardown(name, set_up_paced, tear_down)

/* So many, and no more; returns how many of them are answered. */
static size_t says(size_t count)
{
    for (size_t left = count; left && conn_reads(&conn);) {
        left -= flood(left);
        (void)turns_until_quiet();
    }
    return times_heard("phx_reply");
}

/* The loop calls a tick, and flushes who is marked then. */
static void time_passes(uint64_t ms)
{
    hurry(ms);
    assert_int_equal(tick(), CONN_OPEN);
    (void)clients_release(world->clients, UINT32_MAX, 0);
    if (clients_next_dirty(world->clients) == conn.edge.slot) (void)flush();
    (void)turns_until_quiet();
}

static void what_goes_beyond_its_pace_waits_at_its_own_end(void **state)
{
    (void)state;
    assert_in_range(says(4 * AT_ONCE), AT_ONCE, AT_ONCE + 1);
    assert_false(conn_reads(&conn));
}

static void a_pace_that_is_no_part_of_a_second_is_kept_too(void **state)
{
    (void)state;
    size_t at_once = 130 * OWED_MS_MAX / 1000;
    options.messages_s = 130;
    assert_in_range(says(2 * at_once), at_once, at_once + at_once / 100);
}

static void it_is_heard_in_time_and_whole(void **state)
{
    (void)state;
    size_t at_once = says(AT_ONCE + 250), seconds = 0;
    for (; !conn_reads(&conn) && seconds < 10; seconds++) {
        size_t before = times_heard("phx_reply");
        time_passes(1000);
        assert_in_range(times_heard("phx_reply") - before, 1, A_SECOND + 10);
    }
    assert_in_range(seconds, 2, 4);
    assert_int_equal(times_heard("phx_reply"), AT_ONCE + 250);
    assert_true(at_once < AT_ONCE + 250);
}

static void it_may_say_all_it_likes_where_there_is_no_bound(void **state)
{
    (void)state;
    options.messages_s = 0;
    assert_int_equal(says(2 * AT_ONCE), 2 * AT_ONCE);
    assert_true(conn_reads(&conn));
}

static void a_join_counts_for_ten(void **state)
{
    (void)state;
    char text[100];
    for (int i = 0; i < 2 * AT_ONCE / JOIN_MESSAGES && conn_reads(&conn); i++) {
        snprintf(text, sizeof text, "[\"1\",\"%d\",\"nowhere:%d\",\"phx_join\",{}]", i, i);
        peer_says(text);
        (void)turns_until_quiet();
    }
    assert_in_range(times_heard("phx_reply"), AT_ONCE / JOIN_MESSAGES, AT_ONCE / JOIN_MESSAGES + 1);
}

static void who_waits_is_alive(void **state)
{
    (void)state;
    says(4 * AT_ONCE);
    for (int i = 0; i < 4; i++)
        time_passes(IDLE_MS / 2);
    assert_int_not_equal(conn.edge.phase, EDGE_DONE);
}

/* Else the loop would look at it for ever: it can only go on when the system takes more. */
static void who_takes_nothing_meanwhile_is_not_looked_at_again(void **state)
{
    (void)state;
    (void)says(4 * AT_ONCE);
    hurry(1000);
    for (int full = 1; full >= 0; full--) {
        conn.blocked = full;
        while (clients_next_dirty(world->clients) != UINT32_MAX)
            continue;
        assert_int_equal(tick(), CONN_OPEN);
        assert_int_equal(clients_next_dirty(world->clients), full ? UINT32_MAX : conn.edge.slot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PACED(what_goes_beyond_its_pace_waits_at_its_own_end),
        PACED(a_pace_that_is_no_part_of_a_second_is_kept_too),
        PACED(it_is_heard_in_time_and_whole),
        PACED(it_may_say_all_it_likes_where_there_is_no_bound),
        PACED(a_join_counts_for_ten),
        PACED(who_waits_is_alive),
        PACED(who_takes_nothing_meanwhile_is_not_looked_at_again),
    };
    return cmocka_run_group_tests_name("conn's pace", tests, NULL, NULL);
}
