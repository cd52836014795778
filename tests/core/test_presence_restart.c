/* tests/core/test_presence_restart.c -- what a restart keeps of the sessions. */
#include "sessions.h"

/* Grace */

static void a_restart_keeps_entries_and_their_refs(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 555, ONLINE));
    must(update(s, 1, 10, AWAY));
    must(join(s, 2, 20, UINT64_MAX - 7, ONLINE));
    must(lose(s, 2, 20, UINT64_MAX - 7, GRACE));
    struct people after = people_new(8, 10);
    struct presence_walk w = {0};
    kith_slice topic;
    struct entry e;
    uint64_t device;
    uint32_t saved = 0;
    while (presence_next_any(s->p, &w, &topic, &e, &device)) {
        must(presence_restore(after.p, topic, &e, device, 30000));
        saved++;
    }
    assert_int_equal(saved, 2);
    assert_told(&after, "");
    struct entry now;
    assert_int_equal(list(s, 1, &e), 1);
    assert_int_equal(list(&after, 1, &now), 1);
    assert_memory_equal(now.meta.ref, e.meta.ref, REF_BYTES);
    assert_memory_equal(now.meta.prev, e.meta.prev, REF_BYTES);
    assert_int_equal(now.meta.online_at_s, NOW_S);
    must(join(&after, 1, 1, 555, NOTHING));
    must(join(&after, 2, 2, UINT64_MAX - 7, NOTHING));
    assert_told(&after, "");
    assert_int_equal(list(&after, 1, &now), 1);
    assert_slice(now.meta.fields, AWAY);
    people_free(&after);
}

/* An entry of user 4. */
static kith_err restore_4(struct people *s, uint64_t seq)
{
    struct entry e = {
        .key = KITH_LIT("4"), .meta = {.fields = AWAY, .online_at_s = 5}, .ref = {3, seq}};
    return presence_restore(s->p, KITH_LIT("user_presence:4"), &e, 0, 30000);
}

static void who_does_not_come_back_after_a_restart_leaves(void **state)
{
    struct people *s = *state;
    must(restore_4(s, 4));
    assert_int_equal(expire(s, 29999), 30000);
    assert_told(s, "");
    expire(s, 30000);
    assert_slice(s->told.items[0].old.fields, AWAY);
    assert_told(s, "-4");
}

static void two_entries_of_one_user_are_both_restored(void **state)
{
    struct people *s = *state;
    for (uint64_t i = 1; i <= 2; i++)
        must(restore_4(s, i));
    struct entry e;
    assert_int_equal(list(s, 4, &e), 2);
    must(join(s, 4, 1, 0, NOTHING));
    must(join(s, 4, 2, 0, NOTHING));
    assert_told(s, "");
    assert_int_equal(list(s, 4, &e), 2);
}

static void a_bad_dot_is_not_restored(void **state)
{
    struct people *s = *state;
    assert_int_equal(restore_4(s, 0), KITH_BAD);
    assert_int_equal(presence_count(s->p), 0);
    assert_int_equal(expire(s, 30000), UINT64_MAX);
    assert_told(s, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEOPLE(a_restart_keeps_entries_and_their_refs),
        WITH_PEOPLE(who_does_not_come_back_after_a_restart_leaves),
        WITH_PEOPLE(two_entries_of_one_user_are_both_restored),
        WITH_PEOPLE(a_bad_dot_is_not_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
