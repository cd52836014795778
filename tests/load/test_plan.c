/* tests/load/test_plan.c -- what is due when, and that several processes do it all, each its part.
 */
#include "load/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 10 };

static struct user_order order;

static int fresh(void **state)
{
    (void)state;
    return user_order_init(&order, USERS, 4) != KITH_OK;
}

static int over(void **state)
{
    (void)state;
    user_order_fini(&order);
    return 0;
}

static struct acts acts_of(const struct phase *p, uint32_t process, uint32_t processes)
{
    return (struct acts){.phase = p, .order = &order, .process = process, .processes = processes};
}

static void the_order_has_each_user_once(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < USERS; i++) {
        seen |= 1u << order.user[i];
        assert_int_equal(order.place[order.user[i]], i);
    }
    assert_int_equal(seen, (1u << USERS) - 1);
}

static void phases_have_names(void **state)
{
    (void)state;
    enum phase_kind kind;
    for (enum phase_kind k = PHASE_STORM; k < PHASE_KINDS; k++) {
        assert_int_equal(phase_called(phase_name(k), &kind), KITH_OK);
        assert_int_equal(kind, k);
    }
    assert_int_equal(phase_called("strom", &kind), KITH_NONE);
}

static void flips_are_due_at_their_time_whoever_is_late(void **state)
{
    (void)state;
    const struct phase p = {
        .kind = PHASE_STEADY, .count = 25, .period_ns = 10000000, .first = 7, .begin_us = 500};
    struct acts a = acts_of(&p, 0, 1);
    uint64_t next_us;
    assert_int_equal(acts_next(&a, 499, 0, &next_us).kind, ACT_NONE);
    assert_int_equal(next_us, 500);
    for (uint64_t k = 0; k < 25; k++) {
        struct act act = acts_next(&a, 1000000, 0, &next_us); /* all of them late */
        assert_int_equal(act.kind, ACT_FLIP);
        assert_int_equal(act.number, 7 + k);
        assert_int_equal(act.user, order.user[(7 + k) % USERS]);
        assert_int_equal(act.due_us, 500 + k * 10000);
    }
    assert_int_equal(acts_next(&a, 1000000, 0, &next_us).kind, ACT_NONE);
    assert_true(next_us == UINT64_MAX);
    assert_true(acts_done(&a, 1000000));
}

static void processes_share_what_is_due(void **state)
{
    (void)state;
    const struct phase p = {.kind = PHASE_STEADY, .count = 30, .period_ns = 1000};
    uint32_t seen = 0, next_count = 0;
    for (uint32_t process = 0; process < 3; process++) {
        struct acts a = acts_of(&p, process, 3);
        uint64_t next_us;
        for (struct act act; (act = acts_next(&a, 1000000, 0, &next_us)).kind; next_count++) {
            assert_int_equal(act.user % 3, process);
            assert_false(seen >> act.number & 1);
            seen |= 1u << act.number;
        }
    }
    assert_int_equal(next_count, 30);
}

static void as_fast_as_may_be_is_so_many_at_once(void **state)
{
    (void)state;
    const struct phase p = {.kind = PHASE_STORM, .count = USERS, .window = 3, .begin_us = 5};
    struct acts a = acts_of(&p, 0, 1);
    uint64_t next_us;
    for (uint32_t flying = 0; flying < 3; flying++)
        assert_int_equal(acts_next(&a, 5, flying, &next_us).kind, ACT_DIAL);
    assert_int_equal(acts_next(&a, 5, 3, &next_us).kind, ACT_NONE);
    assert_true(next_us == UINT64_MAX); /* the end of a join wakes it */
    assert_false(acts_done(&a, 5));
    assert_int_equal(acts_next(&a, 5, 2, &next_us).kind, ACT_DIAL);
}

static void what_is_paced_waits_for_nobody(void **state)
{
    (void)state;
    const struct phase p = {.kind = PHASE_STORM, .count = USERS, .window = 1, .period_ns = 1000000};
    struct acts a = acts_of(&p, 0, 1);
    uint64_t next_us;
    for (uint32_t i = 0; i < USERS; i++) {
        assert_int_equal(acts_next(&a, i * 1000, 99, &next_us).kind, ACT_DIAL);
        assert_int_equal(acts_next(&a, i * 1000 + 999, 99, &next_us).kind, ACT_NONE);
    }
    assert_true(acts_done(&a, 9000));
}

static void a_phase_lasts_as_long_as_it_is_to(void **state)
{
    (void)state;
    const struct phase p = {.kind = PHASE_HOLD, .lasts_us = 1000, .begin_us = 50};
    struct acts a = acts_of(&p, 0, 1);
    uint64_t next_us;
    assert_int_equal(acts_next(&a, 50, 0, &next_us).kind, ACT_NONE);
    assert_int_equal(next_us, 1050);
    assert_false(acts_done(&a, 1049));
    assert_true(acts_done(&a, 1050));
}

