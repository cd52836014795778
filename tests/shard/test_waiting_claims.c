/* tests/shard/test_waiting_claims.c -- sessions that wait for another node's answer: found by
 * session, by number, and in the order in which they came. */
#include "shard/waiting_claims.h"

#include "chance.h"
#include "failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct claim *add(struct claims *c, uint64_t owner)
{
    struct claim *claim = calloc(1, sizeof *claim);
    assert_non_null(claim);
    claim->owner = owner;
    assert_int_equal(claims_add(c, claim), KITH_OK);
    return claim;
}

static void end(struct claims *c, struct claim *claim)
{
    claims_remove(c, claim);
    free(claim);
}

static void they_are_found_by_session_and_by_number_until_they_are_removed(void **state)
{
    (void)state;
    struct claims c = {0};
    assert_null(claims_oldest(&c));
    assert_null(claims_of_owner(&c, 7));
    assert_null(claims_of_serial(&c, 0));
    struct claim *a = add(&c, 7), *b = add(&c, 8);
    assert_int_not_equal(a->serial, b->serial);
    assert_ptr_equal(claims_of_owner(&c, 7), a);
    assert_ptr_equal(claims_of_owner(&c, 8), b);
    assert_ptr_equal(claims_of_serial(&c, a->serial), a);
    assert_ptr_equal(claims_oldest(&c), a);
    uint64_t gone = a->serial;
    end(&c, a);
    assert_null(claims_of_owner(&c, 7));
    assert_null(claims_of_serial(&c, gone));
    assert_ptr_equal(claims_oldest(&c), b);
    end(&c, b);
    assert_null(claims_oldest(&c));
    assert_null(claims_of_serial(&c, gone + 100));
    claims_fini(&c);
}

enum { OWNERS = 300 };

static void the_oldest_is_the_first_of_those_that_are_left(void **state)
{
    (void)state;
    struct claims c = {0};
    uint64_t seed = 1;
    struct claim *of[OWNERS + 1] = {0};
    for (int i = 0; i < 200000; i++) {
        uint64_t owner = 1 + chance_below(&seed, OWNERS);
        assert_ptr_equal(claims_of_owner(&c, owner), of[owner]);
        if (of[owner]) end(&c, of[owner]);
        of[owner] = of[owner] ? NULL : add(&c, owner);
        if (i % 500) continue;
        const struct claim *oldest = NULL;
        for (int k = 1; k <= OWNERS; k++)
            if (of[k] && (!oldest || of[k]->serial < oldest->serial)) oldest = of[k];
        assert_ptr_equal(claims_oldest(&c), oldest);
    }
    assert_true(c.cap <= 1 << 16);
    claims_fini(&c);
}

static void numbers_go_on_behind_31_bits(void **state)
{
    (void)state;
    struct claims c = {.first = INT32_MAX - 1ull, .last = INT32_MAX - 1ull};
    struct claim *of[40];
    for (uint64_t i = 0; i < 40; i++)
        of[i] = add(&c, i + 1);
    for (uint64_t i = 0; i < 40; i++)
        assert_ptr_equal(claims_of_owner(&c, i + 1), of[i]);
    claims_fini(&c);
}

static void without_memory_it_is_the_callers_still(void **state)
{
    (void)state;
    struct claims c = {0};
    struct claim claim = {.owner = 7};
    for (size_t nth = 0;; nth++) {
        alloc_fail(nth, 1);
        kith_err e = claims_add(&c, &claim);
        (void)alloc_heal();
        if (e == KITH_OK) break;
        assert_int_equal(e, KITH_NOMEM);
        assert_null(claims_oldest(&c));
        assert_null(claims_of_owner(&c, 7));
    }
    claims_remove(&c, &claim);
    claims_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_found_by_session_and_by_number_until_they_are_removed),
        cmocka_unit_test(the_oldest_is_the_first_of_those_that_are_left),
        cmocka_unit_test(numbers_go_on_behind_31_bits),
        cmocka_unit_test(without_memory_it_is_the_callers_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
