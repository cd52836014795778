/* tests/shard/test_list.c -- pieces of what topics list, put together. */
#include "shard/list.h"

#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void put(struct buf *b, const char *key, const char *metas, const char *more)
{
    list_put(b, slice_str(key), slice_str(metas), slice_str(more));
}

static void expect(const struct buf *pieces, const char *json)
{
    struct kith_list l;
    assert_int_equal(list_make(&l, buf_slice(pieces)), KITH_OK);
    kith_slice all = list_json(&l);
    assert_int_equal(all.len, strlen(json));
    assert_memory_equal(all.ptr, json, all.len);
    list_fini(&l);
}

static void nothing_lists_nothing(void **state)
{
    (void)state;
    struct buf b = {0};
    struct kith_list l;
    kith_slice key, value;
    expect(&b, "{}");
    assert_int_equal(list_make(&l, buf_slice(&b)), KITH_OK);
    assert_false(list_next(&l, &key, &value));
    list_fini(&l);
}

static void keys_come_in_bytewise_order(void **state)
{
    (void)state;
    struct buf b = {0};
    put(&b, "b", "{}", "");
    put(&b, "\xc3\xa9", "{}", "");
    put(&b, "", "{}", "");
    put(&b, "B", "{}", "");
    put(&b, "ba", "{}", "");
    put(&b, "10", "{}", "");
    put(&b, "9", "{}", "");
    expect(&b, "{\"\":{\"metas\":[{}]},\"10\":{\"metas\":[{}]},\"9\":{\"metas\":[{}]},"
               "\"B\":{\"metas\":[{}]},\"b\":{\"metas\":[{}]},\"ba\":{\"metas\":[{}]},"
               "\"\xc3\xa9\":{\"metas\":[{}]}}");
    buf_fini(&b);
}

static void a_piece_may_be_put_in_parts(void **state)
{
    (void)state;
    struct buf b = {0};
    size_t at = list_begin(&b, KITH_LIT("a"));
    buf_puts(&b, "{\"x\":1},");
    buf_puts(&b, "{\"x\":2}");
    list_end(&b, at);
    put(&b, "b", "{}", "");
    expect(&b, "{\"a\":{\"metas\":[{\"x\":1},{\"x\":2}]},\"b\":{\"metas\":[{}]}}");
    buf_fini(&b);
}

static void there_is_room_for_whatever_a_key_is_written_as(void **state)
{
    (void)state;
    struct buf b = {0};
    put(&b, "\1\2\3\4\5\6\"\\", "{}", "\"n\":1");
    put(&b, "\1\2\3\4\5\6\"\\", "{}", "");
    expect(&b, "{\"\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\\"\\\\\":"
               "{\"metas\":[{},{}],\"n\":1}}");
    buf_fini(&b);
}

static void metas_of_a_key_stand_in_the_order_of_its_pieces(void **state)
{
    (void)state;
    struct buf b = {0};
    put(&b, "x", "{\"n\":3},{\"n\":1}", "");
    put(&b, "a", "{\"n\":0}", "");
    put(&b, "x", "{\"n\":2}", "");
    put(&b, "x", "", "\"user\":1");
    put(&b, "x", "{\"n\":0}", "\"user\":2");
    expect(&b, "{\"a\":{\"metas\":[{\"n\":0}]},"
               "\"x\":{\"metas\":[{\"n\":3},{\"n\":1},{\"n\":2},{\"n\":0}],\"user\":1}}");
    buf_fini(&b);
}

static void a_walk_gives_each_key_with_its_value(void **state)
{
    (void)state;
    struct buf b = {0};
    struct kith_list l;
    kith_slice key, value;
    put(&b, "quo\"te", "{\"n\":1}", "\"user\":{}");
    put(&b, "a", "{\"n\":2}", "");
    assert_int_equal(list_make(&l, buf_slice(&b)), KITH_OK);
    assert_true(list_next(&l, &key, &value));
    assert_true(slice_is(key, "a") && slice_is(value, "{\"metas\":[{\"n\":2}]}"));
    assert_true(list_next(&l, &key, &value));
    assert_true(slice_is(key, "quo\"te"));
    assert_true(slice_is(value, "{\"metas\":[{\"n\":1}],\"user\":{}}"));
    assert_false(list_next(&l, &key, &value));
    list_fini(&l);
    buf_fini(&b);
}

static void keys_may_be_as_long_as_topics(void **state)
{
    (void)state;
    static uint8_t name[8192];
    memset(name, 'k', sizeof name);
    struct buf b = {0};
    struct kith_list l;
    kith_slice key, value;
    list_put(&b, slice_of(name, sizeof name), KITH_LIT("{}"), (kith_slice){0});
    assert_int_equal(list_make(&l, buf_slice(&b)), KITH_OK);
    assert_true(list_next(&l, &key, &value));
    assert_int_equal(key.len, sizeof name);
    list_fini(&l);
    buf_fini(&b);
}

static void without_memory_there_is_no_list_and_no_leak(void **state)
{
    (void)state;
    struct buf b = {0};
    put(&b, "x", "{}", "");
    put(&b, "a", "{}", "");
    kith_err e = KITH_NOMEM;
    for (size_t skip = 0; e == KITH_NOMEM; skip++) {
        struct kith_list l;
        alloc_fail(skip, 1);
        e = list_make(&l, buf_slice(&b));
        (void)alloc_heal();
        if (!e) list_fini(&l);
        assert_true(skip < 20);
    }
    assert_int_equal(e, KITH_OK);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_lists_nothing),
        cmocka_unit_test(keys_come_in_bytewise_order),
        cmocka_unit_test(a_piece_may_be_put_in_parts),
        cmocka_unit_test(there_is_room_for_whatever_a_key_is_written_as),
        cmocka_unit_test(metas_of_a_key_stand_in_the_order_of_its_pieces),
        cmocka_unit_test(a_walk_gives_each_key_with_its_value),
        cmocka_unit_test(keys_may_be_as_long_as_topics),
        cmocka_unit_test(without_memory_there_is_no_list_and_no_leak),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
