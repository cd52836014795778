/* tests/wire/test_ws.c -- RFC 6455 at the receiving side, as conversations: frames, fragments,
 * closes. */
#include "ws_talk.h"

static void whole_frames_are_messages(void **state)
{
    (void)state;
    assert_talk("T:", "T:|");
    assert_talk("T:hello", "T:hello|");
    assert_talk("B:\xff\xfe", "B:\xff\xfe|");
    assert_talk("P:", "P:|");
    assert_talk("P:ping|G:pong|T:a|B:b|T:c", "P:ping|G:pong|T:a|B:b|T:c|");
}

static void fragments_make_one_message(void **state)
{
    (void)state;
    assert_talk("t:hel|C:lo", "T:hello|");
    assert_talk("b:a|c:b|c:c|C:d", "B:abcd|");
    assert_talk("t:|C:", "T:|");
    assert_talk("t:|c:|c:|C:x", "T:x|");
    assert_talk("t:a|C:b|t:c|C:d", "T:ab|T:cd|");
    assert_talk("t:a|C:b|T:c|b:d|C:e", "T:ab|T:c|B:de|");
}

static void control_frames_may_stand_between_fragments(void **state)
{
    (void)state;
    assert_talk("t:hel|P:x|C:lo", "P:x|T:hello|");
    assert_talk("t:a|P:1|c:b|P:2|G:3|c:c|P:4|C:d", "P:1|P:2|G:3|P:4|T:abcd|");
    assert_talk("t:a|P:1|P:2|C:b|P:3", "P:1|P:2|T:ab|P:3|");
    assert_talk("t:a|O:\x03\xe8", "O1000:|");
}

static void fragments_out_of_place_fail(void **state)
{
    (void)state;
    assert_talk("C:", "F1002|");
    assert_talk("c:a", "F1002|");
    assert_talk("T:a|C:b", "T:a|F1002|");
    assert_talk("t:a|T:b", "F1002|");
    assert_talk("t:a|B:b", "F1002|");
    assert_talk("b:a|t:b", "F1002|");
    assert_talk("t:a|C:b|C:c", "T:ab|F1002|");
    assert_talk("t:a|P:x|T:b", "P:x|F1002|");
}

static void control_frames_are_short_and_whole(void **state)
{
    (void)state;
    assert_talk("p:", "F1002|");
    assert_talk("g:x", "F1002|");
    assert_talk("o:\x03\xe8", "F1002|");
    struct buf in = {0}, want = {0};
    static const uint8_t zeros[126] = {0};
    put_frame(&in, 0x89, slice_of(zeros, 125));
    buf_puts(&want, "P:");
    buf_put(&want, slice_of(zeros, 125));
    buf_puts(&want, "|");
    assert_log(buf_slice(&in), MESSAGE_BYTES_MAX, "125 bytes", buf_slice(&want));
    for (uint8_t op = 8; op <= 10; op++) {
        buf_clear(&in);
        put_frame(&in, 0x80 | op, slice_of(zeros, 126));
        assert_log(buf_slice(&in), MESSAGE_BYTES_MAX, "126 bytes", KITH_LIT("F1002|"));
    }
    buf_fini(&in);
    buf_fini(&want);
}

static void reserved_bits_and_opcodes_fail(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        unsigned op = first & 15;
        bool known = op <= 2 || (op >= 8 && op <= 10);
        if (known && !(first & 0x70)) continue;
        struct buf in = {0};
        put_frame(&in, (uint8_t)first, KITH_LIT("\x03\xe8"));
        assert_log(buf_slice(&in), MESSAGE_BYTES_MAX, "reserved", KITH_LIT("F1002|"));
        assert_log(slice_head(buf_slice(&in), 1), MESSAGE_BYTES_MAX, "one byte",
                   KITH_LIT("F1002|"));
        buf_fini(&in);
    }
}

static void an_unmasked_frame_fails_with_its_first_two_bytes(void **state)
{
    (void)state;
    RAW("\x81\x02[]", "F1002|");
    RAW("\x81\x02", "F1002|");
    RAW("\x81\x7f", "F1002|");
    RAW("\x88\x00", "F1002|");
    RAW("\x89\x05hello", "F1002|");
    RAW("\x81\x80....\x81\x00", "T:|F1002|");
}

