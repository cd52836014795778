/* tests/core/test_presence_moved.c -- entries that begin anew: moved to another place, or where
 * they are. */
#include "failures.h"
#include "sessions.h"

static struct presence *other_new(void)
{
    struct presence *p = presence_new(&(struct presence_options){
        .inc = 9, .ref_key = {~(uint64_t)5, 6}, .hash_key = {7, 8}, .partitions = 8});
    assert_non_null(p);
    return p;
}

static kith_err move(struct people *s, struct presence *to, uint32_t who, uint64_t owner)
{
    struct presence_session it = session_of(s, who, owner, 0);
    return presence_move(s->p, to, &it, NOW_S + 60, &s->told);
}

static void who_moves_leaves_here_and_has_just_come_there(void **state)
{
    struct people *s = *state;
    struct presence *other = other_new();
    struct entry e;
    must(join(s, 1, 10, 555, ONLINE));
    must(update(s, 1, 10, AWAY));
    struct presence_session it = session_of(s, 1, 10, 555);
    changes_clear(&s->told);
    assert_true(presence_holds(s->p, &it) && !presence_holds(other, &it));
    must(move(s, other, 1, 10));
    assert_false(presence_holds(s->p, &it));
    assert_true(presence_holds(other, &it));
    assert_int_equal(s->told.count, 2);
    const struct meta *old = &s->told.items[0].old, *now = &s->told.items[1].now;
    assert_true(!s->told.items[0].has_now && !s->told.items[1].has_old);
    assert_int_equal(old->online_at_s, NOW_S);
    assert_int_equal(now->online_at_s, NOW_S + 60);
    assert_slice(now->fields, AWAY);
    assert_memory_not_equal(old->ref, now->ref, REF_BYTES);
    assert_false(now->has_prev);
    assert_int_equal(list(s, 1, &e), 0);
    presence_free(other);
}

static void its_device_moves_with_it(void **state)
{
    struct people *s = *state;
    struct presence *other = other_new();
    must(join(s, 1, 10, 555, ONLINE));
    must(move(s, other, 1, 10));
    struct presence_session lost = session_of(s, 1, 10, 555);
    must(presence_lost(other, &lost, GRACE, &s->told));
    struct presence_session back = session_of(s, 1, 11, 555), stranger = session_of(s, 1, 12, 4);
    assert_true(presence_finds(other, &back));
    assert_false(presence_finds(other, &stranger) || presence_holds(other, &back));
    presence_free(other);
}

static void who_is_not_there_cannot_move(void **state)
{
    struct people *s = *state;
    struct presence *other = other_new();
    assert_int_equal(move(s, other, 1, 10), KITH_NONE);
    must(join(s, 1, 10, 0, ONLINE));
    assert_int_equal(move(s, other, 1, 11), KITH_NONE);
    presence_free(other);
}

static void without_memory_it_stays_where_it_is(void **state)
{
    struct people *s = *state;
    must(join(s, 1, 10, 0, ONLINE));
    changes_clear(&s->told);
    kith_err e = KITH_NOMEM;
    for (size_t nth = 0; e; nth++) {
        struct entry found;
        struct presence *other = other_new();
        alloc_fail(nth, 1);
        e = move(s, other, 1, 10);
        alloc_heal();
        if (e) assert_int_equal(e, KITH_NOMEM);
        assert_int_equal(list(s, 1, &found), e ? 1 : 0);
        assert_int_equal(presence_count(other), e ? 0 : 1);
        assert_int_equal(s->told.count, e ? 0 : 2);
        presence_free(other);
    }
}

static void who_begins_anew_has_a_new_time_and_new_refs_and_nobody_is_told(void **state)
{
    struct people *s = *state;
    struct entry before[2], after[2];
    must(join(s, 1, 10, 1, ONLINE));
    must(update(s, 1, 10, AWAY));
    must(join(s, 1, 11, 2, ONLINE));
    must(lose(s, 1, 11, 2, GRACE));
    must(join(s, 2, 12, 0, ONLINE));
    changes_clear(&s->told);
    struct tracker_walk w = {0};
    for (unsigned i = 0; i < 2; i++)
        assert_true(presence_next(s->p, topic_of(s, 1), &w, &before[i]));
    must(presence_renew(s->p, topic_of(s, 1), NOW_S + 60));
    assert_told(s, "");
    w = (struct tracker_walk){0};
    for (unsigned i = 0; i < 2; i++) {
        assert_true(presence_next(s->p, topic_of(s, 1), &w, &after[i]));
        assert_int_equal(after[i].meta.online_at_s, NOW_S + 60);
        assert_false(after[i].meta.has_prev);
        assert_memory_not_equal(after[i].meta.ref, before[i].meta.ref, REF_BYTES);
        assert_int_equal(after[i].owner, before[i].owner);
        assert_slice(after[i].meta.fields, i ? ONLINE : AWAY);
    }
    struct entry other;
    assert_int_equal(list(s, 2, &other), 1);
    assert_int_equal(other.meta.online_at_s, NOW_S);
    must(update(s, 1, 10, ONLINE)); /* the next change names the new ref */
    assert_memory_equal(s->told.items[0].old.ref, after[0].meta.ref, REF_BYTES);
    assert_memory_equal(s->told.items[0].now.prev, after[0].meta.ref, REF_BYTES);
    changes_clear(&s->told);
    must(presence_renew(s->p, topic_of(s, 77), NOW_S)); /* nobody is fine */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEOPLE(who_moves_leaves_here_and_has_just_come_there),
        WITH_PEOPLE(its_device_moves_with_it),
        WITH_PEOPLE(who_is_not_there_cannot_move),
        WITH_PEOPLE(without_memory_it_stays_where_it_is),
        WITH_PEOPLE(who_begins_anew_has_a_new_time_and_new_refs_and_nobody_is_told),
    };
    return cmocka_run_group_tests_name("presence moved", tests, NULL, NULL);
}
