/* tests/shard/test_client.c -- addresses for frames: who is who, what may wait, and who is owed. */
#include "client_fixture.h"

static void a_reply_of_any_size_may_wait_while_little_does(void **state)
{
    (void)state;
    PUSH(BOUND / 2);
    assert_false(clients_congested(c, slot));
    PUSH(10 * BOUND);
    assert_false(client()->overrun);
    assert_true(clients_congested(c, slot));
    PUSH(OUTBOX_BURST_BYTES_MAX - client()->outbox.bytes); /* and others, while there is room */
    assert_false(client()->overrun);
    PUSH(BOUND); /* and small ones behind it, up to the bound */
    assert_false(client()->overrun);
    PUSH(1);
    assert_true(client()->overrun);
}

static void what_is_said_at_once_is_let_in(void **state)
{
    (void)state;
    while (client()->outbox.bytes + PUSH_BYTES_MAX <= OUTBOX_BURST_BYTES_MAX)
        PUSH(PUSH_BYTES_MAX);
    assert_false(client()->overrun);
    DELIVER(BOUND);
    assert_false(client()->behind); /* the bound is for what waits behind */
    DELIVER(1);
    assert_true(client()->behind);
    PUSH(PUSH_BYTES_MAX);
    assert_true(client()->overrun);
}

static void what_waits_never_exceeds_that_room_by_more_than_the_bound(void **state)
{
    (void)state;
    for (int i = 0; i < 1000 && !client()->overrun; i++)
        PUSH(BOUND - 1);
    assert_true(client()->overrun);
    assert_true(client()->outbox.bytes <= OUTBOX_BURST_BYTES_MAX + BOUND);
}

static void a_full_state_is_let_in_and_the_bound_holds_for_what_follows(void **state)
{
    (void)state;
    PUSH(BOUND);
    PUSH_STATE(50 * BOUND);
    for (int i = 0; i < 30; i++)
        DELIVER(100);
    assert_true(client()->behind);
    assert_int_equal(client()->outbox.bytes, 52 * BOUND);
    assert_int_equal(stats.deliveries, 10);
    assert_int_equal(stats.deliveries_dropped, 20);
}

static void once_the_large_frame_has_left_the_bound_is_the_bound_again(void **state)
{
    (void)state;
    PUSH_STATE(50 * BOUND);
    DELIVER(900);
    clients_sent(c, slot, 50 * BOUND); /* the reader is slow: what follows still waits */
    DELIVER(100);
    assert_false(client()->behind);
    DELIVER(1);
    assert_true(client()->behind);
    assert_int_equal(client()->outbox.bytes, BOUND);
}

static void a_state_that_just_fits_leaves_as_much_room_as_a_larger_one(void **state)
{
    (void)state;
    PUSH_STATE(BOUND - 1);
    DELIVER(BOUND);
    assert_false(client()->behind);
    DELIVER(1);
    assert_true(client()->behind);
}

static void a_client_that_is_behind_gets_no_presence_even_if_it_would_fit(void **state)
{
    (void)state;
    DELIVER(600);
    DELIVER(600);
    DELIVER(1);
    assert_true(client()->behind);
    assert_int_equal(client()->outbox.count, 1);
    PUSH(10); /* answers still come */
    assert_int_equal(client()->outbox.count, 2);
    PUSH_STATE(10); /* a state of one channel does not settle what another is owed */
    assert_true(client()->behind);
}

static void too_many_frames_are_as_bad_as_too_many_bytes(void **state)
{
    (void)state;
    clients_free(c);
    c = clients_new(1 << 30, &now, &stats);
    assert_int_equal(clients_open(c, &slot), KITH_OK);
    for (int i = 0; i < OUTBOX_FRAMES_MAX; i++) {
        assert_int_equal(clients_congested(c, slot), i > OUTBOX_FRAMES_MAX / 2);
        DELIVER(1);
    }
    assert_false(client()->behind);
    DELIVER(1);
    assert_true(client()->behind);
    assert_false(client()->overrun);
    PUSH(1);
    assert_true(client()->overrun);
}

static void without_memory_a_reply_closes_and_presence_is_owed(void **state)
{
    (void)state;
    struct frame *f = frame_new(1);
    clients_push(c, slot, f); /* takes none: the second needs a ring */
    alloc_fail(0, 1);
    clients_deliver(c, slot, f);
    alloc_heal();
    assert_true(client()->behind);
    alloc_fail(0, 1);
    clients_push(c, slot, f);
    alloc_heal();
    assert_true(client()->overrun);
    frame_unref(f);
}

static void an_overrun_client_takes_nothing_more(void **state)
{
    (void)state;
    clients_at(c, slot)->overrun = true;
    PUSH(1);
    PUSH_STATE(1);
    DELIVER(1);
    assert_int_equal(client()->outbox.count, 0);
    assert_false(client()->behind);
}

static void a_client_without_memory_for_its_only_frame_is_looked_at_again(void **state)
{
    (void)state;
    clients_at(c, slot)->behind = true;
    DELIVER(1);
    assert_int_equal(clients_next_dirty(c), slot);
}