static void the_rfcs_own_frame_is_understood(void **state)
{
    (void)state;
    RAW("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "T:Hello|");
}

static void a_length_longer_than_it_must_be_fails(void **state)
{
    (void)state;
    RAW("\x82\xfe\x00\x7d", "F1002|");
    RAW("\x82\xfe\x00\x00", "F1002|");
    RAW("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff", "F1002|");
    RAW("\x82\xff\x00\x00\x00\x00\x00\x00\x00\x05", "F1002|");
    RAW("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00", "F1002|");
    RAW("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", "F1002|");
    RAW("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", "F1009|");
    RAW("\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00", "F1009|");
}

static void closes_are_answered_with_their_code(void **state)
{
    (void)state;
    assert_talk("O:", "O0:|");
    assert_talk("O:\x03\xe8", "O1000:|");
    assert_talk("O:\x03\xe9"
                "going away",
                "O1001:going away|");
    assert_talk("O:\x0f\xa1\xc3\xa4", "O4001:\xc3\xa4|");
    assert_talk("T:a|O:\x03\xe8|T:b|P:c", "T:a|O1000:|");
}

static void bad_closes_fail(void **state)
{
    (void)state;
    assert_talk("O:\x03", "F1002|");
    assert_talk("O:\x03\xe8\xff", "F1007|");
    assert_talk("O:\x03\xe8\xc3", "F1007|");
    assert_talk("O:\x03\xe8\xed\xa0\x80", "F1007|");
    assert_talk("O:\x03\xec\xff", "F1002|");
}

static void only_codes_that_may_be_sent_are_taken(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        bool good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                    (code >= 3000 && code <= 4999);
        const uint8_t payload[] = {(uint8_t)(code >> 8), (uint8_t)code};
        struct ws_in w = {.message_bytes_max = MESSAGE_BYTES_MAX};
        struct buf in = {0}, log = {0}, want = {0};
        put_frame(&in, 0x88, slice_of(payload, 2));
        feed(&w, buf_slice(&in), CUT_WHOLE, &log);
        buf_printf(&want, good ? "O%u:|" : "F1002|", code);
        assert_true(slice_eq(buf_slice(&log), buf_slice(&want)));
        assert_int_equal(ws_code_sendable((uint16_t)code), good);
        buf_fini(&in);
        buf_fini(&log);
        buf_fini(&want);
    }
}

static void after_the_end_all_is_swallowed(void **state)
{
    (void)state;
    static const char *const ends[] = {"O:", "C:", "t:a|O:", "t:a|T:"};
    for (size_t i = 0; i < 4; i++) {
        struct ws_in w = {.message_bytes_max = 10};
        struct buf in = {0}, log = {0};
        put_frames(&in, slice_str(ends[i]));
        feed(&w, buf_slice(&in), CUT_WHOLE, &log);
        assert_true(w.ended);
        assert_null(w.fragments);
        size_t used, need;
        struct ws_message m;
        buf_clear(&in);
        put_frames(&in, KITH_LIT("T:a|C:"));
        assert_int_equal(ws_feed(&w, in.ptr, in.len, &used, &need, &m), WS_MORE);
        assert_int_equal(used, in.len);
        buf_fini(&in);
        buf_fini(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_frames_are_messages),
        cmocka_unit_test(fragments_make_one_message),
        cmocka_unit_test(control_frames_may_stand_between_fragments),
        cmocka_unit_test(fragments_out_of_place_fail),
        cmocka_unit_test(control_frames_are_short_and_whole),
        cmocka_unit_test(reserved_bits_and_opcodes_fail),
        cmocka_unit_test(an_unmasked_frame_fails_with_its_first_two_bytes),
        cmocka_unit_test(the_rfcs_own_frame_is_understood),
        cmocka_unit_test(a_length_longer_than_it_must_be_fails),
        cmocka_unit_test(closes_are_answered_with_their_code),
        cmocka_unit_test(bad_closes_fail),
        cmocka_unit_test(only_codes_that_may_be_sent_are_taken),
        cmocka_unit_test(after_the_end_all_is_swallowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
