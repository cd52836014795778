/* tests/core/test_pubsub.c -- who listens to which topic; delivery is the caller's walk. */
#include "base/limits.h"
#include "chance.h"
#include "core/pubsub.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct siphash_key key = {11, 22};

static int setup(void **state)
{
    *state = pubsub_new(&key);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    pubsub_free(*state);
    return 0;
}

static topic_id subscribe(struct pubsub *p, const char *topic, subscriber_id who)
{
    topic_id t;
    assert_int_equal(pubsub_subscribe(p, slice_str(topic), who, &t), KITH_OK);
    return t;
}

enum { PEOPLE = 64, NOBODY = UINT32_MAX };

/* What a caller does to deliver: found by name, each but the sender as often as it subscribed. */
static void broadcast_from(const struct pubsub *p, const char *topic, subscriber_id sender,
                           uint32_t got[PEOPLE])
{
    topic_id t = pubsub_find(p, slice_str(topic));
    subscriber_id who;
    memset(got, 0, PEOPLE * sizeof *got);
    for (struct pubsub_walk w = {0}; t != TOPIC_NONE && pubsub_next(p, t, &w, &who);)
        if (who != sender) got[who]++;
}

static uint32_t sum(const uint32_t got[PEOPLE])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < PEOPLE; i++)
        n += got[i];
    return n;
}

static void b02_a_subscriber_is_listed_until_it_unsubscribes(void **state)
{
    struct pubsub *p = *state;
    topic_id t = subscribe(p, "a", 1);
    assert_int_equal(pubsub_count(p, t), 1);
    assert_true(pubsub_has(p, t, 1));
    assert_true(pubsub_unsubscribe(p, t, 1));
    assert_int_equal(pubsub_find(p, KITH_LIT("a")), TOPIC_NONE);
    assert_int_equal(pubsub_size(p).topics, 0);
    assert_int_equal(pubsub_size(p).subscriptions, 0);
}

static void b03_a_broadcast_reaches_every_subscriber_once(void **state)
{
    uint32_t got[PEOPLE];
    for (uint32_t i = 0; i < PEOPLE; i++)
        (void)subscribe(*state, "a", i);
    broadcast_from(*state, "a", NOBODY, got);
    for (uint32_t i = 0; i < PEOPLE; i++)
        assert_int_equal(got[i], 1);
}

static void b04_a_broadcast_reaches_no_subscriber_of_another_topic(void **state)
{
    uint32_t got[PEOPLE];
    (void)subscribe(*state, "a", 1);
    (void)subscribe(*state, "b", 2);
    broadcast_from(*state, "a", NOBODY, got);
    assert_int_equal(got[1], 1);
    assert_int_equal(sum(got), 1);
    broadcast_from(*state, "c", NOBODY, got);
    assert_int_equal(sum(got), 0);
}

static void b05_broadcast_from_skips_the_sender(void **state)
{
    uint32_t got[PEOPLE];
    for (uint32_t i = 0; i < 5; i++)
        (void)subscribe(*state, "a", i);
    broadcast_from(*state, "a", 3, got);
    assert_int_equal(got[3], 0);
    assert_int_equal(sum(got), 4);
}

static void b06_unsubscribing_without_a_subscription_does_nothing(void **state)
{
    struct pubsub *p = *state;
    topic_id t = subscribe(p, "a", 1);
    assert_false(pubsub_unsubscribe(p, t, 2));
    assert_int_equal(pubsub_count(p, t), 1);
    assert_true(pubsub_unsubscribe(p, pubsub_find(p, KITH_LIT("b")), 1));
    assert_int_equal(pubsub_size(p).subscriptions, 1);
}

