/* tests/wire/test_pack.c -- numbers as bytes between nodes. */
#include "wire/pack.h"

#include "chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static kith_slice packed(uint8_t at[VARINT_BYTES_MAX], uint64_t v)
{
    return slice_of(at, (size_t)(pack_varint(at, v) - at));
}

static void a_varint_is_these_bytes(void **state)
{
    (void)state;
    uint8_t b[VARINT_BYTES_MAX];
    assert_true(slice_eq(packed(b, 0), KITH_LIT("\0")));
    assert_true(slice_eq(packed(b, 127), KITH_LIT("\x7f")));
    assert_true(slice_eq(packed(b, 128), KITH_LIT("\x80\1")));
    assert_true(slice_eq(packed(b, 300), KITH_LIT("\xac\2")));
    assert_true(
        slice_eq(packed(b, UINT64_MAX), KITH_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")));
}

static void a_varint_of_any_size_comes_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    uint8_t b[VARINT_BYTES_MAX];
    for (uint32_t i = 0; i < rounds(20000); i++) {
        uint64_t v = chance_next(&seed) >> chance_below(&seed, 64);
        struct unpack u = unpack_start(packed(b, v));
        assert_int_equal(unpack_varint(&u), v);
        assert_true(!u.bad && unpack_left(&u) == 0);
    }
    struct unpack u = unpack_start(KITH_LIT("\0\x7f"));
    assert_int_equal(unpack_long_varint(&u), 0);
    assert_int_equal(unpack_long_varint(&u), 127);
    assert_false(u.bad);
}

static void check_refused(kith_slice bytes)
{
    struct unpack u = unpack_start(bytes);
    assert_int_equal(unpack_varint(&u), 0);
    assert_true(u.bad);
    assert_int_equal(unpack_left(&u), 0);
}

static void a_varint_that_is_cut_too_long_or_not_the_shortest_is_refused(void **state)
{
    (void)state;
    check_refused(KITH_LIT(""));
    check_refused((kith_slice){0});
    check_refused(KITH_LIT("\x80"));
    check_refused(KITH_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    check_refused(KITH_LIT("\x80\0"));
    check_refused(KITH_LIT("\xff\x80\0"));
    check_refused(KITH_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\2"));
    check_refused(KITH_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\0"));
    check_refused(KITH_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\0"));
}

static void numbers_of_a_fixed_size_are_little_endian(void **state)
{
    (void)state;
    uint8_t b[15], *end = pack_u64(pack_u32(pack_u16(pack_u8(b, 1), 0x203), 0x4050607), 8);
    assert_ptr_equal(end, b + sizeof b);
    assert_memory_equal(b, "\1\3\2\7\6\5\4\x8\0\0\0\0\0\0\0", sizeof b);
    struct unpack u = unpack_start(slice_of(b, sizeof b));
    assert_int_equal(unpack_u8(&u), 1);
    assert_int_equal(unpack_u16(&u), 0x203);
    assert_int_equal(unpack_u32(&u), 0x4050607);
    assert_int_equal(unpack_u64(&u), 8);
    assert_true(!u.bad && unpack_left(&u) == 0);
    assert_int_equal(unpack_u8(&u), 0);
    assert_true(u.bad);
}

static void what_cannot_be_read_sticks(void **state)
{
    (void)state;
    struct unpack u = unpack_start(KITH_LIT("\1\1\1"));
    assert_int_equal(unpack_u64(&u), 0);
    assert_true(u.bad);
    assert_int_equal(unpack_u8(&u), 0);
    assert_int_equal(unpack_bytes(&u, 0).len, 0);
    assert_true(u.bad);
    u = unpack_start(KITH_LIT("\5"));
    assert_int_equal(unpack_below(&u, 5), 0);
    assert_true(u.bad);
    u = unpack_start(KITH_LIT("\5"));
    assert_int_equal(unpack_below(&u, 6), 5);
    assert_false(u.bad);
}

static void a_text_is_its_length_and_it(void **state)
{
    (void)state;
    uint8_t b[8];
    kith_slice bytes =
        slice_of(b, (size_t)(pack_text(pack_text(b, KITH_LIT("ab")), (kith_slice){0}) - b));
    assert_true(slice_eq(bytes, KITH_LIT("\2ab\0")));
    struct unpack u = unpack_start(bytes);
    assert_true(slice_is(unpack_text(&u, 2), "ab"));
    assert_int_equal(unpack_text(&u, 0).len, 0);
    assert_true(!u.bad && unpack_rest(&u).len == 0);
    u = unpack_start(bytes);
    assert_int_equal(unpack_text(&u, 1).len, 0);
    assert_true(u.bad);
    u = unpack_start(slice_head(bytes, 2));
    assert_int_equal(unpack_text(&u, 2).len, 0);
    assert_true(u.bad);
}

static void of_nothing_nothing_is_left(void **state)
{
    (void)state;
    struct unpack u = unpack_start((kith_slice){0});
    assert_int_equal(unpack_left(&u), 0);
    (void)unpack_varint(&u);
    assert_true(u.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_nothing_nothing_is_left),
        cmocka_unit_test(a_varint_is_these_bytes),
        cmocka_unit_test(a_varint_of_any_size_comes_back),
        cmocka_unit_test(a_varint_that_is_cut_too_long_or_not_the_shortest_is_refused),
        cmocka_unit_test(numbers_of_a_fixed_size_are_little_endian),
        cmocka_unit_test(what_cannot_be_read_sticks),
        cmocka_unit_test(a_text_is_its_length_and_it),
    };
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
