/* tests/wire/test_phx_binary.c -- V2's binary frames, both ways, byte for byte. */
#include "failures.h"
#include "wire/json.h"
#include "wire/phx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* At the end of its allocation, as everywhere. */
static kith_err decode(kith_slice bytes, struct phx_in *in, uint8_t **copy)
{
    *copy = malloc(bytes.len + 1);
    assert_non_null(*copy);
    if (bytes.len) memcpy(*copy + 1, bytes.ptr, bytes.len);
    return phx_decode_binary(PHX_V2, slice_of(*copy + 1, bytes.len), in);
}

static void assert_read(kith_slice bytes, const char *join_ref, const char *ref,
                        const char *topic_and_event, kith_slice payload)
{
    struct phx_in in;
    uint8_t *copy;
    assert_int_equal(decode(bytes, &in, &copy), KITH_OK);
    char got[520];
    snprintf(got, sizeof got, "%.*s %.*s", (int)in.topic.len, in.topic.ptr, (int)in.event.len,
             in.event.ptr);
    assert_string_equal(got, topic_and_event);
    assert_true(slice_is(in.join_ref, join_ref));
    assert_true(slice_is(in.ref, ref));
    assert_true(slice_eq(in.payload, payload));
    assert_true(in.topic_text && in.event_text && in.binary);
    free(copy);
}

static void a_push_is_taken_apart(void **state)
{
    (void)state;
    assert_read(KITH_LIT("\x00\x01\x01\x06\x03"
                         "12room:bbin\x01\x02\x03\xff"),
                "\"1\"", "\"2\"", "room:b bin", KITH_LIT("\x01\x02\x03\xff"));
    assert_read(KITH_LIT("\x00\x01\x01\x06\x08"
                         "11room:bphx_join"),
                "\"1\"", "\"1\"", "room:b phx_join", KITH_LIT(""));
}

static void a_field_may_be_empty(void **state)
{
    (void)state;
    assert_read(KITH_LIT("\x00\x00\x01\x06\x03"
                         "7room:bbin\x01"),
                "\"\"", "\"7\"", "room:b bin", KITH_LIT("\x01"));
    assert_read(KITH_LIT("\x00\x01\x00\x06\x03"
                         "1room:bbin\x02"),
                "\"1\"", "\"\"", "room:b bin", KITH_LIT("\x02"));
    assert_read(KITH_LIT("\x00\x00\x00\x00\x00"), "\"\"", "\"\"", " ", KITH_LIT(""));
}

static void refs_are_quoted_as_json(void **state)
{
    (void)state;
    assert_read(KITH_LIT("\x00\x03\x03\x01\x01"
                         "a\"\\\n\x01\x7fte"),
                "\"a\\\"\\\\\"", "\"\\n\\u0001\x7f\"", "t e", KITH_LIT(""));
}

static void the_longest_refs_of_control_characters_fit(void **state)
{
    (void)state;
    uint8_t bytes[5 + 255 * 4] = {0, 255, 255, 255, 255};
    memset(bytes + 5, 1, 510);
    memset(bytes + 515, 'x', 510);
    struct phx_in in;
    struct json j;
    uint8_t *copy;
    assert_int_equal(decode(slice_of(bytes, sizeof bytes), &in, &copy), KITH_OK);
    assert_int_equal(in.join_ref.len, PHX_QUOTED_MAX);
    assert_int_equal(in.ref.len, PHX_QUOTED_MAX);
    assert_int_equal(json_parse(in.join_ref, &j), KITH_OK);
    assert_int_equal(json_text_inplace(j).len, 255);
    assert_int_equal(in.topic.len, 255);
    assert_int_equal(in.payload.len, 0);
    free(copy);
}

static void assert_bad(kith_slice bytes)
{
    struct phx_in in;
    uint8_t *copy;
    assert_int_equal(decode(bytes, &in, &copy), KITH_BAD);
    free(copy);
}

static void a_push_cut_short_is_fatal(void **state)
{
    (void)state;
    kith_slice whole = KITH_LIT("\x00\x01\x02\x06\x03"
                                "123room:bbin");
    for (size_t n = 0; n < whole.len; n++)
        assert_bad(slice_head(whole, n));
    assert_bad(KITH_LIT("\x00\x01\x01"));
}

