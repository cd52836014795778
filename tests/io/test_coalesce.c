/* tests/io/test_coalesce.c -- when presence frames that wait are let go: at once while there is
 * nothing else to do, together under load, and never later than they may. */
#include "conn_fixture.h"

#include "io/sockets.h"

static struct worker worker;
static struct frame *frame;

static int begin(void **state)
{
    set_up(state);
    worker = (struct worker){.world = world};
    frame = frame_new(1);
    assert_non_null(frame);
    return 0;
}

static int end(void **state)
{
    frame_unref(frame);
    return tear_down(state);
}

static void somebody_changes(void) { clients_deliver(world->clients, conn.edge.slot, frame); }

static bool is_let_go(bool idle)
{
    sockets_release(&worker, idle);
    return client()->dirty;
}

static void a_thread_that_has_nothing_else_to_do_writes_at_once(void **state)
{
    (void)state;
    assert_int_equal(sockets_due(&worker), UINT64_MAX);
    somebody_changes();
    assert_int_equal(sockets_due(&worker), world->now.mono_ms);
    assert_true(is_let_go(true));
    assert_int_equal(sockets_due(&worker), UINT64_MAX);
}

static void under_load_a_frame_waits_for_others_but_not_for_ever(void **state)
{
    (void)state;
    somebody_changes();
    world->now.mono_ms += COALESCE_MS - 1;
    assert_false(is_let_go(false));
    somebody_changes();
    world->now.mono_ms++;
    assert_true(is_let_go(false));
    assert_int_equal(client()->outbox.count, 2);
}

static void while_people_come_a_thread_that_waits_is_not_idle(void **state)
{
    (void)state;
    world->stats.joins++;
    somebody_changes();
    assert_false(is_let_go(true));
    world->stats.joins++;
    world->now.mono_ms += COALESCE_JOIN_MS;
    assert_false(is_let_go(true));
    assert_int_equal(sockets_due(&worker), world->now.mono_ms + COALESCE_JOIN_MS);
    world->now.mono_ms += COALESCE_JOIN_MS;
    assert_true(is_let_go(true));
}

static void a_storm_that_does_not_end_holds_up_nobody_longer_than_it_may(void **state)
{
    (void)state;
    uint64_t from = world->now.mono_ms;
    somebody_changes();
    do {
        world->now.mono_ms++;
        world->stats.joins++;
    } while (!is_let_go(true));
    assert_int_equal(world->now.mono_ms - from, COALESCE_MS);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thread_that_has_nothing_else_to_do_writes_at_once),
        TEST(under_load_a_frame_waits_for_others_but_not_for_ever),
        TEST(while_people_come_a_thread_that_waits_is_not_idle),
        TEST(a_storm_that_does_not_end_holds_up_nobody_longer_than_it_may),
    };
    return cmocka_run_group_tests_name("coalesce", tests, NULL, NULL);
}