/* A node that is named is a shard whose mark the topic bears: the message goes to those. */
static void b07_a_direct_broadcast_goes_to_the_marked_shard(void **state)
{
    struct pubsub *p = *state;
    topic_id t, same;
    assert_int_equal(pubsub_mark(p, KITH_LIT("a"), 5, &t), KITH_OK);
    assert_int_equal(pubsub_mark(p, KITH_LIT("a"), 63, &same), KITH_OK);
    assert_int_equal(same, t);
    assert_int_equal(pubsub_marks(p, t), (uint64_t)1 << 5 | (uint64_t)1 << 63);
    assert_int_equal(pubsub_count(p, t), 0);
}

static void b08_a_direct_broadcast_to_an_unknown_shard_reaches_nobody(void **state)
{
    struct pubsub *p = *state;
    topic_id t = subscribe(p, "a", 1);
    assert_int_equal(pubsub_marks(p, t), 0);
    pubsub_unmark(p, t, 9);
    assert_int_equal(pubsub_marks(p, t), 0);
    assert_int_equal(pubsub_count(p, t), 1);
}

/* Marks are others', subscriptions this shard's own: one walk never meets the other. */
static void b09_a_local_broadcast_reaches_only_own_subscribers(void **state)
{
    uint32_t got[PEOPLE];
    topic_id t;
    (void)subscribe(*state, "a", 1);
    assert_int_equal(pubsub_mark(*state, KITH_LIT("a"), 7, &t), KITH_OK);
    broadcast_from(*state, "a", NOBODY, got);
    assert_int_equal(sum(got), 1);
}

static void b10_a_local_broadcast_from_skips_the_sender(void **state)
{
    uint32_t got[PEOPLE];
    topic_id t;
    (void)subscribe(*state, "a", 1);
    (void)subscribe(*state, "a", 2);
    assert_int_equal(pubsub_mark(*state, KITH_LIT("a"), 7, &t), KITH_OK);
    broadcast_from(*state, "a", 1, got);
    assert_int_equal(got[2], 1);
    assert_int_equal(sum(got), 1);
}

/* A dispatcher of the caller's own: what it keeps of each subscriber, it finds by the number. */
struct dispatch {
    const char *metadata[PEOPLE];
    char said[128];
};

static void dispatch(const struct pubsub *p, topic_id t, subscriber_id sender, struct dispatch *d)
{
    subscriber_id who;
    size_t at = 0;
    for (struct pubsub_walk w = {0}; pubsub_next(p, t, &w, &who);)
        at += (size_t)snprintf(d->said + at, sizeof d->said - at, "%u %s%s;", who, d->metadata[who],
                               who == sender ? " sender" : "");
}

static void b11_a_dispatcher_is_given_each_subscriber_with_its_metadata(void **state)
{
    struct dispatch d = {.metadata = {[3] = "fastlane", [5] = "none"}};
    topic_id t = subscribe(*state, "a", 3);
    (void)subscribe(*state, "a", 5);
    (void)subscribe(*state, "b", 7);
    dispatch(*state, t, 5, &d);
    assert_string_equal(d.said, "3 fastlane;5 none sender;");
    dispatch(*state, t, NOBODY, &d);
    assert_string_equal(d.said, "3 fastlane;5 none;");
}

/* The number of tables and that of subscribers know nothing of each other. */
static void b12_any_number_of_tables_delivers_the_same(void **state)
{
    (void)state;
    for (uint32_t tables = 1; tables <= 8; tables *= 2) {
        struct pubsub *p[8];
        uint32_t got[PEOPLE], all = 0;
        for (uint32_t i = 0; i < tables; i++)
            p[i] = pubsub_new(&key);
        for (uint32_t who = 0; who < PEOPLE; who++)
            (void)subscribe(p[who % tables], "a", who);
        for (uint32_t i = 0; i < tables; i++) {
            broadcast_from(p[i], "a", NOBODY, got);
            all += sum(got);
        }
        assert_int_equal(all, PEOPLE);
        for (uint32_t i = 0; i < tables; i++)
            pubsub_free(p[i]);
    }
}

