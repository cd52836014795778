/* tests/wire/test_ws_frame.c -- frames to send, and the keys of the opening handshake. */
#include "failures.h"
#include "wire/ws.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_frame_has_its_header_and_room_for_the_message(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        kith_slice header;
    } cases[] = {
        {0, KITH_LIT("\x81\x00")},
        {1, KITH_LIT("\x81\x01")},
        {125, KITH_LIT("\x81\x7d")},
        {126, KITH_LIT("\x81\x7e\x00\x7e")},
        {65535, KITH_LIT("\x81\x7e\xff\xff")},
        {65536, KITH_LIT("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00")},
        {1u << 20, KITH_LIT("\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x00")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame *f = ws_frame_new(WS_OP_TEXT, cases[i].len);
        assert_int_equal(f->body_at, cases[i].header.len);
        assert_int_equal(f->len, cases[i].header.len + cases[i].len);
        assert_memory_equal(f->bytes, cases[i].header.ptr, cases[i].header.len);
        memset(f->bytes + f->body_at, 'x', cases[i].len);
        assert_int_equal(frame_body(f).len, cases[i].len);
        frame_unref(f);
    }
}

static void a_frame_bears_its_opcode_and_is_final(void **state)
{
    (void)state;
    static const enum ws_opcode ops[] = {WS_OP_TEXT, WS_OP_BINARY, WS_OP_CLOSE, WS_OP_PING,
                                         WS_OP_PONG};
    for (size_t i = 0; i < 5; i++) {
        struct frame *f = ws_frame_new(ops[i], 0);
        assert_int_equal(f->bytes[0], 0x80 | ops[i]);
        frame_unref(f);
    }
}

static void no_frame_is_longer_than_can_be_counted(void **state)
{
    (void)state;
    assert_null(ws_frame_new(WS_OP_TEXT, SIZE_MAX));
    assert_null(ws_frame_new(WS_OP_TEXT, SIZE_MAX - 10));
    assert_null(ws_frame_new(WS_OP_TEXT, UINT32_MAX));
}

static void a_close_frame_bears_its_code(void **state)
{
    (void)state;
    struct frame *f = ws_close_frame(WS_CODE_PROTOCOL);
    assert_true(slice_is(frame_slice(f), "\x88\x02\x03\xea"));
    frame_unref(f);
    f = ws_close_frame(4999);
    assert_true(slice_is(frame_slice(f), "\x88\x02\x13\x87"));
    frame_unref(f);
}

static void a_close_frame_of_code_0_is_empty(void **state)
{
    (void)state;
    struct frame *f = ws_close_frame(0);
    assert_true(slice_eq(frame_slice(f), KITH_LIT("\x88\x00")));
    frame_unref(f);
}

static void assert_unsendable(uint16_t code) { expect_assert_failure(ws_close_frame(code)); }

static void a_code_that_may_not_travel_is_caught(void **state)
{
    (void)state;
    static const uint16_t codes[] = {1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_unsendable(codes[i]);
}

static void the_rfcs_own_key_gives_its_answer(void **state)
{
    (void)state;
    char out[28];
    assert_true(ws_accept(KITH_LIT("dGhlIHNhbXBsZSBub25jZQ=="), out));
    assert_memory_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28);
    assert_true(ws_accept(KITH_LIT("AAAAAAAAAAAAAAAAAAAAAA=="), out));
    assert_memory_equal(out, "ICX+Yqv66kxgM0FcWaLWlFLwTAI=", 28);
}

static void assert_not_accepted(const char *key)
{
    char out[28];
    expect_assert_failure((void)!ws_accept(slice_str(key), out));
}

static void a_key_of_the_wrong_length_is_caught(void **state)
{
    (void)state;
    assert_not_accepted("short");
    assert_not_accepted("dGhlIHNhbXBsZSBub25jZQ===");
}

static void a_key_is_base64_of_16_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        bool good;
    } cases[] = {
        {"dGhlIHNhbXBsZSBub25jZQ==", true},
        {"////////////////////+w==", true},
        {"AAAAAAAAAAAAAAAAAAAAAB==", true}, /* bits that mean nothing */
        {"", false},
        {"dGhlIHNhbXBsZSBub25jZQ", false},
        {"dGhlIHNhbXBsZSBub25jZQ=", false},
        {"dGhlIHNhbXBsZSBub25jZQ===", false},
        {"dGhlIHNhbXBsZSBub25jZQA=", false},
        {"dGhlIHNhbXBsZSBub25jZQAA", false},
        {"dGhlIHNhbXBsZSBub25j", false},
        {"dGhlIHNhbXBsZSBub25jZTEyMw==", false},
        {"dGhlIHNhbXBsZSBub25jZ===", false},
        {"dGhlIHNhbXBsZSBub2-jZQ==", false},
        {"dGhlIHNhbXBsZSBub2_jZQ==", false},
        {"dGhlIHNhbXBs ZSBub25jZQ=", false},
        {"dGhlIHNhbXBs,ZSBub25jZQ=", false},
        {"dGhlIHNhbXBsZSBub\xC3\xA4jZQ==", false},
        {"dGhlIHNh=XBsZSBub25jZQ==", false},
        {"dGhlIHNhbXBsZSBub25jZQ=A", false},
        {"dGhlIHNhbXBsZSBub25jZQA*", false},
        {"========================", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (ws_key_valid(slice_str(cases[i].key)) != cases[i].good) fail_msg("%s", cases[i].key);
    assert_false(ws_key_valid(KITH_LIT("dGhlIHNhbXBsZSBub25j\0A==")));
}

static void without_memory_there_is_no_frame(void **state)
{
    (void)state;
    alloc_fail(0, 2);
    struct frame *message = ws_frame_new(WS_OP_TEXT, 10), *close = ws_close_frame(1000);
    assert_int_equal(alloc_heal(), 2);
    assert_null(message);
    assert_null(close);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_has_its_header_and_room_for_the_message),
        cmocka_unit_test(a_frame_bears_its_opcode_and_is_final),
        cmocka_unit_test(no_frame_is_longer_than_can_be_counted),
        cmocka_unit_test(a_close_frame_bears_its_code),
        cmocka_unit_test(a_close_frame_of_code_0_is_empty),
        cmocka_unit_test(a_code_that_may_not_travel_is_caught),
        cmocka_unit_test(the_rfcs_own_key_gives_its_answer),
        cmocka_unit_test(a_key_of_the_wrong_length_is_caught),
        cmocka_unit_test(a_key_is_base64_of_16_bytes),
        cmocka_unit_test(without_memory_there_is_no_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
