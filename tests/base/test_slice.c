/* tests/base/test_slice.c -- borrowed bytes: comparing, cutting, numbers. */
#include "base/slice.h"
#include "chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const kith_slice NOTHING = {NULL, 0};

static int sign(int x) { return (x > 0) - (x < 0); }

static void a_null_string_is_an_empty_slice(void **state)
{
    (void)state;
    assert_int_equal(slice_str(NULL).len, 0);
    assert_null(slice_str(NULL).ptr);
    assert_true(slice_eq(slice_str(NULL), slice_str("")));
    assert_true(slice_is(NOTHING, ""));
}

static void slices_are_equal_byte_for_byte_zeros_included(void **state)
{
    (void)state;
    assert_true(slice_eq(KITH_LIT("a\0b"), slice_of("a\0b", 3)));
    assert_false(slice_eq(KITH_LIT("a\0b"), KITH_LIT("a\0c")));
    assert_false(slice_eq(KITH_LIT("a\0b"), KITH_LIT("a")));
    assert_false(slice_eq(KITH_LIT("a"), NOTHING));
    assert_true(slice_is(KITH_LIT("user"), "user"));
    assert_false(slice_is(KITH_LIT("user"), "users"));
}

static void a_prefix_may_be_empty_or_all_but_not_longer(void **state)
{
    (void)state;
    assert_true(slice_starts(KITH_LIT("room:1"), KITH_LIT("room:")));
    assert_true(slice_starts(KITH_LIT("room:1"), KITH_LIT("room:1")));
    assert_true(slice_starts(KITH_LIT("room:1"), NOTHING));
    assert_true(slice_starts(NOTHING, NOTHING));
    assert_false(slice_starts(KITH_LIT("room"), KITH_LIT("room:")));
    assert_false(slice_starts(NOTHING, KITH_LIT("r")));
    assert_false(slice_starts(KITH_LIT("boom:1"), KITH_LIT("room:")));
}

static void a_slice_is_split_at_any_place(void **state)
{
    (void)state;
    kith_slice s = KITH_LIT("abc");
    for (size_t n = 0; n <= s.len; n++) {
        assert_int_equal(slice_head(s, n).len, n);
        assert_ptr_equal(slice_head(s, n).ptr, s.ptr);
        assert_int_equal(slice_from(s, n).len, s.len - n);
        assert_ptr_equal(slice_from(s, n).ptr, s.ptr + n);
    }
    assert_null(slice_from(NOTHING, 0).ptr);
}

static void order_is_bytewise_unsigned_and_the_shorter_comes_first(void **state)
{
    (void)state;
    const kith_slice sorted[] = {NOTHING,          KITH_LIT("\0"),   KITH_LIT("\0\0"),
                                 KITH_LIT("A"),    KITH_LIT("a"),    KITH_LIT("a\0"),
                                 KITH_LIT("aa"),   KITH_LIT("ab"),   KITH_LIT("b"),
                                 KITH_LIT("\x7f"), KITH_LIT("\x80"), KITH_LIT("\xff")};
    const int n = sizeof sorted / sizeof *sorted;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            assert_int_equal(sign(slice_cmp(sorted[i], sorted[j])), sign(i - j));
}

static void case_is_ignored_for_ascii_letters_alone(void **state)
{
    (void)state;
    assert_true(slice_eq_nocase(KITH_LIT("Sec-WebSocket-Key"), KITH_LIT("sEC-wEBsOCKET-kEY")));
    assert_true(slice_eq_nocase(NOTHING, NOTHING));
    assert_false(slice_eq_nocase(KITH_LIT("key"), KITH_LIT("keys")));
    assert_false(slice_eq_nocase(KITH_LIT("key"), KITH_LIT("kez")));
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            bool letters = (a | 0x20) >= 'a' && (a | 0x20) <= 'z' && (a | 0x20) == (b | 0x20);
            uint8_t x = (uint8_t)a, y = (uint8_t)b;
            assert_int_equal(slice_eq_nocase(slice_of(&x, 1), slice_of(&y, 1)), a == b || letters);
        }
}