static void any_other_kind_is_fatal(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind < 256; kind++) {
        uint8_t bytes[] = {(uint8_t)kind, 1, 1, 1, 1, 'a', 'b', 'c', 'd'};
        assert_bad(slice_of(bytes, sizeof bytes));
    }
}

static void a_binary_frame_on_v1_is_fatal(void **state)
{
    (void)state;
    struct phx_in in;
    kith_slice bytes = KITH_LIT("\x00\x00\x00\x01\x01te");
    assert_int_equal(phx_decode_binary(PHX_V1, bytes, &in), KITH_BAD);
    assert_int_equal(phx_decode_binary(PHX_V2, bytes, &in), KITH_OK);
}

/* Each field by itself, not the run of them: a character does not continue in the next field. */
static void fields_must_be_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[] = {0, 1, 1, 1, 1, 'a', 'b', 'c', 'd', 0xFF};
        bytes[5 + i] = 0xFF;
        assert_bad(slice_of(bytes, sizeof bytes));
    }
    assert_bad(KITH_LIT("\x00\x00\x00\x01\x01\xc3\xa9"));
    assert_read(KITH_LIT("\x00\x00\x00\x02\x01\xc3\xa9x"), "\"\"", "\"\"", "\xc3\xa9 x",
                KITH_LIT(""));
}

static const struct phx_out answer = {
    .join_ref = KITH_LIT("\"1\""),
    .ref = KITH_LIT("\"2\""),
    .topic = KITH_LIT("room:b"),
    .event = KITH_LIT("push_bin"),
    .payload = KITH_LIT("\x00\x01"),
};

static void assert_frame(struct frame *f, kith_err err, kith_slice body)
{
    assert_int_equal(err, KITH_OK);
    assert_non_null(f);
    assert_true(slice_eq(frame_body(f), body));
    assert_int_equal(f->bytes[0], 0x82);
    assert_int_equal(f->bytes[1], body.len < 126 ? body.len : 126);
    frame_unref(f);
}

static void a_push_to_a_client_has_no_ref(void **state)
{
    (void)state;
    kith_err err = KITH_BAD;
    struct frame *f = phx_encode_binary_push(&answer, &err);
    assert_frame(f, err,
                 KITH_LIT("\x00\x01\x06\x08"
                          "1room:bpush_bin\x00\x01"));
}

static void a_reply_has_its_status_in_place_of_the_event(void **state)
{
    (void)state;
    kith_err err = KITH_BAD;
    struct phx_out m = answer;
    m.payload = KITH_LIT("\x01\x02\x03\xff");
    struct frame *f = phx_encode_binary_reply(&m, true, &err);
    assert_frame(f, err,
                 KITH_LIT("\x01\x01\x01\x06\x02"
                          "12room:bok\x01\x02\x03\xff"));
    m.payload = slice_of(NULL, 0);
    f = phx_encode_binary_reply(&m, false, &err);
    assert_frame(f, err,
                 KITH_LIT("\x01\x01\x01\x06\x05"
                          "12room:berror"));
}

static void a_broadcast_has_no_refs(void **state)
{
    (void)state;
    kith_err err = KITH_BAD;
    struct frame *f = phx_encode_binary_broadcast(&answer, &err);
    assert_frame(f, err, KITH_LIT("\x02\x06\x08room:bpush_bin\x00\x01"));
}

