/* tests/shard/test_catch_up.c -- clients that fell behind: whatever was lost on the way, in the end
 * each channel shows the truth. */
#include "shard/friends.h"

#include <stdio.h>
#include <stdlib.h>

enum { STORE = 4 };

/* Of those from 1 on. */
static unsigned user_at_home(unsigned shard)
{
    char id[16];
    for (unsigned u = 1; u < s.users; u++) {
        snprintf(id, sizeof id, "%u", u);
        if (world_home(s.world[0], slice_str(id)) == shard) return u;
    }
    fail();
    return 0;
}

static struct client *client(unsigned c)
{
    return clients_at(s.world[s.clients[c].shard]->clients, s.clients[c].slot);
}

static void settle_without_reading(void)
{
    while (sim_deliver_any(&s))
        ;
}

/* Changes `c` until `watcher`, which reads nothing, is behind. */
static void flood(unsigned c, unsigned watcher)
{
    for (int i = 0; !client(watcher)->behind; i++) {
        sim_status(&s, c, i % 2 ? "{\"status\":\"away\"}" : "{\"status\":\"busy\"}");
        settle_without_reading();
        sim_read_one(&s, c);
    }
}

static const char *status_seen(unsigned c, const char *user)
{
    json_t *meta = json_array_get(json_object_get(s.clients[c].view, user), 0);
    return meta ? json_string_value(json_object_get(meta, "status")) : "offline";
}

/* Joins a second topic behind the back of the sim, whose view stays that of the first. */
static void join_second_topic(unsigned c)
{
    struct social_join j = {.form = KITH_SOCIAL_FRIENDS,
                            .user = slice_str(s.clients[c].user_id),
                            .name = KITH_LIT("friends\"second\""),
                            .topic_len = 7,
                            .ref = KITH_LIT("\"second\"")};
    assert_int_equal(social_join(s.world[s.clients[c].shard], s.clients[c].slot, &j), KITH_OK);
    sim_post(&s, s.clients[c].shard);
    settle_without_reading();
}

static void a_join_on_another_topic_does_not_settle_what_the_first_is_owed(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 0);
    flood(c, a);
    sim_status(&s, c, "{\"status\":\"the truth\"}");
    join_second_topic(a);
    sim_settle(&s);
    sim_settle(&s);
    assert_string_equal(status_seen(a, "1"), "the truth");
    assert_int_equal(s.world[0]->stats.resyncs, 2);
    sim_fini(&s);
}

static void an_answer_that_is_lost_is_asked_for_again(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    /* The friend's home must be the other shard. */
    unsigned home = world_home(s.world[0], KITH_LIT("1"));
    unsigned a = online(2, 1 - home), c = online(1, home);
    flood(c, a);
    sim_read_one(&s, a); /* asks the other shard, whose answer gets lost */
    while (sim_deliver(&s, 1 - home, home))
        ;
    mail_queue_fini(&s.wire[home][1 - home]);
    sim_settle(&s);
    sim_status(&s, c, "{\"status\":\"the truth\"}");
    sim_settle(&s);
    sim_tick(&s, 5001);
    sim_settle(&s); /* asks again */
    sim_settle(&s);
    assert_string_equal(status_seen(a, "1"), "the truth");
    assert_false(client(a)->behind);
    sim_fini(&s);
}

static void more_diffs_than_can_be_held_lead_to_another_state(void **state)
{
    (void)state;
    sim_init(&s, 2, 32, 1);
    const unsigned here = 0, there = 1;
    unsigned friend_here = user_at_home(here), friend_there = user_at_home(there);
    befriend(0, friend_here);
    befriend(0, friend_there);
    unsigned c = online(friend_here, here);
    unsigned a = sim_connect(&s, 0, here);
    sim_join(&s, a, KITH_SOCIAL_USER, "", 0);
    while (sim_deliver(&s, here, STORE))
        ;
    while (sim_deliver(&s, STORE, here)) /* its own home has answered, the other not */
        ;
    for (int i = 0; i < OUTBOX_FRAMES_MAX + 10; i++) {
        sim_status(&s, c, i % 2 ? "{\"status\":\"away\"}" : "{\"status\":\"busy\"}");
        sim_read_one(&s, c);
    }
    sim_status(&s, c, "{\"status\":\"the truth\"}");
    sim_settle(&s);
    assert_string_equal(status_seen(a, s.clients[c].user_id), "the truth");
    assert_true(s.clients[a].joined);
    sim_fini(&s);
}

/* Three joins of one channel at once: the ends of both earlier ones come. */
static void every_channel_that_was_replaced_gets_its_end(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0);
    struct world *w = s.world[0];
    const struct sim_client *c = &s.clients[a];
    char name[80];
    kith_slice topic = slice_str(c->topic);
    snprintf(name, sizeof name, "%.60s\"x\"", c->topic);
    for (int i = 0; i < 2; i++) {
        struct social_join j = {.form = KITH_SOCIAL_USER,
                                .user = slice_str(s.clients[a].user_id),
                                .name = slice_str(name),
                                .topic_len = (uint16_t)topic.len,
                                .ref = KITH_LIT("\"x\"")};
        j.after_reply = phx_encode(PHX_V2, &(struct phx_out){.topic = topic,
                                                             .event = i ? KITH_LIT("second_ends")
                                                                        : KITH_LIT("first_ends")});
        assert_int_equal(social_join(w, s.clients[a].slot, &j), KITH_OK);
    }
    char words[4096];
    sim_transcript(&s, a, words);
    sim_tick(&s, 0); /* what was posted goes on its way */
    sim_settle(&s);
    strcat(words, " ");
    sim_transcript(&s, a, words + strlen(words));
    assert_non_null(strstr(words, "first_ends"));
    assert_non_null(strstr(words, "ok second_ends state"));
    assert_null(strstr(words, "error"));
    sim_fini(&s);
}

static void a_question_that_the_store_lost_is_asked_again_by_a_later_join(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    unsigned a = sim_connect(&s, 2, 0);
    sim_join(&s, a, KITH_SOCIAL_USER, "", 0);
    mail_queue_fini(&s.wire[0][STORE]);
    sim_tick(&s, 4000);
    join_second_topic(a);
    assert_null(s.world[0]->wants.first); /* one question at a time */
    sim_tick(&s, 1001);
    assert_false(s.clients[a].joined);
    sim_join(&s, a, KITH_SOCIAL_USER, "", 0);
    sim_settle(&s);
    assert_true(s.clients[a].joined);
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_on_another_topic_does_not_settle_what_the_first_is_owed),
        cmocka_unit_test(an_answer_that_is_lost_is_asked_for_again),
        cmocka_unit_test(more_diffs_than_can_be_held_lead_to_another_state),
        cmocka_unit_test(every_channel_that_was_replaced_gets_its_end),
        cmocka_unit_test(a_question_that_the_store_lost_is_asked_again_by_a_later_join),
    };
    return cmocka_run_group_tests_name("catch_up", tests, NULL, NULL);
}
