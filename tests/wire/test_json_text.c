/* tests/wire/test_json_text.c -- strings unescaped, compared, and written. */
#include "chance.h"
#include "failures.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct json parsed(kith_slice text)
{
    struct json j;
    assert_int_equal(json_parse(text, &j), KITH_OK);
    assert_int_equal(j.type, JSON_STRING);
    return j;
}

static const struct {
    kith_slice written, text;
} strings[] = {
    {KITH_LIT("\"\""), KITH_LIT("")},
    {KITH_LIT("\"plain\""), KITH_LIT("plain")},
    {KITH_LIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), KITH_LIT("\"\\/\b\f\n\r\t")},
    {KITH_LIT("\"\\u0041\\u00e9\\u20AC\\uFFFF\""), KITH_LIT("A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf")},
    {KITH_LIT("\"\\u007f\\u0080\\u07ff\\u0800\""), KITH_LIT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80")},
    {KITH_LIT("\"\\ud800\\udc00\\uDBFF\\uDFFF\""), KITH_LIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
    {KITH_LIT("\"a\\u0000b\""), KITH_LIT("a\0b")},
    {KITH_LIT("\"\\u0000\""), KITH_LIT("\0")},
    {KITH_LIT("\"\\\\u0041\""), KITH_LIT("\\u0041")},
    {KITH_LIT("\"x\\ny\xe6\x97\xa5z\\\\\""), KITH_LIT("x\ny\xe6\x97\xa5z\\")},
    {KITH_LIT("\"\\uabcd\\uABCD\""), KITH_LIT("\xea\xaf\x8d\xea\xaf\x8d")},
};
#define STRINGS (sizeof strings / sizeof strings[0])

static void a_string_says_what_its_escapes_mean(void **state)
{
    (void)state;
    struct buf scratch = {0};
    for (size_t i = 0; i < STRINGS; i++)
        assert_true(slice_eq(json_text(parsed(strings[i].written), &scratch), strings[i].text));
    buf_fini(&scratch);
}

static void a_string_is_unescaped_where_it_lies(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRINGS; i++) {
        uint8_t copy[64];
        memcpy(copy, strings[i].written.ptr, strings[i].written.len);
        struct json j = parsed(slice_of(copy, strings[i].written.len));
        kith_slice text = json_text_inplace(j);
        assert_ptr_equal(text.ptr, copy + 1);
        assert_true(slice_eq(text, strings[i].text));
    }
}

static void a_string_without_escapes_is_not_copied(void **state)
{
    (void)state;
    struct buf scratch = {0};
    struct json j = parsed(KITH_LIT("\"no escapes\""));
    assert_ptr_equal(json_text(j, &scratch).ptr, j.raw.ptr + 1);
    assert_null(scratch.ptr);
}

static void the_scratch_buffer_is_cleared_first(void **state)
{
    (void)state;
    struct buf scratch = {0};
    buf_puts(&scratch, "before");
    assert_true(slice_is(json_text(parsed(KITH_LIT("\"a\\nb\"")), &scratch), "a\nb"));
    buf_fini(&scratch);
}

static void without_memory_the_scratch_buffer_has_failed(void **state)
{
    (void)state;
    struct buf scratch = {0};
    struct json j = parsed(KITH_LIT("\"a\\nb\""));
    alloc_fail(0, 1);
    kith_slice text = json_text(j, &scratch);
    alloc_heal();
    assert_int_equal(text.len, 0);
    assert_true(scratch.failed);
    alloc_fail(0, 1);
    struct buf out = {0};
    json_put_quoted(&out, KITH_LIT("x"));
    alloc_heal();
    assert_true(out.failed);
    buf_fini(&scratch);
}

static void strings_compare_as_their_texts_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRINGS; i++)
        for (size_t k = 0; k < STRINGS; k++) {
            int c = json_text_cmp(parsed(strings[i].written), parsed(strings[k].written));
            int want = slice_cmp(strings[i].text, strings[k].text);
            assert_int_equal((c > 0) - (c < 0), (want > 0) - (want < 0));
            assert_int_equal(json_text_is(parsed(strings[i].written), strings[k].text), i == k);
        }
}

static void only_the_whole_text_is_the_text(void **state)
{
    (void)state;
    struct json j = parsed(KITH_LIT("\"\\u0061b\""));
    assert_true(json_text_is(j, KITH_LIT("ab")));
    assert_false(json_text_is(j, KITH_LIT("a")));
    assert_false(json_text_is(j, KITH_LIT("abc")));
    assert_false(json_text_is(j, KITH_LIT("\\u0061b")));
    assert_false(json_text_is(parsed(KITH_LIT("\"\\uD83D\\uDE00\"")), KITH_LIT("\xf0\x9f\x98")));
}

