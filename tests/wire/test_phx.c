/* tests/wire/test_phx.c -- what clients send as text, V1 and V2. */
#include "wire/phx.h"

#include "base/buf.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A message at the end of its own allocation, and what was read in it. */
struct given {
    uint8_t *bytes;
    kith_err err;
    struct phx_in in;
};

static struct given *given(enum phx_vsn vsn, const char *text)
{
    size_t len = strlen(text);
    struct given *g = malloc(sizeof *g);
    assert_non_null(g);
    g->bytes = malloc(len + 1);
    assert_non_null(g->bytes);
    memcpy(g->bytes + 1, text, len);
    g->err = phx_decode(vsn, g->bytes + 1, len, &g->in);
    return g;
}

static void given_free(struct given *g)
{
    free(g->bytes);
    free(g);
}

/* join_ref, ref, topic, event, payload */
static void assert_read(enum phx_vsn vsn, const char *text, const char *const want[5])
{
    struct given *g = given(vsn, text);
    assert_int_equal(g->err, KITH_OK);
    const kith_slice got[] = {g->in.join_ref, g->in.ref, g->in.topic, g->in.event, g->in.payload};
    for (size_t i = 0; i < 5; i++)
        if (!slice_is(got[i], want[i]))
            fail_msg("%s: %.*s is not %s", text, (int)got[i].len, got[i].ptr, want[i]);
    assert_false(g->in.binary);
    given_free(g);
}

static void assert_fatal(enum phx_vsn vsn, const char *text)
{
    struct given *g = given(vsn, text);
    if (g->err != KITH_BAD) fail_msg("accepted: %s", text);
    given_free(g);
}

static void a_message_is_taken_apart(void **state)
{
    (void)state;
    assert_read(PHX_V2, "[null,\"1\",\"phoenix\",\"heartbeat\",{}]",
                (const char *[]){"null", "\"1\"", "phoenix", "heartbeat", "{}"});
    assert_read(PHX_V2, "[\"1\",\"2\",\"user:201\",\"status\",{\"status\":\"away\"}]",
                (const char *[]){"\"1\"", "\"2\"", "user:201", "status", "{\"status\":\"away\"}"});
}

static void refs_may_be_any_json(void **state)
{
    (void)state;
    assert_read(PHX_V2, "[1,2,\"room:m\",\"echo\",{\"a\":1}]",
                (const char *[]){"1", "2", "room:m", "echo", "{\"a\":1}"});
    assert_read(PHX_V2, "[[\"x\"],{\"a\":1},\"room:m\",\"echo\",{}]",
                (const char *[]){"[\"x\"]", "{\"a\":1}", "room:m", "echo", "{}"});
    assert_read(PHX_V2, "[\"\\u0031\",null,\"room:m\",\"echo\",{}]",
                (const char *[]){"\"\\u0031\"", "null", "room:m", "echo", "{}"});
}

static void refs_have_a_bound(void **state)
{
    (void)state;
    char text[2 * MESSAGE_REF_MAX], before[sizeof text], ref[MESSAGE_REF_MAX + 2];
    for (int which = 0; which < 2; which++)
        for (int excess = 0; excess < 2; excess++) {
            memset(ref, '1', sizeof ref);
            ref[MESSAGE_REF_MAX + excess] = 0;
            (void)snprintf(
                text, sizeof text,
                which ? "[%s,1,\"t\\n\",\"\\u0065\",{}]" : "[1,%s,\"t\\n\",\"\\u0065\",{}]", ref);
            memcpy(before, text, sizeof text);
            struct phx_in in;
            assert_int_equal(phx_decode(PHX_V2, (uint8_t *)text, strlen(text), &in),
                             excess ? KITH_BAD : KITH_OK);
            if (excess) assert_string_equal(text, before); /* nothing was unescaped */
        }
}

static void a_payload_may_be_any_json(void **state)
{
    (void)state;
    const char *payloads[] = {"null",
                              "\"str\"",
                              "[1]",
                              "[]",
                              "{ \"a\" : 1 }",
                              "{\"a\":1,\"a\":2}",
                              "{\"a\":123456789012345678901234567890,\"b\":1.0,\"c\":1e5}",
                              "{\"d\":-0,\"e\":-0.0,\"f\":0.1e-6}",
                              "{\"a\":\"\\u0000\\u2028<\\/script>\"}"};
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        char v2[128], v1[160];
        const char *want[] = {"\"1\"", "\"2\"", "room:m", "echo", payloads[i]};
        snprintf(v2, sizeof v2, "[\"1\",\"2\",\"room:m\",\"echo\",%s]", payloads[i]);
        assert_read(PHX_V2, v2, want);
        snprintf(v1, sizeof v1,
                 "{\"topic\":\"room:m\",\"join_ref\":\"1\",\"event\":\"echo\",\"ref\":\"2\","
                 "\"payload\":%s}",
                 payloads[i]);
        assert_read(PHX_V1, v1, want);
    }
}

