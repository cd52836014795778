/* tests/core/test_pulls_left.c -- what is asked again when an answer has said what it left out. */
#include "core/pulls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ORIGIN = 7, ALL = 4 }; /* streams, from the first on */

static uint32_t asked(struct pulls *p, uint64_t now)
{
    struct pull out;
    uint32_t n = 0;
    while (pulls_next(p, now, &out))
        n++;
    return n;
}

/* Their question's number. */
static uint64_t ask_all(struct pulls *p, uint64_t now, uint32_t count)
{
    struct pull out;
    uint64_t question = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(pulls_next(p, now, &out));
        assert_true(i == 0 || out.question == question);
        question = out.question;
    }
    assert_false(pulls_next(p, now, &out));
    return question;
}

static struct pulls *ask_for_all(uint64_t now, uint64_t *question)
{
    struct pulls *p = pulls_new(1);
    assert_non_null(p);
    assert_int_equal(pulls_source(p, ORIGIN, ORIGIN), KITH_OK);
    for (uint32_t i = 0; i < ALL; i++)
        pulls_probe(p, now, ORIGIN, i);
    *question = ask_all(p, now, ALL);
    return p;
}

static void brought(struct pulls *p, uint64_t now, uint32_t stream, uint64_t cursor, uint64_t end)
{
    pulls_moved(p, now, &(struct pulls_at){ORIGIN, stream, cursor, end});
}

static void left(struct pulls *p, uint64_t now, uint64_t question, uint64_t wait, uint32_t from)
{
    for (uint32_t i = from; i < ALL; i++)
        pulls_left(p, now, &(struct pulls_left){ORIGIN, question, wait, i});
}

static void what_found_no_room_in_an_answer_is_asked_for_as_soon_as_that_has_come(void **state)
{
    (void)state;
    uint64_t question;
    struct pulls *p = ask_for_all(100, &question);
    brought(p, 101, 0, 9, 9);
    brought(p, 101, 1, 5, 9); /* it was cut there */
    assert_int_equal(asked(p, 101), 0);
    left(p, 101, question, 0, 1);
    assert_int_equal(pulls_due(p), 101);
    assert_true(ask_all(p, 101, ALL - 1) > question);
    assert_int_equal(pulls_open(p), ALL - 1);
    pulls_free(p);
}

/* Else each repetition of an answer would begin a row of questions of its own. */
static void an_answer_that_is_late_or_comes_twice_asks_for_nothing(void **state)
{
    (void)state;
    uint64_t first, second;
    struct pulls *p = ask_for_all(100, &first);
    brought(p, 101, 0, 9, 9);
    left(p, 101, first, 0, 1);
    second = ask_all(p, 101, ALL - 1);
    brought(p, 102, 1, 9, 9);
    left(p, 102, first, 0, 2);
    assert_int_equal(asked(p, 102), 0);
    left(p, 102, second, 0, 2);
    left(p, 102, second, 0, 2);
    assert_true(ask_all(p, 102, ALL - 2) > second);
    pulls_free(p);
}

/* Where large frames do not come through and small ones do. */
static void an_answer_that_brings_nothing_is_as_good_as_none(void **state)
{
    (void)state;
    uint64_t question;
    struct pulls *p = ask_for_all(100, &question);
    left(p, 101, question, 0, 1);
    assert_int_equal(asked(p, 300), 0);
    assert_int_equal(asked(p, 401), ALL);
    pulls_free(p);
}

static void who_is_to_wait_asks_then(void **state)
{
    (void)state;
    uint64_t question;
    struct pulls *p = ask_for_all(100, &question);
    left(p, 101, question, 700, 0);
    assert_int_equal(asked(p, 800), 0);
    question = ask_all(p, 801, ALL);
    left(p, 802, question, UINT64_MAX, 0); /* and nobody for ever */
    assert_int_equal(asked(p, 802 + 4999), 0);
    assert_int_equal(asked(p, 802 + 5000), ALL);
    pulls_free(p);
}

static void what_is_known_by_now_is_not_asked_for_because_it_was_left_out(void **state)
{
    (void)state;
    uint64_t question;
    struct pulls *p = ask_for_all(100, &question);
    for (uint32_t i = 0; i < ALL; i++)
        brought(p, 101, i, 9, 9); /* a batch has come meanwhile */
    left(p, 102, question, 0, 0);
    left(p, 102, 0, 0, 0);
    assert_int_equal(asked(p, 5000), 0);
    pulls_left(p, 102, &(struct pulls_left){ORIGIN + 1, question, 0, 0}); /* nobody knows that */
    assert_int_equal(pulls_open(p), 0);
    pulls_free(p);
}

/* What is left of an answer that comes in pieces is on its way, however long that takes. */
static void while_an_answer_comes_nothing_is_asked(void **state)
{
    (void)state;
    uint64_t question;
    struct pulls *p = ask_for_all(100, &question);
    for (uint64_t i = 1; i < 9; i++) {
        brought(p, 100 + 25 * i, 0, 10 * i, 90);
        assert_int_equal(asked(p, 100 + 25 * i + 24), 0);
    }
    brought(p, 325, 0, 90, 90);
    assert_int_equal(pulls_open(p), ALL - 1);
    pulls_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_found_no_room_in_an_answer_is_asked_for_as_soon_as_that_has_come),
        cmocka_unit_test(an_answer_that_is_late_or_comes_twice_asks_for_nothing),
        cmocka_unit_test(an_answer_that_brings_nothing_is_as_good_as_none),
        cmocka_unit_test(who_is_to_wait_asks_then),
        cmocka_unit_test(what_is_known_by_now_is_not_asked_for_because_it_was_left_out),
        cmocka_unit_test(while_an_answer_comes_nothing_is_asked),
    };
    return cmocka_run_group_tests_name("pulls_left", tests, NULL, NULL);
}
