/* tests/load/test_crowd.c -- clients of one process, played against a server of the test's own. */
#include "crowd_fixture.h"
#include "failures.h"

static void a_storm_in_order_has_nothing_wrong(void **state)
{
    (void)state;
    all_join();
    assert_true(crowd_audit(crowd));
    assert_int_equal(tally_wrong(&tally), 0);
    assert_int_equal(tally.due, 6);
    assert_int_equal(tally.met, 6);
    assert_int_equal(tally.told, 3);
    assert_int_equal(tally.joined, 3);
    assert_int_equal(tally.join_us.max, 300);
    assert_int_equal(crowd_in(crowd), 3);
    assert_int_equal(crowd_flying(crowd), 0);
}

static void a_request_names_the_user_and_a_join_the_topic(void **state)
{
    (void)state;
    crowd_dial(crowd, 1, BEGIN_US, BEGIN_US);
    buf_clear(&out);
    crowd_open(crowd, 1, &(struct crowd_target){KITH_LIT("h"), KITH_LIT("/s"), {0}}, &out);
    assert_true(said("GET /s?vsn=2.0.0&user_id=8&device=bench HTTP/1.1\r\n"));
    struct crowd_options o = options();
    crowd_free(crowd);
    o.own_topic = true;
    crowd = crowd_new(&o);
    begin(PHASE_STORM, BEGIN_US);
    open_one(1, BEGIN_US);
    assert_true(said("[\"1\",\"1\",\"user:8\",\"phx_join\",{\"status\":\"online\"}]"));
}

static void flips_go_out_and_come_in(void **state)
{
    (void)state;
    all_join();
    begin(PHASE_STEADY, BEGIN_US + GRACE_US);
    buf_clear(&out);
    assert_true(crowd_flip(crowd, 1, 1, &out));
    assert_true(said("[\"1\",\"2\",\"friends\",\"status\",{\"status\":\"away-1\"}]"));
    assert_false(crowd_audit(crowd));
    assert_true(hear(0, DIFF(FLIP("8", 1), HERE("8")), phase.begin_us + 1234));
    assert_true(hear(2, DIFF(FLIP("8", 1), HERE("8")), phase.begin_us + 1234));
    assert_true(crowd_audit(crowd));
    assert_int_equal(tally.due, 2);
    assert_int_equal(tally.met, 2);
    assert_int_equal(tally.told_us.max, 234);
    assert_int_equal(tally.frames, 2);
}

static void who_is_not_connected_cannot_flip(void **state)
{
    (void)state;
    begin(PHASE_STEADY, BEGIN_US);
    assert_false(crowd_flip(crowd, 1, 1, &out));
    assert_false(crowd_beat(crowd, 1, &out));
    assert_int_equal(tally.unsent, 1);
    assert_int_equal(facts[1].flips, 0);
}

static void strangers_and_nobodies_are_leaks(void **state)
{
    (void)state;
    all_join();
    assert_true(hear(0, DIFF(HERE("7"), ""), BEGIN_US));   /* oneself */
    assert_true(hear(0, DIFF(HERE("666"), ""), BEGIN_US)); /* no user of ours */
    assert_true(hear(0, DIFF("", HERE("ann")), BEGIN_US));
    assert_int_equal(tally.leaks, 3);
}

static void a_topic_names_whom_a_diff_is_about(void **state)
{
    (void)state;
    struct crowd_options o = options();
    crowd_free(crowd);
    o.own_topic = true;
    crowd = crowd_new(&o);
    begin(PHASE_STORM, BEGIN_US);
    open_one(0, BEGIN_US);
    assert_true(hear(
        0, "[null,null,\"user_presence:8\",\"presence_diff\",{\"joins\":{},\"leaves\":{}}]", 1));
    assert_int_equal(tally.leaks, 0);
    assert_true(hear(
        0, "[null,null,\"user_presence:7\",\"presence_diff\",{\"joins\":{},\"leaves\":{}}]", 1));
    assert_true(hear(
        0, "[null,null,\"user_presence:x\",\"presence_diff\",{\"joins\":{},\"leaves\":{}}]", 1));
    assert_int_equal(tally.leaks, 2);
}

