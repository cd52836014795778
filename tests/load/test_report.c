/* tests/load/test_report.c -- figures for a person, and for a program. */
#include "load/report.h"
#include "wire/json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct load_results results;
static struct buf out;

static int fresh(void **state)
{
    (void)state;
    memset(&results, 0, sizeof results);
    results.users = 100;
    results.edges = 1234;
    results.processes = 2;
    results.measured = true;
    results.count = 2;
    for (int i = 0; i < 2; i++) {
        struct load_phase *p = &results.phases[i];
        p->phase.kind = i ? PHASE_STEADY : PHASE_STORM;
        p->seconds = 2, p->settle_seconds = 0.5, p->busy = 0.3, p->online = 100;
        p->tally.joined = i ? 0 : 100;
        p->tally.told = 1000, p->tally.due = 1000, p->tally.met = 1000;
        p->server = (struct load_server){
            .wall_us = 2.5e6, .cpu_us = 20000, .rss_bytes = 300000, .rss_before_bytes = 100000};
        for (uint64_t us = 1; us <= 1000; us++)
            histogram_add(i ? &p->tally.told_us : &p->tally.join_us, us * 100);
    }
    return 0;
}

static int over(void **state)
{
    (void)state;
    buf_fini(&out);
    return 0;
}

static const char *text(void)
{
    buf_clear(&out);
    report_text(&out, &results);
    buf_putc(&out, 0);
    return (const char *)out.ptr;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("no '%s' in\n%s", part, text);
}

static void a_table_tells_each_phase(void **state)
{
    (void)state;
    const char *t = text();
    has(t, "100 users, 1234 edges (12.3 a user), 2 processes\n");
    has(t, "\nstorm, 2.0 s\n");
    has(t, "\nsteady, 2.0 s\n");
    has(t, "status: to each friend         50.17     90.11     99.33    100.00    100.00\n");
    has(t, "due, and told             1000, 1000\n");
    has(t, "server's CPU a join       200.00 us\n");
    has(t, "server's CPU a delivery   20.00 us\n");
    has(t, "server's memory a user    RSS 2000 bytes, PSS 0\n");
    has(t, "generator                 30 % busy\n");
    has(t, "\nnothing wrong\n");
    assert_null(strstr(t, "LIMIT"));
}

static void what_was_wrong_stands_there_in_words(void **state)
{
    (void)state;
    results.phases[1].tally.met = 990;
    results.phases[1].tally.leaks = 3;
    results.phases[0].tally.refused = 1;
    results.phases[0].tally.http_status = 503;
    results.phases[0].tally.socket_error = EADDRNOTAVAIL;
    results.phases[0].tally.ended = 1, results.phases[0].tally.missing = 123;
    const char *t = text();
    has(t, "        10 LOST");
    has(t, "         3 LEAKS");
    has(t, "         1 REFUSED");
    has(t, "the server answered 503");
    has(t, "a socket said: Cannot assign requested address");
    has(t, "it ended 1 channels\n");
    assert_null(strstr(t, "has the server this graph?"));
    has(t, "\n137 wrong\n");
    assert_int_equal(load_wrong(&results), 137);
}

static void who_is_shown_too_few_may_have_another_graph(void **state)
{
    (void)state;
    results.phases[0].tally.missing = 124;
    has(text(), "has the server this graph?");
}

static void a_channel_that_ended_behind_a_status_may_not_take_it(void **state)
{
    (void)state;
    results.phases[1].tally.ended = 7;
    results.phases[1].tally.flips = 10;
    has(text(), "it ended 7 channels; does it take the event status?\n");
}

static void what_is_told_too_early_or_again_is_told_of(void **state)
{
    (void)state;
    results.phases[0].tally.early = 5;
    results.phases[0].tally.repeats = 6;
    has(text(), "told before the state     5\n");
    has(text(), "told again, and known     6\n");
    assert_int_equal(load_wrong(&results), 0);
}

static void of_a_phase_that_was_interrupted_nothing_is_wrong(void **state)
{
    (void)state;
    results.phases[1].tally.met = 0;
    results.phases[1].interrupted = true;
    has(text(), "steady (interrupted)");
    assert_int_equal(load_wrong(&results), 0);
}

static void the_generators_limit_is_told(void **state)
{
    (void)state;
    assert_false(load_is_limit(&results.phases[0]));
    results.phases[0].busy = 0.86;
    assert_true(load_is_limit(&results.phases[0]));
    has(text(), "THE GENERATOR'S LIMIT");
    results.phases[0].busy = 0.5;
    for (int i = 0; i < 100; i++)
        histogram_add(&results.phases[0].tally.late_us, i < 2 ? 6000 : 10);
    assert_true(load_is_limit(&results.phases[0]));
}