static void more_than_five_elements_are_ignored(void **state)
{
    (void)state;
    assert_read(PHX_V2, "[\"1\",\"2\",\"room:m\",\"echo\",{\"a\":1},\"extra\",9]",
                (const char *[]){"\"1\"", "\"2\"", "room:m", "echo", "{\"a\":1}"});
}

static void white_space_between_the_parts_is_nothing(void **state)
{
    (void)state;
    assert_read(PHX_V2, " [ \"1\" , \"2\" , \"room:m\" , \"echo\" , { \"a\" : 1 } ] \n",
                (const char *[]){"\"1\"", "\"2\"", "room:m", "echo", "{ \"a\" : 1 }"});
}

static void topic_and_event_are_unescaped(void **state)
{
    (void)state;
    assert_read(
        PHX_V2, "[null,\"\\\"\",\"r\\u00f6om:\\\"\\/\\ud83d\\ude00\",\"e\\n\",\"\\n\"]",
        (const char *[]){"null", "\"\\\"\"", "r\xc3\xb6om:\"/\xf0\x9f\x98\x80", "e\n", "\"\\n\""});
}

static void a_topic_or_event_of_another_type_is_not_fatal(void **state)
{
    (void)state;
    struct given *g = given(PHX_V2, "[\"1\",\"2\",5,\"echo\",{}]");
    assert_int_equal(g->err, KITH_OK);
    assert_false(g->in.topic_text);
    assert_true(g->in.event_text);
    assert_true(slice_is(g->in.topic, "5"));
    given_free(g);
    g = given(PHX_V2, "[\"1\",\"2\",\"room:m\",[\"\\n\"],{}]");
    assert_int_equal(g->err, KITH_OK);
    assert_true(g->in.topic_text);
    assert_false(g->in.event_text);
    assert_true(slice_is(g->in.event, "[\"\\n\"]"));
    given_free(g);
    g = given(PHX_V1, "{\"topic\":null,\"event\":7,\"payload\":{},\"ref\":\"1\"}");
    assert_int_equal(g->err, KITH_OK);
    assert_false(g->in.topic_text || g->in.event_text);
    assert_true(slice_is(g->in.topic, "null") && slice_is(g->in.event, "7"));
    given_free(g);
}

