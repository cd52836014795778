/* tests/core/test_membership.c -- one node's beliefs: who came, who is silent, who is of which
 * name, and when it can't tell. */
#include "failures.h"
#include "members.h"

/* Records */

static void r01_of_two_runs_of_one_name_the_later_one_is_kept(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    hear_up(s, 'b', 8);
    assert_believes(s, "came 7, down 7, gone 7, came 8");
    assert_int_equal(peers_of(s), 1);
    assert_int_equal(view_of(s, 8).state, PEER_UP);
}

static void r02_a_peer_is_known_by_name_and_incarnation(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    struct peer_view v = view_of(s, 7);
    assert_true(slice_is(v.name, "b"));
    assert_int_equal(v.nid, 'b');
}

static void r03_an_unknown_name_is_a_peer_that_is_up(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    assert_believes(s, "came 7");
    assert_int_equal(view_of(s, 7).state, PEER_UP);
    s->now_ms += 40;
    assert_int_equal(view_of(s, 7).silent_ms, 40);
}

static void r04_a_peer_that_is_heard_again_is_up_again(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 2000);
    hear_up(s, 'b', 7);
    assert_int_equal(view_of(s, 7).silent_ms, 0);
    assert_believes(s, "came 7, missed 7");
    self_pass(s, 6000);
    assert_believes(s, "down 7");
    hear_up(s, 'b', 7);
    assert_believes(s, "back 7");
    assert_int_equal(view_of(s, 7).state, PEER_UP);
}

static void r05_a_silent_peer_is_down_and_kept(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 2999);
    assert_int_equal(view_of(s, 7).state, PEER_UP);
    self_pass(s, 1);
    self_tick(s);
    assert_int_equal(view_of(s, 7).state, PEER_SUSPECT);
    self_pass(s, 2999);
    assert_believes(s, "came 7");
    self_pass(s, 1);
    self_tick(s);
    assert_believes(s, "down 7");
    assert_int_equal(view_of(s, 7).state, PEER_DOWN);
}

static void r06_a_peer_silent_for_longer_is_gone(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, GONE_MS - 1);
    assert_believes(s, "came 7, down 7");
    self_pass(s, 1);
    self_tick(s);
    assert_believes(s, "gone 7");
    assert_int_equal(peers_of(s), 0);
}

static void r07_a_peer_just_heard_is_unchanged(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_tick(s);
    assert_believes(s, "came 7");
    assert_int_equal(view_of(s, 7).state, PEER_UP);
}

static void refused(const struct membership_options *o, const char *words)
{
    kith_problem why = {""};
    assert_int_equal(membership_check(o, &why), KITH_BAD);
    if (!strstr(why.text, words)) fail_msg("'%s' says nothing of %s", why.text, words);
    assert_int_equal(membership_check(o, NULL), KITH_BAD);
}

static void r08_down_before_two_heartbeats_is_refused(void **state)
{
    (void)state;
    struct membership_options o = options_of('a', 1);
    assert_int_equal(membership_check(&o, NULL), KITH_OK);
    o.down_ms = 1999;
    o.suspect_ms = 1500;
    refused(&o, "at least 2000 ms");
    o.down_ms = 2000;
    assert_int_equal(membership_check(&o, NULL), KITH_OK);
}

static void r09_gone_before_down_is_refused(void **state)
{
    (void)state;
    struct membership_options o = options_of('a', 1);
    o.gone_ms = o.down_ms;
    refused(&o, "gone after 6000 ms");
    o.gone_ms = o.down_ms + 1;
    assert_int_equal(membership_check(&o, NULL), KITH_OK);
}

static void times_and_names_that_cannot_work_are_refused(void **state)
{
    (void)state;
    static const char long_name[NODE_NAME_BYTES_MAX + 1];
    struct membership_options o = options_of('a', 1);
    o.suspect_ms = 6000;
    refused(&o, "suspect after 6000 ms");
    o.suspect_ms = 1000;
    refused(&o, "suspect after 1000 ms");
    o = options_of('a', 1);
    o.heartbeat_ms = 0;
    refused(&o, "heartbeats");
    o = options_of('a', 1);
    o.name = KITH_LIT("");
    refused(&o, "1 to 64 bytes");
    o.name = slice_of(long_name, sizeof long_name);
    refused(&o, "this one 65");
}

/* Heartbeats */

static void c01_an_idle_node_says_once_a_period_that_it_is_there(void **state)
{
    struct self *s = *state;
    self_pass(s, 5000);
    self_tick(s);
    assert_sends(s, "hb, hb, hb, hb, hb");
}

static void who_wants_a_reply_gets_one(void **state)
{
    struct self *s = *state;
    struct membership_options o = options_of('b', 7);
    struct heartbeat h = heartbeat_of(&o, NODE_UP);
    h.want_reply = true;
    hear(s, &h);
    assert_sends(s, "hb! 7");
}

static void who_joins_is_answered_and_is_a_peer_when_it_is_up(void **state)
{
    struct self *s = *state;
    struct membership_options o = options_of('b', 7);
    struct heartbeat h = heartbeat_of(&o, NODE_JOINING);
    h.want_reply = true;
    hear(s, &h);
    assert_sends(s, "hb! 7");
    assert_believes(s, "");
    hear_up(s, 'b', 7);
    assert_believes(s, "came 7");
}

