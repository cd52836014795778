/* tests/load/test_view.c -- what was told, held against what was due. */
#include "view_fixture.h"

static void flip(uint32_t user, uint64_t n)
{
    facts[user].flips++;
    facts[user].turn = turn_of(&order, n);
}

static void a_state_and_a_diff_both_show(void **state)
{
    (void)state;
    view_state(&view, 0);
    view_shown(&view, 0, 1, (struct view_sessions){.count = 1}, plain);
    told(0, 2, 0, 1, plain, BEGIN_US);
    view_state(&view, 1);
    view_shown(&view, 1, 0, (struct view_sessions){.count = 1}, plain);
    assert_false(view_audit(&view, &tally)); /* 2 is not shown 0 */
    assert_int_equal(tally.due, 4);
    assert_int_equal(tally.met, 3);
    assert_int_equal(tally.missing, 1);
    told(2, 0, 0, 1, plain, BEGIN_US);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally_wrong(&tally), 0);
}

static void who_is_not_there_and_is_shown_is_a_ghost(void **state)
{
    (void)state;
    show_all();
    facts[1].online = false;
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.ghosts, 1); /* to 0; what 1 is shown is nobody's business */
    told(0, 1, 1, 0, plain, BEGIN_US);
    assert_true(view_audit(&view, &tally));
}

static void a_session_too_many_is_a_ghost(void **state)
{
    (void)state;
    show_all();
    view_state(&view, 2);
    view_shown(&view, 2, 0, (struct view_sessions){.count = 2}, plain);
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.ghosts, 1);
}

static void a_stranger_is_a_leak(void **state)
{
    (void)state;
    told(0, 3, 0, 1, plain, BEGIN_US);
    view_state(&view, 1);
    view_shown(&view, 1, 2, (struct view_sessions){.count = 1}, plain);
    told(3, 3, 0, 1, plain, BEGIN_US); /* oneself, without an edge */
    assert_int_equal(tally.leaks, 3);
}

static void a_status_of_another_user_is_a_leak(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    told(0, 1, 1, 1, ours(2), BEGIN_US); /* flip 2 is of user 2 */
    assert_int_equal(tally.leaks, 1);
}

static void twice_the_same_is_a_duplicate(void **state)
{
    (void)state;
    show_all();
    told(0, 1, 0, 1, plain, BEGIN_US); /* is shown already */
    assert_int_equal(tally.duplicates, 1);
    told(1, 0, 1, 0, plain, BEGIN_US);
    told(1, 0, 1, 0, plain, BEGIN_US); /* has gone already */
    assert_int_equal(tally.duplicates, 2);
    view_state(&view, 0);
    view_shown(&view, 0, 2, (struct view_sessions){.count = 1}, plain);
    view_shown(&view, 0, 2, (struct view_sessions){.count = 1}, plain);
    assert_int_equal(tally.duplicates, 3);
}

static void flips_are_late_from_when_they_were_due(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    flip(1, 1);
    flip(0, 4);
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.due, 3);
    assert_int_equal(tally.stale, 3);
    told(0, 1, 1, 1, ours(1), BEGIN_US + 1000 + 77);
    told(1, 0, 1, 1, ours(4), BEGIN_US + 4000 + 99);
    told(2, 0, 1, 1, ours(4), BEGIN_US + 4000 - 5); /* another clock, if at all: not before */
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.met, 3);
    assert_int_equal(tally.told_us.count, 3);
    assert_int_equal(tally.told_us.at[77], 1);
    assert_int_equal(tally.told_us.at[99], 1);
    assert_int_equal(tally.told_us.at[0], 1);
}

static void an_older_flip_is_out_of_order(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    told(0, 1, 1, 1, ours(5), BEGIN_US);
    told(0, 1, 1, 1, ours(5), BEGIN_US);
    told(0, 1, 1, 1, ours(1), BEGIN_US);
    assert_int_equal(tally.duplicates, 2);
    assert_int_equal(tally.told, 1);
}

static void a_flip_that_is_left_out_is_lost(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    flip(1, 1), flip(1, 5);
    told(0, 1, 1, 1, ours(5), BEGIN_US);
    (void)view_audit(&view, &tally);
    assert_int_equal(tally_lost(&tally), 1);
}

