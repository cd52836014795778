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

static void a_histogram_counts_up_to_each_bound(void **state)
{
    (void)state;
    struct buf b = {0};
    struct prom_histogram h;
    prom_histogram_begin(&h, &b, "kith_delivery_seconds", "a\nb");
    prom_histogram_put(&h, 64, 2);
    prom_histogram_put(&h, 1500000, 0);
    prom_histogram_put(&h, 2000000, 3);
    prom_histogram_end(&h, 1, 7000001);
    assert_true(slice_is(buf_slice(&b), "# HELP kith_delivery_seconds a\\nb\n"
                                        "# TYPE kith_delivery_seconds histogram\n"
                                        "kith_delivery_seconds_bucket{le=\"0.000064\"} 2\n"
                                        "kith_delivery_seconds_bucket{le=\"1.500000\"} 2\n"
                                        "kith_delivery_seconds_bucket{le=\"2.000000\"} 5\n"
                                        "kith_delivery_seconds_bucket{le=\"+Inf\"} 6\n"
                                        "kith_delivery_seconds_sum 7.000001\n"
                                        "kith_delivery_seconds_count 6\n"));
    buf_fini(&b);
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

static void a_time_is_told_in_seconds(void **state)
{
    (void)state;
    struct buf b = {0};
    prom_put_ms(&b, PROM_COUNTER, "cpu_seconds", "CPU", 61007);
    assert_true(slice_is(buf_slice(&b), "# HELP cpu_seconds_total CPU\n"
                                        "# TYPE cpu_seconds_total counter\n"
                                        "cpu_seconds_total 61.007\n"));
    buf_fini(&b);
}

static void assert_read(const char *text, const char *name, const char *labels, double value)
{
    kith_slice rest = slice_str(text);
    struct prom_sample s;
    if (!prom_next(&rest, &s)) fail_msg("nothing in %s", text);
    assert_true(slice_is(s.name, name));
    assert_true(slice_is(s.labels, labels));
    assert_true(s.value == value);
    assert_false(prom_next(&rest, &s));
}

static void a_sample_is_read(void **state)
{
    (void)state;
    assert_read("a 1", "a", "", 1);
    assert_read("az_AZ09:~ 1\nZ9 2", "Z9", "", 2);
    assert_read("# HELP a x\n# TYPE a gauge\na 0.25\n", "a", "", 0.25);
    assert_read("a:b_total{} -1e3\n", "a:b_total", "", -1000);
    assert_read("\n\na{n=\"x\"}\t 7 1600000000000\n", "a", "n=\"x\"", 7);
    assert_read("a{n=\"} 5\\\"\", m=\"\",} 2\n", "a", "n=\"} 5\\\"\", m=\"\",", 2);
}

static void what_is_no_sample_is_passed_over(void **state)
{
    static const char *const others[] = {
        "",
        "a",
        "a ",
        "a x",
        "a 1x",
        "a NaN",
        "a +Inf",
        "{n=\"\"} 1",
        "a{n=\"x} 1",
        "a{n=x} 1",
        "a{n=\"x\"",
        "a{n=\"x\"}1",
        "a{n",
        "a{n=",
        "a{n:\"x\"} 1",
        "a{=\"\"} 1",
        "a{n=\"\\",
        "a{n=\"\\\"",
        "\x1b[2J 1",
        "a{n=\"x\"\"y\"} 1",
        "a 0000000000000000000000000000000000000000000000000000000000000000001"};
    struct prom_sample s;
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        (void)snprintf(text, sizeof text, "%s\nb 3\n", others[i]);
        assert_read(text, "b", "", 3);
    }
    kith_slice none = KITH_LIT("a{n=\"");
    assert_false(prom_next(&none, &s));
}

static void a_label_is_found_by_its_name(void **state)
{
    (void)state;
    kith_slice text = KITH_LIT("a{node=\"n\\\"1\",state=\"up\"} 1\n"), value;
    struct prom_sample s;
    assert_true(prom_next(&text, &s));
    assert_true(prom_label(&s, "node", &value));
    assert_true(slice_is(value, "n\\\"1"));
    assert_true(prom_label(&s, "state", &value));
    assert_true(slice_is(value, "up"));
    assert_false(prom_label(&s, "stat", &value));
    assert_false(prom_label(&s, "up", &value));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct buf b = {0};
    struct prom_sample s;
    prom_put(&b, PROM_GAUGE, "a", "x", 1);
    prom_put_ms(&b, PROM_COUNTER, "b", "y", 2500);
    kith_slice rest = buf_slice(&b);
    assert_true(prom_next(&rest, &s));
    assert_true(slice_is(s.name, "a") && s.value == 1);
    assert_true(prom_next(&rest, &s));
    assert_true(slice_is(s.name, "b_total") && s.value == 2.5);
    assert_false(prom_next(&rest, &s));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_is_a_total),
        cmocka_unit_test(a_gauge_keeps_its_name),
        cmocka_unit_test(a_help_text_stays_on_its_line),
        cmocka_unit_test(a_histogram_counts_up_to_each_bound),
        cmocka_unit_test(samples_follow_each_other),
        cmocka_unit_test(a_time_is_told_in_seconds),
        cmocka_unit_test(a_sample_is_read),
        cmocka_unit_test(what_is_no_sample_is_passed_over),
        cmocka_unit_test(a_label_is_found_by_its_name),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