static void assert_quoted(kith_slice text, const char *want)
{
    uint8_t out[512];
    size_t len = json_quoted_len(text);
    assert_true(len <= sizeof out);
    assert_int_equal(json_quote(out, text) - out, len);
    assert_true(slice_is(slice_of(out, len), want));
}

static void text_is_written_with_the_fewest_escapes(void **state)
{
    (void)state;
    assert_quoted(slice_of(NULL, 0), "\"\"");
    assert_quoted(KITH_LIT("room:lobby/1"), "\"room:lobby/1\"");
    assert_quoted(KITH_LIT("say \"hi\"\\"), "\"say \\\"hi\\\"\\\\\"");
    assert_quoted(KITH_LIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    assert_quoted(KITH_LIT("\0\1\x0b\x1b\x1f"), "\"\\u0000\\u0001\\u000B\\u001B\\u001F\"");
    assert_quoted(KITH_LIT("\x7f \xe2\x80\xa8 \xf0\x9f\x98\x80 </script>"),
                  "\"\x7f \xe2\x80\xa8 \xf0\x9f\x98\x80 </script>\"");
    assert_quoted(KITH_LIT("0123456\n89abcde\"0123456\\"), "\"0123456\\n89abcde\\\"0123456\\\\\"");
}

static void quoted_text_is_appended(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_puts(&b, "[");
    json_put_quoted(&b, KITH_LIT("a\"b"));
    json_put_quoted(&b, slice_of(NULL, 0));
    assert_true(slice_is(buf_slice(&b), "[\"a\\\"b\"\"\""));
    buf_fini(&b);
}

/* One character by chance, of all lengths that UTF-8 has. */
static size_t put_char(uint8_t *at, uint64_t *seed)
{
    static const kith_slice chars[] = {KITH_LIT("\""), KITH_LIT("\\"), KITH_LIT("\xc3\xa9"),
                                       KITH_LIT("\xe6\x97\xa5"), KITH_LIT("\xf0\x9f\x98\x80")};
    uint32_t pick = chance_below(seed, 12);
    if (pick >= 5) {
        at[0] = (uint8_t)chance_below(seed, 0x80);
        return 1;
    }
    memcpy(at, chars[pick].ptr, chars[pick].len);
    return chars[pick].len;
}

static void any_text_written_and_read_is_the_same(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (uint32_t i = 0; i < rounds(20000); i++) {
        uint8_t text[256];
        size_t len = 0;
        for (uint32_t left = chance_below(&seed, 60); left; left--)
            len += put_char(text + len, &seed);
        struct buf b = {0}, scratch = {0};
        json_put_quoted(&b, slice_of(text, len));
        struct json j = parsed(buf_slice(&b));
        assert_true(slice_eq(json_text(j, &scratch), slice_of(text, len)));
        assert_true(json_text_is(j, slice_of(text, len)));
        assert_true(slice_eq(json_text_inplace(j), slice_of(text, len)));
        buf_fini(&b);
        buf_fini(&scratch);
    }
}

/* Every code point as an escape means the bytes that utf8_valid knows. */
static void every_escape_means_its_character(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
        if (c >= 0xD800 && c < 0xE000) continue;
        char written[16];
        unsigned v = c - 0x10000;
        int n = c < 0x10000 ? snprintf(written, sizeof written, "\"\\u%04x\"", c)
                            : snprintf(written, sizeof written, "\"\\u%04X\\u%04x\"",
                                       0xD800 | v >> 10, 0xDC00 | (v & 0x3FF));
        kith_slice text = json_text_inplace(parsed(slice_of(written, (size_t)n)));
        assert_true(utf8_valid(text));
        assert_int_equal(text.len, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_says_what_its_escapes_mean),
        cmocka_unit_test(a_string_is_unescaped_where_it_lies),
        cmocka_unit_test(a_string_without_escapes_is_not_copied),
        cmocka_unit_test(the_scratch_buffer_is_cleared_first),
        cmocka_unit_test(without_memory_the_scratch_buffer_has_failed),
        cmocka_unit_test(strings_compare_as_their_texts_do),
        cmocka_unit_test(only_the_whole_text_is_the_text),
        cmocka_unit_test(text_is_written_with_the_fewest_escapes),
        cmocka_unit_test(quoted_text_is_appended),
        cmocka_unit_test(any_text_written_and_read_is_the_same),
        cmocka_unit_test(every_escape_means_its_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
