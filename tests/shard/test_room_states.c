/* tests/shard/test_room_states.c -- a state on its way, mail by mail: what comes before it, what
 * waits behind it, and what becomes of it when the channel ends or an answer is lost. */
#include "shard/awaited.h"
#include "shard/rooms.h"

static const struct kith_presence_behaviour says_nothing;
static const struct kith_tracker rooms = {.number = 0, .presence = &says_nothing};
static char near[32], far[32], third[32]; /* topics of shards 0, 1 and 2 (or 0) */

static int start(void **state)
{
    sim_init(&s, *(unsigned *)*state, 64, 1);
    topic_at(0, 0, near);
    topic_at(1, 0, far);
    topic_at(s.shards > 2 ? 2 : 0, 1, third);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

static void deliver_all(unsigned from, unsigned to)
{
    while (sim_deliver(&s, from, to))
        ;
}

static void a_diff_before_the_fragment_is_in_the_state_and_not_sent(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann"), ben = member(1, "chat:ben");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1), KITH_OK);
    assert_true(sim_deliver(&s, 0, 1)); /* the mark is there, the question is not */
    track_on(ben, &rooms, far, "ben", "{}");
    sim_settle(&s);
    expect(ann, "state");
    assert_int_equal(json_array_size(seen(ann, "ben")), 1);
}

static void a_diff_behind_the_fragment_waits_for_the_state(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann"), ben = member(1, "chat:ben");
    track_on(ben, &rooms, near, "ben", "{}");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far, near}, 2), KITH_OK);
    untrack_on(ben, &rooms, near, "ben"); /* near's part is in: this comes behind it */
    deliver_all(1, 0);
    track_on(ben, &rooms, far, "ben", "{}");
    expect(ann, "");
    assert_int_equal(push_state(ann, &rooms, (const char *[]){near}, 1), KITH_EXISTS);
    sim_settle(&s);
    expect(ann, "state diff-ben");
    assert_int_equal(json_array_size(seen(ann, "ben")), 1);
}

static void diffs_of_other_topics_go_on_meanwhile(void **state)
{
    (void)state;
    unsigned ann = member(0, near), ben = member(1, "chat:ben");
    enter(ann, &rooms, "ann", "{}");
    sim_settle(&s);
    expect(ann, "state diff+ann");
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1), KITH_OK);
    track_on(ben, &rooms, near, "ben", "{}");
    deliver_all(1, 0);
    expect(ann, "diff+ben");
    sim_settle(&s);
    expect(ann, "state");
}

static void a_client_that_had_diffs_before_its_state_gets_all_of_them(void **state)
{
    (void)state;
    unsigned ann = member(0, far), ben = member(1, "chat:ben");
    sim_settle(&s);
    track_on(ben, &rooms, far, "ben", "{}");
    sim_settle(&s);
    expect(ann, "diff+ben");
    assert_int_equal(push_state(ann, &rooms, (const char *[]){""}, 1), KITH_OK);
    untrack_on(ben, &rooms, far, "ben");
    sim_settle(&s);
    expect(ann, "diff-ben state");
    assert_int_equal(json_object_size(s.clients[ann].view), 0);
}

static void a_second_state_replaces_all_so_that_diffs_in_it_are_not_sent(void **state)
{
    (void)state;
    unsigned ann = member(0, far), ben = member(1, "chat:ben");
    enter(ann, &rooms, "ann", "{}");
    sim_settle(&s);
    track_on(ben, &rooms, far, "ben", "{}");
    sim_settle(&s);
    expect(ann, "state diff+ann diff+ben");
    assert_int_equal(push_state(ann, &rooms, (const char *[]){""}, 1), KITH_OK);
    untrack_on(ben, &rooms, far, "ben");
    sim_settle(&s);
    expect(ann, "state");
    assert_null(seen(ann, "ben"));
}

static void diffs_of_another_presence_on_the_topic_go_on_meanwhile(void **state)
{
    (void)state;
    static const struct kith_tracker others = {.number = 1, .presence = &says_nothing};
    unsigned ann = member(0, far), ben = member(1, "chat:ben");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){""}, 1), KITH_OK);
    track_on(ben, &others, far, "ben", "{}");
    track_on(ben, &rooms, far, "eve", "{}");
    sim_settle(&s);
    expect(ann, "diff+ben state");
    assert_non_null(seen(ann, "eve"));
}

