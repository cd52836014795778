/* tests/shard/test_tracked.c -- what channels track, on whichever shard the topic's home is. The
 * cases P01 to P07 and C13 to C19 of a tracker. */
#include "shard/figures.h"
#include "shard/sim.h"
#include "shard/tracked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TOPICS = 100 };

static struct sim s;
static unsigned ann, ben, eve; /* clients on shards 0, 1 and the last */
static const struct kith_presence_behaviour says_nothing;
static const struct kith_tracker rooms = {.number = 0, .presence = &says_nothing};
static const struct kith_tracker others = {.number = 1, .presence = &says_nothing};

static int start(void **state)
{
    sim_init(&s, *(unsigned *)*state, 8, 1);
    ann = sim_connect(&s, 1, 0);
    ben = sim_connect(&s, 2, 1 % s.shards);
    eve = sim_connect(&s, 3, s.shards - 1);
    sim_channel(&s, ann, "chat:ann", true, NULL);
    sim_channel(&s, ben, "chat:ben", true, NULL);
    sim_channel(&s, eve, "chat:eve", true, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

static struct world *world_of(unsigned client) { return s.world[s.clients[client].shard]; }

static void settle(unsigned client)
{
    sim_post(&s, s.clients[client].shard);
    sim_settle(&s);
}

static kith_err track(unsigned client, const char *topic, const char *key, const char *meta)
{
    kith_err e = tracked_track(world_of(client), s.clients[client].number, &rooms, slice_str(topic),
                               slice_str(key), slice_str(meta));
    settle(client);
    return e;
}

static kith_err update(unsigned client, const char *topic, const char *key, const char *meta)
{
    kith_err e = tracked_update(world_of(client), s.clients[client].number, &rooms,
                                slice_str(topic), slice_str(key), slice_str(meta));
    settle(client);
    return e;
}

static void untrack(unsigned client, const char *topic, const char *key)
{
    assert_int_equal(tracked_untrack(world_of(client), s.clients[client].number, &rooms,
                                     slice_str(topic), slice_str(key)),
                     KITH_OK);
    settle(client);
}

static kith_err listed(struct kith_channel *c, struct kith_list *l)
{
    (void)c, (void)l;
    return KITH_OK;
}

/* What a topic lists, as eve is told. Borrowed until the next. */
static json_t *list_of(const struct kith_tracker *t, const char *topic, const char *key)
{
    char words[2048];
    sim_transcript(&s, eve, words);
    assert_int_equal(tracked_list(world_of(eve), s.clients[eve].number, t, slice_str(topic),
                                  slice_str(key), listed),
                     KITH_OK);
    settle(eve);
    assert_string_equal(sim_transcript(&s, eve, words), "listed");
    return s.clients[eve].listed;
}

static json_t *meta_at(json_t *list, const char *key, size_t i)
{
    return json_array_get(json_object_get(json_object_get(list, key), "metas"), i);
}

static const char *text(json_t *meta, const char *name)
{
    return json_string_value(json_object_get(meta, name));
}

static void topic_name(char out[16], unsigned i) { snprintf(out, 16, "topic:%u", i); }

static void p01_the_list_shows_key_and_meta_and_a_ref(void **state)
{
    (void)state;
    assert_int_equal(track(ann, "room:1", "ann", " {\"name\": \"Ann\" } "), KITH_OK);
    json_t *list = list_of(&rooms, "room:1", ""), *meta = meta_at(list, "ann", 0);
    assert_int_equal(json_object_size(list), 1);
    assert_string_equal(text(meta, "name"), "Ann");
    assert_int_equal(strlen(text(meta, "phx_ref")), REF_BYTES);
    assert_null(json_object_get(meta, "online_at"));
    assert_null(json_object_get(meta, "phx_ref_prev"));
    assert_int_equal(json_object_size(list_of(&rooms, "room:2", "")), 0);
    assert_int_equal(json_object_size(list_of(&others, "room:1", "")), 0);
}

static void track_many(void)
{
    char topic[16];
    for (unsigned i = 0; i < TOPICS; i++) {
        topic_name(topic, i);
        assert_int_equal(track(ann, topic, topic, "{\"n\":1}"), KITH_OK);
    }
}

static void expect_empty(void)
{
    char topic[16];
    for (unsigned i = 0; i < TOPICS; i++) {
        topic_name(topic, i);
        assert_int_equal(json_object_size(list_of(&rooms, topic, "")), 0);
    }
}

static void p02_a_hundred_topics_each_list_their_own(void **state)
{
    (void)state;
    char topic[16];
    track_many();
    for (unsigned i = 0; i < TOPICS; i++) {
        topic_name(topic, i);
        json_t *list = list_of(&rooms, topic, "");
        assert_int_equal(json_object_size(list), 1);
        assert_non_null(text(meta_at(list, topic, 0), "phx_ref"));
    }
}

/* As /metrics has it, over all shards. */
static uint64_t presences(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < s.shards; i++) {
        figures_measure(s.world[i]);
        sum += s.world[i]->stats.presences;
    }
    return sum;
}

static void entries_are_counted_at_their_homes(void **state)
{
    (void)state;
    assert_int_equal(presences(), 0);
    track_many();
    assert_int_equal(track(ben, "topic:0", "ben", "{}"), KITH_OK);
    assert_int_equal(presences(), TOPICS + 1);
    untrack(ann, "topic:0", "topic:0");
    assert_int_equal(presences(), TOPICS);
}

static void p03_what_is_untracked_is_not_listed(void **state)
{
    (void)state;
    char topic[16];
    track_many();
    for (unsigned i = 0; i < TOPICS; i++) {
        topic_name(topic, i);
        untrack(ann, topic, topic);
    }
    expect_empty();
}

static void p04_c15_entries_end_with_their_channel(void **state)
{
    (void)state;
    track_many();
    assert_int_equal(track(ben, "room:1", "ben", "{}"), KITH_OK);
    sim_channel_end(&s, ann);
    sim_settle(&s);
    expect_empty();
    assert_int_equal(json_object_size(list_of(&rooms, "room:1", "")), 1);
}

static void p05_p06_c17_an_update_shows_the_new_meta_and_both_refs(void **state)
{
    (void)state;
    char topic[16], refs[TOPICS][REF_BYTES + 1];
    track_many();
    for (unsigned i = 0; i < TOPICS; i++) {
        topic_name(topic, i);
        strcpy(refs[i], text(meta_at(list_of(&rooms, topic, ""), topic, 0), "phx_ref"));
        assert_int_equal(update(ann, topic, topic, "{\"n\":2}"), KITH_OK);
    }
    for (unsigned i = 0; i < TOPICS; i++) {
        topic_name(topic, i);
        json_t *meta = meta_at(list_of(&rooms, topic, ""), topic, 0);
        assert_int_equal(json_integer_value(json_object_get(meta, "n")), 2);
        assert_string_equal(text(meta, "phx_ref_prev"), refs[i]);
        assert_string_not_equal(text(meta, "phx_ref"), refs[i]);
    }
}

static void p07_a_new_server_starts_empty(void **state)
{
    track_many();
    stop(NULL);
    start(state);
    expect_empty();
}

static void c13_untracking_what_never_was_is_fine(void **state)
{
    (void)state;
    untrack(ann, "room:1", "ann");
    assert_int_equal(track(ann, "room:1", "ann", "{}"), KITH_OK);
    untrack(ann, "room:1", "ben");
    untrack(ben, "room:1", "ann");
    assert_int_equal(json_object_size(list_of(&rooms, "room:1", "")), 1);
}

static void c14_of_two_topics_one_may_go(void **state)
{
    (void)state;
    assert_int_equal(track(ann, "room:1", "ann", "{}"), KITH_OK);
    assert_int_equal(track(ann, "room:2", "ann", "{}"), KITH_OK);
    untrack(ann, "room:1", "ann");
    assert_int_equal(json_object_size(list_of(&rooms, "room:1", "")), 0);
    assert_int_equal(json_object_size(list_of(&rooms, "room:2", "")), 1);
}

static void c18_an_update_of_what_is_not_tracked_says_so(void **state)
{
    (void)state;
    assert_int_equal(update(ann, "room:1", "ann", "{}"), KITH_NONE);
    assert_int_equal(track(ben, "room:1", "ann", "{}"), KITH_OK);
    assert_int_equal(update(ann, "room:1", "ann", "{}"), KITH_NONE);
    untrack(ben, "room:1", "ann");
    assert_int_equal(update(ben, "room:1", "ann", "{}"), KITH_NONE);
}

static void c19_a_channel_is_tracked_once_under_topic_and_key(void **state)
{
    (void)state;
    assert_int_equal(track(ann, "room:1", "ann", "{}"), KITH_OK);
    assert_int_equal(track(ann, "room:1", "ann", "{}"), KITH_EXISTS);
    assert_int_equal(track(ann, "room:1", "other", "{}"), KITH_OK);
    assert_int_equal(track(ann, "room:2", "ann", "{}"), KITH_OK);
    assert_int_equal(track(ben, "room:1", "ann", "{}"), KITH_OK);
    assert_int_equal(tracked_track(world_of(ann), s.clients[ann].number, &others,
                                   KITH_LIT("room:1"), KITH_LIT("ann"), KITH_LIT("{}")),
                     KITH_OK);
    settle(ann);
    json_t *list = list_of(&rooms, "room:1", "");
    assert_int_equal(json_object_size(list), 2);
    assert_non_null(meta_at(list, "ann", 1));
}

static void an_empty_topic_is_the_channels_own(void **state)
{
    (void)state;
    assert_int_equal(track(ann, "", "ann", "{}"), KITH_OK);
    assert_int_equal(track(ann, "chat:ann", "ann", "{}"), KITH_EXISTS);
    assert_int_equal(json_object_size(list_of(&rooms, "chat:ann", "")), 1);
}

static void metas_of_a_key_come_in_the_order_of_tracking(void **state)
{
    (void)state;
    const char *metas[] = {"{\"n\":0}", "{\"n\":1}", "{\"n\":2}"};
    unsigned who[] = {eve, ann, ben};
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(track(who[i], "room:1", "same", metas[i]), KITH_OK);
    assert_int_equal(update(eve, "room:1", "same", "{\"n\":0,\"again\":true}"), KITH_OK);
    json_t *list = list_of(&rooms, "room:1", "");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(json_integer_value(json_object_get(meta_at(list, "same", i), "n")), i);
}

static void one_key_alone_may_be_listed(void **state)
{
    (void)state;
    assert_int_equal(track(ann, "room:1", "ann", "{}"), KITH_OK);
    assert_int_equal(track(ben, "room:1", "ben", "{}"), KITH_OK);
    json_t *list = list_of(&rooms, "room:1", "ben");
    assert_int_equal(json_object_size(list), 1);
    assert_non_null(meta_at(list, "ben", 0));
    assert_int_equal(json_object_size(list_of(&rooms, "room:1", "nobody")), 0);
}

static void refs_of_two_trackers_differ(void **state)
{
    (void)state;
    char ref[REF_BYTES + 1];
    assert_int_equal(track(ann, "room:1", "ann", "{}"), KITH_OK);
    assert_int_equal(tracked_track(world_of(ann), s.clients[ann].number, &others,
                                   KITH_LIT("room:1"), KITH_LIT("ann"), KITH_LIT("{}")),
                     KITH_OK);
    settle(ann);
    strcpy(ref, text(meta_at(list_of(&rooms, "room:1", ""), "ann", 0), "phx_ref"));
    assert_string_not_equal(text(meta_at(list_of(&others, "room:1", ""), "ann", 0), "phx_ref"),
                            ref);
}

static void a_channel_has_a_thousand_entries_at_most(void **state)
{
    (void)state;
    char key[16];
    for (unsigned i = 0; i < TRACKED_MAX; i++) {
        snprintf(key, sizeof key, "%u", i);
        assert_int_equal(tracked_track(world_of(ann), s.clients[ann].number, &rooms,
                                       KITH_LIT("room:1"), slice_str(key), KITH_LIT("{}")),
                         KITH_OK);
    }
    assert_int_equal(track(ann, "room:1", "one more", "{}"), KITH_FULL);
    untrack(ann, "room:1", "7");
    assert_int_equal(track(ann, "room:1", "one more", "{}"), KITH_OK);
    assert_int_equal(json_object_size(list_of(&rooms, "room:1", "")), TRACKED_MAX);
    sim_channel_end(&s, ann);
    sim_settle(&s);
    assert_int_equal(json_object_size(list_of(&rooms, "room:1", "")), 0);
}

static void a_list_of_a_channel_that_has_ended_reaches_nobody(void **state)
{
    (void)state;
    char words[2048];
    assert_int_equal(tracked_list(world_of(ben), s.clients[ben].number, &rooms, KITH_LIT("room:1"),
                                  (kith_slice){0}, listed),
                     KITH_OK);
    sim_lose(&s, ben, 0);
    settle(ben);
    assert_false(s.clients[ben].open);
    assert_string_equal(sim_transcript(&s, ann, words), "");
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(p01_the_list_shows_key_and_meta_and_a_ref, shards),                                       \
        CASE(p02_a_hundred_topics_each_list_their_own, shards),                                    \
        CASE(entries_are_counted_at_their_homes, shards),                                          \
        CASE(p03_what_is_untracked_is_not_listed, shards),                                         \
        CASE(p04_c15_entries_end_with_their_channel, shards),                                      \
        CASE(p05_p06_c17_an_update_shows_the_new_meta_and_both_refs, shards),                      \
        CASE(p07_a_new_server_starts_empty, shards),                                               \
        CASE(c13_untracking_what_never_was_is_fine, shards),                                       \
        CASE(c14_of_two_topics_one_may_go, shards),                                                \
        CASE(c18_an_update_of_what_is_not_tracked_says_so, shards),                                \
        CASE(c19_a_channel_is_tracked_once_under_topic_and_key, shards),                           \
        CASE(an_empty_topic_is_the_channels_own, shards),                                          \
        CASE(metas_of_a_key_come_in_the_order_of_tracking, shards),                                \
        CASE(one_key_alone_may_be_listed, shards), CASE(refs_of_two_trackers_differ, shards),      \
        CASE(a_channel_has_a_thousand_entries_at_most, shards),                                    \
        CASE(a_list_of_a_channel_that_has_ended_reaches_nobody, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("tracked", tests, NULL, NULL);
}
