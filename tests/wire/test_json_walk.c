/* tests/wire/test_json_walk.c -- walking what was parsed: elements, members, keys. */
#include "base/limits.h"
#include "failures.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct json parsed(const char *text)
{
    struct json j;
    assert_int_equal(json_parse(slice_str(text), &j), KITH_OK);
    return j;
}

static void assert_raw(struct json j, enum json_type type, const char *raw)
{
    assert_int_equal(j.type, type);
    assert_true(slice_is(j.raw, raw));
}

static void each_type_is_told_and_its_text_is_as_written(void **state)
{
    (void)state;
    assert_raw(parsed(" null "), JSON_NULL, "null");
    assert_raw(parsed("\ttrue\n"), JSON_TRUE, "true");
    assert_raw(parsed("false"), JSON_FALSE, "false");
    assert_raw(parsed(" -1.50e+03\r\n"), JSON_NUMBER, "-1.50e+03");
    assert_raw(parsed(" 7"), JSON_NUMBER, "7");
    assert_raw(parsed("\"a\\u0062\""), JSON_STRING, "\"a\\u0062\"");
    assert_raw(parsed(" [ 1 ] "), JSON_ARRAY, "[ 1 ]");
    assert_raw(parsed("{ } "), JSON_OBJECT, "{ }");
}

static void what_is_no_json_leaves_the_answer_alone(void **state)
{
    (void)state;
    struct json j = {JSON_TRUE, KITH_LIT("before")};
    assert_int_equal(json_parse(KITH_LIT("[1,"), &j), KITH_BAD);
    assert_raw(j, JSON_TRUE, "before");
}

static void an_array_is_walked_in_order(void **state)
{
    (void)state;
    struct json_walk w = json_walk(parsed("[ 1 ,\"two\",[3, 3], {\"4\" : 4},null ]"));
    struct json j;
    const char *want[] = {"1", "\"two\"", "[3, 3]", "{\"4\" : 4}", "null"};
    for (size_t i = 0; i < 5; i++) {
        assert_true(json_next(&w, NULL, &j));
        assert_true(slice_is(j.raw, want[i]));
    }
    assert_false(json_next(&w, NULL, &j));
    assert_false(json_next(&w, NULL, &j));
}

static void an_object_is_walked_with_its_keys(void **state)
{
    (void)state;
    struct json_walk w = json_walk(parsed("{ \"a\" : 1 ,\"b\":[],\"a\":{} }"));
    struct json key, value;
    const char *keys[] = {"\"a\"", "\"b\"", "\"a\""}, *values[] = {"1", "[]", "{}"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(json_next(&w, &key, &value));
        assert_raw(key, JSON_STRING, keys[i]);
        assert_true(slice_is(value.raw, values[i]));
    }
    assert_false(json_next(&w, &key, &value));
}

static void the_keys_may_be_left_out_of_a_walk(void **state)
{
    (void)state;
    struct json_walk w = json_walk(parsed("{\"a\":1}"));
    struct json value;
    assert_true(json_next(&w, NULL, &value));
    assert_raw(value, JSON_NUMBER, "1");
}

static void an_empty_container_has_nothing_to_walk(void **state)
{
    (void)state;
    const char *empty[] = {"[]", "{}", "[ \n]", "{\t}"};
    for (size_t i = 0; i < 4; i++) {
        struct json_walk w = json_walk(parsed(empty[i]));
        struct json value;
        assert_false(json_next(&w, NULL, &value));
    }
}

static void a_scalar_cannot_be_walked(void **state)
{
    (void)state;
    expect_assert_failure(json_walk(parsed("1")));
}

static void assert_array(const char *text, size_t max, size_t want)
{
    struct json items[8], whole;
    size_t count = 99;
    uint8_t *copy = malloc(strlen(text));
    memcpy(copy, text, strlen(text));
    kith_slice s = slice_of(copy, strlen(text));
    assert_int_equal(json_parse_array(s, items, max, &count), KITH_OK);
    assert_int_equal(count, want);
    assert_int_equal(json_parse(s, &whole), KITH_OK);
    struct json_walk w = json_walk(whole);
    for (size_t i = 0; i < count && i < max; i++) {
        struct json j;
        assert_true(json_next(&w, NULL, &j));
        assert_int_equal(j.type, items[i].type);
        assert_ptr_equal(j.raw.ptr, items[i].raw.ptr);
        assert_int_equal(j.raw.len, items[i].raw.len);
    }
    free(copy);
}