static void refs_are_written_without_quotes(void **state)
{
    (void)state;
    const struct {
        kith_slice join_ref, ref, body;
    } cases[] = {
        {KITH_LIT("null"), KITH_LIT("\"7\""),
         KITH_LIT("\x01\x00\x01\x01\x02"
                  "7tok")},
        {KITH_LIT("\"1\""), KITH_LIT("\"\""),
         KITH_LIT("\x01\x01\x00\x01\x02"
                  "1tok")},
        {slice_of(NULL, 0), slice_of(NULL, 0), KITH_LIT("\x01\x00\x00\x01\x02tok")},
        {KITH_LIT("\"\\\"\\u0001\""), KITH_LIT("\"\\u00e9\\n\""),
         KITH_LIT("\x01\x02\x03\x01\x02\"\x01\xc3\xa9\ntok")},
        {KITH_LIT("5"), KITH_LIT("[1]"),
         KITH_LIT("\x01\x01\x03\x01\x02"
                  "5[1]tok")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_err err = KITH_BAD;
        struct phx_out m = {
            .join_ref = cases[i].join_ref, .ref = cases[i].ref, .topic = KITH_LIT("t")};
        struct frame *f = phx_encode_binary_reply(&m, true, &err);
        assert_frame(f, err, cases[i].body);
    }
}

static void a_ref_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    uint8_t bytes[5 + 255 * 2 + 2] = {0, 255, 255, 1, 1};
    for (size_t i = 0; i < 510; i++)
        bytes[5 + i] = (uint8_t)(i % 128);
    bytes[515] = 't';
    bytes[516] = 'e';
    struct phx_in in;
    kith_err err;
    assert_int_equal(phx_decode_binary(PHX_V2, slice_of(bytes, sizeof bytes), &in), KITH_OK);
    struct phx_out m = {.join_ref = in.join_ref, .ref = in.ref, .topic = in.topic};
    struct frame *f = phx_encode_binary_reply(&m, true, &err);
    assert_non_null(f);
    kith_slice body = frame_body(f);
    assert_memory_equal(body.ptr + 5, bytes + 5, 510);
    frame_unref(f);
}

static void a_field_over_255_bytes_does_not_fit(void **state)
{
    (void)state;
    char longest[257], ref[260];
    memset(longest, 'x', 256);
    longest[256] = '\0';
    for (size_t over = 0; over < 2; over++)
        for (size_t field = 0; field < 4; field++) {
            struct phx_out m = answer;
            snprintf(ref, sizeof ref, "\"%.*s\"", (int)(255 + over), longest);
            kith_slice *fields[] = {&m.topic, &m.event, &m.join_ref, &m.ref};
            *fields[field] = field < 2 ? slice_of(longest, 255 + over) : slice_str(ref);
            kith_err e[3];
            struct frame *f[] = {phx_encode_binary_push(&m, &e[0]),
                                 phx_encode_binary_reply(&m, true, &e[1]),
                                 phx_encode_binary_broadcast(&m, &e[2])};
            const bool written[3][4] = {
                {true, true, true, false}, {true, false, true, true}, {true, true, false, false}};
            for (size_t i = 0; i < 3; i++) {
                bool fits = !over || !written[i][field];
                assert_int_equal(e[i], fits ? KITH_OK : KITH_FULL);
                assert_int_equal(f[i] != NULL, fits);
                frame_unref(f[i]);
            }
        }
}

static void without_memory_there_is_no_frame(void **state)
{
    (void)state;
    struct phx_out m = answer;
    m.join_ref = m.ref = KITH_LIT("\"\\n\"");
    for (size_t skip = 0; skip < 3; skip++) { /* two refs to unescape, one frame */
        kith_err err = KITH_OK;
        alloc_fail(skip, 1);
        struct frame *f = phx_encode_binary_reply(&m, true, &err);
        alloc_heal();
        assert_null(f);
        assert_int_equal(err, KITH_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_push_is_taken_apart),
        cmocka_unit_test(a_field_may_be_empty),
        cmocka_unit_test(refs_are_quoted_as_json),
        cmocka_unit_test(the_longest_refs_of_control_characters_fit),
        cmocka_unit_test(a_push_cut_short_is_fatal),
        cmocka_unit_test(any_other_kind_is_fatal),
        cmocka_unit_test(a_binary_frame_on_v1_is_fatal),
        cmocka_unit_test(fields_must_be_utf8),
        cmocka_unit_test(a_push_to_a_client_has_no_ref),
        cmocka_unit_test(a_reply_has_its_status_in_place_of_the_event),
        cmocka_unit_test(a_broadcast_has_no_refs),
        cmocka_unit_test(refs_are_written_without_quotes),
        cmocka_unit_test(a_ref_comes_back_as_it_was_sent),
        cmocka_unit_test(a_field_over_255_bytes_does_not_fit),
        cmocka_unit_test(without_memory_there_is_no_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
