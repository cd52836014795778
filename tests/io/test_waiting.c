/* tests/io/test_waiting.c -- what waits for the store's thread: in turn between users, within
 * bounds. */
#include "base/limits.h"
#include "failures.h"
#include "io/waiting.h"
#include "shard/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct waiting *new_waiting(void)
{
    struct waiting *w = waiting_new(&(struct siphash_key){1, 2});
    assert_non_null(w);
    return w;
}

static struct mail *numbered(uint32_t serial, size_t bytes)
{
    struct buf b = {0};
    for (size_t i = 0; i < bytes; i++)
        buf_putc(&b, 'x');
    struct mail *m = mail_new(MAIL_ASK, (kith_slice){0}, buf_slice(&b), (kith_slice){0});
    assert_non_null(m);
    m->serial = serial;
    buf_fini(&b);
    return m;
}

static void put(struct waiting *w, const char *user, uint32_t serial)
{
    assert_int_equal(waiting_put(w, slice_str(user), numbered(serial, 0)), KITH_OK);
}

static void assert_next(struct waiting *w, uint32_t serial)
{
    struct mail *m = waiting_take(w);
    assert_non_null(m);
    assert_int_equal(m->serial, serial);
    assert_null(m->next);
    mail_free(m);
}

static void users_have_their_turn_one_after_the_other(void **state)
{
    (void)state;
    struct waiting *w = new_waiting();
    assert_false(waiting_any(w));
    assert_null(waiting_take(w));
    put(w, "ann", 1);
    put(w, "ann", 2);
    put(w, "ann", 3);
    put(w, "ben", 4);
    assert_true(waiting_any(w));
    assert_next(w, 1);
    put(w, "cat", 5);
    put(w, "ben", 6);
    assert_next(w, 4);
    assert_next(w, 2);
    assert_next(w, 5);
    assert_next(w, 6);
    assert_next(w, 3);
    assert_null(waiting_take(w));
    assert_false(waiting_any(w));
    put(w, "ann", 7); /* a line that has ended begins anew */
    assert_next(w, 7);
    waiting_free(w);
}

static void operators_have_every_second_turn(void **state)
{
    (void)state;
    struct waiting *w = new_waiting();
    put(w, "", 10);
    waiting_put_own(w, numbered(11, 0));
    put(w, "", 12);
    put(w, "ann", 1);
    put(w, "ben", 2);
    assert_next(w, 1);
    assert_next(w, 10);
    assert_next(w, 2);
    assert_next(w, 11);
    assert_next(w, 12);
    put(w, "ann", 3);
    put(w, "", 13);
    struct mail *m = waiting_take_own(w);
    assert_int_equal(m->serial, 13);
    mail_free(m);
    assert_null(waiting_take_own(w));
    assert_next(w, 3);
    waiting_free(w);
}

static void a_user_may_have_so_much_waiting_and_others_likewise(void **state)
{
    (void)state;
    struct waiting *w = new_waiting();
    for (uint32_t i = 0; i < WAITING_OF_USER_MAX; i++)
        put(w, "ann", i);
    struct mail *m = numbered(0, 0);
    assert_int_equal(waiting_put(w, KITH_LIT("ann"), m), KITH_FULL);
    assert_int_equal(waiting_put(w, KITH_LIT("ben"), m), KITH_OK);
    m = numbered(0, WAITING_OF_USER_BYTES_MAX);
    assert_int_equal(waiting_put(w, KITH_LIT("ben"), m), KITH_FULL);
    mail_free(m);
    assert_next(w, 0);
    put(w, "ann", 0); /* there is room for one again */
    waiting_free(w);
}