static void find_tells_the_first_place_or_the_length(void **state)
{
    (void)state;
    assert_int_equal(slice_find(KITH_LIT("a,b,c"), ','), 1);
    assert_int_equal(slice_find(KITH_LIT(",b"), ','), 0);
    assert_int_equal(slice_find(KITH_LIT("b,"), ','), 1);
    assert_int_equal(slice_find(KITH_LIT("abc"), ','), 3);
    assert_int_equal(slice_find(KITH_LIT("abc"), 0), 3);
    assert_int_equal(slice_find(NOTHING, ','), 0);
    assert_int_equal(slice_find(slice_of("a\xff", 2), 0xff), 1);
}

static void cut_walks_through_a_list(void **state)
{
    (void)state;
    kith_slice rest = KITH_LIT("a,,b"), head;
    rest = slice_cut(rest, ',', &head);
    assert_true(slice_is(head, "a"));
    rest = slice_cut(rest, ',', &head);
    assert_true(slice_is(head, ""));
    rest = slice_cut(rest, ',', &head);
    assert_true(slice_is(head, "b"));
    assert_null(rest.ptr);
}

static void cut_tells_a_last_empty_piece_from_no_more_pieces(void **state)
{
    (void)state;
    kith_slice head, rest = slice_cut(KITH_LIT("a,"), ',', &head);
    assert_true(slice_is(head, "a"));
    assert_non_null(rest.ptr);
    assert_int_equal(rest.len, 0);
    rest = slice_cut(rest, ',', &head);
    assert_true(slice_is(head, ""));
    assert_null(rest.ptr);
    rest = slice_cut(NOTHING, ',', &head);
    assert_int_equal(head.len, 0);
    assert_null(rest.ptr);
}

static void a_number_has_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {{"0", 0},
                {"7", 7},
                {"10", 10},
                {"9999999999999999999", 9999999999999999999u},
                {"18446744073709551609", UINT64_MAX - 6},
                {"18446744073709551615", UINT64_MAX}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t v = 1234;
        assert_true(slice_u64(slice_str(good[i].text), &v));
        assert_true(v == good[i].value);
    }
}

static void what_is_no_number_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00",
                                      "01",
                                      "+1",
                                      "-1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e3",
                                      "0x1",
                                      "/",
                                      ":",
                                      "1:",
                                      "\xb1",
                                      "18446744073709551616",
                                      "18446744073709551620",
                                      "28446744073709551615",
                                      "99999999999999999999",
                                      "100000000000000000000"};
    uint64_t v = 42;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(slice_u64(slice_str(bad[i]), &v));
    assert_false(slice_u64(slice_of("1\0", 2), &v));
    assert_false(slice_u64(NOTHING, &v));
    assert_int_equal(v, 42);
}

static void every_number_is_read_back_as_it_was_written(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (uint32_t i = rounds(10000); i > 0; i--) {
        uint64_t want = chance_next(&seed) >> chance_below(&seed, 64), got = 0;
        char text[24];
        int n = snprintf(text, sizeof text, "%llu", (unsigned long long)want);
        assert_true(slice_u64(slice_of(text, (size_t)n), &got));
        assert_true(got == want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_string_is_an_empty_slice),
        cmocka_unit_test(slices_are_equal_byte_for_byte_zeros_included),
        cmocka_unit_test(a_prefix_may_be_empty_or_all_but_not_longer),
        cmocka_unit_test(a_slice_is_split_at_any_place),
        cmocka_unit_test(order_is_bytewise_unsigned_and_the_shorter_comes_first),
        cmocka_unit_test(case_is_ignored_for_ascii_letters_alone),
        cmocka_unit_test(find_tells_the_first_place_or_the_length),
        cmocka_unit_test(cut_walks_through_a_list),
        cmocka_unit_test(cut_tells_a_last_empty_piece_from_no_more_pieces),
        cmocka_unit_test(a_number_has_one_spelling),
        cmocka_unit_test(what_is_no_number_is_refused_and_changes_nothing),
        cmocka_unit_test(every_number_is_read_back_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
