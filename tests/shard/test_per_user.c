/* tests/shard/test_per_user.c -- a user's sockets at its home: any number come and go, each at the
 * same price, and the eldest are known. */
#include "shard/per_user.h"

#include "chance.h"
#include "failures.h"
#include "shard/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { MOST = 64000, FEW = 2000 };

static struct world *w;
static uint32_t slots[MOST]; /* of sockets that are open, the eldest first */
static uint32_t count;

static int set_up(void **state)
{
    (void)state;
    w = shard_new(&(struct world_options){.count = 1, .node = "here"});
    assert_non_null(w);
    w->now.mono_ms = 1000;
    count = 0;
    return 0;
}

static void close_at(uint32_t i)
{
    per_user_end(w, slots[i], KITH_LIT("ann"));
    clients_close(w->clients, slots[i]);
    count--;
    memmove(&slots[i], &slots[i + 1], (count - i) * sizeof *slots);
}

static int tear_down(void **state)
{
    (void)state;
    while (count)
        close_at(count - 1);
    assert_int_equal(w->per_user.sockets.count, 0);
    assert_int_equal(w->per_user.eldest.count, 0);
    assert_int_equal(w->per_user.by_owner.count, 0);
    shard_free(w);
    return 0;
}

static void open_one(void)
{
    assert_int_equal(clients_open(w->clients, &slots[count]), KITH_OK);
    per_user_begin(w, slots[count++], KITH_LIT("ann"));
}

/* From now on no more than `max`, and one comes: those who make room are the eldest, in order. */
static void assert_eldest_make_room(uint32_t max)
{
    w->o.per_user_max = max;
    open_one();
    uint32_t made = count > max ? count - max : 0;
    for (uint32_t i = 0; i < made; i++) {
        struct mail *m = mail_take(&w->news);
        assert_non_null(m);
        assert_int_equal(m->type, MAIL_CLOSE);
        assert_int_equal(m->handle, clients_handle(w->clients, slots[0]));
        mail_free(m);
        close_at(0);
    }
    assert_null(w->news.first);
    assert_int_equal(w->per_user.sockets.count, count);
    w->o.per_user_max = 0;
    w->now.mono_ms += 2 * PLACE_MS;
}

static void whoever_comes_and_goes_the_eldest_are_known(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (uint32_t step = rounds(3000); step; step--) {
        if (count < 40 && chance_below(&seed, 2))
            open_one();
        else if (count)
            close_at(chance_below(&seed, count));
        assert_int_equal(w->per_user.sockets.count, count);
        assert_int_equal(w->per_user.eldest.count, count > 0);
        if (chance_below(&seed, 20) == 0) assert_eldest_make_room(1 + chance_below(&seed, 30));
    }
}

static void whom_there_is_no_memory_to_note_is_not_counted(void **state)
{
    (void)state;
    for (size_t nth = 0, noted = 0; !noted; nth++) {
        assert_int_equal(clients_open(w->clients, &slots[0]), KITH_OK);
        alloc_fail(nth, 1);
        per_user_begin(w, slots[0], KITH_LIT("ann"));
        alloc_heal();
        count = 1;
        noted = w->per_user.sockets.count;
        assert_int_equal(w->per_user.eldest.count, noted);
        assert_int_equal(w->per_user.by_owner.count, noted);
        close_at(0);
        assert_true(nth < 10);
    }
}

/* Of `many` that come, and go with the latest first, one's share of the processor's time. */
static double each_ns(uint32_t many)
{
    struct timespec from, to;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    while (count < many)
        open_one();
    while (count)
        close_at(count - 1);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / many;
}

/* To walk along all of them would take 32 times as long. */
static void without_a_bound_one_of_many_costs_what_one_of_few_does(void **state)
{
    (void)state;
    (void)each_ns(MOST);
    double few = each_ns(FEW), many = each_ns(MOST);
    if (many > 8 * few) fail_msg("%.0f ns each of %d, %.0f of %d", few, FEW, many, MOST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whoever_comes_and_goes_the_eldest_are_known),
        TEST(whom_there_is_no_memory_to_note_is_not_counted),
        TEST(without_a_bound_one_of_many_costs_what_one_of_few_does),
    };
    return cmocka_run_group_tests_name("per_user", tests, NULL, NULL);
}