static void what_was_under_way_to_others_does_not_reach_who_comes_later(void **state)
{
    (void)state;
    unsigned ann = member(0, far), ben = member(1, "chat:ben");
    sim_settle(&s);
    track_on(ben, &rooms, far, "ben", "{}"); /* its diff is under way */
    sim_channel_end(&s, ann);
    assert_true(sim_deliver(&s, 0, 1));  /* nobody of shard 0 listens */
    untrack_on(ben, &rooms, far, "ben"); /* so shard 0 is not told */
    unsigned eve = member(0, far);
    sim_settle(&s);
    expect(eve, "");
    assert_int_equal(push_state(eve, &rooms, (const char *[]){""}, 1), KITH_OK);
    sim_settle(&s);
    expect(eve, "state");
    assert_int_equal(json_object_size(s.clients[eve].view), 0);
}

static void an_intercepted_diff_waits_for_the_state_as_well(void **state)
{
    (void)state;
    static const char *const intercept[] = {"presence_diff", NULL};
    unsigned ann = sim_connect(&s, 1, 0), ben = member(1, "chat:ben");
    sim_channel(&s, ann, near, true, intercept);
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){near, far}, 2), KITH_OK);
    track_on(ben, &rooms, near, "ben", "{}");
    deliver_all(1, 0);
    expect(ann, "");
    sim_settle(&s);
    expect(ann, "out:presence_diff state"); /* news are read before what is written */
    untrack_on(ben, &rooms, near, "ben");
    sim_settle(&s);
    expect(ann, "out:presence_diff");
}

static void a_channel_may_end_while_its_state_is_on_its_way(void **state)
{
    (void)state;
    unsigned ann = member(0, far), eve = member(0, "chat:eve");
    sim_settle(&s);
    enter(ann, &rooms, "ann", "{}");
    sim_channel_end(&s, ann);
    sim_settle(&s);
    expect(ann, "");
    assert_int_equal(push_state(eve, &rooms, (const char *[]){far}, 1), KITH_OK);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[eve].view), 0);
    sim_channel_end(&s, eve);
    sim_settle(&s);
    for (unsigned i = 0; i < s.shards; i++)
        assert_int_equal(pubsub_size(s.world[i]->topics).topics, 0);
}

static void a_topic_may_be_left_while_its_state_is_on_its_way(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann"), ben = member(1, "chat:ben");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){near, far, third}, 3), KITH_OK);
    subscriber_ignore(world_of(ann), s.clients[ann].number, slice_str(near));
    sim_post(&s, 0);
    track_on(ben, &rooms, near, "ben", "{}");
    track_on(ben, &rooms, third, "ben", "{}");
    sim_settle(&s);
    assert_int_equal(json_array_size(seen(ann, "ben")), 1);
    assert_true(s.clients[ann].has_state);
}

static void a_topic_that_was_left_is_not_asked_for_again(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann"), ben = member(1, "chat:ben");
    track_on(ben, &rooms, far, "ben", "{}");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){near, far}, 2), KITH_OK);
    deliver_all(0, 1);
    mail_free(mail_take(&s.wire[1][0])); /* the answer */
    subscriber_ignore(world_of(ann), s.clients[ann].number, slice_str(far));
    sim_tick(&s, 5000);
    sim_settle(&s);
    expect(ann, "state");
    assert_null(seen(ann, "ben"));
}

static void an_answer_that_is_lost_is_asked_for_again(void **state)
{
    (void)state;
    unsigned ann = member(0, far);
    sim_settle(&s);
    enter(ann, &rooms, "ann", "{}");
    deliver_all(0, 1);
    mail_free(mail_take(&s.wire[1][0]));
    sim_settle(&s);
    expect(ann, "");
    sim_tick(&s, 4999);
    sim_settle(&s);
    expect(ann, "");
    sim_tick(&s, 1);
    sim_settle(&s);
    expect(ann, "state");
    assert_int_equal(json_array_size(seen(ann, "ann")), 1);
    sim_tick(&s, 60000);
    sim_settle(&s);
    expect(ann, "");
}

static void of_many_that_are_lost_some_are_asked_for_in_a_turn(void **state)
{
    (void)state;
    enum { MANY = DUE_PER_TURN + 20 };
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(push_state(member(0, "chat:ann"), &rooms, (const char *[]){far}, 1),
                         KITH_OK);
    sim_post(&s, 0);
    while (s.wire[0][1].first) /* the questions are */
        mail_free(mail_take(&s.wire[0][1]));
    s.now.mono_ms += 5000;
    s.world[0]->now = s.now;
    sim_post(&s, 0);
    unsigned asked = 0;
    for (const struct mail *m = s.wire[0][1].first; m; m = m->next)
        asked += m->type == MAIL_TRACKING;
    assert_int_equal(asked, DUE_PER_TURN);
    sim_settle(&s);
    for (unsigned i = 0; i < MANY; i++)
        expect(i, "state");
}

