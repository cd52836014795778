/* tests/shard/test_busiest.c -- whose changes cost most is known in constant memory, and for a
 * while.
 */
#include "shard/busiest.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { START_MS = 1000000 };

static struct busiest b;
static struct buf json;

static int set_up(void **state)
{
    (void)state;
    b = (struct busiest){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&json);
    json = (struct buf){0};
    return 0;
}

/* Ids of one hash are told apart all the same. */
static void note(const char *user, uint32_t watchers, uint64_t at_ms)
{
    busiest_note(&b, slice_str(user), strlen(user), watchers, START_MS + at_ms);
}

static const char *told(uint64_t at_ms)
{
    buf_clear(&json);
    busiest_put(&b, START_MS + at_ms, &json);
    buf_putc(&json, 0);
    assert_false(json.failed);
    return (const char *)json.ptr;
}

static void nobody_is_busy_at_first(void **state)
{
    (void)state;
    assert_string_equal(told(0), "");
}

static void what_a_user_costs_adds_up(void **state)
{
    (void)state;
    note("ann", 10, 0);
    note("ben", 1, 0);
    note("ann", 12, 500);
    assert_string_equal(told(1000), "{\"user\":\"ann\",\"changes\":2,\"told\":22,\"over\":0,"
                                    "\"watchers\":12,\"for_ms\":1000},"
                                    "{\"user\":\"ben\",\"changes\":1,\"told\":1,\"over\":0,"
                                    "\"watchers\":1,\"for_ms\":1000},");
}

static void an_id_is_quoted_as_json(void **state)
{
    (void)state;
    note("\"<b>\\", 1, 0);
    assert_non_null(strstr(told(0), "{\"user\":\"\\\"<b>\\\\\","));
}

static void two_whiles_count_together_and_then_it_is_forgotten(void **state)
{
    (void)state;
    note("ann", 10, 0);
    note("ann", 5, BUSIEST_MS);
    assert_non_null(strstr(told(BUSIEST_MS + 7), "\"changes\":2,\"told\":15,"));
    assert_non_null(strstr(told(BUSIEST_MS + 7), "\"for_ms\":30007}"));
    assert_non_null(strstr(told(2 * BUSIEST_MS), "\"changes\":1,\"told\":5,"));
    assert_string_equal(told(3 * BUSIEST_MS), "");
}

static void after_a_long_silence_all_begins_anew(void **state)
{
    (void)state;
    note("ann", 10, 0);
    note("ben", 1, 10 * BUSIEST_MS);
    assert_null(strstr(told(10 * BUSIEST_MS), "ann"));
}

/* Whoever is heavier than an equal share is there, and what it may have too much is said. */
static void the_heaviest_is_found_among_any_number(void **state)
{
    (void)state;
    char id[16];
    uint64_t count, over, star = 0;
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(id, sizeof id, "u%u", i);
        note(id, 1, 0);
        if (i % 10) continue;
        note("star", 3, 0);
        star += 3;
    }
    const char *at = strstr(told(1), "\"star\"");
    assert_non_null(at);
    assert_int_equal(sscanf(strstr(at, "told") + 6, "%lu,\"over\":%lu", &count, &over), 2);
    assert_true(count >= star && count - over <= star);
    unsigned users = 0;
    for (at = told(1); (at = strstr(at, "\"user\"")); at++)
        users++;
    assert_int_equal(users, BUSIEST_NOTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_busy_at_first),
        TEST(what_a_user_costs_adds_up),
        TEST(an_id_is_quoted_as_json),
        TEST(two_whiles_count_together_and_then_it_is_forgotten),
        TEST(after_a_long_silence_all_begins_anew),
        TEST(the_heaviest_is_found_among_any_number),
    };
    return cmocka_run_group_tests_name("busiest", tests, NULL, NULL);
}
