/* tests/core/test_tracker_names.c -- topics and keys: numbers, what only looks like one, and how
 * long they may be. */
#include "base/limits.h"
#include "nodes.h"

static int setup(void **state)
{
    static struct node n;
    n = node_new(7);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    node_free(*state);
    return 0;
}

static struct entry get(const struct node *n, const char *topic, const char *key)
{
    struct entry e;
    assert_true(node_get(n, topic, key, &e));
    return e;
}

static void a_numeric_entry_lists_like_any_other(void **state)
{
    struct node *n = *state;
    node_track(n, "user_presence:42", "42", 1);
    node_track(n, "user_presence:42", "42", 2);
    node_track(n, "user_presence:18446744073709551615", "18446744073709551615", 3);
    node_track(n, "user_presence:0", "0", 4);
    assert_told(n, "+42 +42 +18446744073709551615 +0");
    assert_online(n, "user_presence:42", "42 42");
    assert_online(n, "user_presence:18446744073709551615", "18446744073709551615");
    assert_online(n, "user_presence:0", "0");
    assert_slice(get(n, "user_presence:0", "0").key, KITH_LIT("0"));
}

/* What only looks like a number, or has another key, keeps its text. */
static void topics_that_are_nearly_numeric_are_their_own(void **state)
{
    struct node *n = *state;
    static const char *const topics[] = {
        "user_presence:",
        "user_presence:042",
        "user_presence:-1",
        "user_presence:18446744073709551616",
        "user_presence: 42",
        "user_presence:42 ",
        "user_presence",
        "user_presence:alice",
        "User_presence:42",
        "42",
        "",
        "user_presence:0x2a",
    };
    enum { TOPICS = sizeof topics / sizeof *topics };
    node_track(n, "user_presence:42", "42", 99);
    for (uint64_t i = 0; i < TOPICS; i++)
        node_track(n, topics[i], "42", i + 1);
    for (uint64_t i = 0; i < TOPICS; i++) {
        assert_online(n, topics[i], "42");
        assert_int_equal(get(n, topics[i], "42").owner, i + 1);
        node_untrack(n, topics[i], "42", i + 1);
        assert_online(n, topics[i], "");
    }
    assert_online(n, "user_presence:42", "42");
}

static void numeric_and_named_keys_share_a_numeric_topic(void **state)
{
    struct node *n = *state;
    must(tracker_track(n->t, KITH_LIT("user_presence:42"), KITH_LIT("guest"), 1, 5, ONLINE,
                       &n->told));
    must(tracker_track(n->t, KITH_LIT("user_presence:42"), KITH_LIT("42"), 1, 6, ONLINE, &n->told));
    must(
        tracker_track(n->t, KITH_LIT("user_presence:42"), KITH_LIT("042"), 1, 4, ONLINE, &n->told));
    must(tracker_track(n->t, KITH_LIT("user_presence:42"), KITH_LIT(""), 1, 7, ONLINE, &n->told));
    assert_online(n, "user_presence:42", " 042 42 guest");
    node_update(n, "user_presence:42", "42", 1, AWAY);
    assert_slice(get(n, "user_presence:42", "guest").meta.fields, ONLINE);
    node_untrack(n, "user_presence:42", "042", 1);
    node_untrack(n, "user_presence:42", "42", 1);
    assert_online(n, "user_presence:42", " guest");
    node_untrack(n, "user_presence:42", "guest", 1);
    node_untrack(n, "user_presence:42", "", 1);
    assert_int_equal(tracker_count(n->t), 0);
}

static void names_and_metas_have_bounds(void **state)
{
    struct node *n = *state;
    static char long_name[TOPIC_BYTES_MAX + 1], fields[META_BYTES_MAX + 1];
    memset(long_name, 'n', sizeof long_name);
    memset(fields, 'f', sizeof fields);
    kith_slice name = slice_of(long_name, TOPIC_BYTES_MAX), meta = slice_of(fields, META_BYTES_MAX);
    kith_slice name_over = slice_of(long_name, TOPIC_BYTES_MAX + 1);
    kith_slice meta_over = slice_of(fields, META_BYTES_MAX + 1);
    must(tracker_track(n->t, name, name, 1, 1, meta, &n->told));
    assert_slice(n->told.items[0].now.fields, meta);
    assert_slice(n->told.items[0].topic, name);
    assert_int_equal(tracker_track(n->t, name_over, name, 2, 1, meta, &n->told), KITH_FULL);
    assert_int_equal(tracker_track(n->t, name, name_over, 2, 1, meta, &n->told), KITH_FULL);
    assert_int_equal(tracker_track(n->t, name, name, 2, 1, meta_over, &n->told), KITH_FULL);
    assert_int_equal(tracker_update(n->t, name, name, 1, meta_over, &n->told), KITH_FULL);
    assert_int_equal(n->told.count, 1);
    assert_int_equal(tracker_count(n->t), 1);
}

#define WITH_ONE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ONE(a_numeric_entry_lists_like_any_other),
        WITH_ONE(topics_that_are_nearly_numeric_are_their_own),
        WITH_ONE(numeric_and_named_keys_share_a_numeric_topic),
        WITH_ONE(names_and_metas_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
