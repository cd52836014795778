/* tests/core/test_presence.c -- sessions that come, are lost, and come back: grace, and adoption.
 */
#include "core/replica.h"
#include "sessions.h"

static void a_session_without_a_status_is_online(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, NOTHING));
    assert_slice(s->told.items[0].now.fields, ONLINE);
    assert_told(s, "+1");
    must(update(s, 1, 10, AWAY));
    assert_told(s, "~1");
    must(leave(s, 1, 10));
    assert_told(s, "-1");
}

static void what_was_never_joined_is_none_and_leaving_it_is_fine(void **state)
{
    struct people *s = *state;
    assert_int_equal(update(s, 1, 10, AWAY), KITH_NONE);
    assert_int_equal(lose(s, 1, 10, 0, GRACE), KITH_NONE);
    must(leave(s, 1, 10));
    must(join(s, 1, 10, 0, ONLINE));
    changes_clear(&s->told);
    assert_int_equal(update(s, 1, 11, AWAY), KITH_NONE);
    assert_int_equal(lose(s, 1, 11, 0, GRACE), KITH_NONE);
    must(leave(s, 1, 11));
    assert_told(s, "");
}

static void who_joins_again_is_news_only_with_another_status(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    assert_told(s, "+1");
    must(join(s, 1, 10, 0, ONLINE));
    must(join(s, 1, 10, 0, (kith_slice){0}));
    assert_told(s, "");
    must(join(s, 1, 10, 0, AWAY));
    assert_told(s, "~1");
    must(join(s, 1, 10, 0, AWAY));
    assert_told(s, "");
    must(leave(s, 1, 10));
    assert_told(s, "-1");
}

/* Grace */

static void n10_a_reload_within_grace_tells_nobody_anything(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 555, AWAY));
    struct entry before, after;
    assert_int_equal(list(s, 1, &before), 1);
    changes_clear(&s->told);
    must(lose(s, 1, 10, 555, GRACE));
    assert_int_equal(list(s, 1, &after), 1);
    assert_int_equal(expire(s, GRACE - 1), GRACE);
    must(join(s, 1, 11, 555, NOTHING));
    assert_told(s, "");
    assert_int_equal(expire(s, 10 * GRACE), UINT64_MAX);
    assert_told(s, "");
    assert_int_equal(list(s, 1, &after), 1);
    assert_int_equal(after.owner, 11);
    assert_memory_equal(after.meta.ref, before.meta.ref, REF_BYTES);
    assert_slice(after.meta.fields, AWAY);
}

static void who_stays_away_leaves_when_the_grace_is_over(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    changes_clear(&s->told);
    must(lose(s, 1, 10, 0, GRACE));
    assert_int_equal(expire(s, GRACE - 1), GRACE);
    assert_told(s, "");
    assert_int_equal(expire(s, GRACE), UINT64_MAX);
    assert_told(s, "-1");
    struct entry e;
    assert_int_equal(list(s, 1, &e), 0);
}

static void coming_back_with_another_status_is_one_update(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    changes_clear(&s->told);
    must(lose(s, 1, 10, 0, GRACE));
    must(join(s, 1, 11, 0, AWAY));
    assert_slice(s->told.items[0].old.fields, ONLINE);
    assert_slice(s->told.items[0].now.fields, AWAY);
    assert_memory_equal(s->told.items[0].now.prev, s->told.items[0].old.ref, REF_BYTES);
    assert_told(s, "~1");
    must(lose(s, 1, 11, 0, GRACE));
    must(join(s, 1, 12, 0, AWAY));
    assert_told(s, "");
}

static void another_device_does_not_adopt(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 555, ONLINE));
    must(lose(s, 1, 10, 555, GRACE));
    changes_clear(&s->told);
    must(join(s, 1, 11, 556, NOTHING));
    must(join(s, 1, 12, 0, NOTHING));
    must(join(s, 1, 13, UINT64_MAX, NOTHING));
    assert_told(s, "+1 +1 +1");
    must(join(s, 1, 14, 555, NOTHING));
    assert_told(s, "");
}

static void another_user_or_key_does_not_adopt(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 555, ONLINE));
    must(lose(s, 1, 10, 555, GRACE));
    changes_clear(&s->told);
    must(join(s, 2, 11, 555, NOTHING));
    struct presence_session guest = {KITH_LIT("user_presence:1"), KITH_LIT("guest"), 12, 555};
    must(presence_join(s->p, &guest, NOW_S, NOTHING, &s->told));
    assert_told(s, "+2 +guest");
}

