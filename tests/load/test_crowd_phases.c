/* tests/load/test_crowd_phases.c -- clients that are only open, that read nothing for a while, and
 * that hear what others have heard. */
#include "crowd_fixture.h"

static void a_status_may_carry_a_note(void **state)
{
    (void)state;
    struct crowd_options o = options();
    crowd_free(crowd);
    o.note_bytes = 4;
    crowd = crowd_new(&o);
    begin(PHASE_STORM, BEGIN_US);
    all_join();
    buf_clear(&out);
    assert_true(crowd_flip(crowd, 1, 1, &out));
    assert_true(said("\"status\",{\"status\":\"away-1\",\"note\":\"0000\"}]"));
}

/* Open, and not yet asked to join. */
static void an_open_socket_joins_when_it_is_to(void **state)
{
    (void)state;
    begin(PHASE_OPEN, BEGIN_US);
    assert_false(crowd_enter(crowd, 0, BEGIN_US, BEGIN_US, &out));
    open_one(0, BEGIN_US + 20);
    assert_false(said("phx_join"));
    assert_int_equal(tally.opened, 1);
    assert_int_equal(tally.join_us.count, 1);
    assert_true(crowd_flying(crowd) == 0 && crowd_in(crowd) == 1);
    assert_true(crowd_audit(crowd));
    begin(PHASE_STORM, BEGIN_US + GRACE_US);
    buf_clear(&out);
    assert_true(crowd_enter(crowd, 0, phase.begin_us, phase.begin_us + 5, &out));
    assert_true(said("phx_join"));
    assert_false(crowd_enter(crowd, 0, phase.begin_us, phase.begin_us + 5, &out));
    assert_int_equal(crowd_flying(crowd), 1);
    assert_true(hear(0, "[\"1\",null,\"friends\",\"presence_state\",{}]", phase.begin_us + 9));
    assert_true(tally.joined == 1 && tally.join_us.max == 9 && facts[0].online);
}

static void an_open_socket_that_closes_was_not_refused(void **state)
{
    (void)state;
    begin(PHASE_OPEN, BEGIN_US);
    open_one(0, BEGIN_US);
    crowd_lost(crowd, 0);
    assert_true(tally.closed == 1 && tally.refused == 0 && crowd_in(crowd) == 0);
}

/* 0 reads nothing once it has asked to join, and then all at once. */
static void who_stalls_is_there_and_reads_again(void **state)
{
    (void)state;
    struct crowd_options o = options();
    crowd_free(crowd);
    o.stalled = 1;
    crowd = crowd_new(&o);
    begin(PHASE_STORM, BEGIN_US);
    open_one(0, BEGIN_US);
    assert_true(said("phx_join") && crowd_stalled(crowd, 0) && facts[0].online);
    assert_true(crowd_flying(crowd) == 0 && crowd_in(crowd) == 1 && tally.joined == 1);
    join_one(1, "{" HERE("7") "}", BEGIN_US + 10);
    assert_false(crowd_stalled(crowd, 1) || crowd_read_again(crowd, 1, BEGIN_US));
    assert_true(crowd_audit(crowd)); /* 0 need not know of 1 */
    begin(PHASE_STEADY, BEGIN_US + GRACE_US);
    assert_false(crowd_flip(crowd, 0, 0, &out));
    assert_true(tally.unsent == 0 && tally.flips == 0);
    assert_true(crowd_beat(crowd, 0, &out));
    begin(PHASE_READ, BEGIN_US + 2 * GRACE_US);
    assert_true(crowd_read_again(crowd, 0, phase.begin_us));
    assert_int_equal(crowd_give_up(crowd, phase.begin_us), UINT32_MAX);
    assert_false(crowd_audit(crowd));
    assert_true(hear(0, OK, phase.begin_us + 1));
    assert_true(
        hear(0, "[\"1\",null,\"friends\",\"presence_state\",{" HERE("8") "}]", phase.begin_us + 2));
    assert_true(crowd_audit(crowd));
    assert_int_equal(crowd_flying(crowd), 0);
}

static void who_stalls_and_is_cut_off_is_gone(void **state)
{
    (void)state;
    struct crowd_options o = options();
    crowd_free(crowd);
    o.stalled = 1;
    crowd = crowd_new(&o);
    begin(PHASE_STORM, BEGIN_US);
    open_one(0, BEGIN_US);
    crowd_lost(crowd, 0);
    assert_true(tally.closed == 1 && !facts[0].online && !facts[0].stalled);
    assert_false(crowd_read_again(crowd, 0, BEGIN_US));
}

/* The first to hear a diff reads it, the others only look up what it is to them; in pieces, too. */
static void the_same_bytes_say_the_same_to_each(void **state)
{
    (void)state;
    struct buf b = {0};
    char text[400];
    all_join();
    begin(PHASE_STEADY, BEGIN_US + GRACE_US);
    buf_clear(&out);
    assert_true(crowd_flip(crowd, 1, 1, &out));
    (void)snprintf(text, sizeof text, "%s%100s", DIFF(FLIP("8", 1), HERE("8")), "");
    put_frame(&b, text);
    size_t len = b.len;
    assert_true(take(0, &b, phase.begin_us + 1100));
    for (size_t i = 0; i < len; i += 7) {
        kith_slice piece = slice_from(buf_slice(&b), i);
        piece = slice_head(piece, piece.len < 7 ? piece.len : 7);
        assert_true(crowd_take(crowd, 2, piece, phase.begin_us + 1200, &out));
    }
    assert_true(tally.told == 2 && tally.told_us.max == 200 && tally.frames == 2);
    assert_int_equal(tally.frame_bytes, 2 * len);
    assert_true(crowd_audit(crowd));
    assert_true(take(0, &b, phase.begin_us + 1300)); /* twice, and to 1, whom it is about */
    assert_true(take(1, &b, phase.begin_us + 1300));
    assert_true(tally.duplicates == 1 && tally.leaks == 1 && tally.frames == 4);
    buf_fini(&b);
}

static void what_is_of_nobody_is_a_leak_each_time(void **state)
{
    (void)state;
    struct buf b = {0};
    char text[400];
    all_join();
    (void)snprintf(text, sizeof text, "%s%200s", DIFF(HERE("666"), ""), "");
    put_frame(&b, text);
    for (uint64_t i = 1; i <= 3; i++) {
        assert_true(take(0, &b, BEGIN_US));
        assert_int_equal(tally.leaks, i);
    }
    buf_fini(&b);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_bytes_say_the_same_to_each),
        T(what_is_of_nobody_is_a_leak_each_time),
        T(a_status_may_carry_a_note),
        T(an_open_socket_joins_when_it_is_to),
        T(an_open_socket_that_closes_was_not_refused),
        T(who_stalls_is_there_and_reads_again),
        T(who_stalls_and_is_cut_off_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
