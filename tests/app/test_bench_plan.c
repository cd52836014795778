/* tests/app/test_bench_plan.c -- the phases of `kith bench`: those asked for, and those they need.
 */
#include "app/bench_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct phase phases[2 * LOAD_PHASES_MAX];

static struct bench_plan plan(const char *names)
{
    return (struct bench_plan){.names = names,
                               .rate = 100,
                               .churn_rate = 50,
                               .seconds_us = 10000000,
                               .grace_us = 5000000,
                               .users = 1000,
                               .window = 100};
}

static uint32_t make(const struct bench_plan *p)
{
    kith_problem why = {""};
    uint32_t count = bench_plan_phases(p, phases, &why);
    if (!count) fail_msg("%s", why.text);
    return count;
}

static void they_come_as_they_are_named(void **state)
{
    (void)state;
    struct bench_plan p = plan("storm,hold,steady,churn,drop");
    assert_int_equal(make(&p), 5);
    for (enum phase_kind k = PHASE_STORM; k <= PHASE_DROP; k++)
        assert_true(phases[k].kind == k && phases[k].reported && phases[k].grace_us == 5000000);
    assert_int_equal(phases[0].count, 1000);
    assert_int_equal(phases[0].period_ns, 0);
    assert_int_equal(phases[0].window, 100);
    assert_int_equal(phases[1].lasts_us, 10000000);
    assert_int_equal(phases[2].count, 1000);
    assert_int_equal(phases[2].period_ns, 10000000);
    assert_int_equal(phases[3].count, 500);
    assert_int_equal(phases[4].count, 51);
}

static void returns_are_in_time_or_clearly_not(void **state)
{
    (void)state;
    struct bench_plan p = plan("storm,churn");
    assert_int_equal(make(&p), 2);
    assert_int_equal(phases[1].reload_us, 1000000);
    assert_int_equal(phases[1].away_us, 6000000);
    p.grace_us = 400000;
    assert_int_equal(make(&p), 2);
    assert_int_equal(phases[1].reload_us, 100000);
    assert_int_equal(phases[1].away_us, 1400000);
}

static void who_is_not_there_is_brought_before(void **state)
{
    (void)state;
    struct bench_plan p = plan("steady,drop,hold");
    assert_int_equal(make(&p), 5);
    assert_true(phases[0].kind == PHASE_STORM && !phases[0].reported);
    assert_true(phases[1].kind == PHASE_STEADY && phases[1].reported);
    assert_true(phases[2].kind == PHASE_DROP);
    assert_true(phases[3].kind == PHASE_STORM && !phases[3].reported);
    assert_true(phases[4].kind == PHASE_HOLD);
}

static void who_is_only_open_joins_before_what_needs_it(void **state)
{
    (void)state;
    struct bench_plan p = plan("open,hold");
    assert_int_equal(make(&p), 3);
    assert_true(phases[0].kind == PHASE_OPEN && phases[0].count == 1000 && phases[0].window == 100);
    assert_true(phases[1].kind == PHASE_STORM && !phases[1].reported);
    p.names = "open,storm,hold";
    assert_int_equal(make(&p), 3);
    assert_true(phases[1].kind == PHASE_STORM && phases[1].reported);
}

static void a_ramp_begins_at_the_rate_and_who_stalls_reads_again(void **state)
{
    (void)state;
    struct bench_plan p = plan("storm,ramp,read");
    p.stalled = 70;
    assert_int_equal(make(&p), 3);
    assert_true(phases[1].kind == PHASE_RAMP && phases[1].period_ns == 10000000);
    assert_int_equal(phases[1].lasts_us, 10000000);
    assert_int_equal(phases[2].count, 70);
}

static void each_user_churns_once_at_most(void **state)
{
    (void)state;
    struct bench_plan p = plan("churn");
    p.users = 20;
    p.drop = 100;
    assert_int_equal(make(&p), 2);
    assert_int_equal(phases[1].count, 20);
    p.names = "drop";
    assert_int_equal(make(&p), 2);
    assert_int_equal(phases[1].count, 20);
}

static void a_pace_may_be_slow(void **state)
{
    (void)state;
    struct bench_plan p = plan("storm,steady");
    p.rate = 0.05;
    p.connect_rate = 250;
    assert_int_equal(make(&p), 2);
    assert_int_equal(phases[0].period_ns, 4000000);
    assert_int_equal(phases[1].count, 1);
}

static void refuses(const char *names, const char *advice)
{
    kith_problem why = {""};
    struct bench_plan p = plan(names);
    assert_int_equal(bench_plan_phases(&p, phases, &why), 0);
    if (!strstr(why.text, advice)) fail_msg("%s: %s", names, why.text);
}

static void what_cannot_be_done_is_told(void **state)
{
    (void)state;
    refuses("", "no phase ''");
    refuses("storm,", "no phase ''");
    refuses("strom", "there are open, storm, hold, steady, ramp, churn, drop and read");
    refuses("a phase with a very long name", "no phase 'a phase with a '");
    refuses("steady,storm", "storm first or behind it");
    refuses("steady,open", "open comes first");
    refuses("storm,open", "open comes first");
    refuses("storm,storm", "storm first or behind it");
    refuses("hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold,hold",
            "too many");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_as_they_are_named),
        cmocka_unit_test(returns_are_in_time_or_clearly_not),
        cmocka_unit_test(who_is_not_there_is_brought_before),
        cmocka_unit_test(who_is_only_open_joins_before_what_needs_it),
        cmocka_unit_test(a_ramp_begins_at_the_rate_and_who_stalls_reads_again),
        cmocka_unit_test(each_user_churns_once_at_most),
        cmocka_unit_test(a_pace_may_be_slow),
        cmocka_unit_test(what_cannot_be_done_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
