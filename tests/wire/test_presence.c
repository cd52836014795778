/* tests/wire/test_presence.c -- presence as JSON, and what clients may say of themselves. */
#include "base/limits.h"
#include "failures.h"
#include "wire/phx.h"
#include "wire/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

static const struct meta online = {.fields = KITH_LIT("{\"status\":\"online\"}"),
                                   .online_at_s = 1795487065,
                                   .ref = "GOrZ-TL5RexwVQRh"};
static const struct meta away = {.fields = KITH_LIT("{\"status\":\"away\"}"),
                                 .online_at_s = 1795487065,
                                 .has_prev = true,
                                 .ref = "GOrZ-X5N4nhwVQUx",
                                 .prev = "GOrZ-TL5RexwVQRh"};

#define ONLINE                                                                                     \
    "{\"online_at\":\"1795487065\",\"status\":\"online\",\"phx_ref\":\"GOrZ-TL5RexwVQRh\"}"
#define AWAY                                                                                       \
    "{\"online_at\":\"1795487065\",\"status\":\"away\",\"phx_ref\":\"GOrZ-X5N4nhwVQUx\","          \
    "\"phx_ref_prev\":\"GOrZ-TL5RexwVQRh\"}"

static void assert_buf(struct buf *b, const char *want)
{
    assert_false(b->failed);
    if (!slice_is(buf_slice(b), want)) fail_msg("%.*s is not %s", (int)b->len, b->ptr, want);
    buf_fini(b);
}

static void assert_meta(const struct meta *m, const char *want)
{
    struct buf b = {0};
    presence_put_meta(&b, m);
    assert_buf(&b, want);
}

static void a_meta_has_its_fields_between_the_servers_keys(void **state)
{
    (void)state;
    assert_meta(&online, ONLINE);
    assert_meta(&away, AWAY);
}

static void a_meta_may_have_no_online_at(void **state)
{
    (void)state;
    struct meta m = online;
    m.online_at_s = 0;
    assert_meta(&m, "{\"status\":\"online\",\"phx_ref\":\"GOrZ-TL5RexwVQRh\"}");
    m.online_at_s = UINT32_MAX;
    m.fields = KITH_LIT("{}");
    m.has_prev = true;
    memcpy(m.prev, away.ref, REF_BYTES);
    assert_meta(&m, "{\"online_at\":\"4294967295\",\"phx_ref\":\"GOrZ-TL5RexwVQRh\","
                    "\"phx_ref_prev\":\"GOrZ-X5N4nhwVQUx\"}");
}

static void a_meta_without_fields_has_no_stray_comma(void **state)
{
    (void)state;
    const kith_slice none[] = {slice_of(NULL, 0), KITH_LIT("{}"), KITH_LIT("{ }"),
                               KITH_LIT("{\r\n\t }")};
    for (size_t i = 0; i < 4; i++) {
        struct meta m = {.fields = none[i], .online_at_s = 7, .ref = "0123456789abcdef"};
        assert_meta(&m, "{\"online_at\":\"7\",\"phx_ref\":\"0123456789abcdef\"}");
        m.online_at_s = 0;
        assert_meta(&m, "{\"phx_ref\":\"0123456789abcdef\"}");
    }
}

static void fields_keep_their_spelling(void **state)
{
    (void)state;
    struct meta m = {.fields = KITH_LIT("{ \"a\" : 1.0e3, \"\\u0062\":{} }"),
                     .ref = "0123456789abcdef"};
    assert_meta(&m, "{\"a\" : 1.0e3, \"\\u0062\":{},\"phx_ref\":\"0123456789abcdef\"}");
}

static void a_key_has_its_metas_in_order(void **state)
{
    (void)state;
    const struct meta metas[] = {online, away};
    struct buf b = {0};
    buf_putc(&b, '{');
    presence_put_key(&b, KITH_LIT("201"), metas, 2);
    buf_putc(&b, ',');
    presence_put_key(&b, KITH_LIT("a\"\n\xc3\xa9"), metas, 1);
    buf_putc(&b, '}');
    assert_buf(&b, "{\"201\":{\"metas\":[" ONLINE "," AWAY
                   "]},\"a\\\"\\n\xc3\xa9\":{\"metas\":[" ONLINE "]}}");
}

static void a_diff_has_both_sides_always(void **state)
{
    (void)state;
    struct buf b = {0};
    presence_put_diff(&b, KITH_LIT("201"), &online, 1, NULL, 0);
    assert_buf(&b, "{\"joins\":{\"201\":{\"metas\":[" ONLINE "]}},\"leaves\":{}}");
    presence_put_diff(&b, KITH_LIT("201"), NULL, 0, &online, 1);
    assert_buf(&b, "{\"joins\":{},\"leaves\":{\"201\":{\"metas\":[" ONLINE "]}}}");
    presence_put_diff(&b, KITH_LIT("201"), &away, 1, &online, 1);
    assert_buf(&b, "{\"joins\":{\"201\":{\"metas\":[" AWAY
                   "]}},\"leaves\":{\"201\":{\"metas\":[" ONLINE "]}}}");
    presence_put_diff(&b, KITH_LIT("201"), NULL, 0, NULL, 0);
    assert_buf(&b, "{\"joins\":{},\"leaves\":{}}");
}

