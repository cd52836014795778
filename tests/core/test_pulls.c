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

/* The cases K of clocks, which here are a position in each stream: one number, and its end. Who is
 * beyond another in one stream says nothing about a second one. */

static void k01_who_knows_as_much_of_a_stream_asks_for_nothing_of_it(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    heard(p, 100, 5, 5);
    heard(p, 100, 5, 3);
    assert_int_equal(pulls_open(p), 0);
    assert_int_equal(asked(p, 1000), 0);
    struct pulls_at other = {ORIGIN, STREAM + 1, 0, 1};
    struct pull out;
    pulls_heard(p, 1000, &other);
    assert_true(pulls_next(p, 1030, &out));
    assert_int_equal(out.stream, STREAM + 1);
    assert_false(pulls_next(p, 1030, &out));
    pulls_free(p);
}

static void k02_of_what_was_heard_of_a_stream_the_furthest_is_kept(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    heard(p, 100, 3, 9);
    heard(p, 100, 3, 5);
    heard(p, 100, 3, 9);
    assert_int_equal(pulls_open(p), 1);
    assert_int_equal(asked(p, 130), 1);
    moved(p, 131, 5, 5); /* there is more than that */
    assert_int_equal(pulls_open(p), 1);
    assert_int_equal(asked(p, 161), 1);
    heard(p, 162, 5, 12); /* and more still */
    moved(p, 163, 9, 9);
    assert_int_equal(asked(p, 193), 1);
    moved(p, 194, 12, 12);
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

/* Three nodes, of which two have something new, one of them behind a relay. */
static struct pulls *two_of_three_have_news(void)
{
    struct pulls *p = new_pulls();
    assert_int_equal(pulls_source(p, ORIGIN + 10, ORIGIN + 10), KITH_OK);
    assert_int_equal(pulls_source(p, ORIGIN + 20, RELAY), KITH_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct pulls_at a = {ORIGIN + 10 * i, STREAM, 4, i == 1 ? 4 : 6};
        pulls_heard(p, 100, &a);
    }
    return p;
}

static void k03_asked_are_those_nodes_who_have_more_and_no_others(void **state)
{
    (void)state;
    struct pulls *p = two_of_three_have_news();
    struct pull out;
    assert_int_equal(pulls_open(p), 2);
    assert_true(pulls_next(p, 130, &out));
    assert_true(out.origin == ORIGIN && out.source == ORIGIN);
    assert_true(pulls_next(p, 130, &out));
    assert_true(out.origin == ORIGIN + 20 && out.source == RELAY);
    assert_false(pulls_next(p, 130, &out));
    pulls_free(p);
}

static void k04_the_end_of_a_stream_is_the_highest_that_anybody_named(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    static const uint64_t ends[] = {0, 7, 0, 4};
    for (unsigned i = 0; i < 4; i++)
        heard(p, 100, 0, ends[i]);
    moved(p, 101, 4, 4);
    assert_int_equal(pulls_open(p), 1);
    moved(p, 102, 7, 7);
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

static void k06_of_a_node_that_is_forgotten_nothing_is_asked_and_of_others_all(void **state)
{
    (void)state;
    struct pulls *p = two_of_three_have_news();
    struct pull out;
    pulls_forget(p, ORIGIN);
    assert_int_equal(pulls_open(p), 1);
    heard(p, 101, 4, 9);
    assert_int_equal(pulls_open(p), 1);
    assert_true(pulls_next(p, 200, &out));
    assert_int_equal(out.origin, ORIGIN + 20);
    assert_false(pulls_next(p, 200, &out));
    pulls_free(p);
}

static void k07_who_knows_of_no_node_asks_nobody(void **state)
{
    (void)state;
    struct pulls *p = pulls_new(1);
    struct pull out;
    assert_non_null(p);
    heard(p, 100, 0, 9);
    assert_int_equal(pulls_open(p), 0);
    assert_true(pulls_due(p) == UINT64_MAX);
    assert_false(pulls_next(p, UINT64_MAX - 1, &out));
    pulls_free(p);
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
    assert_int_equal(asked(p, 131), 0); /* the rest may be on its way */
    assert_int_equal(asked(p, 132), 1);
    moved(p, 133, 9, 9);
    assert_int_equal(asked(p, 100000), 0);
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

/* An answer that comes twice, or of a relay that knows no more: who asked again at once for each
 * would ask more and more. */
static void what_brings_nothing_new_is_not_asked_again_at_once(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    heard(p, 100, 0, 9);
    assert_int_equal(asked(p, 200), 1);
    moved(p, 201, 4, 9);
    assert_int_equal(asked(p, 231), 1);
    moved(p, 232, 4, 9);
    moved(p, 233, 4, 9);
    assert_int_equal(asked(p, 233 + 100), 0);
    assert_int_equal(pulls_open(p), 1);
    assert_int_equal(asked(p, 233 + 400), 1);
    moved(p, 700, 9, 9);
    moved(p, 701, 9, 9);
    assert_int_equal(pulls_open(p), 0);
    assert_int_equal(asked(p, 10000), 0);
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

/* The next piece of an answer does not follow then: it is no reason to ask any sooner. */
static void what_waits_is_not_asked_for_because_of_what_comes_behind_it(void **state)
{
    (void)state;
    struct pulls *p = new_pulls();
    struct pulls_at a = at(3, 9);
    heard(p, 100, 3, 9);
    assert_int_equal(asked(p, 200), 1);
    pulls_later(p, 260, &a);
    pulls_gap(p, 210, &a);
    assert_int_equal(asked(p, 210), 0);
    assert_int_equal(asked(p, 260), 1);
    moved(p, 261, 5, 9);
    assert_int_equal(asked(p, 291), 1);
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
        cmocka_unit_test(k01_who_knows_as_much_of_a_stream_asks_for_nothing_of_it),
        cmocka_unit_test(k02_of_what_was_heard_of_a_stream_the_furthest_is_kept),
        cmocka_unit_test(k03_asked_are_those_nodes_who_have_more_and_no_others),
        cmocka_unit_test(k04_the_end_of_a_stream_is_the_highest_that_anybody_named),
        cmocka_unit_test(k06_of_a_node_that_is_forgotten_nothing_is_asked_and_of_others_all),
        cmocka_unit_test(k07_who_knows_of_no_node_asks_nobody),
        cmocka_unit_test(a_batch_that_is_on_its_way_is_waited_for),
        cmocka_unit_test(a_gap_is_asked_for_at_once_and_until_the_end),
        cmocka_unit_test(what_brings_nothing_new_is_not_asked_again_at_once),
        cmocka_unit_test(what_is_not_answered_is_asked_again_later_each_time),
        cmocka_unit_test(what_was_asked_in_vain_is_asked_at_once_of_who_is_heard_again),
        cmocka_unit_test(of_a_node_that_is_down_nothing_is_asked),
        cmocka_unit_test(what_cannot_be_applied_yet_is_asked_for_later),
        cmocka_unit_test(what_waits_is_not_asked_for_because_of_what_comes_behind_it),
        cmocka_unit_test(all_streams_of_a_node_are_asked_for_one_after_the_other),
        cmocka_unit_test(there_are_so_many_peers_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
