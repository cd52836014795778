/* tests/wire/test_ws_text.c -- the text of messages is UTF-8, also where it is cut. */
#include "ws_talk.h"

static void text_is_utf8_and_binary_is_anything(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc3",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xe2\x82",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x9f\x98",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
        "a\xff",
        "\xc3\xa4\xc3",
        "hello\xed\xa0\x80world",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char spec[64] = "T:", want[64] = "B:";
        assert_talk(strcat(spec, bad[i]), "F1007|");
        spec[0] = 'B';
        assert_talk(spec, strcat(strcat(want, bad[i]), "|"));
    }
    assert_talk("T:\xce\xba\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xef\xbf\xbf",
                "T:\xce\xba\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xef\xbf\xbf|");
}

static void a_character_may_be_split_over_fragments(void **state)
{
    (void)state;
    assert_talk("t:\xf0|c:\x9f|P:x|c:\x98|C:\x80", "P:x|T:\xf0\x9f\x98\x80|");
    assert_talk("t:a\xe2\x82|C:\xac"
                "b",
                "T:a\xe2\x82\xac"
                "b|");
    assert_talk("t:\xc3|c:|c:|C:\xa4", "T:\xc3\xa4|");
    assert_talk("t:\xe2|c:\x82\xac\xf0\x9f|c:\x98|C:\x80!", "T:\xe2\x82\xac\xf0\x9f\x98\x80!|");
    assert_talk("b:\xf0|C:\xff", "B:\xf0\xff|");
}

static void a_fragment_of_bad_text_fails_at_once(void **state)
{
    (void)state;
    assert_talk("t:\xff", "F1007|");
    assert_talk("t:\xf0\x9f|c:x", "F1007|");
    assert_talk("t:ok|c:\xed\xa0\x80|P:never", "F1007|");
    assert_talk("t:\x80|P:never", "F1007|");
    assert_talk("t:\xe0\x9f|P:never", "F1007|");
    assert_talk("t:\xed\xa0|P:never", "F1007|");
    assert_talk("t:\xf0\x8f|P:never", "F1007|");
    assert_talk("t:\xf4\x90|P:never", "F1007|");
    assert_talk("t:\xc1|P:never", "F1007|");
    assert_talk("t:\xf5|P:never", "F1007|");
    assert_talk("t:\xc3\xa4\x80|P:never", "F1007|");
    assert_talk("t:\xf4\x8f|P:x|c:\xbf|P:y|C:\xbf", "P:x|P:y|T:\xf4\x8f\xbf\xbf|");
    assert_talk("t:\xc3|P:x|C:", "P:x|F1007|");
    assert_talk("t:\xf0|c:\x80|c:\x80|C:\x80", "F1007|");
    assert_talk("t:a|C:\xc3", "F1007|");
}

/* Any text cut into fragments anywhere is that text, and any bytes are judged as if whole. */
static void fragments_are_judged_as_the_message_they_make(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",    "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                         "\xff", "\xc3",     "\x80",         "\xf0\x9f"};
    uint64_t seed = 11;
    for (uint32_t round = 0; round < rounds(2000); round++) {
        struct buf text = {0}, in = {0}, log = {0}, whole = {0}, want = {0};
        uint32_t kinds = chance_below(&seed, 3) ? 4 : 8;
        for (uint32_t i = chance_below(&seed, 12); i-- > 0;)
            buf_puts(&text, pieces[chance_below(&seed, kinds)]);
        uint8_t op = WS_OP_TEXT;
        kith_slice rest = buf_slice(&text);
        while (chance_below(&seed, 4)) {
            size_t n = chance_below(&seed, (uint32_t)rest.len + 1);
            put_frame(&in, op, slice_head(rest, n));
            rest = slice_from(rest, n);
            op = WS_OP_CONT;
        }
        put_frame(&in, 0x80 | op, rest);
        put_frame(&whole, 0x80 | WS_OP_TEXT, buf_slice(&text));
        struct ws_in a = {.message_bytes_max = 99}, b = a;
        feed(&a, buf_slice(&in), (int)(round % CUTS), &log);
        feed(&b, buf_slice(&whole), CUT_WHOLE, &want);
        assert_true(slice_eq(buf_slice(&log), buf_slice(&want)));
        ws_in_fini(&a);
        buf_fini(&text), buf_fini(&in), buf_fini(&log), buf_fini(&whole), buf_fini(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_utf8_and_binary_is_anything),
        cmocka_unit_test(a_character_may_be_split_over_fragments),
        cmocka_unit_test(a_fragment_of_bad_text_fails_at_once),
        cmocka_unit_test(fragments_are_judged_as_the_message_they_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
