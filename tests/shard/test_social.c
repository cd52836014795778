/* tests/shard/test_social.c -- joins, statuses, goings and their order, as transcripts. */
#include "shard/friends.h"
#include "shard/home.h"

enum { STORE = 4 };

/* A user whose home is the given shard. */
static unsigned user_at_home(unsigned shard, unsigned not_this)
{
    char id[16];
    for (unsigned u = 0; u < s.users; u++) {
        snprintf(id, sizeof id, "%u", u);
        if (u != not_this && world_home(s.world[0], slice_str(id)) == shard) return u;
    }
    fail();
    return 0;
}

static void a_join_gets_its_reply_then_the_state(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    expect(c, ""); /* the store has not answered yet */
    sim_settle(&s);
    expect(c, "ok state");
    sim_fini(&s);
}

static void the_own_join_comes_after_the_state_and_only_with_an_edge_to_oneself(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    s.watches[1][1] = true;
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_settle(&s);
    expect(c, "ok state diff+1");
    sim_fini(&s);
}

static void friends_see_each_other_come_change_and_go(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(1, 0), b = online(2, 1);
    expect(a, "diff+2");
    sim_status(&s, b, "{\"status\":\"away\"}");
    sim_settle(&s);
    expect(a, "diff+2-2");
    expect(b, "ok");
    sim_part(&s, b);
    sim_settle(&s);
    expect(a, "diff-2");
    sim_fini(&s);
}

static void a_stranger_hears_nothing(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned stranger = online(3, 0);
    unsigned b = online(2, 1);
    sim_status(&s, b, "{\"status\":\"away\"}");
    sim_lose(&s, b, 0);
    sim_settle(&s);
    expect(stranger, "");
    sim_fini(&s);
}

/* The race that real Phoenix loses: the friend goes while the state is on its way. */
static void a_leave_that_overtakes_the_state_is_in_it(void **state)
{
    (void)state;
    sim_init(&s, 2, 16, 1);
    unsigned friend = user_at_home(1, 99), me = user_at_home(0, friend);
    befriend(me, friend);
    unsigned f = online(friend, 1);
    unsigned c = sim_connect(&s, me, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    assert_true(sim_deliver(&s, 0, STORE));
    assert_true(sim_deliver(&s, STORE, 0)); /* now shard 0 asks shard 1 */
    sim_part(&s, f);                        /* before shard 1 hears of it */
    sim_settle(&s);
    expect(c, "ok state");
    assert_int_equal(json_object_size(s.clients[c].view), 0);
    sim_fini(&s);
}

static void a_leave_behind_one_homes_piece_is_held_until_the_state_is_sent(void **state)
{
    (void)state;
    sim_init(&s, 4, 32, 1);
    unsigned f1 = user_at_home(1, 99), f2 = user_at_home(2, 99), me = user_at_home(0, 99);
    befriend(me, f1);
    befriend(me, f2);
    unsigned c1 = online(f1, 1);
    online(f2, 2);
    unsigned c = sim_connect(&s, me, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_deliver(&s, 0, STORE);
    sim_deliver(&s, STORE, 0);
    assert_true(sim_deliver(&s, 0, 1)); /* home 1 answers */
    assert_true(sim_deliver(&s, 1, 0)); /* its piece is in; home 2's is not */
    sim_part(&s, c1);
    assert_true(sim_deliver(&s, 1, 0)); /* the leave comes behind the piece */
    expect(c, "");
    sim_settle(&s);
    char words[64];
    snprintf(words, sizeof words, "ok state diff-%u", f1);
    expect(c, words);
    assert_int_equal(json_object_size(s.clients[c].view), 1);
    sim_fini(&s);
}

static void nobody_sees_the_joiner_before_it_has_its_state(void **state)
{
    (void)state;
    sim_init(&s, 2, 16, 1);
    unsigned friend = user_at_home(1, 99), me = user_at_home(0, friend);
    befriend(me, friend);
    unsigned f = online(friend, 1);
    unsigned c = sim_connect(&s, me, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_deliver(&s, 0, STORE);
    sim_deliver(&s, STORE, 0);
    expect(f, "");
    sim_settle(&s);
    expect(c, "ok state");
    char words[64];
    snprintf(words, sizeof words, "diff+%u", me);
    expect(f, words);
    sim_fini(&s);
}

static void a_part_cancels_the_join_that_waits(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0);
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_part(&s, c);
    sim_settle(&s);
    expect(c, "");
    expect(a, "");
    sim_fini(&s);
}

static void a_second_join_answers_once_and_keeps_the_presence(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    expect(a, "diff+1");
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_settle(&s);
    expect(c, "ok state");
    expect(a, "");
    sim_fini(&s);
}

static void a_join_that_the_store_cannot_answer_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    s.store_fails = true;
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_settle(&s);
    expect(c, "error");
    assert_false(social_alive(s.world[0], s.clients[c].slot, KITH_SOCIAL_USER));
    assert_int_equal(presence_count(s.world[0]->presence), 0);
    sim_fini(&s);
}

static void a_join_that_waits_too_long_is_refused(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    unsigned c = sim_connect(&s, 1, 0);
    sim_join(&s, c, KITH_SOCIAL_USER, "", 0);
    sim_tick(&s, 4999);
    expect(c, "");
    sim_tick(&s, 2);
    expect(c, "error");
    sim_settle(&s); /* the store answers late: nobody is there */
    expect(c, "");
    sim_fini(&s);
}

static void a_session_on_both_topics_gets_both_and_is_present_once(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0);
    sim_join(&s, a, KITH_SOCIAL_FRIENDS, "", 0); /* its second topic */
    sim_settle(&s);
    expect(a, "ok state");
    online(1, 0);
    expect(a, "diff+1 diff+1");
    assert_int_equal(presence_count(s.world[0]->presence), 2);
    sim_fini(&s);
}