static void more_diffs_than_a_socket_may_owe_are_a_fresh_state(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann"), ben = member(1, "chat:ben");
    track_on(ben, &rooms, near, "ben", "{}");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){near, far}, 2), KITH_OK);
    for (unsigned i = 0; i <= OUTBOX_FRAMES_MAX; i++) {
        char meta[32];
        snprintf(meta, sizeof meta, "{\"n\":%u}", i);
        update_on(ben, &rooms, near, "ben", meta);
        deliver_all(1, 0);
    }
    expect(ann, "");
    sim_settle(&s);
    expect(ann, "state");
    json_t *meta = json_array_get(seen(ann, "ben"), 0);
    assert_int_equal(json_integer_value(json_object_get(meta, "n")), OUTBOX_FRAMES_MAX);
}

/* `members` of the room, with as much as each may track. */
static void fill(const char *topic, unsigned members)
{
    char key[16], meta[META_BYTES_MAX];
    memset(meta, ' ', sizeof meta);
    memcpy(meta, "{\"x\":\"", 6);
    memset(meta + 6, 'x', sizeof meta - 9);
    memcpy(meta + sizeof meta - 3, "\"}", 3);
    for (unsigned c = 0; c < members; c++) {
        unsigned ben = member(1, "chat:ben");
        for (unsigned i = 0; i < TRACKED_MAX; i++) {
            snprintf(key, sizeof key, "%u.%u", c, i);
            track_on(ben, &rooms, topic, key, meta);
        }
    }
    sim_settle(&s);
}

static void a_state_beyond_its_bound_is_not_sent_and_the_channel_lives(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann");
    fill(far, 9);
    uint64_t refused = s.world[0]->stats.states_refused;
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1), KITH_OK);
    sim_settle(&s);
    expect(ann, "");
    assert_int_equal(s.world[0]->stats.states_refused - refused, 1);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){near}, 1), KITH_OK);
    sim_settle(&s);
    expect(ann, "state");
}

static void a_large_state_for_which_there_is_no_room_comes_later(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann");
    fill(far, 1);
    struct world *w = s.world[0];
    w->large_states.waiting = w->large_states.gathered = LARGE_STATES_BYTES_MAX;
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1), KITH_OK);
    sim_settle(&s);
    expect(ann, "");
    assert_int_equal(w->stats.states_held, 1);
    assert_int_equal(w->large_states.gathered, LARGE_STATES_BYTES_MAX); /* its own were let go */
    w->large_states.gathered = 0;
    sim_tick(&s, 5000);
    sim_settle(&s);
    expect(ann, "state");
    assert_int_equal(w->large_states.gathered, 0);
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(a_diff_before_the_fragment_is_in_the_state_and_not_sent, shards),                         \
        CASE(a_diff_behind_the_fragment_waits_for_the_state, shards),                              \
        CASE(diffs_of_other_topics_go_on_meanwhile, shards),                                       \
        CASE(a_client_that_had_diffs_before_its_state_gets_all_of_them, shards),                   \
        CASE(a_second_state_replaces_all_so_that_diffs_in_it_are_not_sent, shards),                \
        CASE(diffs_of_another_presence_on_the_topic_go_on_meanwhile, shards),                      \
        CASE(what_was_under_way_to_others_does_not_reach_who_comes_later, shards),                 \
        CASE(an_intercepted_diff_waits_for_the_state_as_well, shards),                             \
        CASE(a_channel_may_end_while_its_state_is_on_its_way, shards),                             \
        CASE(a_topic_may_be_left_while_its_state_is_on_its_way, shards),                           \
        CASE(a_topic_that_was_left_is_not_asked_for_again, shards),                                \
        CASE(an_answer_that_is_lost_is_asked_for_again, shards),                                   \
        CASE(of_many_that_are_lost_some_are_asked_for_in_a_turn, shards),                          \
        CASE(more_diffs_than_a_socket_may_owe_are_a_fresh_state, shards),                          \
        CASE(a_large_state_for_which_there_is_no_room_comes_later, shards),                        \
        CASE(a_state_beyond_its_bound_is_not_sent_and_the_channel_lives, shards)

int main(void)
{
    static unsigned two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("room_states", tests, NULL, NULL);
}