/* Of sockets that close every 10 ms each comes back, in time or late, and none before it has gone.
 */
static void churn_closes_each_and_brings_each_back(void **state)
{
    (void)state;
    const struct phase p = {.kind = PHASE_CHURN,
                            .count = USERS,
                            .period_ns = 10000000,
                            .grace_us = 50000,
                            .reload_us = 12000,
                            .away_us = 70000};
    uint64_t gone_us[USERS] = {0}, next_us, now_us = 0;
    uint32_t drops = 0, backs = 0;
    struct acts a = acts_of(&p, 0, 1);
    while (!acts_done(&a, now_us)) {
        struct act act = acts_next(&a, now_us, 0, &next_us);
        if (act.kind == ACT_NONE) {
            now_us = next_us;
            continue;
        }
        assert_int_equal(act.due_us, now_us);
        if (act.kind == ACT_DROP) {
            gone_us[act.user] = now_us + 1;
            drops++;
            continue;
        }
        uint64_t away = now_us + 1 - gone_us[act.user];
        assert_true(gone_us[act.user] && away == (order.place[act.user] % 2 ? 70000u : 12000u));
        backs++;
    }
    assert_int_equal(drops, USERS);
    assert_int_equal(backs, USERS);
    assert_int_equal(now_us, 90000 + 70000);
}

static void where_no_reload_is_in_time_all_are_late(void **state)
{
    (void)state;
    const struct phase with = {.kind = PHASE_CHURN, .reload_us = 5},
                       without = {.kind = PHASE_CHURN, .grace_us = 9};
    assert_false(phase_goes_away(&with, 0));
    assert_true(phase_goes_away(&with, 1));
    assert_true(phase_goes_away(&without, 0));
}

static void a_phase_may_begin_with_any_user(void **state)
{
    (void)state;
    const struct phase p = {.kind = PHASE_DROP, .count = 3, .first = USERS - 1};
    struct acts a = acts_of(&p, 0, 1);
    uint64_t next_us;
    assert_int_equal(acts_next(&a, 0, 0, &next_us).user, order.user[USERS - 1]);
    assert_int_equal(acts_next(&a, 0, 0, &next_us).user, order.user[0]);
    assert_int_equal(acts_next(&a, 0, 0, &next_us).user, order.user[1]);
    assert_true(acts_done(&a, 0));
}

static void who_is_to_connect_and_who_reads_again_is_told(void **state)
{
    (void)state;
    const struct phase open = {.kind = PHASE_OPEN, .count = 2, .window = 1},
                       reading = {.kind = PHASE_READ, .count = 2};
    struct acts a = acts_of(&open, 0, 1), b = acts_of(&reading, 0, 1);
    uint64_t next_us;
    assert_int_equal(acts_next(&a, 0, 0, &next_us).kind, ACT_DIAL);
    assert_int_equal(acts_next(&a, 0, 1, &next_us).kind, ACT_NONE);
    assert_int_equal(acts_next(&b, 0, 9, &next_us).kind, ACT_READ);
    assert_int_equal(acts_next(&b, 0, 9, &next_us).kind, ACT_READ);
    assert_int_equal(acts_next(&b, 0, 9, &next_us).kind, ACT_NONE);
}

static void turns_go_round_and_are_never_0(void **state)
{
    (void)state;
    assert_int_equal(turn_of(&order, 0), 1);
    assert_int_equal(turn_of(&order, USERS), 2);
    assert_int_equal(turn_of(&order, (uint64_t)USERS * TURN_MAX - 1), TURN_MAX);
    assert_int_equal(turn_of(&order, (uint64_t)USERS * TURN_MAX), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_has_each_user_once),
        cmocka_unit_test(phases_have_names),
        cmocka_unit_test(flips_are_due_at_their_time_whoever_is_late),
        cmocka_unit_test(processes_share_what_is_due),
        cmocka_unit_test(as_fast_as_may_be_is_so_many_at_once),
        cmocka_unit_test(what_is_paced_waits_for_nobody),
        cmocka_unit_test(a_phase_lasts_as_long_as_it_is_to),
        cmocka_unit_test(churn_closes_each_and_brings_each_back),
        cmocka_unit_test(where_no_reload_is_in_time_all_are_late),
        cmocka_unit_test(a_phase_may_begin_with_any_user),
        cmocka_unit_test(who_is_to_connect_and_who_reads_again_is_told),
        cmocka_unit_test(turns_go_round_and_are_never_0),
    };
    return cmocka_run_group_tests(tests, fresh, over);
}
