/* tests/core/test_presence_memory.c -- sessions when memory runs out: nothing changes, and nothing
 * is told. */
#include "failures.h"
#include "sessions.h"

static kith_err attempt(struct people *s, int what)
{
    struct entry saved = {.key = KITH_LIT("9"),
                          .meta = {.fields = AWAY, .online_at_s = 5},
                          .ref = {3, 4},
                          .prev = {2, 1}};
    struct presence_session nobody = {KITH_LIT("room:none"), KITH_LIT("9"), 4, 0};
    switch (what) {
    case 0: return join(s, 1, 10, 5, ONLINE);
    case 1: return lose(s, 1, 10, 5, GRACE);
    case 2: return join(s, 1, 11, 5, AWAY);
    case 3: return update(s, 1, 11, KITH_LIT("{\"a\":1}"));
    case 4: return presence_restore(s->p, KITH_LIT("room:9"), &saved, 0, GRACE);
    case 5: return lose(s, 1, 11, 5, GRACE);
    default: return presence_leave(s->p, &nobody, &s->told);
    }
}

static void without_memory_nothing_changes_and_nothing_is_told(void **state)
{
    struct people *s = *state;
    for (int what = 0; what <= 6; what++)
        for (size_t nth = 0;; nth++) {
            uint64_t count = presence_count(s->p);
            changes_fini(&s->told);
            alloc_fail(nth, 1);
            kith_err e = attempt(s, what);
            (void)alloc_heal();
            if (e == KITH_OK) break;
            assert_int_equal(e, KITH_NOMEM);
            assert_int_equal(s->told.count, 0);
            assert_int_equal(presence_count(s->p), count);
        }
    struct entry e;
    assert_int_equal(list(s, 1, &e), 1);
    assert_slice(e.meta.fields, KITH_LIT("{\"a\":1}"));
}

/* With nothing there yet, so that the first page of each kind is missing in turn. */
static void without_memory_the_first_loss_is_none(void **state)
{
    (void)state;
    kith_err e = KITH_NOMEM;
    for (size_t nth = 0; e != KITH_OK; nth++) {
        struct people s = people_new(1, 9);
        must(join(&s, 1, 10, 0, ONLINE));
        changes_clear(&s.told);
        alloc_fail(nth, 1);
        e = lose(&s, 1, 10, 0, GRACE);
        (void)alloc_heal();
        (void)expire(&s, GRACE);
        assert_told(&s, e ? "" : "-1");
        if (e) must(update(&s, 1, 10, AWAY));
        people_free(&s);
    }
}

static void without_memory_to_tell_it_a_leave_waits(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    must(lose(s, 1, 10, 0, GRACE));
    changes_fini(&s->told);
    alloc_fail(0, 1);
    assert_int_equal(expire(s, GRACE), GRACE);
    (void)alloc_heal();
    assert_int_equal(presence_count(s->p), 1);
    assert_int_equal(expire(s, GRACE), UINT64_MAX);
    assert_told(s, "-1");
}

static void without_memory_there_is_no_presence(void **state)
{
    (void)state;
    const struct presence_options o = {.inc = 1, .partitions = 4};
    for (size_t nth = 0; nth < 2; nth++) {
        alloc_fail(nth, 1);
        assert_null(presence_new(&o));
        (void)alloc_heal();
    }
    presence_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEOPLE(without_memory_nothing_changes_and_nothing_is_told),
        cmocka_unit_test(without_memory_the_first_loss_is_none),
        WITH_PEOPLE(without_memory_to_tell_it_a_leave_waits),
        cmocka_unit_test(without_memory_there_is_no_presence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
