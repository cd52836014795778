/* tests/shard/test_join_storms.c -- what a client costs others that joins, leaves and joins again
 * as fast as it can: questions to the store and to homes are bounded, and every join is answered.
 */
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { STORE = 4 };

static struct sim s;

static unsigned count_mails(unsigned from, unsigned to, enum mail_type type)
{
    unsigned n = 0;
    for (const struct mail *m = s.wire[from][to].first; m; m = m->next)
        n += m->type == type;
    return n;
}

/* The client joins without a turn's end behind it. */
static void join_only(unsigned c, char *ref)
{
    static char name[32];
    snprintf(name, sizeof name, "friends%s", ref);
    struct social_join j = {.form = KITH_SOCIAL_FRIENDS,
                            .user = slice_str(s.clients[c].user_id),
                            .name = slice_str(name),
                            .topic_len = 7,
                            .ref = slice_str(ref)};
    assert_int_equal(social_join(s.world[s.clients[c].shard], s.clients[c].slot, &j), KITH_OK);
}

static void befriend_all(unsigned user)
{
    for (unsigned other = 1; other < s.users; other++)
        s.watches[user][other] = true;
}

/* Joined on `friends`, with friends at both homes. */
static unsigned joined_on_two_shards(void)
{
    sim_init(&s, 2, 16, 1);
    befriend_all(1);
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
    sim_settle(&s);
    assert_true(s.clients[c].has_state);
    return c;
}

static void one_that_comes_and_goes_has_one_question_to_the_store(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend_all(1);
    unsigned c = sim_connect(&s, 1, 0);
    for (int i = 0; i < 100; i++) {
        sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
        sim_part(&s, c);
    }
    assert_int_equal(count_mails(0, STORE, MAIL_WANT_WATCHED), 1);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
    assert_int_equal(count_mails(0, STORE, MAIL_WANT_WATCHED), 1);
    sim_settle(&s);
    assert_true(s.clients[c].joined && s.clients[c].has_state);
    sim_fini(&s);
}

static void an_answer_that_nobody_waits_for_is_let_go(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend_all(1);
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
    sim_part(&s, c);
    sim_settle(&s);
    assert_null(clients_at(s.world[0]->clients, s.clients[c].slot)->social);
    assert_int_equal(pubsub_size(s.world[0]->people).topics, 0);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
    assert_int_equal(count_mails(0, STORE, MAIL_WANT_WATCHED), 1);
    sim_settle(&s);
    assert_true(s.clients[c].has_state);
    sim_fini(&s);
}

static void joins_of_one_turn_ask_the_homes_once_and_the_last_is_answered(void **state)
{
    (void)state;
    unsigned c = joined_on_two_shards();
    char ref[16];
    for (int i = 0; i < 100; i++) {
        snprintf(ref, sizeof ref, "\"%d\"", i);
        join_only(c, ref);
    }
    sim_post(&s, 0);
    assert_int_equal(count_mails(0, 1, MAIL_LISTEN), 1);
    join_only(c, ref); /* nor does one behind them, while the answer is on its way */
    sim_post(&s, 0);
    assert_int_equal(count_mails(0, 1, MAIL_LISTEN), 1);
    uint64_t before = s.world[0]->stats.joins;
    sim_settle(&s);
    assert_int_equal(s.world[0]->stats.joins - before, 1);
    sim_fini(&s);
}

static void homes_that_are_behind_are_not_asked_for_more_until_they_answer(void **state)
{
    (void)state;
    unsigned c = joined_on_two_shards();
    s.world[0]->state_ids_out = STATE_IDS_MAX;
    s.world[0]->state_ids_ms = s.now.mono_ms;
    join_only(c, "\"9\"");
    sim_post(&s, 0);
    assert_int_equal(count_mails(0, 1, MAIL_LISTEN), 0);
    s.world[0]->state_ids_out = 0; /* they have answered */
    sim_post(&s, 0);
    assert_int_equal(count_mails(0, 1, MAIL_LISTEN), 1);
    sim_settle(&s);
    assert_int_equal(s.world[0]->state_ids_out, 0);
    sim_fini(&s);
}

static void a_home_whose_answer_was_lost_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    unsigned c = joined_on_two_shards();
    s.world[0]->state_ids_out = STATE_IDS_MAX;
    s.world[0]->state_ids_ms = s.now.mono_ms;
    join_only(c, "\"9\"");
    sim_tick(&s, 5000); /* that join is refused, */
    sim_settle(&s);
    join_only(c, "\"10\""); /* and the next one is not */
    uint64_t before = s.world[0]->stats.joins;
    sim_post(&s, 0);
    sim_settle(&s);
    assert_int_equal(s.world[0]->stats.joins - before, 1);
    sim_fini(&s);
}