/* Who has joined nothing of that kind does not hear it. */
static void what_comes_on_another_topic_is_not_of_this_wire(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[null,null,\"friend\",\"presence_diff\",{\"joins\":{},\"leaves\":{}}]",
        "[null,null,\"user_presence:8\",\"presence_diff\",{\"joins\":{},\"leaves\":{}}]",
        "[null,null,\"user:7\",\"presence_state\",{}]",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        join_one(0, "{}", BEGIN_US);
        assert_false(hear(0, wrong[i], BEGIN_US));
        assert_int_equal(tally.broken, i + 1);
    }
}

#define ON(topic, id)                                                                              \
    "[null,null,\"" topic "\",\"presence_diff\",{\"joins\":{" HERE(id) "},\"leaves\":{}}]"

static void nor_is_a_diff_of_one_on_the_topic_of_another(void **state)
{
    (void)state;
    struct crowd_options o = options();
    crowd_free(crowd);
    o.own_topic = true;
    crowd = crowd_new(&o);
    begin(PHASE_STORM, BEGIN_US);
    open_one(0, BEGIN_US);
    assert_true(hear(0, "[\"1\",null,\"user:7\",\"presence_state\",{}]", BEGIN_US));
    assert_true(hear(0, ON("user_presence:8", "8"), BEGIN_US));
    assert_true(hear(0, ON("user:7", "9"), BEGIN_US)); /* it has joined that one */
    assert_int_equal(tally.broken, 0);
    assert_int_equal(tally.told, 2);
    assert_false(hear(0, ON("user_presence:8", "9"), BEGIN_US));
    assert_int_equal(tally.broken, 1);
    open_one(1, BEGIN_US);
    assert_false(hear(1, "[\"1\",null,\"user:7\",\"presence_state\",{}]", BEGIN_US));
    assert_int_equal(tally.broken, 2);
}

static void a_reload_keeps_its_status_and_a_late_return_does_not(void **state)
{
    (void)state;
    all_join();
    begin(PHASE_STEADY, BEGIN_US + GRACE_US);
    assert_true(crowd_flip(crowd, 1, 1, &out) && crowd_flip(crowd, 2, 2, &out));
    begin(PHASE_CHURN, BEGIN_US + 2 * GRACE_US);
    uint64_t at_us = phase.begin_us;
    assert_true(crowd_drop(crowd, 1, at_us) && crowd_drop(crowd, 2, at_us));
    assert_false(crowd_drop(crowd, 1, at_us));
    join_one(1, "{" HERE("7") "}", at_us + GRACE_US / 2);
    assert_true(facts[1].turn == turn_of(&order, 1) && facts[1].online);
    open_one(2, at_us + 3 * GRACE_US);
    assert_true(said("phx_join\",{\"status\":\"online\"}"));
    join_one(2, "{" HERE("7") "}", at_us + 3 * GRACE_US);
    assert_int_equal(facts[2].turn, 0);
    assert_int_equal(tally.drops, 2);
}

static void a_reload_says_no_status(void **state)
{
    (void)state;
    all_join();
    begin(PHASE_CHURN, BEGIN_US + GRACE_US);
    assert_true(crowd_drop(crowd, 1, phase.begin_us));
    open_one(1, phase.begin_us + 1000);
    assert_true(said("phx_join\",{}]"));
}

static void refusals_are_counted_with_their_reason(void **state)
{
    (void)state;
    struct buf b = {0};
    crowd_dial(crowd, 0, BEGIN_US, BEGIN_US);
    buf_puts(&b, "HTTP/1.1 503 No\r\n\r\n");
    assert_false(take(0, &b, BEGIN_US));
    assert_int_equal(tally.http_status, 503);
    open_one(1, BEGIN_US);
    assert_false(
        hear(1, "[\"1\",\"1\",\"friends\",\"phx_reply\",{\"status\":\"error\",\"response\":{}}]",
             BEGIN_US));
    crowd_dial(crowd, 2, BEGIN_US, BEGIN_US);
    crowd_lost(crowd, 2); /* could not connect */
    crowd_lost(crowd, 2); /* said once */
    assert_int_equal(tally.refused, 3);
    assert_int_equal(crowd_flying(crowd), 0);
    assert_false(crowd_connected(crowd, 0));
    buf_fini(&b);
}

