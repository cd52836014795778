/* tests/io/test_wants.c -- users who are to be read stand in one line each, in order. */
#include "io/wants.h"

#include "base/limits.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct wants *fresh(void)
{
    struct wants *w = wants_new(&(struct siphash_key){1, 2});
    assert_non_null(w);
    return w;
}

static struct want *put(struct wants *w, const char *user, enum wants_line line)
{
    struct want *want = wants_of(w, slice_str(user));
    assert_non_null(want);
    wants_stand(w, want, line);
    return want;
}

static void assert_first(const struct wants *w, enum wants_line line, const char *user)
{
    struct want *first = wants_first(w, line);
    if (!user)
        assert_null(first);
    else
        assert_true(slice_is(want_user(first), user));
}

static void each_stands_in_one_line_in_order(void **state)
{
    (void)state;
    struct wants *w = fresh();
    struct want *ann = put(w, "ann", WANTS_SWEEP), *ben = put(w, "ben", WANTS_SWEEP);
    struct want *eve = put(w, "eve", WANTS_SWEEP);
    assert_first(w, WANTS_JOINS, NULL);
    assert_first(w, WANTS_SWEEP, "ann");
    assert_ptr_equal(wants_of(w, KITH_LIT("ben")), ben);
    wants_stand(w, ben, WANTS_JOINS);
    wants_stand(w, ann, WANTS_SWEEP);
    assert_first(w, WANTS_JOINS, "ben");
    assert_first(w, WANTS_SWEEP, "eve");
    wants_stand(w, eve, WANTS_NOWHERE);
    assert_first(w, WANTS_SWEEP, "ann");
    wants_drop(w, ann);
    assert_first(w, WANTS_SWEEP, NULL);
    wants_drop(w, eve);
    wants_drop(w, ben);
    assert_first(w, WANTS_JOINS, NULL);
    assert_int_equal(put(w, "ben", WANTS_HINTS)->version, 0);
    wants_free(w);
    wants_free(NULL);
}

static void so_many_and_not_one_more(void **state)
{
    (void)state;
    struct wants *w = fresh();
    char name[16];
    for (int i = 0; i < SOURCE_WANTS_MAX; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        (void)put(w, name, i % 2 ? WANTS_HINTS : WANTS_SWEEP);
    }
    assert_null(wants_of(w, KITH_LIT("one more")));
    assert_non_null(wants_of(w, KITH_LIT("7")));
    wants_drop(w, wants_first(w, WANTS_HINTS));
    assert_non_null(wants_of(w, KITH_LIT("one more")));
    assert_null(wants_of(w, (kith_slice){0}));
    wants_free(w);
}

static void mail_goes_with_them(void **state)
{
    (void)state;
    struct wants *w = fresh();
    struct want *ann = put(w, "ann", WANTS_JOINS);
    struct mail *a = mail_new(MAIL_WANT_WATCHED, KITH_LIT("ann"), (kith_slice){0}, (kith_slice){0});
    struct mail *b = mail_new(MAIL_WANT_WATCHED, KITH_LIT("ann"), (kith_slice){0}, (kith_slice){0});
    assert_true(a && b);
    mail_append(&ann->joins, a);
    mail_append(&ann->late, b);
    wants_free(w);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    alloc_fail(0, 1);
    assert_null(wants_new(&(struct siphash_key){1, 2}));
    (void)alloc_heal();
    for (size_t skip = 0; skip < 3; skip++) {
        struct wants *w = fresh();
        alloc_fail(skip, 1);
        assert_null(wants_of(w, KITH_LIT("ann")));
        (void)alloc_heal();
        (void)put(w, "ann", WANTS_HINTS);
        assert_first(w, WANTS_HINTS, "ann");
        wants_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stands_in_one_line_in_order),
        cmocka_unit_test(so_many_and_not_one_more),
        cmocka_unit_test(mail_goes_with_them),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
