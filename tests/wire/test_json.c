/* tests/wire/test_json.c -- which texts are JSON. */
#include "base/limits.h"
#include "json_vectors.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The text lies at the end of its own allocation, so that reading one byte too far is seen. */
static kith_err verdict(kith_slice text)
{
    uint8_t *copy = malloc(text.len + 1);
    assert_non_null(copy);
    if (text.len) memcpy(copy + 1, text.ptr, text.len);
    struct json j;
    kith_err e = json_parse(slice_of(copy + 1, text.len), &j);
    free(copy);
    return e;
}

static void json_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++)
        if (verdict(accepted[i]) != KITH_OK) fail_msg("refused: %s", (const char *)accepted[i].ptr);
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (verdict(refused[i]) != KITH_BAD) fail_msg("accepted: %s", (const char *)refused[i].ptr);
}

/* Of a container or a string no part is whole. */
static void every_beginning_of_a_text_is_refused(void **state)
{
    (void)state;
    kith_slice text = KITH_LIT("{\"k\\u00e9y\":[1.5e-3,-0,true,false,null,\"\\ud83d\\ude00\\n\","
                               "{\"a long plain string\":\"\xe6\x97\xa5\"},[]]}");
    for (size_t n = 0; n < text.len; n++)
        assert_int_equal(verdict(slice_head(text, n)), KITH_BAD);
    assert_int_equal(verdict(text), KITH_OK);
}

static void any_other_byte_between_tokens_is_refused(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t text[] = {'[', '1', (uint8_t)c, ']'};
        bool fine = (c && strchr(" \t\r\n0123456789", (int)c)) || 0;
        assert_int_equal(verdict(slice_of(text, sizeof text)), fine ? KITH_OK : KITH_BAD);
    }
}

/* At each place of the eight-byte steps a string is scanned by. */
static void a_control_character_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t at = 1; at < 40; at++)
        for (unsigned c = 0; c < 0x80; c++) {
            uint8_t text[42];
            memset(text, 'x', sizeof text);
            text[0] = text[sizeof text - 1] = '"';
            text[at] = (uint8_t)c;
            kith_err want = c < 0x20 || c == '"' || c == '\\' ? KITH_BAD : KITH_OK;
            assert_int_equal(verdict(slice_of(text, sizeof text)), want);
        }
}

static kith_err nested(char open, unsigned depth)
{
    uint8_t text[6 * 64];
    size_t len = 0;
    for (unsigned i = 0; i < depth; i++) {
        text[len++] = (uint8_t)open;
        if (open == '{' && i + 1 < depth) memcpy(text + len, "\"k\":", 4), len += 4;
    }
    memset(text + len, open == '[' ? ']' : '}', depth);
    return verdict(slice_of(text, len + depth));
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth < 40; depth++) {
        kith_err want = depth <= JSON_DEPTH_MAX ? KITH_OK : KITH_BAD;
        assert_int_equal(nested('[', depth), want);
        assert_int_equal(nested('{', depth), want);
    }
}

static void a_hundred_thousand_brackets_cost_no_stack(void **state)
{
    (void)state;
    size_t n = 100000;
    uint8_t *text = malloc(n);
    assert_non_null(text);
    memset(text, '[', n);
    assert_int_equal(verdict(slice_of(text, n)), KITH_BAD);
    free(text);
}

static void an_integer_may_have_any_length(void **state)
{
    (void)state;
    uint8_t text[1000];
    memset(text, '9', sizeof text);
    assert_int_equal(verdict(slice_of(text, sizeof text)), KITH_OK);
    text[500] = '.';
    assert_int_equal(verdict(slice_of(text, sizeof text)), KITH_BAD);
    memcpy(text + 995, "e-400", 5);
    assert_int_equal(verdict(slice_of(text, sizeof text)), KITH_OK);
    memcpy(text + 995, "e-191", 5);
    assert_int_equal(verdict(slice_of(text, sizeof text)), KITH_BAD);
}

static void zeros_do_not_count_as_size(void **state)
{
    (void)state;
    uint8_t text[1010];
    memset(text, '0', sizeof text);
    text[1] = '.';
    memcpy(text + 1001, "1e1307\0\0", 8);
    assert_int_equal(verdict(slice_of(text, 1007)), KITH_OK); /* 0.<999 zeros>1e1307 = 1e307 */
    memcpy(text + 1001, "1e1310", 6);
    assert_int_equal(verdict(slice_of(text, 1007)), KITH_BAD);
}

static void twenty_digits_decide_where_doubles_end(void **state)
{
    (void)state;
    assert_int_equal(verdict(KITH_LIT("1.7976931348623158078e308")), KITH_OK);
    assert_int_equal(verdict(KITH_LIT("1.79769313486231580789999e308")), KITH_OK);
    assert_int_equal(verdict(KITH_LIT("1.7976931348623158079e308")), KITH_BAD);
    assert_int_equal(verdict(KITH_LIT("17976931348623158079.0e289")), KITH_BAD);
    assert_int_equal(verdict(KITH_LIT("0.0017976931348623158079e311")), KITH_BAD);
    assert_int_equal(verdict(KITH_LIT("1.797693134862315807e308")), KITH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_accepted),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(every_beginning_of_a_text_is_refused),
        cmocka_unit_test(any_other_byte_between_tokens_is_refused),
        cmocka_unit_test(a_control_character_is_refused_wherever_it_stands),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(a_hundred_thousand_brackets_cost_no_stack),
        cmocka_unit_test(an_integer_may_have_any_length),
        cmocka_unit_test(zeros_do_not_count_as_size),
        cmocka_unit_test(twenty_digits_decide_where_doubles_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
