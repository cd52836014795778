/* tests/shard/test_watched.c -- whom a session is subscribed to, a byte or two each. */
#include "shard/watched.h"
#include "support/chance.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Those that are in, in ascending order, and none else. */
static void assert_holds(const struct watched *s, const topic_id topics[], uint32_t n)
{
    struct watched_walk w = {0};
    topic_id t;
    assert_int_equal(watched_count(s), n);
    for (uint32_t i = 0; i < n; i++) {
        assert_true(watched_next(s, &w, &t));
        assert_int_equal(t, topics[i]);
    }
    assert_false(watched_next(s, &w, &t));
}

static void what_is_put_in_comes_out_in_order(void **state)
{
    (void)state;
    topic_id topics[] = {TOPIC_NONE - 1, 0, 300, 127, 128, 70000, 1u << 28};
    const topic_id sorted[] = {0, 127, 128, 300, 70000, 1u << 28, TOPIC_NONE - 1};
    struct watched *s = watched_of(topics, 7);
    assert_holds(s, sorted, 7);
    watched_free(s);
    assert_holds(NULL, NULL, 0);
}

/* Numbers whose distances are of each length. */
static topic_id any_topic(uint64_t *seed)
{
    return (topic_id)(chance_next(seed) >> 32) >> chance_below(seed, 32);
}

static uint32_t place_of(const topic_id topics[], uint32_t n, topic_id t)
{
    uint32_t i = 0;
    while (i < n && topics[i] < t)
        i++;
    return i;
}

static void one_more_and_one_less_anywhere_leave_the_others(void **state)
{
    (void)state;
    enum { MAX = 64, STEPS = 20000 };
    topic_id topics[MAX];
    uint32_t n = 0;
    uint64_t seed = 7;
    struct watched *s = NULL;
    for (int step = 0; step < STEPS; step++) {
        bool more = n == 0 || (n < MAX && chance_below(&seed, 2));
        topic_id t = more ? any_topic(&seed) : topics[chance_below(&seed, n)];
        uint32_t at = place_of(topics, n, t);
        if (more && at < n && topics[at] == t) continue;
        if (more) {
            memmove(topics + at + 1, topics + at, (n++ - at) * sizeof *topics);
            topics[at] = t;
            assert_int_equal(watched_add(&s, t), KITH_OK);
        } else {
            memmove(topics + at, topics + at + 1, (--n - at) * sizeof *topics);
            assert_true(watched_remove(&s, t));
            assert_false(watched_remove(&s, t));
        }
        assert_holds(s, topics, n);
    }
    watched_free(s);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    topic_id topics[] = {5, 900};
    alloc_fail(0, 1);
    assert_null(watched_of(topics, 2));
    (void)alloc_heal();
    struct watched *s = watched_of(topics, 2);
    alloc_fail(0, 1);
    assert_int_equal(watched_add(&s, 7), KITH_NOMEM);
    (void)alloc_heal();
    assert_holds(s, topics, 2);
    watched_free(s);
}

/* What a subscription costs on the session's side: of 10,000 topics, and of a million. */
static void a_hundred_of_many_cost_a_byte_or_two_each(void **state)
{
    (void)state;
    enum { FRIENDS = 100 };
    const struct {
        uint32_t topics, bytes_max;
    } cases[] = {{10000, 160}, {1000000, 240}};
    for (size_t c = 0; c < 2; c++) {
        topic_id topics[FRIENDS];
        uint64_t seed = c + 1;
        for (unsigned i = 0; i < FRIENDS; i++)
            topics[i] = chance_below(&seed, cases[c].topics);
        struct watched *s = watched_of(topics, FRIENDS);
        assert_true(watched_bytes(s) <= cases[c].bytes_max);
        watched_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_in_comes_out_in_order),
        cmocka_unit_test(one_more_and_one_less_anywhere_leave_the_others),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(a_hundred_of_many_cost_a_byte_or_two_each),
    };
    return cmocka_run_group_tests_name("watched", tests, NULL, NULL);
}
