/* tests/io/test_load_meter.c -- what processes take, as /proc tells it. */
#include "io/load_clock.h"
#include "io/load_meter.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A child that works, or that waits, until it is killed. */
static pid_t child(int works)
{
    pid_t pid = fork();
    if (pid == 0)
        for (volatile uint64_t n = 0;; n++)
            if (!works) pause();
    assert_true(pid > 0);
    return pid;
}

static void end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static void who_works_takes_time_and_all_have_memory(void **state)
{
    (void)state;
    struct load_meter before, after;
    pid_t pids[2] = {child(1), child(0)};
    assert_int_equal(usleep(20000), 0);
    assert_int_equal(load_measure(pids, 2, &before, NULL), KITH_OK);
    assert_int_equal(usleep(200000), 0);
    assert_int_equal(load_measure(pids, 2, &after, NULL), KITH_OK);
    assert_true(after.cpu_us > before.cpu_us);
    assert_true(after.user_us >= before.user_us && after.system_us >= before.system_us);
    assert_true(after.rss_bytes > 4096 && after.pss_bytes > 0);
    assert_true(after.pss_bytes <= after.rss_bytes);
    struct load_meter one;
    assert_int_equal(load_measure(pids, 1, &one, NULL), KITH_OK);
    assert_true(one.rss_bytes < after.rss_bytes);
    end(pids[0]);
    end(pids[1]);
}

static void cpu_alone_is_the_same_cpu(void **state)
{
    (void)state;
    struct load_meter before, after;
    pid_t pids[2] = {child(1), child(0)};
    assert_int_equal(usleep(20000), 0);
    assert_int_equal(load_measure(pids, 2, &before, NULL), KITH_OK);
    double between_us = load_measure_cpu(pids, 2, before.softirq);
    assert_int_equal(load_measure(pids, 2, &after, NULL), KITH_OK);
    assert_true(between_us >= before.cpu_us + before.softirq_us);
    assert_true(between_us <= after.cpu_us + after.softirq_us);
    end(pids[0]);
    end(pids[1]);
}

static void waiting_is_counted(void **state)
{
    (void)state;
    uint64_t waits = load_waits();
    for (int i = 0; i < 5; i++)
        assert_int_equal(usleep(1000), 0);
    assert_true(load_waits() >= waits + 5);
}

static void who_is_not_there_is_told_of(void **state)
{
    (void)state;
    struct load_meter m;
    kith_problem why = {""};
    pid_t pid = child(0);
    end(pid);
    assert_int_equal(load_measure(&pid, 1, &m, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "--server-pid"));
}

static void of_nobody_nothing_is_measured(void **state)
{
    (void)state;
    struct load_meter m;
    assert_int_equal(load_measure(NULL, 0, &m, NULL), KITH_OK);
    assert_true(m.cpu_us == 0 && m.rss_bytes == 0);
}

static void the_clock_goes_on(void **state)
{
    (void)state;
    uint64_t now_us = load_now_us(), used_us = load_cpu_us();
    assert_int_equal(usleep(2000), 0);
    assert_true(load_now_us() >= now_us + 2000);
    assert_true(load_cpu_us() >= used_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_works_takes_time_and_all_have_memory),
        cmocka_unit_test(cpu_alone_is_the_same_cpu),
        cmocka_unit_test(waiting_is_counted),
        cmocka_unit_test(who_is_not_there_is_told_of),
        cmocka_unit_test(of_nobody_nothing_is_measured),
        cmocka_unit_test(the_clock_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
