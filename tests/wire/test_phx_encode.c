/* tests/wire/test_phx_encode.c -- what clients are sent as text, byte for byte. */
#include "chance.h"
#include "failures.h"
#include "wire/json.h"
#include "wire/phx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* An unmasked final text frame whose length is the body's; and the body. */
static void assert_frame(struct frame *f, const char *body)
{
    assert_non_null(f);
    kith_slice b = frame_body(f);
    if (!slice_is(b, body)) fail_msg("%.*s is not %s", (int)b.len, b.ptr, body);
    assert_int_equal(f->refs, 1);
    assert_int_equal(f->bytes[0], 0x81);
    assert_int_equal(f->body_at, b.len < 126 ? 2 : b.len < 65536 ? 4 : 10);
    assert_int_equal(f->bytes[1], b.len < 126 ? b.len : b.len < 65536 ? 126 : 127);
    frame_unref(f);
}

static const struct phx_out pushed = {
    .join_ref = KITH_LIT("\"1\""),
    .ref = KITH_LIT("\"2\""),
    .topic = KITH_LIT("room:e"),
    .event = KITH_LIT("shout"),
    .payload = KITH_LIT("{\"m\":\"hi\"}"),
};

static void a_v2_message_is_an_array(void **state)
{
    (void)state;
    assert_frame(phx_encode(PHX_V2, &pushed), "[\"1\",\"2\",\"room:e\",\"shout\",{\"m\":\"hi\"}]");
}

static void a_v1_message_is_an_object_of_four_sorted_keys(void **state)
{
    (void)state;
    assert_frame(
        phx_encode(PHX_V1, &pushed),
        "{\"event\":\"shout\",\"payload\":{\"m\":\"hi\"},\"ref\":\"2\",\"topic\":\"room:e\"}");
}

static void absent_refs_are_null(void **state)
{
    (void)state;
    struct phx_out m = pushed;
    m.join_ref = m.ref = slice_of(NULL, 0);
    assert_frame(phx_encode(PHX_V2, &m), "[null,null,\"room:e\",\"shout\",{\"m\":\"hi\"}]");
    assert_frame(
        phx_encode(PHX_V1, &m),
        "{\"event\":\"shout\",\"payload\":{\"m\":\"hi\"},\"ref\":null,\"topic\":\"room:e\"}");
}

static void an_absent_payload_is_an_empty_object(void **state)
{
    (void)state;
    struct phx_out m = pushed;
    m.payload = slice_of(NULL, 0);
    m.event = KITH_LIT("phx_close");
    m.ref = m.join_ref;
    assert_frame(phx_encode(PHX_V2, &m), "[\"1\",\"1\",\"room:e\",\"phx_close\",{}]");
    assert_frame(phx_encode_reply(PHX_V2, &m, true),
                 "[\"1\",\"1\",\"room:e\",\"phx_reply\",{\"response\":{},\"status\":\"ok\"}]");
}

static void a_reply_wraps_its_response(void **state)
{
    (void)state;
    struct phx_out m = pushed;
    m.payload = KITH_LIT("{\"reason\":\"unmatched topic\"}");
    assert_frame(phx_encode_reply(PHX_V2, &m, true),
                 "[\"1\",\"2\",\"room:e\",\"phx_reply\",{\"response\":{\"reason\":\"unmatched "
                 "topic\"},\"status\":\"ok\"}]");
    assert_frame(phx_encode_reply(PHX_V2, &m, false),
                 "[\"1\",\"2\",\"room:e\",\"phx_reply\",{\"response\":{\"reason\":\"unmatched "
                 "topic\"},\"status\":\"error\"}]");
    m.payload = KITH_LIT("null");
    assert_frame(phx_encode_reply(PHX_V1, &m, true),
                 "{\"event\":\"phx_reply\",\"payload\":{\"response\":null,\"status\":\"ok\"},"
                 "\"ref\":\"2\",\"topic\":\"room:e\"}");
}