static void of_whom_many_watch_a_newer_one_is_enough(void **state)
{
    (void)state;
    view.hot = 2; /* as 0 has */
    show_all();
    begin(PHASE_STEADY);
    flip(0, 0), flip(0, 4);
    told(1, 0, 1, 1, ours(4), BEGIN_US);
    told(2, 0, 1, 1, ours(0), BEGIN_US);
    assert_false(view_audit(&view, &tally)); /* 2 has still the older one */
    told(2, 0, 1, 1, ours(4), BEGIN_US);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 4);
    assert_int_equal(tally.told, 3);
    assert_int_equal(tally.skipped, 1);
}

static void a_state_stands_for_the_flips_before_it(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    flip(0, 0), flip(0, 4);
    view_state(&view, 1);
    view_shown(&view, 1, 0, (struct view_sessions){.count = 1}, ours(4));
    told(2, 0, 1, 1, ours(0), BEGIN_US);
    told(2, 0, 1, 1, ours(4), BEGIN_US);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.skipped, 2);
}

static void turns_go_on_over_their_end(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    phase.first = (uint64_t)USERS * (TURN_MAX - 1);
    flip(1, phase.first + 1), flip(1, phase.first + USERS + 1);
    told(0, 1, 1, 1, ours(phase.first + 1), BEGIN_US);
    told(0, 1, 1, 1, ours(phase.first + USERS + 1), BEGIN_US);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.duplicates, 0);
    assert_int_equal(tally.told, 2);
}

static void a_flip_of_the_phase_before_is_late(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    phase.first = 8;
    told(0, 1, 1, 1, ours(5), BEGIN_US);
    assert_int_equal(tally.late_flips, 1);
    assert_int_equal(tally.told, 0);
}

static void between_flips_nothing_else_changes(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_STEADY);
    told(0, 1, 1, 1, plain, BEGIN_US);
    assert_int_equal(tally.duplicates, 1);
}

/* Churn */

static void goes(uint32_t user, uint64_t at_us)
{
    facts[user].left_us = at_us;
    facts[user].online = false;
}

static void comes(uint32_t user, uint64_t at_us)
{
    facts[user].dial_us = at_us;
    facts[user].back_us = at_us + 1000;
    facts[user].online = true;
}

static void who_is_back_in_time_is_not_told_of(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_CHURN);
    goes(1, BEGIN_US + 10);
    comes(1, BEGIN_US + GRACE_US / 2);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 0);
    told(0, 1, 1, 1, plain, BEGIN_US + GRACE_US / 2); /* an update, as on another node */
    (void)view_audit(&view, &tally);
    assert_int_equal(tally.flaps, 1);
}

static void who_is_back_too_late_has_gone_and_come(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_CHURN);
    goes(0, BEGIN_US);
    told(1, 0, 1, 0, plain, BEGIN_US + GRACE_US + 40);
    told(2, 0, 1, 0, plain, BEGIN_US + GRACE_US + 60);
    assert_int_equal(tally.gone, 2);
    assert_int_equal(tally.last_us, BEGIN_US + GRACE_US + 60);
    comes(0, BEGIN_US + 2 * GRACE_US);
    told(1, 0, 0, 1, plain, BEGIN_US + 2 * GRACE_US + 30);
    (void)view_audit(&view, &tally);
    assert_int_equal(tally.due, 4);
    assert_int_equal(tally.met, 3);
    assert_int_equal(tally.missing, 1);
    told(2, 0, 0, 1, plain, BEGIN_US + 2 * GRACE_US + 30);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.duplicates, 0);
    assert_int_equal(tally.gone_us.at[40], 1);
    assert_int_equal(tally.come_us.at[30], 2);
}

static void of_who_is_back_just_at_the_end_of_grace_nothing_is_certain(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_CHURN);
    goes(0, BEGIN_US);
    comes(0, BEGIN_US + GRACE_US + 1000);
    assert_true(view_audit(&view, &tally));
    told(1, 0, 1, 0, plain, BEGIN_US + GRACE_US);
    told(1, 0, 0, 1, plain, BEGIN_US + GRACE_US + 2000);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 0);
    assert_int_equal(tally_wrong(&tally), 0);
}

