/* tests/wire/test_utf8.c -- what is UTF-8, against a plain reading of RFC 3629. */
#include "chance.h"
#include "wire/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* The definition, without any speed: decode, and see that the shortest form was used. */
static bool plainly_valid(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t len = p[i] < 0x80 ? 1 : p[i] < 0xC0 ? 0 : p[i] < 0xE0 ? 2 : p[i] < 0xF0 ? 3 : 4;
        if (!len || p[i] >= 0xF8 || i + len > n) return false;
        uint32_t c = len == 1 ? p[i] : p[i] & (0x7Fu >> len);
        for (size_t k = 1; k < len; k++) {
            if (p[i + k] >> 6 != 2) return false;
            c = c << 6 | (p[i + k] & 0x3Fu);
        }
        const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return false;
        i += len;
    }
    return true;
}

/* At the very end of its allocation, so that a byte read beyond is seen. */
static bool valid(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n + 1);
    assert_non_null(copy);
    if (n) memcpy(copy + 1, bytes, n);
    bool ok = utf8_valid(slice_of(copy + 1, n));
    free(copy);
    return ok;
}

static void nothing_is_valid(void **state)
{
    (void)state;
    assert_true(utf8_valid(slice_of(NULL, 0)));
    assert_true(valid(NULL, 0));
}

static void every_one_and_two_bytes_agree_with_the_definition(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        uint8_t b[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        assert_int_equal(valid(b, 2), plainly_valid(b, 2));
        if (i < 0x100) assert_int_equal(valid(b + 1, 1), plainly_valid(b + 1, 1));
    }
}

static const uint8_t edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1,
                                0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1,
                                0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFB, 0xFC, 0xFE, 0xFF};
#define EDGES (sizeof edges)

static void every_four_bytes_at_the_edges_agree_with_the_definition(void **state)
{
    (void)state;
    for (size_t i = 0; i < EDGES * EDGES * EDGES * EDGES; i++) {
        uint8_t b[4] = {edges[i % EDGES], edges[i / EDGES % EDGES],
                        edges[i / EDGES / EDGES % EDGES], edges[i / EDGES / EDGES / EDGES]};
        assert_int_equal(utf8_valid(slice_of(b, 4)), plainly_valid(b, 4));
        assert_int_equal(utf8_valid(slice_of(b, 3)), plainly_valid(b, 3));
    }
}

static void a_bad_byte_is_seen_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t n = 1; n < 80; n++)
        for (size_t at = 0; at < n; at++) {
            uint8_t text[80];
            memset(text, 'x', n);
            text[at] = 0xFF;
            assert_false(valid(text, n));
        }
}

static void a_character_may_stand_anywhere_and_must_be_whole(void **state)
{
    (void)state;
    const kith_slice chars[] = {KITH_LIT("\xc3\xa9"), KITH_LIT("\xe6\x97\xa5"),
                                KITH_LIT("\xf0\x9f\x98\x80")};
    for (size_t c = 0; c < 3; c++)
        for (size_t at = 0; at < 70; at++) {
            uint8_t text[80];
            memset(text, 'x', sizeof text);
            memcpy(text + at, chars[c].ptr, chars[c].len);
            for (size_t n = at; n <= sizeof text; n++)
                assert_int_equal(valid(text, n), n == at || n >= at + chars[c].len);
        }
}

static void bytes_by_chance_agree_with_the_definition(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (uint32_t i = 0; i < rounds(100000); i++) {
        uint8_t text[64];
        size_t n = chance_below(&seed, sizeof text);
        for (size_t k = 0; k < n; k++)
            text[k] = chance_below(&seed, 3) ? 'a' : edges[chance_below(&seed, EDGES)];
        assert_int_equal(valid(text, n), plainly_valid(text, n));
    }
}

static void a_control_character_is_found_in_ascii_and_in_two_bytes(void **state)
{
    (void)state;
    assert_int_equal(utf8_control(KITH_LIT("")), 0);
    assert_int_equal(utf8_control(KITH_LIT("a\x1b")), 0);
    assert_int_equal(utf8_control(KITH_LIT("\x1b[31m")), 1);
    assert_int_equal(utf8_control(KITH_LIT("\x7f")), 1);
    assert_int_equal(utf8_control(KITH_LIT("\xc2\x80")), 2);
    assert_int_equal(utf8_control(KITH_LIT("\xc2\x9f")), 2);
    assert_int_equal(utf8_control(KITH_LIT("\xc2\xa0")), 0);
    assert_int_equal(utf8_control(KITH_LIT("\xc2")), 0);
    assert_int_equal(utf8_control(KITH_LIT("\xc2\x20")), 0);
    assert_int_equal(utf8_control(KITH_LIT("\xc2\xc2")), 0);
    assert_true(utf8_has_control(KITH_LIT("tab\tulator")));
    assert_true(utf8_has_control(KITH_LIT("an\xc2\x85n")));
    assert_false(utf8_has_control(KITH_LIT("J\xc3\xb6rg \xc2\xb5")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_valid),
        cmocka_unit_test(every_one_and_two_bytes_agree_with_the_definition),
        cmocka_unit_test(every_four_bytes_at_the_edges_agree_with_the_definition),
        cmocka_unit_test(a_bad_byte_is_seen_wherever_it_stands),
        cmocka_unit_test(a_character_may_stand_anywhere_and_must_be_whole),
        cmocka_unit_test(bytes_by_chance_agree_with_the_definition),
        cmocka_unit_test(a_control_character_is_found_in_ascii_and_in_two_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