static void a_topic_that_is_no_text_is_echoed_as_it_came(void **state)
{
    (void)state;
    struct phx_out m = {.ref = KITH_LIT("{\"a\":1}"),
                        .topic = KITH_LIT("[5, \"\\n\"]"),
                        .topic_raw = true,
                        .payload = KITH_LIT("{}")};
    assert_frame(
        phx_encode_reply(PHX_V2, &m, false),
        "[null,{\"a\":1},[5, \"\\n\"],\"phx_reply\",{\"response\":{},\"status\":\"error\"}]");
    m.topic = KITH_LIT("null");
    assert_frame(phx_encode_reply(PHX_V1, &m, false),
                 "{\"event\":\"phx_reply\",\"payload\":{\"response\":{},\"status\":\"error\"},"
                 "\"ref\":{\"a\":1},\"topic\":null}");
}

static void topics_and_events_are_escaped(void **state)
{
    (void)state;
    struct phx_out m = pushed;
    m.topic = KITH_LIT("r\"\\\x01/\xc3\xa9");
    m.event = KITH_LIT("e\n");
    assert_frame(phx_encode(PHX_V2, &m),
                 "[\"1\",\"2\",\"r\\\"\\\\\\u0001/\xc3\xa9\",\"e\\n\",{\"m\":\"hi\"}]");
}

static void long_messages_have_longer_headers(void **state)
{
    (void)state;
    for (size_t n = 60; n < 70000; n += n < 130 ? 1 : 9001) {
        struct phx_out m = pushed;
        char *payload = malloc(n + 3), *want = malloc(n + 40);
        assert_non_null(payload);
        assert_non_null(want);
        snprintf(payload, n + 3, "\"%0*d\"", (int)n, 0);
        snprintf(want, n + 40, "[\"1\",\"2\",\"room:e\",\"shout\",%s]", payload);
        m.payload = slice_str(payload);
        assert_frame(phx_encode(PHX_V2, &m), want);
        free(payload);
        free(want);
    }
}

static void without_memory_there_is_no_frame(void **state)
{
    (void)state;
    for (enum phx_vsn vsn = PHX_V1; vsn <= PHX_V2; vsn++) {
        alloc_fail(0, 2);
        struct frame *a = phx_encode(vsn, &pushed), *b = phx_encode_reply(vsn, &pushed, true);
        alloc_heal();
        assert_null(a);
        assert_null(b);
    }
}

static void a_message_costs_one_allocation(void **state)
{
    (void)state;
    alloc_fail(9, 0);
    struct frame *f = phx_encode_reply(PHX_V2, &pushed, true);
    assert_int_equal(alloc_heal(), 1);
    frame_unref(f);
}

/* A text of any characters, valid as UTF-8. */
static kith_slice some_text(uint8_t at[64], uint64_t *seed)
{
    size_t n = chance_below(seed, 40), len = 0;
    while (len < n) {
        if (chance_below(seed, 6))
            at[len++] = (uint8_t)chance_below(seed, 0x80);
        else
            memcpy(at + len, "\xf0\x9f\x98\x80", 4), len += 4;
    }
    return slice_of(at, len);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (uint32_t i = 0; i < rounds(4000); i++) {
        uint8_t topic[64], event[64];
        struct phx_out m = pushed;
        enum phx_vsn vsn = i % 2 ? PHX_V1 : PHX_V2;
        m.topic = some_text(topic, &seed);
        m.event = some_text(event, &seed);
        struct frame *f = phx_encode(vsn, &m);
        assert_non_null(f);
        struct phx_in in;
        kith_err e = phx_decode(vsn, f->bytes + f->body_at, f->len - f->body_at, &in);
        assert_int_equal(e, KITH_OK);
        assert_true(slice_eq(in.join_ref, vsn == PHX_V2 ? m.join_ref : KITH_LIT("null")));
        assert_true(slice_eq(in.ref, m.ref));
        assert_true(in.topic_text && slice_eq(in.topic, m.topic));
        assert_true(in.event_text && slice_eq(in.event, m.event));
        assert_true(slice_eq(in.payload, m.payload));
        frame_unref(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_v2_message_is_an_array),
        cmocka_unit_test(a_v1_message_is_an_object_of_four_sorted_keys),
        cmocka_unit_test(absent_refs_are_null),
        cmocka_unit_test(an_absent_payload_is_an_empty_object),
        cmocka_unit_test(a_reply_wraps_its_response),
        cmocka_unit_test(a_topic_that_is_no_text_is_echoed_as_it_came),
        cmocka_unit_test(topics_and_events_are_escaped),
        cmocka_unit_test(long_messages_have_longer_headers),
        cmocka_unit_test(without_memory_there_is_no_frame),
        cmocka_unit_test(a_message_costs_one_allocation),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