static void a_user_is_present_with_so_many_sessions_and_no_more(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0);
    for (unsigned i = 0; i < SESSIONS_MAX + 3; i++)
        online(1, i % 2);
    sim_settle(&s);
    assert_int_equal(json_array_size(json_object_get(s.clients[a].view, "1")), SESSIONS_MAX);
    /* One of them reloads: it takes its own place again, whoever else waits for one. */
    sim_lose(&s, a + 1, 5000);
    online(1, 0);
    sim_tick(&s, 5001);
    sim_settle(&s);
    assert_int_equal(json_array_size(json_object_get(s.clients[a].view, "1")), SESSIONS_MAX);
    sim_fini(&s);
}

static void a_session_that_had_no_room_is_shown_with_its_next_status(void **state)
{
    (void)state;
    for (unsigned shard = 0; shard < 2; shard++) {
        sim_init(&s, 2, 8, 1);
        befriend(1, 2);
        unsigned a = online(2, 0), first = s.client_count;
        for (unsigned i = 0; i < SESSIONS_MAX; i++)
            online(1, i % 2);
        unsigned last = online(1, shard);
        for (unsigned c = first; c < last; c++)
            sim_lose(&s, c, 0);
        sim_settle(&s);
        assert_null(json_object_get(s.clients[a].view, "1"));
        sim_status(&s, last, "{\"status\":\"here\"}");
        sim_settle(&s);
        assert_int_equal(json_array_size(json_object_get(s.clients[a].view, "1")), 1);
        sim_fini(&s);
    }
}

/* One encoding for each form in use, whatever the number of receivers. */
static void a_change_is_encoded_once_for_each_form(void **state)
{
    (void)state;
    sim_init(&s, 1, 40, 1);
    for (unsigned u = 1; u < 40; u++) {
        s.watches[u][0] = true;
        unsigned c = sim_connect(&s, u, 0);
        sim_join(&s, c, u % 3 ? KITH_SOCIAL_USER : KITH_SOCIAL_FRIENDS, "", 0);
    }
    sim_settle(&s);
    uint64_t before = s.world[0]->stats.encodings, delivered = s.world[0]->stats.deliveries;
    online(0, 0);
    assert_int_equal(s.world[0]->stats.encodings - before, 2);
    assert_int_equal(s.world[0]->stats.deliveries - delivered, 39);
    sim_fini(&s);
}

static void a_slow_client_gets_one_full_state_when_it_has_drained(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    for (unsigned i = 0; i < 2000; i++) {
        sim_status(&s, c, i % 2 ? "{\"status\":\"away\"}" : "{\"status\":\"busy\"}");
        while (sim_deliver_any(&s))
            ;
        sim_read_one(&s, c);
    }
    struct client *k = clients_at(s.world[0]->clients, s.clients[a].slot);
    assert_true(k->behind);
    assert_true(k->outbox.bytes <= OUTBOX_BYTES_MAX);
    sim_settle(&s);
    sim_settle(&s);
    assert_false(k->behind);
    assert_int_equal(s.world[0]->stats.resyncs, 1);
    json_t *meta = json_array_get(json_object_get(s.clients[a].view, "1"), 0);
    assert_string_equal(json_string_value(json_object_get(meta, "status")), "away");
    sim_fini(&s);
}

static void a_topic_nobody_listens_to_is_forgotten_on_every_shard(void **state)
{
    (void)state;
    sim_init(&s, 4, 32, 1);
    for (unsigned a = 0; a < 32; a++)
        for (unsigned b = 0; b < 32; b++)
            s.watches[a][b] = true;
    unsigned clients[8];
    for (unsigned i = 0; i < 8; i++)
        clients[i] = online(i, i % 4);
    for (unsigned i = 0; i < 8; i++)
        sim_lose(&s, clients[i], 0);
    while (sim_deliver_any(&s))
        ;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(pubsub_size(s.world[i]->people).topics, 0);
        assert_int_equal(presence_count(s.world[i]->presence), 0);
    }
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_gets_its_reply_then_the_state),
        cmocka_unit_test(the_own_join_comes_after_the_state_and_only_with_an_edge_to_oneself),
        cmocka_unit_test(friends_see_each_other_come_change_and_go),
        cmocka_unit_test(a_stranger_hears_nothing),
        cmocka_unit_test(a_leave_that_overtakes_the_state_is_in_it),
        cmocka_unit_test(a_leave_behind_one_homes_piece_is_held_until_the_state_is_sent),
        cmocka_unit_test(nobody_sees_the_joiner_before_it_has_its_state),
        cmocka_unit_test(a_part_cancels_the_join_that_waits),
        cmocka_unit_test(a_second_join_answers_once_and_keeps_the_presence),
        cmocka_unit_test(a_join_that_the_store_cannot_answer_is_refused_and_leaves_nothing),
        cmocka_unit_test(a_join_that_waits_too_long_is_refused),
        cmocka_unit_test(a_session_on_both_topics_gets_both_and_is_present_once),
        cmocka_unit_test(a_user_is_present_with_so_many_sessions_and_no_more),
        cmocka_unit_test(a_session_that_had_no_room_is_shown_with_its_next_status),
        cmocka_unit_test(a_change_is_encoded_once_for_each_form),
        cmocka_unit_test(a_slow_client_gets_one_full_state_when_it_has_drained),
        cmocka_unit_test(a_topic_nobody_listens_to_is_forgotten_on_every_shard),
    };
    return cmocka_run_group_tests_name("social", tests, NULL, NULL);
}