/* What is said to all can be said again by anybody, later than its sender lived. */
static void who_is_not_known_is_a_peer_when_it_says_so_to_this_node(void **state)
{
    struct self *s = *state;
    struct membership_options o = options_of('b', 7), later = options_of('b', 8);
    struct heartbeat to_all = heartbeat_of(&o, NODE_UP), of_later = heartbeat_of(&later, NODE_UP);
    to_all.to_inbox = of_later.to_inbox = false;
    hear(s, &to_all);
    assert_sends(s, "hb? 7");
    assert_believes(s, "");
    to_all.want_reply = true;
    hear(s, &to_all);
    assert_sends(s, "hb?! 7");
    assert_believes(s, "");
    hear_up(s, 'b', 7);
    assert_sends(s, "");
    assert_believes(s, "came 7");
    hear(s, &of_later);
    assert_sends(s, "hb? 8");
    assert_believes(s, "");
    hear_up(s, 'b', 8);
    assert_believes(s, "down 7, gone 7, came 8");
}

static void a_node_that_joins_asks_until_it_is_up(void **state)
{
    (void)state;
    struct membership_options o = options_of('a', OWN);
    struct self s = self_of(&o);
    self_tick(&s);
    assert_sends(&s, "");
    membership_connected(s.m, s.now_ms, true);
    self_take(&s);
    assert_sends(&s, "hb?, hb?"); /* and again as it hears itself */
    self_pass(&s, 1000);
    self_tick(&s);
    assert_sends(&s, "hb?");
    membership_ready(s.m, s.now_ms);
    self_take(&s);
    assert_sends(&s, "hb");
    membership_ready(s.m, s.now_ms);
    self_take(&s);
    assert_sends(&s, "");
    membership_free(s.m);
}

static void what_no_node_says_is_ignored(void **state)
{
    struct self *s = *state;
    static const char long_name[NODE_NAME_BYTES_MAX + 1];
    struct heartbeat h = {.nid = 9, .inc = 0, .name = KITH_LIT("b"), .state = NODE_UP};
    hear(s, &h);
    h.inc = 7;
    h.name = KITH_LIT("");
    hear(s, &h);
    h.name = slice_of(long_name, sizeof long_name);
    hear(s, &h);
    assert_believes(s, "");
    assert_sends(s, "");
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct membership_options o = options_of('a', OWN);
    alloc_fail(0, 1);
    assert_null(membership_new(&o));
    (void)alloc_heal();
    membership_free(NULL);
}

/* Coming back, and not */

static void c05_a_suspended_node_comes_back_with_its_incarnation(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 60000);
    assert_believes(s, "came 7, down 7");
    hear_up(s, 'b', 7);
    assert_believes(s, "back 7");
    assert_int_equal(view_of(s, 7).state, PEER_UP);
}

static void c06_a_killed_node_is_down_after_the_down_period(void **state)
{
    struct self *s = *state;
    for (int i = 0; i < 20; i++) {
        hear_up(s, 'b', 7);
        self_pass(s, 1000);
    }
    assert_believes(s, "came 7");
    self_pass(s, 4999);
    assert_believes(s, "");
    self_pass(s, 2);
    assert_believes(s, "down 7");
}

static void c07_a_node_that_is_down_comes_back_as_another_run(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 10000);
    hear_up(s, 'b', 8);
    assert_believes(s, "came 7, down 7, gone 7, came 8");
}

static void c08_one_that_is_gone_leaves_the_others_untouched(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    hear_up(s, 'c', 5);
    hear_up(s, 'd', 6);
    for (uint64_t i = 0; i < GONE_MS / 1000; i++) {
        self_pass(s, 1000);
        hear_up(s, 'c', 5);
        hear_up(s, 'd', 6);
    }
    self_tick(s);
    assert_believes(s, "came 7, came 5, came 6, down 7, gone 7");
    assert_int_equal(view_of(s, 5).state, PEER_UP);
    assert_int_equal(view_of(s, 6).state, PEER_UP);
}

/* Nothing was wrong with it but its silence. */
static void one_that_is_gone_may_come_again_if_it_was_only_silent(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, GONE_MS + 1);
    hear_up(s, 'b', 7);
    assert_believes(s, "came 7, down 7, gone 7, came 7");
    self_pass(s, GONE_MS + 1);
    self_forget(s);
    hear_up(s, 'b', 6);
    assert_believes(s, "");
    assert_sends(s, "stale 6 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SELF(r01_of_two_runs_of_one_name_the_later_one_is_kept),
        WITH_SELF(r02_a_peer_is_known_by_name_and_incarnation),
        WITH_SELF(r03_an_unknown_name_is_a_peer_that_is_up),
        WITH_SELF(r04_a_peer_that_is_heard_again_is_up_again),
        WITH_SELF(r05_a_silent_peer_is_down_and_kept),
        WITH_SELF(r06_a_peer_silent_for_longer_is_gone),
        WITH_SELF(r07_a_peer_just_heard_is_unchanged),
        cmocka_unit_test(r08_down_before_two_heartbeats_is_refused),
        cmocka_unit_test(r09_gone_before_down_is_refused),
        cmocka_unit_test(times_and_names_that_cannot_work_are_refused),
        WITH_SELF(c01_an_idle_node_says_once_a_period_that_it_is_there),
        WITH_SELF(who_wants_a_reply_gets_one),
        WITH_SELF(who_joins_is_answered_and_is_a_peer_when_it_is_up),
        WITH_SELF(who_is_not_known_is_a_peer_when_it_says_so_to_this_node),
        cmocka_unit_test(a_node_that_joins_asks_until_it_is_up),
        WITH_SELF(what_no_node_says_is_ignored),
        cmocka_unit_test(without_memory_there_is_none),
        WITH_SELF(c05_a_suspended_node_comes_back_with_its_incarnation),
        WITH_SELF(c06_a_killed_node_is_down_after_the_down_period),
        WITH_SELF(c07_a_node_that_is_down_comes_back_as_another_run),
        WITH_SELF(c08_one_that_is_gone_leaves_the_others_untouched),
        WITH_SELF(one_that_is_gone_may_come_again_if_it_was_only_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
