/* tests/shard/test_client_waiting.c -- presence that waits to be written, and who is written to. */
#include "client_fixture.h"

static void each_change_is_told_once_and_a_closed_client_never(void **state)
{
    (void)state;
    uint32_t other;
    assert_int_equal(clients_open(c, &other), KITH_OK);
    PUSH(1);
    PUSH(1);
    clients_mark_dirty(c, other);
    assert_int_equal(clients_next_dirty(c), slot); /* who came first is written first */
    assert_int_equal(clients_next_dirty(c), other);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
    PUSH(1);
    clients_mark_dirty(c, other);
    clients_close(c, slot);
    assert_int_equal(clients_next_dirty(c), other);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
}

static void presence_waits_until_it_is_released(void **state)
{
    (void)state;
    assert_int_equal(clients_waiting(c), 0);
    DELIVER(1);
    DELIVER(1);
    assert_int_equal(clients_waiting(c), 1);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
    assert_int_equal(clients_release(c, 10, 0), 1);
    assert_int_equal(clients_waiting(c), 0);
    assert_int_equal(clients_next_dirty(c), slot);
    assert_int_equal(client()->outbox.count, 2);
}

static void presence_leaves_with_what_must_leave_now(void **state)
{
    (void)state;
    DELIVER(1);
    PUSH(1);
    assert_int_equal(clients_next_dirty(c), slot);
    clients_sent(c, slot, 2);
    assert_int_equal(clients_release(c, 10, 0), 0); /* nothing is left of it */
    assert_int_equal(clients_waiting(c), 0);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
}

static void who_has_waited_longest_is_released_first_and_no_more_than_asked_for(void **state)
{
    (void)state;
    uint32_t first = slot, second;
    assert_int_equal(clients_open(c, &second), KITH_OK);
    DELIVER(1);
    now.mono_ms += 65535; /* the time wraps */
    slot = second;
    DELIVER(1);
    slot = first;
    DELIVER(1);
    assert_int_equal(clients_release(c, 1, 0), 1);
    assert_int_equal(clients_next_dirty(c), first);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
    assert_int_equal(clients_release(c, 1, 0), 1);
    assert_int_equal(clients_next_dirty(c), second);
}

static void who_has_not_waited_long_enough_is_not_released(void **state)
{
    (void)state;
    now.mono_ms = 65535;
    DELIVER(1);
    now.mono_ms += 99;
    assert_int_equal(clients_release(c, 10, 100), 0);
    assert_int_equal(clients_waiting(c), 1);
    now.mono_ms++;
    assert_int_equal(clients_release(c, 10, 100), 1);
}

static void a_client_for_whom_much_waits_does_not_wait(void **state)
{
    (void)state;
    DELIVER(BOUND / 2);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
    DELIVER(1);
    assert_int_equal(clients_next_dirty(c), slot);
}

static void a_client_that_is_closed_while_it_waits_comes_back_once_it_waits_no_more(void **state)
{
    (void)state;
    uint32_t next, old = slot;
    DELIVER(1);
    clients_close(c, slot);
    assert_int_equal(clients_open(c, &next), KITH_OK);
    assert_int_not_equal(next, old);
    assert_int_equal(clients_release(c, 10, 0), 0);
    assert_int_equal(clients_open(c, &next), KITH_OK);
    assert_int_equal(next, old);
}

static void a_client_that_is_closed_in_both_lists_comes_back_once(void **state)
{
    (void)state;
    uint32_t next, old = slot;
    DELIVER(1);
    PUSH(1);
    clients_close(c, slot);
    assert_int_equal(clients_release(c, 10, 0), 0);
    assert_int_equal(clients_open(c, &next), KITH_OK);
    assert_int_not_equal(next, old);
    assert_int_equal(clients_next_dirty(c), UINT32_MAX);
    assert_int_equal(clients_open(c, &next), KITH_OK);
    assert_int_equal(next, old);
    assert_int_equal(clients_open(c, &next), KITH_OK);
    assert_int_not_equal(next, old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_change_is_told_once_and_a_closed_client_never),
        TEST(presence_waits_until_it_is_released),
        TEST(presence_leaves_with_what_must_leave_now),
        TEST(who_has_waited_longest_is_released_first_and_no_more_than_asked_for),
        TEST(who_has_not_waited_long_enough_is_not_released),
        TEST(a_client_for_whom_much_waits_does_not_wait),
        TEST(a_client_that_is_closed_while_it_waits_comes_back_once_it_waits_no_more),
        TEST(a_client_that_is_closed_in_both_lists_comes_back_once),
    };
    return cmocka_run_group_tests_name("client_waiting", tests, NULL, NULL);
}