static void all_together_may_have_so_much_and_operators_as_much(void **state)
{
    enum { BYTES = WAITING_OF_USER_BYTES_MAX - 1024 };
    (void)state;
    struct waiting *w = new_waiting();
    struct mail *m;
    char user[16];
    unsigned fit = 0;
    for (;; fit++) {
        (void)snprintf(user, sizeof user, "u%u", fit);
        m = numbered(fit, BYTES);
        if (waiting_put(w, slice_str(user), m) != KITH_OK) break;
    }
    assert_int_equal(fit, WAITING_BYTES_MAX / (BYTES + sizeof *m));
    for (unsigned own = 0; own < fit; own++)
        assert_int_equal(waiting_put(w, KITH_LIT(""), numbered(own, BYTES)), KITH_OK);
    assert_int_equal(waiting_put(w, KITH_LIT(""), m), KITH_FULL);
    waiting_put_own(w, m); /* what the server itself needs is never refused */
    waiting_free(w);
}

/* One whose list is that long. */
static struct mail *visibility(uint32_t serial, size_t bytes, const char *ref)
{
    struct buf b = {0};
    for (size_t i = 0; i < bytes; i++)
        buf_putc(&b, 'x');
    struct rule r = {.kind = RULE_VISIBILITY,
                     .user = KITH_LIT("ann"),
                     .visibility = VISIBILITY_ONLY,
                     .ids = buf_slice(&b)};
    struct mail *m = rule_mail(&r, slice_str(ref));
    assert_non_null(m);
    m->serial = serial;
    buf_fini(&b);
    return m;
}

static void a_newer_visibility_takes_the_place_of_one_that_waits(void **state)
{
    (void)state;
    struct waiting *w = new_waiting();
    const kith_slice ann = KITH_LIT("ann");
    put(w, "ann", 1);
    assert_int_equal(waiting_put(w, ann, visibility(2, 700000, "\"a\"")), KITH_OK);
    put(w, "ann", 3);
    assert_int_equal(waiting_put(w, ann, visibility(4, 900000, "\"b\"")), KITH_OK);
    assert_int_equal(waiting_put(w, ann, visibility(5, 800000, "\"c\"")), KITH_OK);
    assert_next(w, 1);
    struct mail *m = waiting_take(w), *a = m->next, *b = a->next;
    assert_int_equal(m->serial, 5);
    assert_int_equal(m->b_len, 800000);
    assert_int_equal(a->serial, 2);
    assert_int_equal(a->b_len, 0);
    assert_true(slice_is(mail_c(a), "\"a\""));
    assert_true(slice_is(mail_c(b), "\"b\""));
    assert_null(b->next);
    mail_queue_fini(&(struct mail_queue){.first = m});
    assert_next(w, 3);
    assert_int_equal(waiting_put(w, ann, visibility(6, 1000000, "\"d\"")), KITH_OK);
    assert_int_equal(waiting_put(w, ann, visibility(7, 10, "\"e\"")), KITH_OK);
    waiting_free(w); /* with those that were replaced */
}

static void without_memory_nothing_is_kept(void **state)
{
    (void)state;
    struct waiting *w = new_waiting();
    struct mail *m = numbered(1, 0);
    kith_err e = KITH_NOMEM;
    for (size_t nth = 0; e; nth++) {
        alloc_fail(nth, SIZE_MAX / 2);
        e = waiting_put(w, KITH_LIT("ann"), m);
        (void)alloc_heal();
        if (e) assert_int_equal(e, KITH_NOMEM);
        if (e) assert_false(waiting_any(w));
    }
    assert_next(w, 1);
    alloc_fail(0, 1);
    assert_null(waiting_new(&(struct siphash_key){1, 2}));
    (void)alloc_heal();
    waiting_free(w);
    waiting_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_have_their_turn_one_after_the_other),
        cmocka_unit_test(operators_have_every_second_turn),
        cmocka_unit_test(a_user_may_have_so_much_waiting_and_others_likewise),
        cmocka_unit_test(all_together_may_have_so_much_and_operators_as_much),
        cmocka_unit_test(a_newer_visibility_takes_the_place_of_one_that_waits),
        cmocka_unit_test(without_memory_nothing_is_kept),
    };
    return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