static void a_viewer_who_was_away_itself_need_not_be_told(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_CHURN);
    goes(0, BEGIN_US);
    goes(1, BEGIN_US + GRACE_US - 1000); /* while 0 is told of */
    comes(0, BEGIN_US + 2 * GRACE_US);
    told(2, 0, 1, 0, plain, BEGIN_US + GRACE_US);
    told(2, 0, 0, 1, plain, BEGIN_US + 2 * GRACE_US);
    told(0, 1, 1, 0, plain, BEGIN_US + 2 * GRACE_US); /* not due: 0 was away around then */
    comes(1, BEGIN_US + 4 * GRACE_US);
    told(0, 1, 0, 1, plain, BEGIN_US + 4 * GRACE_US);
    view_state(&view, 1);
    view_shown(&view, 1, 0, (struct view_sessions){.count = 1}, plain);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 3); /* 2 of 0 going and coming, 0 of 1 coming */
    assert_int_equal(tally.met, 3);
}

static void who_leaves_before_a_slow_server_tells_it_has_lost_nothing(void **state)
{
    (void)state;
    uint64_t late_us = BEGIN_US + 4 * GRACE_US;
    show_all();
    begin(PHASE_CHURN);
    goes(1, BEGIN_US);
    goes(0, late_us); /* and had not been told of 1 */
    told(2, 0, 1, 0, plain, late_us + GRACE_US);
    comes(0, late_us + 2 * GRACE_US);
    told(2, 0, 0, 1, plain, late_us + 2 * GRACE_US);
    (void)view_audit(&view, &tally);
    assert_int_equal(tally_lost(&tally), 1);         /* who is told is told at once */
    histogram_add(&tally.gone_us, 2 * GRACE_US + 1); /* but for one */
    (void)view_audit(&view, &tally);
    assert_int_equal(tally_lost(&tally), 0);
}

static void who_left_before_is_told_of_nothing_more(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_DROP);
    goes(0, BEGIN_US), goes(1, BEGIN_US);
    told(2, 0, 1, 0, plain, BEGIN_US + GRACE_US + 5);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 1);
    assert_int_equal(tally.met, 1);
    assert_int_equal(tally.gone_us.count, 1);
}

static void a_new_phase_forgets_what_was_told_not_what_is_shown(void **state)
{
    (void)state;
    show_all();
    begin(PHASE_DROP);
    goes(1, BEGIN_US);
    told(0, 1, 1, 0, plain, BEGIN_US + GRACE_US);
    assert_true(view_audit(&view, &tally));
    begin(PHASE_HOLD);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.due, 0);
}

static void a_process_looks_after_its_own_users(void **state)
{
    (void)state;
    struct view odd = view;
    odd.process = 1, odd.processes = 2;
    assert_int_equal(view_init(&odd), KITH_OK);
    view_begin(&odd, &phase);
    assert_false(view_audit(&odd, &tally));
    assert_int_equal(tally.due, 1); /* 1 watches 0; 3 nobody */
    view_state(&odd, 1);
    view_shown(&odd, 1, 0, (struct view_sessions){.count = 1}, plain);
    assert_true(view_audit(&odd, &tally));
    view_fini(&odd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_state_and_a_diff_both_show),
        T(who_is_not_there_and_is_shown_is_a_ghost),
        T(a_session_too_many_is_a_ghost),
        T(a_stranger_is_a_leak),
        T(a_status_of_another_user_is_a_leak),
        T(twice_the_same_is_a_duplicate),
        T(flips_are_late_from_when_they_were_due),
        T(an_older_flip_is_out_of_order),
        T(a_flip_that_is_left_out_is_lost),
        T(of_whom_many_watch_a_newer_one_is_enough),
        T(a_state_stands_for_the_flips_before_it),
        T(turns_go_on_over_their_end),
        T(a_flip_of_the_phase_before_is_late),
        T(between_flips_nothing_else_changes),
        T(who_is_back_in_time_is_not_told_of),
        T(who_is_back_too_late_has_gone_and_come),
        T(of_who_is_back_just_at_the_end_of_grace_nothing_is_certain),
        T(a_viewer_who_was_away_itself_need_not_be_told),
        T(who_leaves_before_a_slow_server_tells_it_has_lost_nothing),
        T(who_left_before_is_told_of_nothing_more),
        T(a_new_phase_forgets_what_was_told_not_what_is_shown),
        T(a_process_looks_after_its_own_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
