/* tests/io/test_known.c -- what was told last is known, within its bounds, until it changes. */
#include "io/known.h"

#include "base/ids.h"
#include "base/limits.h"
#include "failures.h"
#include "shard/sight_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct known *fresh(size_t bytes)
{
    struct known *k = known_new(bytes, &(struct siphash_key){1, 2});
    assert_non_null(k);
    return k;
}

static void assert_known(const struct known *k, const char *user, const char *want)
{
    struct buf out = {0};
    uint32_t count = 0;
    kith_err e = known_get(k, slice_str(user), &out, &count);
    assert_int_equal(e, want ? KITH_OK : KITH_NONE);
    if (want) assert_true(slice_is(buf_slice(&out), want));
    if (want) assert_int_equal(count, 7);
    buf_fini(&out);
}

static void put(struct known *k, const char *user, const char *ids)
{
    known_put(k, slice_str(user), slice_str(ids), 7);
}

static void the_latest_is_known_until_it_is_dropped(void **state)
{
    (void)state;
    struct known *k = fresh(1000);
    assert_known(k, "ann", NULL);
    put(k, "ann", "\3bob");
    put(k, "eve", "");
    put(k, "ann", "\3zoe");
    assert_known(k, "ann", "\3zoe");
    assert_known(k, "eve", "");
    known_drop(k, KITH_LIT("ann"));
    known_drop(k, KITH_LIT("ann"));
    assert_known(k, "ann", NULL);
    known_free(k);
}

static void the_oldest_make_room(void **state)
{
    (void)state;
    struct known *k = fresh(12);
    put(k, "a", "12345");
    put(k, "b", "12345");
    put(k, "c", "12345");
    assert_known(k, "a", NULL);
    assert_known(k, "b", "12345");
    put(k, "d", "123456789012"); /* more than there may be at all */
    assert_known(k, "d", NULL);
    assert_known(k, "c", "12345");
    known_free(k);
}

static void so_many_users_and_not_one_more(void **state)
{
    (void)state;
    struct known *k = fresh(64 << 20);
    char id[16];
    for (int i = 0; i <= KNOWN_USERS_MAX; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        put(k, id, "x");
    }
    assert_known(k, "0", NULL);
    assert_known(k, "1", "x");
    assert_known(k, id, "x");
    known_free(k);
}

static void all_whose_sight_changes_are_dropped(void **state)
{
    (void)state;
    struct known *k = fresh(1000);
    static const char *const users[] = {"ann", "bob", "eve", "zoe", "yan"};
    for (int i = 0; i < 5; i++)
        put(k, users[i], "x");
    struct mail *m = sight_mail(KITH_LIT("ann"), &(struct sight_lists){.gained = KITH_LIT("\3bob"),
                                                                       .asked = KITH_LIT("\3eve"),
                                                                       .lost = KITH_LIT("\3zoe")});
    known_drop_sight(k, m);
    mail_free(m);
    for (int i = 0; i < 4; i++)
        assert_known(k, users[i], NULL);
    assert_known(k, "yan", "x");
    known_free(k);
}

static void without_memory_it_is_not_known(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct known *k = fresh(1000);
        alloc_fail(i, 1);
        put(k, "ann", "x");
        alloc_heal();
        assert_known(k, "ann", NULL);
        put(k, "ann", "x");
        assert_known(k, "ann", "x");
        known_free(k);
    }
    alloc_fail(0, 1);
    assert_null(known_new(1000, &(struct siphash_key){1, 2}));
    alloc_heal();
    known_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_is_known_until_it_is_dropped),
        cmocka_unit_test(the_oldest_make_room),
        cmocka_unit_test(so_many_users_and_not_one_more),
        cmocka_unit_test(all_whose_sight_changes_are_dropped),
        cmocka_unit_test(without_memory_it_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
