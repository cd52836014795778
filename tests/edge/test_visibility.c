/* tests/edge/test_visibility.c -- who may see a user, as JSON says it. */
#include "edge/visibility.h"
#include "failures.h"

#include "base/ids.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct rule rule;
static struct buf sorted;

static kith_err reads(const char *text)
{
    struct json object;
    struct visibility_said said;
    const char *why = NULL;
    assert_int_equal(json_parse(slice_str(text), &object), KITH_OK);
    visibility_take(object, &said);
    buf_clear(&sorted);
    rule = (struct rule){0};
    kith_err e = visibility_read(&said, &rule, &sorted, &why);
    assert_true((e == KITH_OK) == (why == NULL));
    return e;
}

static int forget(void **state)
{
    (void)state;
    buf_fini(&sorted);
    return 0;
}

static void each_mode_has_its_word(void **state)
{
    (void)state;
    static const char *const lists[] = {"", "", "", ",\"ids\":[]", ",\"ids\":[]"};
    for (int mode = VISIBILITY_FRIENDS; mode <= VISIBILITY_EXCEPT; mode++) {
        char text[64];
        (void)snprintf(text, sizeof text, "{\"mode\":\"%s\"%s}",
                       visibility_name((enum visibility)mode), lists[mode]);
        assert_int_equal(reads(text), KITH_OK);
        assert_int_equal(rule.visibility, mode);
    }
}

static void ids_are_sorted_each_once(void **state)
{
    (void)state;
    assert_int_equal(reads("{\"mode\":\"only\",\"ids\":[\"b\",\"\\u0061\",\"b\"]}"), KITH_OK);
    struct buf want = {0};
    ids_put(&want, KITH_LIT("a"));
    ids_put(&want, KITH_LIT("b"));
    assert_true(slice_eq(rule.ids, buf_slice(&want)));
    buf_fini(&want);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"mode\":1}",
        "{\"mode\":null}",
        "{\"mode\":\"Friends\"}",
        "{\"mode\":\"friends\",\"mode\":\"public\"}",
        "{\"mode\":\"friends\",\"ids\":[]}",
        "{\"mode\":\"only\"}",
        "{\"mode\":\"only\",\"ids\":\"ann\"}",
        "{\"mode\":\"except\",\"ids\":{}}",
        "{\"mode\":\"only\",\"ids\":[1]}",
        "{\"mode\":\"only\",\"ids\":[\"\"]}",
        "{\"mode\":\"only\",\"ids\":[\"a\\u0000\"]}",
        "{\"mode\":\"friends\",\"last_seen\":\"off\"}",
        "{\"last_seen\":true}",
        "{\"last_seen\":\"OFF\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (reads(bad[i]) != KITH_BAD) fail_msg("%s", bad[i]);
}

/* Written with escapes it may have six times the bytes, and no more is read of it. */
static void an_id_has_its_bytes_however_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        unsigned count;
        kith_err want;
    } all[] = {{"a", USER_ID_BYTES_MAX, KITH_OK},
               {"a", USER_ID_BYTES_MAX + 1, KITH_BAD},
               {"\\u0061", USER_ID_BYTES_MAX, KITH_OK},
               {"\\u0061", USER_ID_BYTES_MAX + 1, KITH_BAD},
               {"a", 1 << 16, KITH_BAD}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct buf text = {0};
        buf_puts(&text, "{\"mode\":\"only\",\"ids\":[\"");
        for (unsigned n = 0; n < all[i].count; n++)
            buf_puts(&text, all[i].unit);
        buf_puts(&text, "\"]}");
        buf_putc(&text, 0);
        assert_int_equal(reads((const char *)text.ptr), all[i].want);
        buf_fini(&text);
    }
}

static void without_memory_nothing_is_read(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t nth = 0; failed; nth++) {
        buf_fini(&sorted);
        sorted = (struct buf){0};
        alloc_fail(nth, 1);
        kith_err e = reads("{\"mode\":\"only\",\"ids\":[\"b\",\"\\u00e9\",\"a\"]}");
        failed = alloc_heal() > nth;
        assert_int_equal(e, failed ? KITH_NOMEM : KITH_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mode_has_its_word),
        cmocka_unit_test(ids_are_sorted_each_once),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(an_id_has_its_bytes_however_it_is_written),
        cmocka_unit_test(without_memory_nothing_is_read),
    };
    return cmocka_run_group_tests_name("visibility", tests, NULL, forget);
}