static void ends_that_nobody_asked_for_are_counted(void **state)
{
    (void)state;
    struct buf b = {0};
    all_join();
    buf_put(&b, KITH_LIT("\x88\x02\x03\xf4"));
    assert_false(take(0, &b, BEGIN_US));
    assert_int_equal(tally.close_code, 1012);
    crowd_lost(crowd, 1);
    assert_int_equal(tally.closed, 2);
    assert_false(hear(2, "what is this", BEGIN_US));
    assert_int_equal(tally.broken, 1);
    assert_int_equal(crowd_in(crowd), 0);
    for (int u = 0; u < USERS; u++)
        assert_false(facts[u].online);
    buf_fini(&b);
}

static void a_channel_that_ends_takes_its_socket_with_it(void **state)
{
    (void)state;
    all_join();
    assert_false(hear(0, "[\"1\",\"1\",\"friends\",\"phx_error\",{}]", BEGIN_US));
    assert_int_equal(tally.ended, 1);
    assert_int_equal(tally.closed, 1);
}

static void presence_that_is_none_is_broken(void **state)
{
    (void)state;
    all_join();
    assert_false(hear(0, "[null,null,\"friends\",\"presence_diff\",[]]", BEGIN_US));
    assert_false(
        hear(1, "[null,null,\"friends\",\"presence_diff\",{\"joins\":{\"7\":7}}]", BEGIN_US));
    assert_false(
        hear(2, "[null,null,\"friends\",\"presence_state\",{\"7\":{\"metas\":7}}]", BEGIN_US));
    assert_int_equal(tally.broken, 3);
}

static void an_error_to_a_status_is_counted(void **state)
{
    (void)state;
    all_join();
    assert_true(
        hear(0, "[\"1\",\"2\",\"friends\",\"phx_reply\",{\"status\":\"error\",\"response\":{}}]",
             BEGIN_US));
    assert_true(
        hear(0, "[null,\"0\",\"phoenix\",\"phx_reply\",{\"status\":\"error\",\"response\":{}}]",
             BEGIN_US));
    assert_int_equal(tally.errors, 1);
}

static void pings_are_answered_and_hearts_beat(void **state)
{
    (void)state;
    struct buf b = {0};
    all_join();
    buf_put(&b, KITH_LIT("\x89\x02hm"));
    assert_true(take(0, &b, BEGIN_US));
    assert_true(slice_eq(buf_slice(&out), KITH_LIT("\x8a\x82\0\0\0\0hm")));
    buf_clear(&out);
    assert_true(crowd_beat(crowd, 0, &out));
    assert_true(said("[null,\"0\",\"phoenix\",\"heartbeat\",{}]"));
    buf_fini(&b);
}

static void who_does_not_get_in_is_given_up(void **state)
{
    (void)state;
    crowd_dial(crowd, 0, BEGIN_US, BEGIN_US);
    open_one(1, BEGIN_US + 5000);
    assert_int_equal(crowd_give_up(crowd, BEGIN_US + 1000), 0);
    assert_int_equal(crowd_give_up(crowd, BEGIN_US + 1000), UINT32_MAX);
    assert_int_equal(crowd_give_up(crowd, BEGIN_US + 9000), 1);
    assert_int_equal(tally.unanswered, 2);
    assert_int_equal(crowd_flying(crowd), 0);
}

static void without_memory_there_is_no_crowd(void **state)
{
    (void)state;
    struct crowd_options o = options();
    for (size_t n = 0; n < 3; n++) {
        alloc_fail(n, 1);
        struct crowd *c = crowd_new(&o);
        (void)alloc_heal();
        assert_null(c);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_storm_in_order_has_nothing_wrong),
        T(a_request_names_the_user_and_a_join_the_topic),
        T(flips_go_out_and_come_in),
        T(who_is_not_connected_cannot_flip),
        T(strangers_and_nobodies_are_leaks),
        T(a_topic_names_whom_a_diff_is_about),
        T(what_comes_on_another_topic_is_not_of_this_wire),
        T(nor_is_a_diff_of_one_on_the_topic_of_another),
        T(a_reload_keeps_its_status_and_a_late_return_does_not),
        T(a_reload_says_no_status),
        T(refusals_are_counted_with_their_reason),
        T(ends_that_nobody_asked_for_are_counted),
        T(a_channel_that_ends_takes_its_socket_with_it),
        T(presence_that_is_none_is_broken),
        T(an_error_to_a_status_is_counted),
        T(pings_are_answered_and_hearts_beat),
        T(who_does_not_get_in_is_given_up),
        T(without_memory_there_is_no_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
