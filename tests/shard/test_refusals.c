/* tests/shard/test_refusals.c -- the latest refusals are noted, newest first, and not for long. */
#include "shard/refusals.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_MS = 1000 };

static struct refusals r;
static struct buf json;
static const kith_slice nobody;

static int set_up(void **state)
{
    (void)state;
    r = (struct refusals){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&json);
    json = (struct buf){0};
    return 0;
}

static const char *told(uint64_t at_ms)
{
    buf_clear(&json);
    refusals_put(&r, at_ms, &json);
    buf_putc(&json, 0);
    assert_false(json.failed);
    return (const char *)json.ptr;
}

static void join_refused(const char *response)
{
    refusals_note_join(&r, NOW_MS, KITH_LIT("ann"), KITH_LIT("user:ben"), slice_str(response));
}

static void the_reason_of_a_join_is_what_its_response_says(void **state)
{
    (void)state;
    join_refused("{\"reason\":\"a \\\"b\\\"\"}");
    assert_string_equal(told(NOW_MS), "{\"at\":1000,\"user\":\"ann\",\"topic\":\"user:ben\","
                                      "\"reason\":\"a \\\"b\\\"\"},");
    join_refused("{\"error\":1}");
    assert_non_null(strstr(told(NOW_MS), "\"reason\":\"{\\\"error\\\":1}\"}"));
    join_refused("\xff\x01");
    assert_non_null(strstr(told(NOW_MS), "\"reason\":null}"));
}

static void what_is_not_known_is_null(void **state)
{
    (void)state;
    refusals_note(&r, NOW_MS, nobody, nobody, KITH_LIT("no token"));
    assert_string_equal(told(NOW_MS),
                        "{\"at\":1000,\"user\":null,\"topic\":null,\"reason\":\"no token\"},");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char topic[REFUSAL_TEXT_BYTES + 2];
    memset(topic, 'a', REFUSAL_TEXT_BYTES - 1);
    memcpy(topic + REFUSAL_TEXT_BYTES - 1, "\xc3\xa9", 3);
    refusals_note(&r, NOW_MS, nobody, slice_str(topic), nobody);
    topic[REFUSAL_TEXT_BYTES - 1] = 0;
    char want[2 * REFUSAL_TEXT_BYTES];
    (void)snprintf(want, sizeof want, "\"topic\":\"%s\",", topic);
    assert_non_null(strstr(told(NOW_MS), want));
}

static void the_latest_are_told_first_and_older_ones_make_room(void **state)
{
    (void)state;
    char reason[16];
    for (int i = 0; i <= REFUSALS_NOTED; i++) {
        (void)snprintf(reason, sizeof reason, "<%d>", i);
        refusals_note(&r, NOW_MS, nobody, nobody, slice_str(reason));
    }
    (void)snprintf(reason, sizeof reason, "<%d>", REFUSALS_NOTED);
    assert_true(strstr(told(NOW_MS), reason) < strstr(told(NOW_MS), "<1>"));
    assert_null(strstr(told(NOW_MS), "<0>"));
}

static void they_are_told_for_a_while(void **state)
{
    (void)state;
    refusals_note(&r, NOW_MS, nobody, nobody, KITH_LIT("x"));
    assert_string_not_equal(told(NOW_MS + REFUSAL_MS - 1), "");
    assert_string_equal(told(NOW_MS + REFUSAL_MS), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_reason_of_a_join_is_what_its_response_says),
        TEST(what_is_not_known_is_null),
        TEST(a_long_text_is_cut_between_characters),
        TEST(the_latest_are_told_first_and_older_ones_make_room),
        TEST(they_are_told_for_a_while),
    };
    return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
