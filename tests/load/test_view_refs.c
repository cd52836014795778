/* tests/load/test_view_refs.c -- sessions by their refs, told as servers tell them that read a
 * state and subscribe in two steps. */
#include "view_fixture.h"

/* Sessions by their ref; 0: none. */
static struct view_sessions by_ref(uint16_t ref)
{
    return (struct view_sessions){.count = ref ? 1 : 0, .refs = ref};
}

static void told_refs(uint32_t viewer, uint32_t about, uint16_t left, uint16_t joined)
{
    view_told(&view, viewer,
              &(struct view_news){about, by_ref(left), by_ref(joined), plain, BEGIN_US + 1});
}

/* 0 joins, and is shown 1 and 2 by these refs. */
static void show_refs(uint16_t of_1, uint16_t of_2)
{
    facts[0].online = false;
    view_state(&view, 0);
    facts[0].online = true;
    if (of_1) view_shown(&view, 0, 1, by_ref(of_1), plain);
    if (of_2) view_shown(&view, 0, 2, by_ref(of_2), plain);
}

static void what_the_state_said_may_be_told_once_more(void **state)
{
    (void)state;
    show_all();
    show_refs(11, 22);
    told_refs(0, 1, 0, 11);
    assert_true(view_audit(&view, &tally)); /* not a session too many */
    assert_int_equal(tally.repeats, 1);
    assert_int_equal(tally_wrong(&tally), 0);
    told_refs(0, 1, 0, 11);
    assert_int_equal(tally.repeats, 1);
    assert_int_equal(tally.duplicates, 1);
}

static void who_has_gone_before_the_state_may_be_told_gone_behind_it(void **state)
{
    (void)state;
    show_all();
    facts[1].online = false;
    show_refs(0, 22);
    told_refs(0, 1, 11, 0);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.repeats, 1);
    assert_int_equal(tally_wrong(&tally), 0);
    told_refs(0, 1, 11, 0);
    assert_int_equal(tally.duplicates, 1);
}

static void a_session_is_taken_away_by_its_ref(void **state)
{
    (void)state;
    show_all();
    show_refs(12, 22); /* 1 has come back by another session already */
    told_refs(0, 1, 11, 0);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.repeats, 1);
    told_refs(0, 1, 12, 0);
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.missing, 1);
}

static void a_state_may_know_of_a_going_and_a_coming(void **state)
{
    (void)state;
    show_all();
    show_refs(12, 22);
    told_refs(0, 1, 11, 0);
    told_refs(0, 1, 0, 12);
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.repeats, 2);
    assert_int_equal(tally_wrong(&tally), 0);
}

static void an_update_of_a_session_that_is_not_shown_leaves_a_ghost(void **state)
{
    (void)state;
    show_all();
    show_refs(11, 22);
    told_refs(0, 1, 11, 12);
    assert_true(view_audit(&view, &tally));
    told_refs(0, 1, 99, 13); /* 12 stays, in clients, too */
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.ghosts, 1);
    told_refs(0, 1, 12, 0);
    assert_true(view_audit(&view, &tally)); /* 13 is left */
    told_refs(0, 1, 13, 0);
    assert_false(view_audit(&view, &tally));
}

static void a_state_that_is_older_than_a_diff_before_it_loses_who_came(void **state)
{
    (void)state;
    show_all();
    told_refs(0, 1, 0, 11);
    show_refs(0, 22);
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.missing, 1);
    assert_int_equal(tally_lost(&tally), 1);
}

static void a_state_that_is_older_than_a_diff_before_it_shows_who_is_gone(void **state)
{
    (void)state;
    show_all();
    facts[1].online = false;
    told_refs(0, 1, 11, 0);
    show_refs(11, 22);
    assert_false(view_audit(&view, &tally));
    assert_int_equal(tally.ghosts, 1);
}

static void what_was_held_back_may_say_again_what_the_state_said(void **state)
{
    (void)state;
    show_all();
    show_refs(12, 22);
    view.held = true;
    told_refs(0, 1, 0, 11), told_refs(0, 1, 11, 0), told_refs(0, 1, 0, 12);
    view.held = false;
    assert_true(view_audit(&view, &tally));
    assert_int_equal(tally.repeats, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_the_state_said_may_be_told_once_more),
        T(who_has_gone_before_the_state_may_be_told_gone_behind_it),
        T(a_session_is_taken_away_by_its_ref),
        T(a_state_may_know_of_a_going_and_a_coming),
        T(an_update_of_a_session_that_is_not_shown_leaves_a_ghost),
        T(a_state_that_is_older_than_a_diff_before_it_loses_who_came),
        T(a_state_that_is_older_than_a_diff_before_it_shows_who_is_gone),
        T(what_was_held_back_may_say_again_what_the_state_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
