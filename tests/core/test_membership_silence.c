/* tests/core/test_membership_silence.c -- what silence means when it is this node itself that can't
 * hear, and how peers leave and are forgotten. */
#include "members.h"

/* Isolated */

static void n02_only_the_own_clock_counts(void **state)
{
    struct self *s = *state;
    struct membership_options o = options_of('b', 7);
    o.inc = 7ull + (3600ull << 24); /* an epoch an hour ahead */
    struct heartbeat h = heartbeat_of(&o, NODE_UP);
    hear(s, &h);
    self_pass(s, 2999);
    hear(s, &h);
    self_pass(s, 2999);
    assert_int_equal(view_of(s, o.inc).state, PEER_UP);
}

static void without_its_own_echo_it_is_isolated_and_judges_nobody(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    s->deaf = true;
    self_pass(s, 60000);
    assert_believes(s, "came 7, isolated");
    assert_true(membership_isolated(s->m));
    assert_int_equal(view_of(s, 7).state, PEER_UP);
    s->deaf = false;
    self_forget(s);
    self_pass(s, 1000);
    assert_believes(s, "calm");
    assert_sends(s, "hb, hb?");
}

static void of_who_misses_a_heartbeat_more_may_be_missed(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 1500);
    hear_up(s, 'b', 7);
    assert_believes(s, "came 7");
    self_pass(s, 1501);
    hear_up(s, 'b', 7);
    assert_believes(s, "missed 7");
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    self_pass(s, 1501);
    hear_up(s, 'b', 7); /* isolated it asks nobody for it */
    assert_believes(s, "isolated");
}

static void and_afterwards_all_have_a_fresh_chance(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    hear_up(s, 'c', 5);
    self_pass(s, 4000);
    assert_int_equal(view_of(s, 7).state, PEER_SUSPECT);
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    self_pass(s, 30000);
    assert_believes(s, "came 7, came 5, isolated");
    membership_connected(s->m, s->now_ms, true);
    self_take(s);
    self_tick(s);
    assert_believes(s, "calm");
    assert_int_equal(view_of(s, 7).state, PEER_UP);
    self_pass(s, 2000);
    hear_up(s, 'c', 5);
    assert_believes(s, "missed 5");
    self_pass(s, 3999);
    assert_believes(s, "");
    self_pass(s, 1);
    assert_believes(s, "down 7");
}

static void not_connected_it_sends_nothing_and_is_not_calmed_by_what_was_under_way(void **state)
{
    struct self *s = *state;
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    hear_up(s, 'a', OWN);
    self_pass(s, 5000);
    assert_believes(s, "isolated");
    assert_sends(s, "");
}

static void who_stood_still_is_isolated_until_it_hears_itself(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_forget(s);
    s->now_ms += 500;
    membership_stalled(s->m, s->now_ms, 500);
    self_take(s);
    assert_believes(s, "");
    s->now_ms += 10000;
    membership_stalled(s->m, s->now_ms, 10000);
    assert_true(membership_isolated(s->m));
    self_take(s);
    assert_believes(s, "isolated, calm");
    assert_sends(s, "hb?, hb?");
    self_pass(s, 2900);
    assert_believes(s, "");
    assert_int_equal(view_of(s, 7).state, PEER_UP);
}

/* A loop that does not know that it stood still. */
static void nobody_goes_down_without_having_been_suspect_for_a_while(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    s->now_ms += 20000;
    hear_up(s, 'a', OWN);
    self_tick(s);
    assert_int_equal(view_of(s, 7).state, PEER_SUSPECT);
    self_pass(s, 999);
    assert_believes(s, "came 7");
    self_pass(s, 1);
    assert_believes(s, "down 7");
}

static void an_isolated_node_vouches_for_nobody(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    membership_ask(s->m, s->now_ms, 5, 7);
    self_take(s);
    assert_sends(s, "");
}

static void isolated_it_forgets_nobody_and_not_at_once_afterwards(void **state)
{
    struct self *s = *state;
    hear_up(s, 'b', 7);
    self_pass(s, 10000);
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    self_pass(s, 2 * GONE_MS);
    membership_connected(s->m, s->now_ms, true);
    self_take(s);
    self_pass(s, 5999);
    assert_believes(s, "came 7, down 7, isolated, calm");
    self_pass(s, 1);
    assert_believes(s, "gone 7");
}