static void a_handle_of_a_closed_client_finds_nobody(void **state)
{
    (void)state;
    uint64_t old = clients_handle(c, slot);
    uint32_t found, again;
    assert_true(old != 0);
    assert_true(clients_find(c, old, &found));
    assert_int_equal(found, slot);
    clients_close(c, slot);
    assert_false(clients_find(c, old, &found));
    assert_int_equal(clients_open(c, &again), KITH_OK);
    assert_int_equal(again, slot);
    assert_false(clients_find(c, old, &found));
    assert_true(clients_find(c, clients_handle(c, again), &found));
    assert_false(clients_find(c, old | 0xffffff, &found)); /* a slot that never was */
}

static void a_slot_that_comes_back_is_as_new(void **state)
{
    (void)state;
    PUSH_STATE(5 * BOUND);
    clients_at(c, slot)->behind = true;
    clients_at(c, slot)->vsn = PHX_V1;
    clients_close(c, slot);
    assert_int_equal(clients_count(c), 0);
    assert_int_equal(clients_open(c, &slot), KITH_OK);
    assert_int_equal(clients_count(c), 1);
    assert_int_equal(client()->outbox.bytes, 0);
    assert_int_equal(client()->excused, 0);
    assert_int_equal(client()->vsn, PHX_V2);
    assert_false(client()->behind || client()->overrun || client()->dirty || client()->waiting);
}

static void a_generation_is_never_0(void **state)
{
    (void)state;
    clients_at(c, slot)->generation = 0xffffff;
    clients_close(c, slot);
    assert_int_equal(clients_open(c, &slot), KITH_OK);
    assert_int_equal(client()->generation, 1);
}

static void pointers_stay_good_while_others_come(void **state)
{
    (void)state;
    const struct client *first = client();
    for (int i = 0; i < 2000; i++)
        assert_int_equal(clients_open(c, &slot), KITH_OK);
    assert_ptr_equal(clients_at(c, 0), first);
    assert_int_equal(clients_count(c), 2001);
}

static void no_memory_for_a_client_is_an_answer(void **state)
{
    (void)state;
    uint32_t other;
    for (int i = 1; i < 256; i++)
        assert_int_equal(clients_open(c, &other), KITH_OK);
    alloc_fail(0, 1);
    assert_int_equal(clients_open(c, &other), KITH_NOMEM);
    alloc_heal();
    assert_int_equal(clients_count(c), 256);
    assert_int_equal(clients_open(c, &other), KITH_OK);
}

static void who_becomes_slow_is_noted_once_each_time(void **state)
{
    (void)state;
    struct slow_client slow;
    assert_false(clients_slow(c, 0, &slow));
    DELIVER(BOUND);
    assert_false(clients_slow(c, 0, &slow));
    DELIVER(1);
    now.mono_ms++;
    DELIVER(1);
    assert_true(clients_slow(c, 0, &slow));
    assert_int_equal(slow.handle, clients_handle(c, slot));
    assert_int_equal(slow.since_ms, now.mono_ms - 1);
    assert_false(clients_slow(c, 1, &slow));
    assert_int_equal(stats.clients_fallen_behind, 1);
    for (uint32_t i = 0; i < SLOW_NOTED; i++) {
        clients_at(c, slot)->behind = false; /* as it is once it has caught up */
        now.mono_ms++;
        DELIVER(1);
    }
    assert_true(clients_slow(c, 0, &slow));
    assert_int_equal(slow.since_ms, now.mono_ms);
    assert_true(clients_slow(c, SLOW_NOTED - 1, &slow));
    assert_int_equal(slow.since_ms, now.mono_ms - SLOW_NOTED + 1);
    assert_false(clients_slow(c, SLOW_NOTED, &slow));
    assert_int_equal(stats.clients_fallen_behind, SLOW_NOTED + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reply_of_any_size_may_wait_while_little_does),
        TEST(what_is_said_at_once_is_let_in),
        TEST(what_waits_never_exceeds_that_room_by_more_than_the_bound),
        TEST(a_full_state_is_let_in_and_the_bound_holds_for_what_follows),
        TEST(once_the_large_frame_has_left_the_bound_is_the_bound_again),
        TEST(a_state_that_just_fits_leaves_as_much_room_as_a_larger_one),
        TEST(a_client_that_is_behind_gets_no_presence_even_if_it_would_fit),
        TEST(too_many_frames_are_as_bad_as_too_many_bytes),
        TEST(without_memory_a_reply_closes_and_presence_is_owed),
        TEST(an_overrun_client_takes_nothing_more),
        TEST(a_client_without_memory_for_its_only_frame_is_looked_at_again),
        TEST(a_handle_of_a_closed_client_finds_nobody),
        TEST(a_slot_that_comes_back_is_as_new),
        TEST(a_generation_is_never_0),
        TEST(pointers_stay_good_while_others_come),
        TEST(no_memory_for_a_client_is_an_answer),
        TEST(who_becomes_slow_is_noted_once_each_time),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