static void a_ramp_tells_how_far_it_went_and_what_ended_it(void **state)
{
    (void)state;
    results.phases[1].ramp = (struct ramp){.end = RAMP_LATE,
                                           .held = 5000,
                                           .at_end = 6250,
                                           .end_p99_us = 123000,
                                           .end_late_us = 400,
                                           .end_busy = 0.4};
    has(text(), "\nramp, 2.0 s\n");
    has(text(), "  most status changes       5000 a second; it ended at 6250,\n");
    has(text(), "where the server's p99 was above 100 ms: deliveries p99 123.00 ms, generator 40 % "
                "busy and late by 0.40 ms\n");
}

static void of_who_is_only_connected_there_is_memory_too(void **state)
{
    (void)state;
    results.phases[0].phase.kind = PHASE_OPEN;
    results.phases[0].online = 0;
    results.phases[0].tally.joined = 0;
    results.phases[0].tally.opened = 50;
    has(text(), "\nopen, 2.0 s\n");
    has(text(), "  connect: to the upgrade ");
    has(text(), "  connects                  50 in 2.00 s: 25 a second\n");
    has(text(), "  server's memory a user    RSS 4000 bytes");
}

static void of_a_server_that_has_ended_no_figures_are_made_up(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        results.phases[i].server = (struct load_server){0};
    has(text(), "server's CPU              not known: it has ended\n");
    assert_null(strstr(text(), "server's CPU a"));
    buf_clear(&out);
    report_json(&out, &results, "friends");
    buf_putc(&out, 0);
    assert_null(strstr((const char *)out.ptr, "\"server\":"));
}

static struct json get(struct json object, const char *name)
{
    struct json value;
    if (json_get(object, name, &value)) fail_msg("no %s in it", name);
    return value;
}

static void json_has_every_figure(void **state)
{
    (void)state;
    struct json whole, phase;
    buf_clear(&out);
    report_json(&out, &results, "file:a\"b");
    assert_int_equal(json_parse(buf_slice(&out), &whole), KITH_OK);
    assert_true(slice_is(get(whole, "users").raw, "100"));
    assert_true(json_text_is(get(whole, "graph"), KITH_LIT("file:a\"b")));
    assert_true(slice_is(get(whole, "wrong").raw, "0"));
    struct json_walk w = json_walk(get(whole, "phases"));
    assert_true(json_next(&w, NULL, &phase) && json_next(&w, NULL, &phase));
    assert_true(slice_is(get(phase, "name").raw, "\"steady\""));
    assert_true(slice_is(get(get(phase, "delivery_us"), "p50").raw, "50175"));
    assert_true(slice_is(get(get(phase, "wrong"), "lost").raw, "0"));
    assert_true(slice_is(get(get(phase, "server"), "cpu_us_per_delivery").raw, "20.000"));
    assert_true(slice_is(get(phase, "generator_limit").raw, "false"));
    assert_false(json_next(&w, NULL, &phase));
}

static void json_has_what_ended_a_ramp(void **state)
{
    (void)state;
    struct json whole, phase;
    results.phases[0].ramp = (struct ramp){.end = RAMP_LIMIT, .held = 500, .at_end = 625};
    buf_clear(&out);
    report_json(&out, &results, "friends");
    assert_int_equal(json_parse(buf_slice(&out), &whole), KITH_OK);
    struct json_walk w = json_walk(get(whole, "phases"));
    assert_true(json_next(&w, NULL, &phase));
    assert_true(slice_is(get(phase, "name").raw, "\"ramp\""));
    assert_true(slice_is(get(get(phase, "ramp"), "end").raw, "\"generator_limit\""));
    assert_true(slice_is(get(get(phase, "ramp"), "rate").raw, "500.000"));
    assert_true(slice_is(get(get(phase, "ramp"), "end_rate").raw, "625.000"));
}

static void who_was_not_measured_is_left_out(void **state)
{
    (void)state;
    struct json whole, phase, value;
    results.measured = false;
    assert_null(strstr(text(), "server's"));
    buf_clear(&out);
    report_json(&out, &results, "friends");
    assert_int_equal(json_parse(buf_slice(&out), &whole), KITH_OK);
    struct json_walk w = json_walk(get(whole, "phases"));
    assert_true(json_next(&w, NULL, &phase));
    assert_int_equal(json_get(phase, "server", &value), KITH_NONE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh, over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_table_tells_each_phase),
        T(what_was_wrong_stands_there_in_words),
        T(who_is_shown_too_few_may_have_another_graph),
        T(a_channel_that_ended_behind_a_status_may_not_take_it),
        T(what_is_told_too_early_or_again_is_told_of),
        T(of_a_phase_that_was_interrupted_nothing_is_wrong),
        T(the_generators_limit_is_told),
        T(a_ramp_tells_how_far_it_went_and_what_ended_it),
        T(of_who_is_only_connected_there_is_memory_too),
        T(of_a_server_that_has_ended_no_figures_are_made_up),
        T(json_has_every_figure),
        T(json_has_what_ended_a_ramp),
        T(who_was_not_measured_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