static void an_array_is_parsed_into_its_elements(void **state)
{
    (void)state;
    const char *texts[] = {"[]", "[ ]", "[1]", " [ 1 , \"2\",[3] ]\n",
                           "[1,2,3,4,5,{\"six\":[6]},7]"};
    const size_t counts[] = {0, 0, 1, 3, 7};
    for (size_t i = 0; i < 5; i++)
        for (size_t max = 0; max <= 8; max++)
            assert_array(texts[i], max, counts[i]);
}

static void what_is_no_array_is_refused(void **state)
{
    (void)state;
    const char *texts[] = {"",     " ",     "{}",     "1",    "[",          "[1",      "[1,",
                           "[1,]", "[,1]",  "[1 2]",  "[1]x", "[1] ]",      "[]]",     "x[]",
                           "[1}",  "[1:2]", "\"[]\"", "[x]",  "[\"\xff\"]", "[1]\xff", "[1,2,x]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json items[2];
        size_t count = 99;
        assert_int_equal(json_parse_array(slice_str(texts[i]), items, 2, &count), KITH_BAD);
        assert_int_equal(count, 99);
    }
}

/* The array itself counts. */
static void the_depth_of_an_array_is_the_depth_of_its_text(void **state)
{
    (void)state;
    struct json item;
    size_t count;
    uint8_t text[2 * (JSON_DEPTH_MAX + 1)];
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        kith_err e = json_parse_array(slice_of(text, 2 * depth), &item, 1, &count);
        assert_int_equal(e, depth > JSON_DEPTH_MAX ? KITH_BAD : KITH_OK);
    }
}

static void a_value_is_found_by_its_key(void **state)
{
    (void)state;
    struct json object = parsed("{\"a\":1,\"bc\":[2],\"b\":{\"a\":3}, \"\" : 4}");
    struct json j;
    assert_int_equal(json_get(object, "a", &j), KITH_OK);
    assert_raw(j, JSON_NUMBER, "1");
    assert_int_equal(json_get(object, "b", &j), KITH_OK);
    assert_raw(j, JSON_OBJECT, "{\"a\":3}");
    assert_int_equal(json_get(object, "", &j), KITH_OK);
    assert_raw(j, JSON_NUMBER, "4");
}

static void a_key_that_is_not_there_is_none(void **state)
{
    (void)state;
    struct json j = {JSON_TRUE, KITH_LIT("before")};
    const char *names[] = {"c", "aa", "bcd", "A"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(json_get(parsed("{\"a\":{\"c\":1},\"bc\":2}"), names[i], &j), KITH_NONE);
    assert_int_equal(json_get(parsed("{}"), "a", &j), KITH_NONE);
    assert_raw(j, JSON_TRUE, "before");
}

static void an_escaped_key_is_the_same_key(void **state)
{
    (void)state;
    struct json j;
    assert_int_equal(json_get(parsed("{\"st\\u0061tus\":1}"), "status", &j), KITH_OK);
    assert_int_equal(json_get(parsed("{\"\\/\\\"\\n\":1}"), "/\"\n", &j), KITH_OK);
    assert_int_equal(json_get(parsed("{\"\\ud83d\\ude00\":1}"), "\xf0\x9f\x98\x80", &j), KITH_OK);
    assert_int_equal(json_get(parsed("{\"a\\u0000\":1}"), "a", &j), KITH_NONE);
    assert_int_equal(json_get(parsed("{\"\\u0061\":1}"), "\\u0061", &j), KITH_NONE);
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    struct json j;
    assert_int_equal(json_get(parsed("{\"a\":1,\"b\":2,\"a\":1}"), "a", &j), KITH_BAD);
    assert_int_equal(json_get(parsed("{\"a\":1,\"\\u0061\":1}"), "a", &j), KITH_BAD);
    assert_int_equal(json_get(parsed("{\"a\":1,\"b\":2,\"a\":1}"), "b", &j), KITH_OK);
    assert_int_equal(json_get(parsed("[\"a\"]"), "a", &j), KITH_BAD);
    assert_int_equal(json_get(parsed("\"a\""), "a", &j), KITH_BAD);
}

static void keys_must_be_unique_after_unescaping(void **state)
{
    (void)state;
    const char *unique[] = {"{}", "{\"a\":1}", "{\"b\":1,\"a\":1,\"c\":{\"a\":1,\"a\":2},\"\":1}",
                            "{\"a\":1,\"a\\u0000\":1}", "{\"aa\":1,\"a\":1,\"aaa\":1}"};
    const char *twice[] = {"{\"a\":1,\"a\":1}",
                           "{\"a\":1,\"b\":1,\"\\u0061\":1}",
                           "{\"\\u0061\":1,\"\\u0061\":1}",
                           "{\"\":1,\"a\":2,\"\":1}",
                           "{\"c\":1,\"b\":1,\"a\":1,\"b\":1}",
                           "[1]",
                           "1",
                           "\"\""};
    for (size_t i = 0; i < sizeof unique / sizeof unique[0]; i++)
        assert_int_equal(json_unique_keys(parsed(unique[i])), KITH_OK);
    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++)
        assert_int_equal(json_unique_keys(parsed(twice[i])), KITH_BAD);
}

