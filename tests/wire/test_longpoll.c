/* tests/wire/test_longpoll.c -- the form of Phoenix's long-poll transport. */
#include "failures.h"
#include "wire/longpoll.h"
#include "wire/ws.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void the_last_token_is_the_sessions(void **state)
{
    (void)state;
    static const struct {
        const char *query, *value, *before, *after;
        bool first;
    } cases[] = {
        {"token=a", "a", "", "", true},
        {"vsn=2.0.0&token=a", "a", "vsn=2.0.0&", "", true},
        {"token=jwt&vsn=2.0.0&token=a", "a", "token=jwt&vsn=2.0.0&", "", false},
        {"token=jwt&token=a&vsn=2.0.0", "a", "token=jwt&", "vsn=2.0.0", false},
        {"token=a&token=b&token=c", "c", "token=a&token=b&", "", false},
        {"vsn=2.0.0&token=", "", "vsn=2.0.0&", "", true},
        {"vsn=2.0.0&", NULL, "vsn=2.0.0&", "", false},
        {"vsn=2.0.0&tokens=a&xtoken=b&token", NULL, "vsn=2.0.0&tokens=a&xtoken=b&token", "", false},
        {"", NULL, "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct longpoll_token t = longpoll_token(slice_str(cases[i].query));
        assert_int_equal(t.value.ptr != NULL, cases[i].value != NULL);
        assert_true(slice_is(t.value, cases[i].value ? cases[i].value : ""));
        assert_true(slice_is(t.before, cases[i].before) && slice_is(t.after, cases[i].after));
        if (cases[i].value) assert_int_equal(t.first, cases[i].first);
    }
}

static void a_body_of_lines_is_known_by_its_type(void **state)
{
    (void)state;
    assert_true(longpoll_is_ndjson(KITH_LIT("application/x-ndjson")));
    assert_true(longpoll_is_ndjson(KITH_LIT("Application/X-NDJSON ; charset=utf-8")));
    assert_false(longpoll_is_ndjson(KITH_LIT("application/json")));
    assert_false(longpoll_is_ndjson(KITH_LIT("application/x-ndjsonp")));
    assert_true(longpoll_is_ndjson(KITH_LIT("application/x-ndjson\t ")));
    assert_false(longpoll_is_ndjson(KITH_LIT("")));
    assert_false(longpoll_is_ndjson(KITH_LIT(" \t;x")));
}

static void lines_are_taken_one_by_one_and_empty_ones_skipped(void **state)
{
    (void)state;
    kith_slice rest = KITH_LIT("\n[1]\n\n\nAA==\n{}"), line;
    assert_true(longpoll_next_line(&rest, &line) && slice_is(line, "[1]"));
    assert_true(longpoll_is_text(line));
    assert_true(longpoll_next_line(&rest, &line) && slice_is(line, "AA=="));
    assert_false(longpoll_is_text(line));
    assert_false(longpoll_is_text(KITH_LIT("")));
    assert_true(longpoll_next_line(&rest, &line) && slice_is(line, "{}"));
    assert_true(longpoll_is_text(line));
    assert_false(longpoll_next_line(&rest, &line));
    rest = KITH_LIT("\n\n");
    assert_false(longpoll_next_line(&rest, &line));
    rest = KITH_LIT("");
    assert_false(longpoll_next_line(&rest, &line));
}

static size_t cuts;
kith_slice __real_slice_cut(kith_slice s, uint8_t byte, kith_slice *head);
kith_slice __wrap_slice_cut(kith_slice s, uint8_t byte, kith_slice *head);

kith_slice __wrap_slice_cut(kith_slice s, uint8_t byte, kith_slice *head)
{
    cuts++;
    return __real_slice_cut(s, byte, head);
}

static void any_number_of_empty_lines_is_one_step(void **state)
{
    (void)state;
    static char text[1 << 20];
    memset(text, '\n', sizeof text);
    text[sizeof text / 2] = 'x';
    kith_slice rest = slice_of(text, sizeof text), line;
    cuts = 0;
    assert_true(longpoll_next_line(&rest, &line) && slice_is(line, "x"));
    assert_false(longpoll_next_line(&rest, &line));
    assert_int_equal(cuts, 2);
}

static void lines_are_counted_in_one_pass(void **state)
{
    (void)state;
    static char text[1 << 20];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 ? '\n' : 'x';
    cuts = 0;
    assert_int_equal(longpoll_count_lines(slice_of(text, sizeof text)), sizeof text / 2);
    assert_int_equal(longpoll_count_lines(slice_of(text + 1, 4)), 2);
    assert_int_equal(longpoll_count_lines(KITH_LIT("\n\nab\n\nc")), 2);
    assert_int_equal(longpoll_count_lines(KITH_LIT("\n")), 0);
    assert_int_equal(longpoll_count_lines((kith_slice){0}), 0);
    assert_int_equal(cuts, 0);
}

static void put(struct buf *b, enum ws_opcode op, kith_slice body)
{
    struct frame *f = ws_frame_new(op, body.len);
    assert_non_null(f);
    if (body.len) memcpy(f->bytes + f->body_at, body.ptr, body.len);
    longpoll_put_message(b, f);
    frame_unref(f);
}

static void messages_are_strings_and_bytes_a_character_each(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, 2, 0x1f, 'a', '"', '\\', 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    static char large[70000];
    struct buf b = {0};
    longpoll_begin(&b);
    put(&b, WS_OP_TEXT, KITH_LIT("[\"\xc3\xa4\",\n1]"));
    put(&b, WS_OP_BINARY, slice_of(bytes, sizeof bytes));
    put(&b, WS_OP_TEXT, KITH_LIT(""));
    longpoll_end(&b, 200, KITH_LIT("t"));
    assert_true(slice_is(buf_slice(&b), "{\"messages\":[\"[\\\"\xc3\xa4\\\",\\n1]\","
                                        "\"\\u0000\\u0002\\u001Fa\\\"\\\\\x7f\xc2\x80\xc2\xbf\xc3"
                                        "\x80\xc3\xbf\",\"\"],\"status\":200,\"token\":\"t\"}"));
    buf_clear(&b);
    memset(large, 'x', sizeof large);
    longpoll_begin(&b);
    put(&b, WS_OP_TEXT, slice_of(large, sizeof large));
    assert_int_equal(b.len, strlen("{\"messages\":[\"\"") + sizeof large);
    buf_fini(&b);
}

static void no_messages_is_an_empty_list(void **state)
{
    (void)state;
    struct buf b = {0};
    longpoll_begin(&b);
    longpoll_end(&b, 204, KITH_LIT("t"));
    assert_true(slice_is(buf_slice(&b), "{\"messages\":[],\"status\":204,\"token\":\"t\"}"));
    buf_fini(&b);
}

static void a_status_alone_says_what_was_dropped(void **state)
{
    (void)state;
    struct buf b = {0};
    longpoll_put_status(&b, 403, 0);
    assert_true(slice_is(buf_slice(&b), "{\"status\":403}"));
    buf_clear(&b);
    longpoll_put_status(&b, 200, 3);
    assert_true(slice_is(buf_slice(&b), "{\"status\":200,\"dropped\":3}"));
    buf_fini(&b);
}

static void want_of_memory_is_remembered(void **state)
{
    (void)state;
    struct frame *f = ws_frame_new(WS_OP_BINARY, 3);
    assert_non_null(f);
    memcpy(f->bytes + f->body_at, "abc", 3);
    for (size_t nth = 0; nth < 2; nth++) {
        struct buf b = {0};
        longpoll_begin(&b);
        alloc_fail(nth, 1);
        for (int i = 0; i < 40; i++)
            longpoll_put_message(&b, f);
        alloc_heal();
        assert_true(b.failed);
        buf_fini(&b);
    }
    frame_unref(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_token_is_the_sessions),
        cmocka_unit_test(a_body_of_lines_is_known_by_its_type),
        cmocka_unit_test(lines_are_taken_one_by_one_and_empty_ones_skipped),
        cmocka_unit_test(any_number_of_empty_lines_is_one_step),
        cmocka_unit_test(lines_are_counted_in_one_pass),
        cmocka_unit_test(messages_are_strings_and_bytes_a_character_each),
        cmocka_unit_test(no_messages_is_an_empty_list),
        cmocka_unit_test(a_status_alone_says_what_was_dropped),
        cmocka_unit_test(want_of_memory_is_remembered),
    };
    return cmocka_run_group_tests_name("longpoll", tests, NULL, NULL);
}