static void b19_duplicate_subscriptions_deliver_duplicates_and_go_together(void **state)
{
    struct pubsub *p = *state;
    uint32_t got[PEOPLE];
    topic_id t = subscribe(p, "a", 1);
    (void)subscribe(p, "a", 1);
    (void)subscribe(p, "a", 2);
    broadcast_from(p, "a", NOBODY, got);
    assert_int_equal(got[1], 2);
    assert_int_equal(got[2], 1);
    assert_false(pubsub_unsubscribe(p, t, 1));
    broadcast_from(p, "a", NOBODY, got);
    assert_int_equal(got[1], 0);
    assert_int_equal(got[2], 1);
    assert_int_equal(pubsub_size(p).subscriptions, 1);
}

static void a_topic_lives_while_it_has_a_subscription_or_a_mark(void **state)
{
    struct pubsub *p = *state;
    topic_id t = subscribe(p, "a", 1), same;
    assert_int_equal(pubsub_mark(p, KITH_LIT("a"), 0, &same), KITH_OK);
    assert_true(pubsub_unsubscribe(p, t, 1));
    assert_int_equal(pubsub_find(p, KITH_LIT("a")), t);
    pubsub_unmark(p, t, 0);
    assert_int_equal(pubsub_find(p, KITH_LIT("a")), TOPIC_NONE);

    assert_int_equal(pubsub_mark(p, KITH_LIT("b"), 3, &t), KITH_OK);
    (void)subscribe(p, "b", 1);
    pubsub_unmark(p, t, 3);
    assert_int_equal(pubsub_find(p, KITH_LIT("b")), t);
}

static void names_of_any_length_are_kept_where_they_are(void **state)
{
    struct pubsub *p = *state;
    static char name[TOPIC_BYTES_MAX + 1];
    memset(name, 'x', sizeof name);
    topic_id ids[64];
    const uint8_t *at[64];
    for (uint32_t n = 0; n < 64; n++) {
        assert_int_equal(pubsub_subscribe(p, slice_of(name, n), n, &ids[n]), KITH_OK);
        at[n] = pubsub_name(p, ids[n]).ptr;
    }
    for (uint32_t n = 0; n < 64; n++) {
        kith_slice kept = pubsub_name(p, ids[n]);
        assert_true(slice_eq(kept, slice_of(name, n)));
        assert_ptr_equal(kept.ptr, at[n]);
        assert_int_equal(pubsub_find(p, slice_of(name, n)), ids[n]);
    }
    topic_id t;
    assert_int_equal(pubsub_subscribe(p, slice_of(name, TOPIC_BYTES_MAX), 1, &t), KITH_OK);
    assert_int_equal(pubsub_subscribe(p, slice_of(name, TOPIC_BYTES_MAX + 1), 1, &t), KITH_FULL);
    assert_int_equal(pubsub_mark(p, slice_of(name, TOPIC_BYTES_MAX + 1), 1, &t), KITH_FULL);
    assert_int_equal(pubsub_size(p).topics, 65);
}

static void ids_of_topics_are_used_again(void **state)
{
    struct pubsub *p = *state;
    char name[32];
    for (uint32_t i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "user_presence:%u", i * 1000003);
        topic_id t = subscribe(p, name, 1);
        assert_int_equal(t, 0);
        (void)pubsub_unsubscribe(p, t, 1);
    }
    assert_true(pubsub_size(p).bytes < 10000);
}

static void never(kith_err e) { assert_int_equal(e, -1); }

static void numbers_and_bits_beyond_their_bounds_are_a_mistake(void **state)
{
    static const kith_slice name = {(const uint8_t *)"a", 1};
    struct pubsub *p = *state;
    topic_id t;
    expect_assert_failure(never(pubsub_subscribe(p, name, SUBSCRIBER_MAX + 1, &t)));
    expect_assert_failure(never(pubsub_mark(p, name, 64, &t)));
}