static void members_are_found_in_one_walk(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", NULL};
    struct json found[2] = {0};
    uint32_t count = 77;
    assert_int_equal(json_members(parsed("{\"c\":{\"a\":1},\"\\u0062\":2}"), names, found, &count),
                     KITH_OK);
    assert_int_equal(count, 2);
    assert_null(found[0].raw.ptr);
    assert_true(found[1].type == JSON_NUMBER && slice_is(found[1].raw, "2"));
    assert_int_equal(json_members(parsed("{}"), names, found, &count), KITH_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        json_members(parsed("{\"a\":1,\"c\":2,\"c\":3,\"b\":4}"), names, found, &count), KITH_BAD);
    assert_true(slice_is(found[0].raw, "1") && slice_is(found[1].raw, "2"));
    assert_int_equal(json_members(parsed("[\"a\"]"), names, found, &count), KITH_BAD);
}

/* {"k<i * step % modulus>":0, ...} */
static kith_err unique(uint32_t count, uint32_t step, uint32_t modulus)
{
    struct buf b = {0};
    for (uint32_t i = 0; i < count; i++)
        buf_printf(&b, "%c\"k%u\":0", i ? ',' : '{', i * step % modulus);
    buf_putc(&b, '}');
    struct json j;
    assert_int_equal(json_parse(buf_slice(&b), &j), KITH_OK);
    kith_err e = json_unique_keys(j);
    buf_fini(&b);
    return e;
}

static void as_many_keys_as_the_bound_allows_are_compared(void **state)
{
    (void)state;
    assert_int_equal(unique(JSON_KEYS_MAX, 1, UINT32_MAX), KITH_OK);
    assert_int_equal(unique(JSON_KEYS_MAX, 101, 257), KITH_OK);
    assert_int_equal(unique(JSON_KEYS_MAX, 101, 255), KITH_BAD); /* the last is the first again */
    assert_int_equal(unique(JSON_KEYS_MAX + 1, 1, UINT32_MAX), KITH_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_told_and_its_text_is_as_written),
        cmocka_unit_test(what_is_no_json_leaves_the_answer_alone),
        cmocka_unit_test(an_array_is_walked_in_order),
        cmocka_unit_test(an_object_is_walked_with_its_keys),
        cmocka_unit_test(the_keys_may_be_left_out_of_a_walk),
        cmocka_unit_test(an_empty_container_has_nothing_to_walk),
        cmocka_unit_test(a_scalar_cannot_be_walked),
        cmocka_unit_test(an_array_is_parsed_into_its_elements),
        cmocka_unit_test(what_is_no_array_is_refused),
        cmocka_unit_test(the_depth_of_an_array_is_the_depth_of_its_text),
        cmocka_unit_test(a_value_is_found_by_its_key),
        cmocka_unit_test(a_key_that_is_not_there_is_none),
        cmocka_unit_test(an_escaped_key_is_the_same_key),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(keys_must_be_unique_after_unescaping),
        cmocka_unit_test(members_are_found_in_one_walk),
        cmocka_unit_test(as_many_keys_as_the_bound_allows_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