static void a_home_that_is_busy_is_asked_again_and_no_other(void **state)
{
    (void)state;
    sim_init(&s, 3, 16, 1);
    befriend_all(1);
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
    sim_settle(&s);
    uint64_t before = s.world[0]->stats.joins;
    s.world[1]->state_bytes = (uint64_t)EDGES_PER_TURN * EDGE_BYTES;
    join_only(c, "\"9\"");
    sim_post(&s, 0);
    for (unsigned home = 1; home < 3; home++)
        assert_true(sim_deliver(&s, 0, home) && sim_deliver(&s, home, 0));
    assert_int_equal(count_mails(0, 1, MAIL_LISTEN), 1);
    assert_int_equal(count_mails(0, 2, MAIL_LISTEN), 0);
    sim_settle(&s);
    assert_int_equal(s.world[0]->stats.joins, before + 1);
    sim_fini(&s);
}

/* Pieces that wait for those of other homes have one bound, whatever is in them. */
static void where_too_many_pieces_wait_already_a_join_waits_without_any(void **state)
{
    (void)state;
    unsigned c = joined_on_two_shards();
    struct world *w = s.world[0];
    uint64_t before = w->stats.joins;
    w->large_states.gathered = LARGE_STATES_BYTES_MAX + 1;
    join_only(c, "\"9\"");
    sim_post(&s, 0);
    sim_settle(&s);
    assert_int_equal(w->stats.joins, before);
    w->large_states.gathered = 0;
    sim_settle(&s);
    assert_int_equal(w->stats.joins, before + 1);
    assert_int_equal(w->large_states.gathered, 0);
    sim_fini(&s);
}

static void what_is_complete_waits_for_a_turn_that_has_time(void **state)
{
    (void)state;
    unsigned c = joined_on_two_shards();
    struct world *w = s.world[0];
    uint64_t before = w->stats.joins;
    join_only(c, "\"9\"");
    sim_post(&s, 0);
    assert_true(sim_deliver(&s, 0, 1));
    struct mail *answer = mail_take(&s.wire[1][0]);
    w->state_bytes = (uint64_t)EDGES_PER_TURN * EDGE_BYTES;
    shard_receive(w, answer);
    assert_int_equal(w->stats.joins, before);
    sim_post(&s, 0); /* whatever else there is, one is sent */
    assert_int_equal(w->stats.joins, before + 1);
    sim_settle(&s);
    sim_fini(&s);
}

static const struct social *social_of(unsigned c)
{
    return clients_at(s.world[s.clients[c].shard]->clients, s.clients[c].slot)->social;
}

/* A byte that each session keeps is a megabyte where there are a million. */
static void what_only_a_join_needs_goes_with_it(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend_all(1);
    unsigned c = sim_connect(&s, 1, 0);
    for (int i = 0; i < 2; i++) {
        sim_join(&s, c, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
        if (i == 0) assert_non_null(social_of(c)->extra);
        sim_settle(&s);
        assert_null(social_of(c)->extra);
        assert_null(social_of(c)->channels[KITH_SOCIAL_FRIENDS].gather);
    }
    sim_fini(&s);
}

static void a_storm_of_joins_leaves_no_deadlines_behind(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    unsigned c = sim_connect(&s, 1, 0);
    for (int i = 0; i < 100; i++) {
        sim_join(&s, c, KITH_SOCIAL_FRIENDS, "", 0);
        sim_settle(&s);
    }
    assert_true(s.world[0]->join_deadlines.count <= 2);
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_a_join_needs_goes_with_it),
        cmocka_unit_test(a_home_that_is_busy_is_asked_again_and_no_other),
        cmocka_unit_test(what_is_complete_waits_for_a_turn_that_has_time),
        cmocka_unit_test(where_too_many_pieces_wait_already_a_join_waits_without_any),
        cmocka_unit_test(a_storm_of_joins_leaves_no_deadlines_behind),
        cmocka_unit_test(one_that_comes_and_goes_has_one_question_to_the_store),
        cmocka_unit_test(an_answer_that_nobody_waits_for_is_let_go),
        cmocka_unit_test(joins_of_one_turn_ask_the_homes_once_and_the_last_is_answered),
        cmocka_unit_test(homes_that_are_behind_are_not_asked_for_more_until_they_answer),
        cmocka_unit_test(a_home_whose_answer_was_lost_is_not_waited_for_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