static void the_most_recently_lost_is_adopted_first(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, KITH_LIT("{\"n\":10}")));
    must(join(s, 1, 11, 0, KITH_LIT("{\"n\":11}")));
    must(join(s, 1, 12, 0, KITH_LIT("{\"n\":12}")));
    changes_clear(&s->told);
    /* However long each may linger. */
    must(lose(s, 1, 12, 0, GRACE + 3));
    must(lose(s, 1, 10, 0, GRACE + 9));
    must(lose(s, 1, 11, 0, GRACE + 1));
    const uint64_t order[] = {11, 10, 12};
    for (uint64_t i = 0; i < 3; i++) {
        must(join(s, 1, 20 + i, 0, NOTHING));
        char expected[16];
        snprintf(expected, sizeof expected, "{\"n\":%lu}", (unsigned long)order[i]);
        kith_slice topic = topic_of(s, 1);
        struct entry e;
        bool found = false;
        for (struct tracker_walk w = {0}; presence_next(s->p, topic, &w, &e);)
            if (e.owner == 20 + i) {
                assert_slice(e.meta.fields, slice_str(expected));
                found = true;
            }
        assert_true(found);
    }
    assert_told(s, "");
    must(join(s, 1, 30, 0, NOTHING));
    assert_told(s, "+1");
}

static void live_sessions_never_share_an_entry(void **state)
{
    struct people *s = *state;
    for (uint64_t i = 0; i < 5; i++)
        must(join(s, 1, 10 + i, 555, ONLINE));
    struct entry e;
    assert_int_equal(list(s, 1, &e), 5);
    must(lose(s, 1, 12, 555, GRACE));
    changes_clear(&s->told);
    must(join(s, 1, 20, 555, NOTHING));
    assert_told(s, "");
    must(join(s, 1, 21, 555, NOTHING));
    assert_told(s, "+1");
    assert_int_equal(list(s, 1, &e), 6);
}

/* The number of a lost session may be given to another one at once. */
static void a_session_of_the_same_number_is_not_the_lost_one(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 555, ONLINE));
    must(lose(s, 1, 10, 555, GRACE));
    changes_clear(&s->told);
    must(join(s, 1, 10, 7, NOTHING));
    assert_told(s, "+1");
    must(leave(s, 1, 10));
    assert_told(s, "-1");
    expire(s, GRACE);
    assert_told(s, "-1");
}

static void who_has_an_entry_does_not_adopt_another(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    must(join(s, 1, 11, 0, ONLINE));
    must(lose(s, 1, 11, 0, GRACE));
    changes_clear(&s->told);
    must(join(s, 1, 10, 0, AWAY));
    assert_told(s, "~1");
    expire(s, GRACE);
    assert_told(s, "-1");
}

static void without_grace_a_loss_is_a_leave(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    must(join(s, 2, 20, 0, ONLINE));
    changes_clear(&s->told);
    must(lose(s, 1, 10, 0, 0));
    assert_told(s, "-1");
    expire(s, 700);
    must(lose(s, 2, 20, 0, 700));
    assert_told(s, "-2");
    assert_int_equal(presence_count(s->p), 0);
}

static void lost_again_it_lingers_anew(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    changes_clear(&s->told);
    must(lose(s, 1, 10, 0, 100));
    must(join(s, 1, 11, 0, NOTHING));
    must(lose(s, 1, 11, 0, 900));
    assert_int_equal(expire(s, 100), 900);
    assert_told(s, "");
    expire(s, 900);
    assert_told(s, "-1");
}

static void a_mass_drop_is_paced(void **state)
{
    struct people *s = *state;
    for (uint32_t i = 0; i < 25; i++) {
        must(join(s, i, i + 1, 0, ONLINE));
        must(lose(s, i, i + 1, 0, GRACE + i / 20));
    }
    must(join(s, 3, 100, 0, NOTHING)); /* one is back */
    changes_clear(&s->told);
    assert_int_equal(presence_expire(s->p, GRACE, 10, &s->told), GRACE);
    assert_int_equal(s->told.count, 10);
    /* The bound is on this call, not on what was told before. */
    assert_int_equal(presence_expire(s->p, GRACE, 10, &s->told), GRACE + 1);
    assert_int_equal(s->told.count, 19);
    assert_int_equal(presence_expire(s->p, GRACE + 1, 10, &s->told), UINT64_MAX);
    assert_int_equal(s->told.count, 24);
    assert_int_equal(presence_count(s->p), 1);
}

