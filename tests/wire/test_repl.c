/* tests/wire/test_repl.c -- broadcasts as bytes between nodes. */
#include "wire/repl.h"

#include "base/limits.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SHOUT "\1\0\0\6\5\0\0\0\7room:1shout{\"a\":1}"
#define BYTES "\1\1\0\1\1\0\0\0\2tb\0\xff"

static kith_err decode(kith_slice bytes, struct repl *out)
{
    uint8_t *copy = test_malloc(bytes.len + 1); /* what lies behind is not ours to read */
    memcpy(copy, bytes.ptr, bytes.len);
    kith_err e = repl_decode(slice_of(copy, bytes.len), out);
    test_free(copy);
    return e;
}

static void a_broadcast_is_these_bytes(void **state)
{
    (void)state;
    struct buf b = {0};
    struct repl text = {
        .topic = KITH_LIT("room:1"), .event = KITH_LIT("shout"), .payload = KITH_LIT("{\"a\":1}")};
    struct repl binary = {.topic = KITH_LIT("t"),
                          .event = KITH_LIT("b"),
                          .payload = KITH_LIT("\0\xff"),
                          .binary = true};
    assert_int_equal(repl_encode(&text, &b), KITH_OK);
    assert_true(slice_eq(buf_slice(&b), KITH_LIT(SHOUT)));
    buf_clear(&b);
    assert_int_equal(repl_encode(&binary, &b), KITH_OK);
    assert_true(slice_eq(buf_slice(&b), KITH_LIT(BYTES)));
    buf_fini(&b);
}

static void these_bytes_are_the_broadcast(void **state)
{
    (void)state;
    struct repl m;
    assert_int_equal(repl_decode(KITH_LIT(SHOUT), &m), KITH_OK);
    assert_true(slice_is(m.topic, "room:1") && slice_is(m.event, "shout"));
    assert_true(slice_is(m.payload, "{\"a\":1}") && !m.binary);
    assert_int_equal(repl_decode(KITH_LIT(BYTES), &m), KITH_OK);
    assert_true(slice_is(m.topic, "t") && slice_is(m.event, "b"));
    assert_true(slice_eq(m.payload, KITH_LIT("\0\xff")) && m.binary);
}

static void cut_anywhere_or_with_more_behind_it_is_none(void **state)
{
    (void)state;
    struct repl m;
    kith_slice whole[] = {KITH_LIT(SHOUT "x"), KITH_LIT(BYTES "x")};
    for (unsigned i = 0; i < 2; i++)
        for (size_t n = 0; n <= whole[i].len; n++)
            assert_int_equal(decode(slice_head(whole[i], n), &m),
                             n == whole[i].len - 1 ? KITH_OK : KITH_BAD);
}

static void every_byte_of_the_head_counts(void **state)
{
    (void)state;
    struct repl m;
    kith_slice whole = KITH_LIT(SHOUT);
    for (size_t at = 0; at < 9; at++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t bytes[sizeof SHOUT];
            memcpy(bytes, whole.ptr, whole.len);
            bytes[at] = (uint8_t)value;
            bool good = value == whole.ptr[at] || (at == 1 && value == 1); /* as bytes it is one */
            assert_int_equal(repl_decode(slice_of(bytes, whole.len), &m),
                             good ? KITH_OK : KITH_BAD);
        }
}

static void fields_are_what_they_must_be(void **state)
{
    (void)state;
    struct repl m;
    assert_int_equal(repl_decode(KITH_LIT("\1\0\0\0\1\0\0\0\0e"), &m), KITH_BAD);
    assert_int_equal(repl_decode(KITH_LIT("\1\0\0\1\0\0\0\0\0t"), &m), KITH_BAD);
    assert_int_equal(repl_decode(KITH_LIT("\1\0\0\1\1\0\0\0\0\xff"
                                          "e"),
                                 &m),
                     KITH_BAD);
    assert_int_equal(repl_decode(KITH_LIT("\1\0\0\1\1\0\0\0\0t\xff"), &m), KITH_BAD);
    assert_int_equal(repl_decode(KITH_LIT("\1\0\0\1\1\0\0\0\1te{"), &m), KITH_BAD);
    assert_int_equal(repl_decode(KITH_LIT("\1\1\0\1\1\0\0\0\1te{"), &m), KITH_OK);
    assert_int_equal(repl_decode(KITH_LIT("\1\0\0\1\1\0\0\0\0te"), &m), KITH_OK);
    assert_int_equal(m.payload.len, 0);
}

static void each_part_has_a_length_at_most(void **state)
{
    (void)state;
    static uint8_t long_one[TOPIC_BYTES_MAX + 1];
    memset(long_one, 'x', sizeof long_one);
    struct buf b = {0};
    struct repl m = {.topic = slice_of(long_one, TOPIC_BYTES_MAX),
                     .event = slice_of(long_one, 255),
                     .payload = KITH_LIT("[]")};
    struct repl back;
    assert_int_equal(repl_encode(&m, &b), KITH_OK);
    assert_int_equal(repl_decode(buf_slice(&b), &back), KITH_OK);
    assert_true(slice_eq(back.topic, m.topic) && slice_eq(back.event, m.event));
    b.ptr[2] += 1; /* 256 more bytes of topic than there may be */
    for (unsigned i = 0; i < 256; i++)
        buf_putc(&b, 'x');
    assert_int_equal(repl_decode(buf_slice(&b), &back), KITH_BAD);
    buf_clear(&b);
    m.topic.len++;
    assert_int_equal(repl_encode(&m, &b), KITH_FULL);
    m.topic.len--;
    m.event.len++;
    assert_int_equal(repl_encode(&m, &b), KITH_FULL);
    m.event.len = 0;
    assert_int_equal(repl_encode(&m, &b), KITH_FULL);
    m.event.len = 1;
    m.payload.len = (size_t)UINT32_MAX + 1; /* which is not looked at */
    assert_int_equal(repl_encode(&m, &b), KITH_FULL);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    struct buf b = {0};
    struct repl m = {.topic = KITH_LIT("t"), .event = KITH_LIT("e")};
    alloc_fail(0, 1);
    assert_int_equal(repl_encode(&m, &b), KITH_NOMEM);
    (void)alloc_heal();
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broadcast_is_these_bytes),
        cmocka_unit_test(these_bytes_are_the_broadcast),
        cmocka_unit_test(cut_anywhere_or_with_more_behind_it_is_none),
        cmocka_unit_test(every_byte_of_the_head_counts),
        cmocka_unit_test(fields_are_what_they_must_be),
        cmocka_unit_test(each_part_has_a_length_at_most),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests_name("repl", tests, NULL, NULL);
}
