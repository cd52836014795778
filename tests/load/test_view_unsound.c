/* tests/load/test_view_unsound.c -- servers that do not tell what is so, and what shows it. */
#include "view_fixture.h"

static void flip(uint32_t user, uint64_t n)
{
    facts[user].flips++;
    facts[user].turn = turn_of(&order, n);
}

/* A server that told nothing but states would be in time for ever. */
static void what_a_state_tells_is_late_from_when_it_was_due(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    flip(0, 0), flip(0, 4);
    told(2, 0, 1, 1, ours(0), BEGIN_US);
    told(2, 0, 1, 1, ours(4), BEGIN_US + 4000);
    view.stated_us = BEGIN_US + 4000 + 300000;
    for (int again = 0; again < 2; again++) { /* what is known already is not late */
        view_state(&view, 1);
        view_shown(&view, 1, 0, (struct view_sessions){.count = 1}, ours(4));
        assert_true(view_audit(&view, &tally));
        assert_int_equal(tally.skipped, 2);
        assert_int_equal(tally.met, 4);
        assert_int_equal(tally.told_us.count, 3);
        assert_int_equal(tally.told_us.max, 300000);
    }
}

static void a_status_of_long_ago_does_not_come_back(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    told(0, 1, 1, 1, ours(5), BEGIN_US);
    begin(PHASE_HOLD);
    told(0, 1, 1, 1, ours(1), BEGIN_US);
    assert_int_equal(tally.duplicates, 1);
    told(0, 1, 1, 1, ours(5), BEGIN_US); /* and that one is newer */
    told(0, 1, 1, 1, ours(5), BEGIN_US);
    assert_int_equal(tally.duplicates, 2);
}

static void who_never_left_and_is_told_to_have_gone_flaps(void **state)
{
    (void)state;
    static const enum phase_kind kinds[] = {PHASE_STEADY, PHASE_HOLD, PHASE_CHURN, PHASE_DROP};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        begin(PHASE_STORM);
        show_all();
        begin(kinds[i]);
        told(0, 1, 1, 0, plain, BEGIN_US + 10);
        told(0, 1, 0, 1, plain, BEGIN_US + 20);
        (void)view_audit(&view, &tally);
        assert_int_equal(tally.flaps, 1);
        assert_int_equal(tally_wrong(&tally), 1);
    }
}

static void who_has_just_come_has_not_flapped(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STORM);
    facts[1].dial_us = BEGIN_US + 5; /* without grace its last session may end behind that */
    told(0, 1, 1, 0, plain, BEGIN_US + 10);
    told(0, 1, 0, 1, plain, BEGIN_US + 20);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.flaps, 0);
}

static void who_reads_nothing_may_have_been_cut_off(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    facts[1].stalled = true;
    told(0, 1, 1, 0, plain, BEGIN_US + 10);
    (void)view_audit(&view, &tally);
    assert_int_equal(tally.flaps, 0);
}

static void who_reads_after_a_pause_hears_of_many_phases(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_READ);
    told(0, 1, 1, 0, plain, BEGIN_US + 10);
    told(0, 1, 0, 1, plain, BEGIN_US + 20);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally_wrong(&tally), 0);
}

static void who_goes_and_comes_makes_up_for_no_status(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    flip(1, 1);
    told(0, 2, 1, 0, plain, BEGIN_US + 10);
    told(0, 2, 0, 1, plain, BEGIN_US + 20);
    (void)view_audit(&view, &tally);
    assert_int_equal(tally_lost(&tally), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_a_state_tells_is_late_from_when_it_was_due),
        T(a_status_of_long_ago_does_not_come_back),
        T(who_never_left_and_is_told_to_have_gone_flaps),
        T(who_has_just_come_has_not_flapped),
        T(who_reads_nothing_may_have_been_cut_off),
        T(who_reads_after_a_pause_hears_of_many_phases),
        T(who_goes_and_comes_makes_up_for_no_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
