/* tests/base/test_stats.c -- every figure is added, and only added. */
#include "base/stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {
#define X(name, help) #name,
    STATS_COUNTERS(X) STATS_GAUGES(X)
#undef X
};
static const char *const helps[] = {
#define X(name, help) help,
    STATS_COUNTERS(X) STATS_GAUGES(X)
#undef X
};
enum { COUNTERS = sizeof names / sizeof *names };
enum {
    LATENCIES = 0
#define X(name, help) +1
    STATS_LATENCIES(X)
#undef X
};

static uint64_t *counter(struct stats *s, int i) { return (uint64_t *)(void *)s + i; }

static void the_counters_are_all_there_is(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct stats),
                     COUNTERS * sizeof(uint64_t) + LATENCIES * sizeof(struct latency));
}

static void times_are_added_too(void **state)
{
    (void)state;
    struct stats sum = {0}, from = {0};
    latency_note(&sum.delivery, 10);
    latency_note(&from.delivery, 20);
    stats_add(&sum, &from);
    assert_int_equal(latency_count(&sum.delivery), 2);
    assert_int_equal(sum.delivery.sum_us, 30);
#define X(name, help) latency_note(&from.name, 1), latency_note(&sum.name, 2);
    sum = from = (struct stats){0};
    STATS_LATENCIES(X)
#undef X
    stats_add(&sum, &from);
#define X(name, help) assert_int_equal(sum.name.sum_us, 3);
    STATS_LATENCIES(X)
#undef X
}

static void every_counter_is_added_to_its_own(void **state)
{
    (void)state;
    struct stats sum = {0}, from = {0};
    for (int i = 0; i < COUNTERS; i++) {
        *counter(&sum, i) = (uint64_t)1 << i;
        *counter(&from, i) = 1000000u * (unsigned)(i + 1);
    }
    struct stats before = from;
    stats_add(&sum, &from);
    for (int i = 0; i < COUNTERS; i++)
        assert_int_equal(*counter(&sum, i), ((uint64_t)1 << i) + 1000000u * (unsigned)(i + 1));
    assert_memory_equal(&from, &before, sizeof from);
}

static void every_counter_has_its_own_name_and_a_help_text(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTERS; i++) {
        assert_true(strlen(helps[i]) > 5);
        assert_int_equal(strspn(names[i], "abcdefghijklmnopqrstuvwxyz_"), strlen(names[i]));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
            assert_string_not_equal(helps[i], helps[j]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counters_are_all_there_is),
        cmocka_unit_test(every_counter_is_added_to_its_own),
        cmocka_unit_test(times_are_added_too),
        cmocka_unit_test(every_counter_has_its_own_name_and_a_help_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
