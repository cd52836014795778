/* tests/load/test_ramp.c -- one rate after the other, and what ends that. */
#include "load/ramp.h"
#include "load/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct load_phase step;

static int fresh(void **state)
{
    (void)state;
    memset(&step, 0, sizeof step);
    return 0;
}

static void each_rate_is_a_quarter_above_the_one_before(void **state)
{
    (void)state;
    const struct phase ramp = {.kind = PHASE_RAMP, .period_ns = 2000000, .lasts_us = 4000000};
    struct phase p = ramp_first(&ramp);
    assert_true(p.kind == PHASE_STEADY && p.count == 2000 && ramp_rate(&p) == 500);
    p = ramp_next(&p);
    assert_true(p.kind == PHASE_STEADY && p.count == 2500 && ramp_rate(&p) == 625);
    assert_int_equal(p.lasts_us, 4000000);
}

static void there_is_always_a_rate(void **state)
{
    (void)state;
    const struct phase slow = {.kind = PHASE_RAMP, .period_ns = 2000000000, .lasts_us = 1000},
                       fast = {.kind = PHASE_RAMP, .period_ns = 1, .lasts_us = UINT32_MAX};
    struct phase p = ramp_first(&slow);
    assert_int_equal(p.count, 1);
    p = ramp_first(&fast);
    assert_int_equal(p.count, UINT32_MAX);
    p = ramp_next(&p);
    assert_int_equal(p.period_ns, 1);
}

static void told(uint64_t us)
{
    histogram_add(&step.tally.told_us, us);
    step.tally.due = step.tally.met = step.tally.told_us.count;
}

static void what_is_in_time_goes_on(void **state)
{
    (void)state;
    told(RAMP_LATE_US - 1000);
    assert_int_equal(load_ramp_end(&step), RAMP_GOES_ON);
}

static void what_is_late_or_lost_is_the_servers_end(void **state)
{
    (void)state;
    told(5);
    step.tally.due++;
    assert_int_equal(load_ramp_end(&step), RAMP_LOST);
    told(RAMP_LATE_US + 1000);
    assert_int_equal(load_ramp_end(&step), RAMP_LATE);
}

static void a_generator_at_its_limit_says_nothing_of_the_server(void **state)
{
    (void)state;
    step.busy = LOAD_BUSY_MAX + 0.01;
    told(5);
    assert_int_equal(load_ramp_end(&step), RAMP_GOES_ON); /* and is in time */
    told(RAMP_LATE_US + 1000);
    assert_int_equal(load_ramp_end(&step), RAMP_LIMIT);
    step.busy = 0.1;
    histogram_add(&step.tally.late_us, LOAD_LATE_US_MAX + 1000);
    assert_int_equal(load_ramp_end(&step), RAMP_LIMIT);
}

/* With fewer clients any server goes further. */
static void a_server_that_closes_sockets_does_not_keep_up(void **state)
{
    (void)state;
    told(5);
    step.tally.closed = 1;
    assert_int_equal(load_ramp_end(&step), RAMP_LOST);
    step.tally.closed = 0, step.tally.unsent = 1; /* and in its second try */
    assert_int_equal(load_ramp_end(&step), RAMP_LOST);
}

static void what_no_rate_excuses_is_told_of_all_steps(void **state)
{
    (void)state;
    static struct tally kept;
    struct ramp_wrong wrong = {0};
    step.tally.leaks = 1, step.tally.flaps = 2;
    ramp_note(&wrong, &step.tally);
    step.tally.leaks = 0, step.tally.duplicates = 3, step.tally.broken = 4;
    ramp_note(&wrong, &step.tally);
    kept = (struct tally){.flaps = 2, .due = 9, .met = 9}; /* one of them */
    ramp_tell(&wrong, &kept);
    assert_int_equal(kept.leaks, 1);
    assert_int_equal(kept.flaps, 4);
    assert_int_equal(kept.duplicates, 3);
    assert_int_equal(kept.broken, 4);
    assert_int_equal(tally_wrong(&kept), 12);
}

static void each_end_has_its_words(void **state)
{
    (void)state;
    for (enum ramp_end e = RAMP_GOES_ON; e <= RAMP_LIMIT; e++)
        for (enum ramp_end other = RAMP_GOES_ON; other < e; other++)
            assert_string_not_equal(ramp_end_text(e), ramp_end_text(other));
}

#define T(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_rate_is_a_quarter_above_the_one_before),
        T(there_is_always_a_rate),
        T(what_is_in_time_goes_on),
        T(what_is_late_or_lost_is_the_servers_end),
        T(a_generator_at_its_limit_says_nothing_of_the_server),
        T(a_server_that_closes_sockets_does_not_keep_up),
        T(what_no_rate_excuses_is_told_of_all_steps),
        T(each_end_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