static void without_memory_nothing_changes(void **state)
{
    struct pubsub *p = *state;
    static const char *const names[] = {"a", "a name that is too long to lie in the topic itself"};
    topic_id t;
    (void)subscribe(p, "there", 1);
    for (size_t n = 0; n < 2; n++)
        for (size_t nth = 0;; nth++) {
            struct pubsub_size before = pubsub_size(p);
            alloc_fail(nth, 1);
            kith_err e = n ? pubsub_mark(p, slice_str(names[n]), 1, &t)
                           : pubsub_subscribe(p, slice_str(names[n]), 2, &t);
            (void)alloc_heal();
            if (e == KITH_OK) break;
            assert_int_equal(e, KITH_NOMEM);
            assert_int_equal(pubsub_size(p).topics, before.topics);
            assert_int_equal(pubsub_size(p).subscriptions, before.subscriptions);
            assert_int_equal(pubsub_find(p, slice_str(names[n])), TOPIC_NONE);
        }
    assert_true(pubsub_unsubscribe(p, pubsub_find(p, KITH_LIT("a")), 2));
    alloc_fail(0, SIZE_MAX);
    assert_null(pubsub_new(&key));
    (void)alloc_heal();
    pubsub_free(NULL);
}

/* The subscriber that did not fit does not leave its new topic behind. */
static void without_memory_for_the_third_subscriber_two_remain(void **state)
{
    struct pubsub *p = *state;
    topic_id t = subscribe(p, "a", 1), same;
    (void)subscribe(p, "a", 2);
    alloc_fail(0, 1);
    assert_int_equal(pubsub_subscribe(p, KITH_LIT("a"), 3, &same), KITH_NOMEM);
    (void)alloc_heal();
    assert_int_equal(pubsub_count(p, t), 2);
    assert_false(pubsub_has(p, t, 3));
}

/* The price: 12 bytes a subscription, 4 of them the caller's, topics of a hundred. */
static void a_subscription_costs_less_than_eight_bytes_here(void **state)
{
    struct pubsub *p = *state;
    uint64_t seed = 1;
    char name[32];
    for (uint32_t i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "user_presence:%u", chance_below(&seed, 1000));
        (void)subscribe(p, name, i);
    }
    assert_true(pubsub_size(p).bytes < 8 * 100000);
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(b02_a_subscriber_is_listed_until_it_unsubscribes),
        WITH_ONE(b03_a_broadcast_reaches_every_subscriber_once),
        WITH_ONE(b04_a_broadcast_reaches_no_subscriber_of_another_topic),
        WITH_ONE(b05_broadcast_from_skips_the_sender),
        WITH_ONE(b06_unsubscribing_without_a_subscription_does_nothing),
        WITH_ONE(b07_a_direct_broadcast_goes_to_the_marked_shard),
        WITH_ONE(b08_a_direct_broadcast_to_an_unknown_shard_reaches_nobody),
        WITH_ONE(b09_a_local_broadcast_reaches_only_own_subscribers),
        WITH_ONE(b10_a_local_broadcast_from_skips_the_sender),
        WITH_ONE(b11_a_dispatcher_is_given_each_subscriber_with_its_metadata),
        cmocka_unit_test(b12_any_number_of_tables_delivers_the_same),
        WITH_ONE(b19_duplicate_subscriptions_deliver_duplicates_and_go_together),
        WITH_ONE(a_topic_lives_while_it_has_a_subscription_or_a_mark),
        WITH_ONE(names_of_any_length_are_kept_where_they_are),
        WITH_ONE(ids_of_topics_are_used_again),
        WITH_ONE(numbers_and_bits_beyond_their_bounds_are_a_mistake),
        WITH_ONE(without_memory_nothing_changes),
        WITH_ONE(without_memory_for_the_third_subscriber_two_remain),
        WITH_ONE(a_subscription_costs_less_than_eight_bytes_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