static void a_broken_message_is_fatal(void **state)
{
    (void)state;
    const char *texts[] = {"{nope",
                           "",
                           "{}",
                           "{\"topic\":\"x\"}",
                           "5",
                           "null",
                           "\"[]\"",
                           "[]",
                           "[\"1\",\"2\",\"room:m\",\"echo\"]",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{}] x",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{}",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{},]",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{},x]",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{\"c\":1e400}]",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{\"a\":\"\\ud800\"}]",
                           "[\"1\",\"2\",\"room:\xff\xfe\",\"echo\",{}]",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{\"a\":\"\xc3\"}]",
                           "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{},\"ref\":\"1\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_fatal(PHX_V2, texts[i]);
}

static void no_beginning_of_a_message_is_one(void **state)
{
    (void)state;
    const char *whole[] = {"{\"topic\":\"t\\u0061\",\"event\":\"e\",\"payload\":{},\"ref\":\"1\"}",
                           "[null,\"1\",\"ph\\u006fenix\",\"heartbeat\",{}]"};
    for (size_t v = 0; v < 2; v++)
        for (size_t n = 0; n < strlen(whole[v]); n++) {
            char part[128];
            memcpy(part, whole[v], n);
            part[n] = '\0';
            assert_fatal(v ? PHX_V2 : PHX_V1, part);
        }
}

static void a_v1_message_is_an_object_with_any_order(void **state)
{
    (void)state;
    assert_read(PHX_V1,
                "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":\"1\"}",
                (const char *[]){"null", "\"1\"", "phoenix", "heartbeat", "{}"});
    assert_read(PHX_V1,
                "{\"ref\":5,\"payload\":[],\"join_ref\":\"9\",\"event\":\"e\",\"topic\":\"a\\tb\"}",
                (const char *[]){"\"9\"", "5", "a\tb", "e", "[]"});
    assert_read(PHX_V1, "{\"t\\u006fpic\":\"t\",\"event\":\"e\",\"payload\":null,\"ref\":null}",
                (const char *[]){"null", "null", "t", "e", "null"});
}

static void other_keys_of_a_v1_message_are_ignored(void **state)
{
    (void)state;
    assert_read(PHX_V1,
                "{\"x\":{\"topic\":1},\"topic\":\"t\",\"x\":2,\"event\":\"e\",\"payload\":{},"
                "\"ref\":\"1\",\"Topic\":3,\"topics\":4}",
                (const char *[]){"null", "\"1\"", "t", "e", "{}"});
}

/* {"topic":..,"k0":0,"k1":0,..} */
static void a_v1_message_has_so_many_keys_and_no_more(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct buf b = {0};
        buf_puts(&b, "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{},\"ref\":\"1\"");
        for (int i = 4; i < JSON_KEYS_MAX + more; i++)
            buf_printf(&b, ",\"k%d\":0", i);
        buf_puts(&b, "}");
        struct phx_in in;
        assert_int_equal(phx_decode(PHX_V1, b.ptr, b.len, &in), more ? KITH_BAD : KITH_OK);
        buf_fini(&b);
    }
}

static void a_broken_v1_message_is_fatal(void **state)
{
    (void)state;
    const char *texts[] = {"",
                           "[]",
                           "{}",
                           "1",
                           "{\"topic\":\"room:m\"}",
                           "[\"1\",\"2\",\"room:m\",\"echo\",{}]",
                           "{\"event\":\"e\",\"payload\":{},\"ref\":\"1\"}",
                           "{\"topic\":\"t\",\"payload\":{},\"ref\":\"1\"}",
                           "{\"topic\":\"t\",\"event\":\"e\",\"ref\":\"1\"}",
                           "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{}}",
                           "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{},\"join_ref\":\"1\"}",
                           "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{},\"ref\":\"1\"}}",
                           "{\"topic\":\"t\",\"event\":\"e\",\"payload\":{},\"ref\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_fatal(PHX_V1, texts[i]);
}

static void a_key_that_is_read_stands_once_in_a_v1_message(void **state)
{
    (void)state;
    const char *keys[] = {"topic", "event", "payload", "ref", "join_ref", "t\\u006fpic"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "{\"topic\":\"t\",\"event\":\"t\",\"payload\":\"t\",\"ref\":\"t\","
                 "\"join_ref\":\"t\",\"%s\":\"t\"}",
                 keys[i]);
        assert_fatal(PHX_V1, text);
    }
}

static void a_broken_message_is_left_as_it_was(void **state)
{
    (void)state;
    const char *text = "[null,\"1\",\"\\u0061\",\"\\u0062\",{}]x";
    struct given *g = given(PHX_V2, text);
    assert_int_equal(g->err, KITH_BAD);
    assert_memory_equal(g->bytes + 1, text, strlen(text));
    given_free(g);
}

static void a_payload_may_be_as_deep_as_json_less_the_message(void **state)
{
    (void)state;
    for (size_t depth = 31; depth <= 32; depth++) {
        char text[128], open[33] = {0}, close[33] = {0};
        memset(open, '[', depth);
        memset(close, ']', depth);
        snprintf(text, sizeof text, "[null,\"1\",\"t\",\"e\",%s%s]", open, close);
        struct given *g = given(PHX_V2, text);
        assert_int_equal(g->err, depth == 31 ? KITH_OK : KITH_BAD);
        given_free(g);
    }
}

static void the_versions_are_those_of_phoenix(void **state)
{
    (void)state;
    const struct {
        const char *vsn;
        enum phx_vsn want; /* 0: refused */
    } cases[] = {{NULL, PHX_V1},    {"1.0.0", PHX_V1},  {"1.0.1", PHX_V1}, {"2.0.0", PHX_V2},
                 {"2.0.7", PHX_V2}, {"2.0.42", PHX_V2}, {"", 0},           {"2.0", 0},
                 {"2.1.0", 0},      {"3.0.0", 0},       {"abc", 0},        {"2", 0},
                 {"2.0.", 0},       {"2.0.x", 0},       {"2.0.0.0", 0},    {"2.0.00", 0},
                 {"1.1.0", 0},      {"12.0.0", 0},      {" 2.0.0", 0},     {"2.0.0 ", 0},
                 {"2.0.-1", 0},     {"02.0.0", 0},      {"0.0.0", 0},      {"1.0", 0},
                 {"2.0.07", 0},     {"v2.0.0", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum phx_vsn vsn = 0;
        kith_err e = phx_vsn_parse(slice_str(cases[i].vsn), &vsn);
        assert_int_equal(e, cases[i].want ? KITH_OK : KITH_REFUSED);
        assert_int_equal(vsn, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_taken_apart),
        cmocka_unit_test(refs_may_be_any_json),
        cmocka_unit_test(refs_have_a_bound),
        cmocka_unit_test(a_payload_may_be_any_json),
        cmocka_unit_test(more_than_five_elements_are_ignored),
        cmocka_unit_test(white_space_between_the_parts_is_nothing),
        cmocka_unit_test(topic_and_event_are_unescaped),
        cmocka_unit_test(a_topic_or_event_of_another_type_is_not_fatal),
        cmocka_unit_test(a_broken_message_is_fatal),
        cmocka_unit_test(no_beginning_of_a_message_is_one),
        cmocka_unit_test(a_v1_message_is_an_object_with_any_order),
        cmocka_unit_test(other_keys_of_a_v1_message_are_ignored),
        cmocka_unit_test(a_v1_message_has_so_many_keys_and_no_more),
        cmocka_unit_test(a_broken_v1_message_is_fatal),
        cmocka_unit_test(a_key_that_is_read_stands_once_in_a_v1_message),
        cmocka_unit_test(a_broken_message_is_left_as_it_was),
        cmocka_unit_test(a_payload_may_be_as_deep_as_json_less_the_message),
        cmocka_unit_test(the_versions_are_those_of_phoenix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