/* What a Phoenix server was heard to send; its keys are sorted, ours are not. */
static const char recorded[] =
    "[null,null,\"user_presence:201\",\"presence_diff\",{\"joins\":{\"201\":{\"metas\":[{"
    "\"online_at\":\"1795487065\",\"phx_ref\":\"GOrZ-X5N4nhwVQUx\",\"phx_ref_prev\":\"GOrZ-"
    "TL5RexwVQRh\",\"status\":\"away\"}]}},\"leaves\":{\"201\":{\"metas\":[{\"online_at\":"
    "\"1795487065\",\"phx_ref\":\"GOrZ-TL5RexwVQRh\",\"status\":\"online\"}]}}}]";

static void a_diff_equals_what_phoenix_sends(void **state)
{
    (void)state;
    struct buf b = {0};
    presence_put_diff(&b, KITH_LIT("201"), &away, 1, &online, 1);
    struct phx_out m = {.topic = KITH_LIT("user_presence:201"),
                        .event = KITH_LIT("presence_diff"),
                        .payload = buf_slice(&b)};
    struct frame *f = phx_encode(PHX_V2, &m);
    assert_non_null(f);
    kith_slice body = frame_body(f);
    json_t *ours = json_loadb((const char *)body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);
    json_t *theirs = json_loads(recorded, 0, NULL);
    assert_non_null(ours);
    assert_true(json_equal(ours, theirs));
    assert_int_equal(body.len, sizeof recorded - 1);
    json_decref(ours);
    json_decref(theirs);
    frame_unref(f);
    buf_fini(&b);
}

static void without_memory_the_buffer_has_failed(void **state)
{
    (void)state;
    struct buf b = {0};
    alloc_fail(0, 1);
    presence_put_diff(&b, KITH_LIT("201"), &online, 1, NULL, 0);
    alloc_heal();
    assert_true(b.failed);
    buf_fini(&b);
}

static void assert_fields(const char *payload, const char *want)
{
    struct buf b = {0};
    const char *why = "unset";
    uint8_t *copy = malloc(strlen(payload) + 1);
    assert_non_null(copy);
    memcpy(copy, payload, strlen(payload));
    assert_int_equal(presence_fields(slice_of(copy, strlen(payload)), &b, &why), KITH_OK);
    assert_null(why);
    free(copy);
    assert_buf(&b, want);
}

