/* tests/shard/test_coalesce.c -- when presence frames that wait are let go: at once while there is
 * nothing else to do, together under load, and never later than they may. */
#include "shard/coalesce.h"

#include "shard/shard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct world *w;
static struct frame *frame;
static uint32_t slot;

static int set_up(void **state)
{
    (void)state;
    w = shard_new(&(struct world_options){
        .count = 1, .inc = 7, .join_wait_ms = JOIN_WAIT_MS, .outbox_bytes_max = OUTBOX_BYTES_MAX});
    frame = frame_new(1);
    assert_true(w && frame);
    w->now = (struct now){.mono_ms = 1000, .unix_ms = 1795487065000};
    assert_int_equal(clients_open(w->clients, &slot), KITH_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clients_close(w->clients, slot);
    frame_unref(frame);
    shard_free(w);
    return 0;
}

static const struct client *client(void) { return clients_at(w->clients, slot); }

static void somebody_changes(void) { clients_deliver(w->clients, slot, frame); }

static bool is_let_go(bool idle)
{
    coalesce_release(w, idle);
    return client()->dirty;
}

static void a_thread_that_has_nothing_else_to_do_writes_at_once(void **state)
{
    (void)state;
    assert_int_equal(coalesce_due(w), UINT64_MAX);
    somebody_changes();
    assert_int_equal(coalesce_due(w), w->now.mono_ms);
    assert_true(is_let_go(true));
    assert_int_equal(coalesce_due(w), UINT64_MAX);
}

static void under_load_a_frame_waits_for_others_but_not_for_ever(void **state)
{
    (void)state;
    somebody_changes();
    w->now.mono_ms += COALESCE_MS - 1;
    assert_false(is_let_go(false));
    somebody_changes();
    w->now.mono_ms++;
    assert_true(is_let_go(false));
    assert_int_equal(client()->outbox.count, 2);
}

static void while_people_come_a_thread_that_waits_is_not_idle(void **state)
{
    (void)state;
    w->stats.joins++;
    somebody_changes();
    assert_false(is_let_go(true));
    w->stats.joins++;
    w->now.mono_ms += COALESCE_JOIN_MS;
    assert_false(is_let_go(true));
    assert_int_equal(coalesce_due(w), w->now.mono_ms + COALESCE_JOIN_MS);
    w->now.mono_ms += COALESCE_JOIN_MS;
    assert_true(is_let_go(true));
}

static void joins_that_do_not_end_hold_up_nobody_longer_than_they_may(void **state)
{
    (void)state;
    uint64_t from = w->now.mono_ms;
    somebody_changes();
    do {
        w->now.mono_ms++;
        w->stats.joins++;
    } while (!is_let_go(true));
    assert_int_equal(w->now.mono_ms - from, COALESCE_MS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thread_that_has_nothing_else_to_do_writes_at_once),
        TEST(under_load_a_frame_waits_for_others_but_not_for_ever),
        TEST(while_people_come_a_thread_that_waits_is_not_idle),
        TEST(joins_that_do_not_end_hold_up_nobody_longer_than_they_may),
    };
    return cmocka_run_group_tests_name("coalesce", tests, NULL, NULL);
}