static void losses_that_came_back_leave_nothing_behind(void **state)
{
    struct people *s = *state;
    uint64_t bytes = 0;
    must(join(s, 1, 10, 0, ONLINE));
    for (uint64_t i = 0; i < 20000; i++) {
        must(lose(s, 1, 10 + i, 0, GRACE + i));
        must(join(s, 1, 11 + i, 0, NOTHING));
        expire(s, i);
        if (i == 10000) bytes = presence_bytes(s->p);
    }
    assert_true(presence_bytes(s->p) <= bytes);
    assert_told(s, "+1");
}

/* Reading */

static void all_are_met_with_their_devices(void **state)
{
    struct people *s = *state;
    for (uint32_t i = 0; i < 200; i++)
        must(join(s, i, i + 1, i * 3, ONLINE));
    uint8_t seen[200] = {0};
    kith_slice topic;
    struct entry e;
    uint64_t device;
    for (struct presence_walk w = {0}; presence_next_any(s->p, &w, &topic, &e, &device);) {
        assert_int_equal(device, (e.owner - 1) * 3);
        seen[e.owner - 1]++;
    }
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(seen[i], 1);
}

static void the_metas_of_one_key_are_listed_alone(void **state)
{
    struct people *s = *state;
    kith_slice room = KITH_LIT("room:1");
    for (uint64_t i = 0; i < 9; i++)
        must(presence_join(
            s->p,
            &(struct presence_session){room, i % 3 ? KITH_LIT("bob") : KITH_LIT("alice"), i + 1, 0},
            NOW_S, NOTHING, &s->told));
    struct entry e;
    uint32_t n = 0;
    for (struct tracker_walk w = {0}; presence_next_of_key(s->p, room, KITH_LIT("alice"), &w, &e);
         n++)
        assert_true(slice_is(e.key, "alice"));
    assert_int_equal(n, 3);
    struct tracker_walk w = {0};
    assert_false(presence_next_of_key(s->p, room, KITH_LIT("carol"), &w, &e));
    w = (struct tracker_walk){0};
    assert_false(presence_next_of_key(s->p, KITH_LIT("room:2"), KITH_LIT("alice"), &w, &e));
}

/* What other nodes' trackers know comes into the same lists, and is not saved with ours. */
static void replicated_entries_are_listed_and_not_saved(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    uint16_t partition = presence_partition(topic_of(s, 1), 8);
    struct tracker *t = presence_tracker(s->p, partition);
    must(replica_up(t, 77, &s->told));
    struct record r = {.seq = 1, .numeric = true, .user = 1, .fields = AWAY, .ref = {77, 1}};
    struct section section = {.inc = 77, .last = 1, .top = 1, .count = 1, .records = &r};
    must(replica_apply(t, &section, &s->told));
    assert_told(s, "+1 +1");
    struct entry e;
    assert_int_equal(list(s, 1, &e), 2);
    kith_slice topic;
    uint64_t device;
    struct presence_walk w = {0};
    assert_true(presence_next_any(s->p, &w, &topic, &e, &device));
    assert_int_equal(e.owner, 10);
    assert_false(presence_next_any(s->p, &w, &topic, &e, &device));
    /* Nor adopted: the entry is not ours. */
    must(join(s, 1, 11, 0, NOTHING));
    assert_told(s, "+1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEOPLE(a_session_without_a_status_is_online),
        WITH_PEOPLE(what_was_never_joined_is_none_and_leaving_it_is_fine),
        WITH_PEOPLE(who_joins_again_is_news_only_with_another_status),
        WITH_PEOPLE(n10_a_reload_within_grace_tells_nobody_anything),
        WITH_PEOPLE(who_stays_away_leaves_when_the_grace_is_over),
        WITH_PEOPLE(coming_back_with_another_status_is_one_update),
        WITH_PEOPLE(another_device_does_not_adopt),
        WITH_PEOPLE(another_user_or_key_does_not_adopt),
        WITH_PEOPLE(the_most_recently_lost_is_adopted_first),
        WITH_PEOPLE(live_sessions_never_share_an_entry),
        WITH_PEOPLE(a_session_of_the_same_number_is_not_the_lost_one),
        WITH_PEOPLE(who_has_an_entry_does_not_adopt_another),
        WITH_PEOPLE(without_grace_a_loss_is_a_leave),
        WITH_PEOPLE(lost_again_it_lingers_anew),
        WITH_PEOPLE(a_mass_drop_is_paced),
        WITH_PEOPLE(losses_that_came_back_leave_nothing_behind),
        WITH_PEOPLE(all_are_met_with_their_devices),
        WITH_PEOPLE(the_metas_of_one_key_are_listed_alone),
        WITH_PEOPLE(replicated_entries_are_listed_and_not_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
