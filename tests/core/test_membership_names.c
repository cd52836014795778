/* tests/core/test_membership_names.c -- runs of one name: an older one never replaces a newer, who
 * was replaced stops, and who would replace a running one does not start. */
#include "failures.h"
#include "members.h"

static void n01_an_older_run_is_ignored_and_told_so_once_a_second(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 8);
    self_forget(s);
    for (int i = 0; i < 9; i++) {
        hear_up(s, 'b', 7);
        s->now_ms += 100;
    }
    assert_sends(s, "stale 7 8");
    s->now_ms += 100;
    hear_up(s, 'b', 7);
    assert_sends(s, "stale 7 8");
    assert_believes(s, "");
    assert_int_equal(view_of(s, 8).silent_ms, 1000);
}

static void n01_an_older_run_is_ignored_when_the_newer_is_gone(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 8);
    for (int i = 0; i < 3; i++)
        hear_from(s, 'b', 8, NODE_LEAVING);
    self_forget(s);
    hear_up(s, 'b', 7);
    hear_up(s, 'b', 7);
    assert_believes(s, "");
    assert_sends(s, "stale 7 8");
}

static void n04_five_thousand_restarts_of_a_peer_leave_one_record(void **state)
{
    struct self *s = *state;
    struct membership_out o;
    hear_up(s, 'b', 1);
    alloc_fail(0, SIZE_MAX); /* none is asked for */
    for (uint64_t inc = 2; inc <= 5000; inc++) {
        struct membership_options of = options_of('b', inc);
        struct heartbeat h = heartbeat_of(&of, NODE_UP);
        membership_heartbeat(s->m, s->now_ms, &h);
        uint32_t outs = 0;
        while (membership_next(s->m, &o))
            outs++;
        assert_int_equal(outs, 3);
    }
    assert_int_equal(alloc_heal(), 0);
    assert_int_equal(peers_of(s), 1);
    hear_up(s, 'b', 4999);
    assert_sends(s, "stale 4999 5000");
}

/* A run that finds its name taken must not have ended the one that is running. */
static void a_later_run_that_only_joins_replaces_nobody(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    hear_from(s, 'b', 8, NODE_JOINING);
    hear_up(s, 'b', 7);
    assert_believes(s, "came 7");
    assert_sends(s, "");
}

static void a_later_run_of_the_own_name_is_answered_while_it_joins(void **state)
{
    struct self *s = *state;
    struct membership_options o = options_of('a', OWN + 1);
    struct heartbeat h = heartbeat_of(&o, NODE_JOINING);
    hear(s, &h);
    assert_sends(s, "");
    h.want_reply = true;
    hear(s, &h);
    assert_sends(s, "hb! 1001");
    assert_believes(s, "");
}

static void a_later_run_of_the_own_name_that_is_up_ends_this_one(void **state)
{
    struct self *s = *state;
    hear_up(s, 'a', OWN + 1);
    assert_believes(s, "replaced 1001");
    self_forget(s);
    hear_up(s, 'b', 7);
    membership_leave(s->m, s->now_ms);
    membership_connected(s->m, s->now_ms, false);
    membership_ask(s->m, s->now_ms, 5, 7);
    hear_vouch(s, 5, 7, 0);
    self_tick(s);
    assert_int_equal(s->due_ms, UINT64_MAX);
    assert_believes(s, "");
    assert_sends(s, "");
}

static void who_hears_that_a_later_run_is_known_stops(void **state)
{
    struct self *s = *state;
    membership_stale(s->m, s->now_ms, OWN);
    self_take(s);
    assert_believes(s, "");
    membership_stale(s->m, s->now_ms, OWN + 5);
    self_take(s);
    assert_believes(s, "replaced 1005");
}

static void an_older_run_of_the_own_name_is_told_so(void **state)
{
    struct self *s = *state;
    hear_up(s, 'a', OWN - 1);
    hear_up(s, 'a', OWN - 1);
    assert_sends(s, "stale 999 1000");
    hear_from(s, 'a', OWN - 1, NODE_JOINING);
    assert_sends(s, "");
}

static struct heartbeat answer(uint64_t inc, enum node_state state)
{
    struct membership_options o = options_of('a', inc);
    struct heartbeat h = heartbeat_of(&o, state);
    h.answers = h.to_inbox = true;
    return h;
}

static void a_live_node_of_the_same_name_keeps_this_one_from_starting(void **state)
{
    (void)state;
    struct membership_options o = options_of('a', OWN);
    struct self s = self_of(&o);
    membership_connected(s.m, s.now_ms, true);
    self_take(&s);
    self_forget(&s);
    hear_up(&s, 'a', OWN - 1); /* to all: it may be late, of a run that is dead */
    struct heartbeat h = answer(OWN - 1, NODE_LEAVING);
    hear(&s, &h); /* it makes room */
    assert_believes(&s, "");
    h.state = NODE_UP;
    hear(&s, &h);
    assert_believes(&s, "taken 999");
    self_tick(&s);
    assert_int_equal(s.due_ms, UINT64_MAX);
    membership_free(s.m);
}

static void of_two_that_join_under_one_name_the_earlier_one_goes_on(void **state)
{
    (void)state;
    struct membership_options o = options_of('a', OWN);
    struct self s = self_of(&o);
    membership_connected(s.m, s.now_ms, true);
    self_take(&s);
    self_forget(&s);
    struct heartbeat h = heartbeat_of(&o, NODE_JOINING);
    h.want_reply = true;
    h.inc = OWN + 1;
    hear(&s, &h);
    assert_sends(&s, "hb! 1001");
    h.inc = OWN - 1;
    hear(&s, &h);
    assert_sends(&s, "");
    membership_free(s.m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SELF(n01_an_older_run_is_ignored_and_told_so_once_a_second),
        WITH_SELF(n01_an_older_run_is_ignored_when_the_newer_is_gone),
        WITH_SELF(n04_five_thousand_restarts_of_a_peer_leave_one_record),
        WITH_SELF(a_later_run_that_only_joins_replaces_nobody),
        WITH_SELF(a_later_run_of_the_own_name_is_answered_while_it_joins),
        WITH_SELF(a_later_run_of_the_own_name_that_is_up_ends_this_one),
        WITH_SELF(who_hears_that_a_later_run_is_known_stops),
        WITH_SELF(an_older_run_of_the_own_name_is_told_so),
        cmocka_unit_test(a_live_node_of_the_same_name_keeps_this_one_from_starting),
        cmocka_unit_test(of_two_that_join_under_one_name_the_earlier_one_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
