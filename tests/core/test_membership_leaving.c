/* tests/core/test_membership_leaving.c -- one node's beliefs: who leaves, and whose word of it is
 * missed. */
#include "members.h"

static void c20_a_node_that_leaves_is_gone_at_its_third_word(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    assert_false(view_of(s, 7).leaving);
    hear_from(s, 'b', 7, NODE_LEAVING);
    assert_true(view_of(s, 7).leaving);
    hear_from(s, 'b', 7, NODE_LEAVING);
    assert_believes(s, "came 7");
    hear_from(s, 'b', 7, NODE_LEAVING);
    assert_believes(s, "left 7, gone 7");
    assert_int_equal(peers_of(s), 0);
    hear_from(s, 'b', 7, NODE_LEAVING);
    hear_up(s, 'b', 7); /* late */
    assert_believes(s, "");
    assert_sends(s, "");
    hear_up(s, 'b', 8);
    assert_believes(s, "came 8");
}

static void who_says_once_that_it_leaves_is_gone_when_it_is_silent(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    hear_from(s, 'b', 7, NODE_LEAVING);
    self_pass(s, 1999);
    assert_believes(s, "came 7");
    self_pass(s, 2);
    assert_believes(s, "left 7, gone 7");
}

static void one_that_is_down_and_says_that_it_leaves_is_gone(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 7000);
    self_forget(s);
    hear_from(s, 'b', 7, NODE_LEAVING);
    assert_believes(s, "gone 7");
}

static void who_was_never_here_does_not_come_by_leaving(void **state)
{
    struct self *s = *state;
    hear_from(s, 'b', 7, NODE_LEAVING);
    assert_believes(s, "");
    assert_int_equal(peers_of(s), 0);
}

static void a_node_that_leaves_says_so_three_times_and_no_more(void **state)
{
    struct self *s = *state;
    membership_leave(s->m, s->now_ms);
    self_take(s);
    assert_int_equal(membership_state(s->m), NODE_LEAVING);
    membership_leave(s->m, s->now_ms);
    self_take(s);
    for (int i = 0; i < 10; i++) {
        self_tick(s);
        s->now_ms += 100;
    }
    assert_sends(s, "hb, hb, hb");
    assert_int_equal(s->due_ms, UINT64_MAX);
    membership_stale(s->m, s->now_ms, OWN + 1);
    self_take(s);
    hear_up(s, 'b', 7);
    assert_believes(s, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SELF(c20_a_node_that_leaves_is_gone_at_its_third_word),
        WITH_SELF(who_says_once_that_it_leaves_is_gone_when_it_is_silent),
        WITH_SELF(one_that_is_down_and_says_that_it_leaves_is_gone),
        WITH_SELF(who_was_never_here_does_not_come_by_leaving),
        WITH_SELF(a_node_that_leaves_says_so_three_times_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
