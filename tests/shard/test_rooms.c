/* tests/shard/test_rooms.c -- a room's members: who comes sees all who are there, then itself; and
 * states and diffs are one sequence. */
#include "shard/rooms.h"

static const struct kith_presence_behaviour says_nothing;
static const struct kith_tracker rooms = {.number = 0, .presence = &says_nothing};
static const struct kith_tracker others = {.number = 1, .presence = &says_nothing};
static unsigned last; /* shard */

static int start(void **state)
{
    sim_init(&s, *(unsigned *)*state, 64, 1);
    last = s.shards - 1;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

static void who_enters_is_in_its_state_and_its_join_comes_behind(void **state)
{
    (void)state;
    for (unsigned shard = 0; shard < s.shards; shard++) {
        unsigned ann = member(shard, "room:1");
        enter(ann, &rooms, "ann", "{\"n\":1}");
        sim_settle(&s);
        expect(ann, "state diff+ann");
        assert_int_equal(json_array_size(seen(ann, "ann")), 1);
        sim_channel_end(&s, ann);
        sim_settle(&s);
        expect(ann, "");
    }
}

static void the_others_hear_of_who_comes_changes_and_goes(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1");
    enter(ann, &rooms, "ann", "{}");
    sim_settle(&s);
    unsigned ben = member(last, "room:1");
    enter(ben, &rooms, "ben", "{}");
    sim_settle(&s);
    expect(ann, "state diff+ann diff+ben");
    expect(ben, "state diff+ben");
    assert_non_null(seen(ben, "ann"));
    update_on(ben, &rooms, "", "ben", "{\"n\":2}");
    sim_settle(&s);
    expect(ann, "diff+ben-ben");
    sim_lose(&s, ben, 0);
    sim_settle(&s);
    expect(ann, "diff-ben");
    assert_null(seen(ann, "ben"));
    assert_non_null(seen(ann, "ann"));
}

static void c16_an_update_is_one_diff_with_both_metas_and_their_refs(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1"), ben = member(last, "room:1");
    enter(ann, &rooms, "ann", "{}");
    sim_settle(&s);
    enter(ben, &rooms, "ben", "{\"n\":1}");
    sim_settle(&s);
    json_t *old = json_deep_copy(json_array_get(seen(ann, "ben"), 0));
    char words[2048];
    (void)sim_transcript(&s, ann, words);
    update_on(ben, &rooms, "", "ben", "{\"n\":2}");
    sim_settle(&s);
    assert_string_equal(sim_transcript(&s, ann, words), "diff+ben-ben");
    json_t *now = json_array_get(seen(ann, "ben"), 0);
    assert_int_equal(json_array_size(seen(ann, "ben")), 1);
    assert_int_equal(json_integer_value(json_object_get(now, "n")), 2);
    assert_string_equal(json_string_value(json_object_get(now, "phx_ref_prev")),
                        json_string_value(json_object_get(old, "phx_ref")));
    json_decref(old);
}

static void a_second_join_of_the_same_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1");
    enter(ann, &rooms, "ann", "{}");
    sim_settle(&s);
    assert_int_equal(tracked_enter(world_of(ann), s.clients[ann].number, &rooms, KITH_LIT("ann"),
                                   KITH_LIT("{}")),
                     KITH_EXISTS);
    sim_settle(&s);
    expect(ann, "state diff+ann");
}

static void a_state_lists_several_topics_merged_and_their_diffs_follow(void **state)
{
    (void)state;
    char a[32], b[32];
    topic_at(0, 0, a);
    topic_at(last, 1, b);
    unsigned ann = member(0, "chat:ann"), ben = member(last, "chat:ben");
    track_on(ben, &rooms, a, "ben", "{\"at\":\"a\"}");
    track_on(ben, &rooms, b, "ben", "{\"at\":\"b\"}");
    track_on(ben, &rooms, b, "ben too", "{}");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){a, b, a}, 3), KITH_OK);
    sim_settle(&s);
    expect(ann, "state");
    assert_int_equal(json_array_size(seen(ann, "ben")), 2);
    assert_int_equal(json_array_size(seen(ann, "ben too")), 1);
    untrack_on(ben, &rooms, a, "ben");
    untrack_on(ben, &rooms, b, "ben too");
    sim_settle(&s);
    assert_int_equal(json_array_size(seen(ann, "ben")), 1);
    assert_null(seen(ann, "ben too"));
}

static void a_state_of_no_topic_is_empty_and_comes_at_once(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann");
    assert_int_equal(push_state(ann, &rooms, NULL, 0), KITH_OK);
    expect(ann, "state");
}

static void the_own_topic_is_listed_also_by_who_does_not_listen_to_it(void **state)
{
    (void)state;
    unsigned ben = member(last, "room:1"), ann = sim_connect(&s, 1, 0);
    sim_channel(&s, ann, "room:1", false, NULL);
    enter(ben, &rooms, "ben", "{}");
    sim_settle(&s);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){""}, 1), KITH_OK);
    sim_settle(&s);
    assert_non_null(seen(ann, "ben"));
    sim_channel_end(&s, ben);
    sim_settle(&s);
    expect(ann, "state");
}