static void a_node_that_leaves_unheard_has_left_all_the_same(void **state)
{
    struct self *s = *state;
    membership_connected(s->m, s->now_ms, false);
    self_take(s);
    membership_leave(s->m, s->now_ms);
    self_take(s);
    membership_connected(s->m, s->now_ms, true);
    self_take(s);
    self_pass(s, 300);
    assert_int_equal(s->due_ms, UINT64_MAX);
}

/* Bounds */

static void more_than_there_is_room_for_are_refused_until_one_is_down(void **state)
{
    struct self *s = *state;
    struct membership_out out;
    for (uint64_t i = 0; i < PEERS_MAX + 2; i++) {
        struct heartbeat h = {.nid = 5000 + i,
                              .inc = 1 + i,
                              .name = KITH_LIT("x"),
                              .state = NODE_UP,
                              .to_inbox = true};
        membership_heartbeat(s->m, s->now_ms, &h);
        while (membership_next(s->m, &out))
            continue;
    }
    assert_int_equal(peers_of(s), PEERS_MAX);
    assert_int_equal(membership_refused(s->m), 2);
    for (int i = 0; i < 8; i++) { /* all are silent: the most that is put out at once */
        s->now_ms += 1000;
        hear_up(s, 'a', OWN);
        (void)membership_tick(s->m, s->now_ms);
        while (membership_next(s->m, &out))
            continue;
    }
    self_forget(s);
    hear_up(s, 'b', 7000);
    assert_believes(s, "gone 1, came 7000");
    assert_int_equal(peers_of(s), PEERS_MAX);
}

/* The latest are remembered. */
static void of_very_many_names_the_oldest_are_forgotten(void **state)
{
    struct self *s = *state;
    struct membership_out out;
    for (uint64_t i = 0; i < PAST_NODES_MAX + 10; i++) {
        struct heartbeat h = {
            .nid = 5000 + i, .inc = 10, .name = KITH_LIT("x"), .state = NODE_UP, .to_inbox = true};
        s->now_ms++;
        for (int k = 0; k < 4; k++, h.state = NODE_LEAVING) {
            membership_heartbeat(s->m, s->now_ms, &h);
            while (membership_next(s->m, &out))
                continue;
        }
    }
    assert_int_equal(peers_of(s), 0);
    struct heartbeat h = {
        .nid = 5010, .inc = 9, .name = KITH_LIT("x"), .state = NODE_UP, .to_inbox = true};
    hear(s, &h);
    assert_sends(s, "stale 9 10");
    h.nid = 5009;
    hear(s, &h);
    assert_believes(s, "came 9");
}

static void features_are_what_all_understand_who_are_not_down(void **state)
{
    struct self *s = *state;
    struct membership_options o = options_of('b', 7);
    o.features = 5;
    struct heartbeat h = heartbeat_of(&o, NODE_UP);
    assert_int_equal(membership_features(s->m), 7);
    hear(s, &h);
    assert_int_equal(membership_features(s->m), 5);
    self_pass(s, 7000);
    assert_int_equal(membership_features(s->m), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SELF(n02_only_the_own_clock_counts),
        WITH_SELF(without_its_own_echo_it_is_isolated_and_judges_nobody),
        WITH_SELF(of_who_misses_a_heartbeat_more_may_be_missed),
        WITH_SELF(and_afterwards_all_have_a_fresh_chance),
        WITH_SELF(not_connected_it_sends_nothing_and_is_not_calmed_by_what_was_under_way),
        WITH_SELF(who_stood_still_is_isolated_until_it_hears_itself),
        WITH_SELF(nobody_goes_down_without_having_been_suspect_for_a_while),
        WITH_SELF(an_isolated_node_vouches_for_nobody),
        WITH_SELF(isolated_it_forgets_nobody_and_not_at_once_afterwards),
        WITH_SELF(a_node_that_leaves_unheard_has_left_all_the_same),
        WITH_SELF(more_than_there_is_room_for_are_refused_until_one_is_down),
        WITH_SELF(of_very_many_names_the_oldest_are_forgotten),
        WITH_SELF(features_are_what_all_understand_who_are_not_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
