/* tests/core/test_pulls.c -- what is asked of other nodes, when, and how often. */
#include "core/pulls.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ORIGIN = 7, RELAY = 8, STREAM = 5 };

static struct pulls *new_pulls(void)
{
    struct pulls *p = pulls_new(1);
    assert_non_null(p);
    assert_int_equal(pulls_source(p, ORIGIN, ORIGIN), KITH_OK);
    return p;
}

static struct pulls_at at(uint64_t cursor, uint64_t end)
{
    return (struct pulls_at){ORIGIN, STREAM, cursor, end};
}

static void heard(struct pulls *p, uint64_t now, uint64_t cursor, uint64_t end)
{
    struct pulls_at a = at(cursor, end);
    pulls_heard(p, now, &a);
}

static void moved(struct pulls *p, uint64_t now, uint64_t cursor, uint64_t end)
{
    struct pulls_at a = at(cursor, end);
    pulls_moved(p, now, &a);
}

static uint32_t asked(struct pulls *p, uint64_t now)
{
    struct pull out;
    uint32_t n = 0;
    for (; pulls_next(p, now, &out); n++)
        assert_int_equal(out.origin, ORIGIN);
    return n;
}

static void a_batch_that_is_on_its_way_is_waited_for(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    heard(p, 100, 3, 5);
    assert_int_equal(asked(p, 100), 0);
    assert_int_equal(pulls_open(p), 1);
    moved(p, 110, 5, 5); /* it came */
    assert_int_equal(pulls_open(p), 0);
    assert_true(pulls_due(p) == UINT64_MAX || asked(p, 1000) == 0);
    heard(p, 1100, 5, 6);
    assert_int_equal(asked(p, 1130), 1);
    pulls_free(p);
}

static void a_gap_is_asked_for_at_once_and_until_the_end(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    struct pulls_at gap = at(3, 9);
    struct pull out;
    pulls_gap(p, 100, &gap);
    assert_true(pulls_next(p, 100, &out));
    assert_int_equal(out.source, ORIGIN);
    assert_int_equal(out.stream, STREAM);
    assert_false(pulls_next(p, 100, &out));
    pulls_gap(p, 101, &gap); /* one question at a time */
    assert_int_equal(asked(p, 101), 0);
    moved(p, 102, 6, 9);
    assert_int_equal(asked(p, 102), 1);
    moved(p, 103, 9, 9);
    assert_int_equal(asked(p, 100000), 0);
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

static void what_is_not_answered_is_asked_again_later_each_time(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    uint64_t last = 0, gap = 0, longest = 0;
    uint32_t times = 0;
    pulls_probe(p, 0, ORIGIN, STREAM);
    for (uint64_t now = 0; now < 60000; now++) {
        if (!asked(p, now)) continue;
        if (times > 1 && times < 5) assert_true(now - last > gap);
        gap = now - last;
        last = now;
        if (gap > longest) longest = gap;
        times++;
    }
    assert_in_range(times, 14, 22);
    assert_in_range(longest, 3750, 5000);
    moved(p, 60000, 0, 0);
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

static void what_was_asked_in_vain_is_asked_at_once_of_who_is_heard_again(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    pulls_probe(p, 0, ORIGIN, STREAM);
    assert_int_equal(asked(p, 0), 1);
    assert_int_equal(pulls_source(p, ORIGIN, ORIGIN), KITH_OK);
    pulls_probe(p, 10, ORIGIN, STREAM); /* the answer may still be on its way */
    assert_int_equal(asked(p, 10), 0);
    for (uint64_t now = 11; now < 5000; now++)
        (void)asked(p, now);
    pulls_probe(p, 5000, ORIGIN, STREAM);
    assert_int_equal(asked(p, 5000), 0);
    assert_int_equal(pulls_source(p, ORIGIN, ORIGIN), KITH_OK);
    pulls_probe(p, 5000, ORIGIN, STREAM);
    assert_int_equal(asked(p, 5000), 1);
    assert_int_equal(asked(p, 5299), 1); /* and soon again */
    assert_int_equal(pulls_source(p, ORIGIN, RELAY), KITH_OK);
    pulls_probe(p, 5300, ORIGIN, STREAM); /* another was not asked yet */
    assert_int_equal(asked(p, 5300), 1);
    pulls_free(p);
}

static void of_a_node_that_is_down_nothing_is_asked(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    struct pull out;
    pulls_probe(p, 100, ORIGIN, STREAM);
    assert_int_equal(pulls_source(p, ORIGIN, 0), KITH_OK);
    assert_int_equal(asked(p, 100), 0);
    assert_true(pulls_due(p) == UINT64_MAX);
    assert_int_equal(pulls_source(p, ORIGIN, RELAY), KITH_OK);
    assert_true(pulls_next(p, 100, &out));
    assert_int_equal(out.source, RELAY);
    pulls_forget(p, ORIGIN);
    assert_int_equal(pulls_open(p), 0);
    moved(p, 100, 1, 2); /* and of who is not known */
    heard(p, 100, 1, 2);
    pulls_probe(p, 100, ORIGIN, STREAM);
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

static void what_cannot_be_applied_yet_is_asked_for_later(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    struct pulls_at a = at(3, 9);
    pulls_gap(p, 100, &a);
    assert_int_equal(asked(p, 100), 1);
    pulls_later(p, 150, &a);
    assert_int_equal(asked(p, 149), 0);
    assert_int_equal(asked(p, 150), 1);
    pulls_free(p);
}

static void all_streams_of_a_node_are_asked_for_one_after_the_other(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++)
        pulls_probe(p, 5, ORIGIN, i);
    struct pull out;
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++) {
        assert_true(pulls_next(p, 5, &out));
        assert_int_equal(out.stream, i);
    }
    assert_false(pulls_next(p, 5, &out));
    assert_in_range(pulls_due(p), 5 + 200, 5 + 300);
    pulls_free(p);
}

static void there_are_so_many_peers_and_no_more(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    for (uint64_t i = 1; i < PEERS_MAX; i++)
        assert_int_equal(pulls_source(p, ORIGIN + i, 1), KITH_OK);
    assert_int_equal(pulls_source(p, 1, 1), KITH_FULL);
    pulls_forget(p, ORIGIN);
    assert_int_equal(pulls_source(p, 1, 1), KITH_OK);
    pulls_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_that_is_on_its_way_is_waited_for),
        cmocka_unit_test(a_gap_is_asked_for_at_once_and_until_the_end),
        cmocka_unit_test(what_is_not_answered_is_asked_again_later_each_time),
        cmocka_unit_test(what_was_asked_in_vain_is_asked_at_once_of_who_is_heard_again),
        cmocka_unit_test(of_a_node_that_is_down_nothing_is_asked),
        cmocka_unit_test(what_cannot_be_applied_yet_is_asked_for_later),
        cmocka_unit_test(all_streams_of_a_node_are_asked_for_one_after_the_other),
        cmocka_unit_test(there_are_so_many_peers_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