static void who_asks_again_while_a_state_is_on_its_way_is_told_so(void **state)
{
    (void)state;
    char far[32];
    topic_at(last, 0, far);
    unsigned ann = member(0, "chat:ann");
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1), KITH_OK);
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1),
                     s.shards == 1 ? KITH_OK : KITH_EXISTS);
    sim_settle(&s);
    expect(ann, s.shards == 1 ? "state state" : "state");
    assert_int_equal(push_state(ann, &rooms, (const char *[]){far}, 1), KITH_OK);
    sim_settle(&s);
    expect(ann, "state");
}

static void it_listens_once_to_each_topic_however_often_it_asks(void **state)
{
    (void)state;
    unsigned ann = member(0, "chat:ann"), ben = member(last, "chat:ben");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(push_state(ann, &rooms, (const char *[]){"room:1", "room:1"}, 2), KITH_OK);
        sim_settle(&s);
    }
    expect(ann, "state state state");
    track_on(ben, &rooms, "room:1", "ben", "{}");
    sim_settle(&s);
    expect(ann, "diff+ben");
}

static void too_many_topics_are_refused_and_none_is_listened_to(void **state)
{
    (void)state;
    static kith_slice topics[SUBSCRIPTIONS_MAX + 1];
    static char names[SUBSCRIPTIONS_MAX + 1][16];
    unsigned ann = member(0, "chat:ann");
    for (unsigned i = 0; i <= SUBSCRIPTIONS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "t:%u", i);
        topics[i] = slice_str(names[i]);
    }
    struct world *w = world_of(ann);
    uint32_t number = s.clients[ann].number;
    assert_int_equal(tracked_push_state(w, number, &rooms, topics, SUBSCRIPTIONS_MAX + 1),
                     KITH_FULL);
    assert_int_equal(subscriber_listen(w, number, KITH_LIT("more"), false), KITH_OK);
    assert_int_equal(tracked_push_state(w, number, &rooms, topics, SUBSCRIPTIONS_MAX), KITH_FULL);
    subscriber_ignore(w, number, KITH_LIT("more"));
    assert_int_equal(tracked_push_state(w, number, &rooms, topics, SUBSCRIPTIONS_MAX), KITH_OK);
    sim_post(&s, 0);
    sim_settle(&s);
    expect(ann, "state");
    sim_channel_end(&s, ann);
    sim_settle(&s);
    for (unsigned i = 0; i < s.shards; i++)
        assert_int_equal(pubsub_size(s.world[i]->topics).topics, 0);
}

static void two_presences_on_one_topic_do_not_mix(void **state)
{
    (void)state;
    unsigned ann = member(0, "room:1"), ben = member(last, "chat:ben");
    sim_settle(&s);
    track_on(ben, &others, "room:1", "ben", "{}");
    sim_settle(&s);
    enter(ann, &rooms, "ann", "{}");
    sim_settle(&s);
    expect(ann, "diff+ben state diff+ann");
    untrack_on(ben, &rooms, "room:1", "ben");
    sim_settle(&s);
    expect(ann, "");
    untrack_on(ben, &others, "room:1", "ben");
    sim_settle(&s);
    expect(ann, "diff-ben");
}

static void a_change_is_encoded_once_for_each_version_in_use(void **state)
{
    (void)state;
    unsigned ben = member(last, "room:1");
    for (unsigned i = 0; i < 30; i++) {
        unsigned client = member(0, "room:1");
        clients_at(s.world[0]->clients, s.clients[client].slot)->vsn = i % 2 ? PHX_V1 : PHX_V2;
        if (i < 2) assert_int_equal(push_state(client, &rooms, (const char *[]){""}, 1), KITH_OK);
    }
    sim_settle(&s);
    uint64_t before = 0, after = 0;
    for (unsigned i = 0; i < s.shards; i++)
        before += s.world[i]->stats.encodings;
    track_on(ben, &rooms, "", "ben", "{}");
    sim_settle(&s);
    for (unsigned i = 0; i < s.shards; i++)
        after += s.world[i]->stats.encodings;
    assert_int_equal(after - before, s.shards == 1 ? 2 : 3); /* ben listens, too */
    assert_non_null(seen(1, "ben"));
    assert_non_null(seen(2, "ben"));
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(who_enters_is_in_its_state_and_its_join_comes_behind, shards),                            \
        CASE(the_others_hear_of_who_comes_changes_and_goes, shards),                               \
        CASE(c16_an_update_is_one_diff_with_both_metas_and_their_refs, shards),                    \
        CASE(a_second_join_of_the_same_is_refused_and_changes_nothing, shards),                    \
        CASE(a_state_lists_several_topics_merged_and_their_diffs_follow, shards),                  \
        CASE(a_state_of_no_topic_is_empty_and_comes_at_once, shards),                              \
        CASE(the_own_topic_is_listed_also_by_who_does_not_listen_to_it, shards),                   \
        CASE(who_asks_again_while_a_state_is_on_its_way_is_told_so, shards),                       \
        CASE(it_listens_once_to_each_topic_however_often_it_asks, shards),                         \
        CASE(too_many_topics_are_refused_and_none_is_listened_to, shards),                         \
        CASE(two_presences_on_one_topic_do_not_mix, shards),                                       \
        CASE(a_change_is_encoded_once_for_each_version_in_use, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("rooms", tests, NULL, NULL);
}