static void a_status_is_kept_as_it_was_written(void **state)
{
    (void)state;
    const char *same[] = {"{\"status\":\"away\"}",
                          "{\"text\":\"lunch\",\"status\":\"away\"}",
                          "{\"status\":null}",
                          "{\"status\":{\"phx_ref\":1,\"a\":1,\"a\":2}}",
                          "{ \"status\" : 1.0e3 , \"x\":[ ] }",
                          "{\"st\\u0061tus\":\"\\u0041\"}",
                          "{\"status\":\"\\u0000\"}",
                          "{\"status\":\"away\",\"phx_refs\":1,\"Online_at\":2}"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_fields(same[i], same[i]);
    assert_fields(" \n{\"status\":\"away\"}\t", "{\"status\":\"away\"}");
}

static void without_a_status_one_is_online(void **state)
{
    (void)state;
    assert_fields("", "{\"status\":\"online\"}");
    assert_fields("{}", "{\"status\":\"online\"}");
    assert_fields(" { \n} ", "{\"status\":\"online\"}");
    assert_fields("{\"text\":\"hi\"}", "{\"status\":\"online\",\"text\":\"hi\"}");
    assert_fields("{ \"a\":{\"status\":1} }", "{\"status\":\"online\",\"a\":{\"status\":1}}");
}

static void assert_refused(kith_slice payload, const char *words)
{
    struct buf b = {0};
    const char *why = NULL;
    buf_puts(&b, "before");
    assert_int_equal(presence_fields(payload, &b, &why), KITH_BAD);
    assert_non_null(why);
    if (!strstr(why, words)) fail_msg("%s", why);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void what_is_no_object_is_no_status(void **state)
{
    (void)state;
    const char *texts[] = {"null",          "[]",   "\"away\"",         "1",
                           "true",          "{",    "{\"status\":}",    "{}{}",
                           "{\"a\":1e400}", "\xff", "{\"a\":\"\xff\"}", " "};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(slice_str(texts[i]), "must be an object");
}

static void the_servers_keys_are_not_the_clients(void **state)
{
    (void)state;
    const char *keys[] = {"online_at", "phx_ref", "phx_ref_prev", "phx\\u005fref",
                          "\\u006fnline_at"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"status\":\"x\",\"%s\":1}", keys[i]);
        assert_refused(slice_str(text), "the server's");
    }
    assert_refused(KITH_LIT("{\"status\":\"x\",\"resume\":\"y\"}"), "for joins");
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    assert_refused(KITH_LIT("{\"status\":1,\"status\":1}"), "twice");
    assert_refused(KITH_LIT("{\"a\":1,\"status\":1,\"\\u0061\":2}"), "twice");
    assert_refused(KITH_LIT("{\"phx_ref\":1,\"phx_ref\":1}"), "twice");
}

/* {"<key>":"xxx..."} of `len` bytes, in `space` bytes of white space */
static kith_slice sized(char *at, const char *key, size_t len, int space)
{
    int fixed = (int)strlen(key) + 7;
    int n = sprintf(at, "%*s{\"%s\":\"%0*d\"}%*s", space, "", key, (int)len - fixed, 0, space, "");
    return slice_of(at, (size_t)n);
}

static void the_size_is_bounded_with_what_is_added(void **state)
{
    (void)state;
    static char text[8192];
    const char *why;
    struct buf b = {0};
    kith_slice largest = sized(text, "status", META_BYTES_MAX, 0);
    assert_int_equal(largest.len, META_BYTES_MAX);
    assert_int_equal(presence_fields(largest, &b, &why), KITH_OK);
    assert_int_equal(b.len, META_BYTES_MAX);
    kith_slice spaced = sized(text, "status", META_BYTES_MAX, 3000);
    assert_int_equal(presence_fields(spaced, &b, &why), KITH_OK);
    assert_int_equal(b.len, META_BYTES_MAX);
    assert_refused(sized(text, "status", META_BYTES_MAX + 1, 0), "too large");

    size_t added = sizeof "\"status\":\"online\"," - 1;
    assert_int_equal(presence_fields(sized(text, "a", META_BYTES_MAX - added, 0), &b, &why),
                     KITH_OK);
    assert_int_equal(b.len, META_BYTES_MAX);
    assert_refused(sized(text, "a", META_BYTES_MAX - added + 1, 0), "too large");
    assert_refused(sized(text, "a", META_BYTES_MAX, 0), "too large");
    buf_fini(&b);
}

/* The most keys that fit: {"":0,"a":0,"b":0,...}; the bound on keys must not come first. */
static void a_status_may_be_all_keys(void **state)
{
    (void)state;
    struct buf text = {0}, out = {0};
    const char *why;
    buf_puts(&text, "{\"status\":0");
    for (unsigned i = 0; text.len < META_BYTES_MAX - 9; i++) {
        if (i == '"' || i == '\\' || i < 0x20) continue;
        if (i < 0x80)
            buf_printf(&text, ",\"%c\":0", (int)i);
        else
            buf_printf(&text, ",\"%c%c\":0", (int)(0xC0 | i >> 6), (int)(0x80 | (i & 0x3F)));
    }
    buf_puts(&text, "}");
    assert_true(text.len <= META_BYTES_MAX);
    assert_int_equal(presence_fields(buf_slice(&text), &out, &why), KITH_OK);
    buf_fini(&text);
    buf_fini(&out);
}

static void without_memory_the_status_is_not_taken(void **state)
{
    (void)state;
    struct buf b = {0};
    const char *why = NULL;
    alloc_fail(0, 1);
    kith_err e = presence_fields(KITH_LIT("{\"a\":1}"), &b, &why);
    alloc_heal();
    assert_int_equal(e, KITH_NOMEM);
    assert_non_null(why);
    assert_int_equal(b.len, 0);
    assert_int_equal(presence_fields(KITH_LIT("{\"a\":1}"), &b, &why), KITH_OK);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_meta_has_its_fields_between_the_servers_keys),
        cmocka_unit_test(a_meta_may_have_no_online_at),
        cmocka_unit_test(a_meta_without_fields_has_no_stray_comma),
        cmocka_unit_test(fields_keep_their_spelling),
        cmocka_unit_test(a_key_has_its_metas_in_order),
        cmocka_unit_test(a_diff_has_both_sides_always),
        cmocka_unit_test(a_diff_equals_what_phoenix_sends),
        cmocka_unit_test(without_memory_the_buffer_has_failed),
        cmocka_unit_test(a_status_is_kept_as_it_was_written),
        cmocka_unit_test(without_a_status_one_is_online),
        cmocka_unit_test(what_is_no_object_is_no_status),
        cmocka_unit_test(the_servers_keys_are_not_the_clients),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(the_size_is_bounded_with_what_is_added),
        cmocka_unit_test(a_status_may_be_all_keys),
        cmocka_unit_test(without_memory_the_status_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
