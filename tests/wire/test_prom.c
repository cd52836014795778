/* tests/wire/test_prom.c -- metrics as Prometheus reads them. */
#include "wire/prom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_put(enum prom_type type, const char *help, uint64_t value, const char *want)
{
    struct buf b = {0};
    prom_put(&b, type, "kith_joins", help, value);
    assert_false(b.failed);
    if (!slice_is(buf_slice(&b), want)) fail_msg("%.*s", (int)b.len, b.ptr);
    buf_fini(&b);
}

static void a_counter_is_a_total(void **state)
{
    (void)state;
    assert_put(PROM_COUNTER, "Channel joins answered ok", 42,
               "# HELP kith_joins_total Channel joins answered ok\n"
               "# TYPE kith_joins_total counter\n"
               "kith_joins_total 42\n");
}

static void a_gauge_keeps_its_name(void **state)
{
    (void)state;
    assert_put(PROM_GAUGE, "Now", UINT64_MAX,
               "# HELP kith_joins Now\n"
               "# TYPE kith_joins gauge\n"
               "kith_joins 18446744073709551615\n");
}

static void a_help_text_stays_on_its_line(void **state)
{
    (void)state;
    assert_put(PROM_GAUGE, "a\\b\nc \"d\"", 0,
               "# HELP kith_joins a\\\\b\\nc \"d\"\n"
               "# TYPE kith_joins gauge\n"
               "kith_joins 0\n");
    assert_put(PROM_GAUGE, "", 0,
               "# HELP kith_joins \n"
               "# TYPE kith_joins gauge\n"
               "kith_joins 0\n");
}

static void samples_follow_each_other(void **state)
{
    (void)state;
    struct buf b = {0};
    prom_put(&b, PROM_GAUGE, "a", "x", 1);
    prom_put(&b, PROM_COUNTER, "b", "y", 2);
    assert_true(slice_is(buf_slice(&b), "# HELP a x\n# TYPE a gauge\na 1\n"
                                        "# HELP b_total y\n# TYPE b_total counter\nb_total 2\n"));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_a_total),
        cmocka_unit_test(a_gauge_keeps_its_name),
        cmocka_unit_test(a_help_text_stays_on_its_line),
        cmocka_unit_test(samples_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
