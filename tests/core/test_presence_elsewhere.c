/* tests/core/test_presence_elsewhere.c -- a user's sessions on two nodes: which of them may be
 * taken over from the other, and what is left of it there. */
#include "core/replica.h"
#include "sessions.h"

enum { INC_A = 11, INC_B = 12, WHO = 5 };

struct two {
    struct people a, b;
};

static struct tracker *tracker_of(struct people *s)
{
    struct tracker *t = presence_tracker(s->p, presence_partition(topic_of(s, WHO), s->partitions));
    assert_non_null(t);
    return t;
}

static int setup(void **state)
{
    static struct two s;
    s = (struct two){people_new(4, INC_A), people_new(4, INC_B)};
    must(replica_up(tracker_of(&s.a), INC_B, &s.a.told));
    must(replica_up(tracker_of(&s.b), INC_A, &s.b.told));
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct two *s = *state;
    people_free(&s->a);
    people_free(&s->b);
    return 0;
}

static void hear(struct people *to, struct people *from, uint64_t inc)
{
    struct section section;
    struct replica_position at;
    bool more;
    must(replica_position(tracker_of(to), inc, &at));
    must(replica_cut(tracker_of(from), inc, at.cursor, 100, &section, &more));
    must(replica_apply(tracker_of(to), &section, &to->told));
    section_fini(&section);
}

static bool find(struct people *s, uint64_t device, struct place *out)
{
    struct presence_session it = session_of(s, WHO, 70, device);
    return presence_elsewhere(s->p, &it, out);
}

static kith_err take(struct people *s, uint64_t owner, uint64_t device, const struct place *from)
{
    struct presence_session it = session_of(s, WHO, owner, device);
    return presence_take_over(s->p, &it, from, NOTHING, &s->told);
}

static uint32_t listed(struct people *s)
{
    uint32_t n = 0;
    struct entry e;
    for (struct tracker_walk w = {0}; presence_next(s->p, topic_of(s, WHO), &w, &e);)
        n++;
    return n;
}

static void only_the_same_device_is_found_on_another_node(void **state)
{
    struct two *s = *state;
    struct place at;
    must(join(&s->a, WHO, 1, 1234567890123, AWAY));
    assert_false(find(&s->a, 1234567890123, &at)); /* it stands here */
    assert_false(find(&s->b, 1234567890123, &at));
    hear(&s->b, &s->a, INC_A);
    assert_false(find(&s->b, 0, &at));
    assert_true(find(&s->b, 1234567890123, &at));
    assert_int_equal(at.inc, INC_A);
    assert_int_equal(at.slot, 0);
}

static void who_has_been_taken_over_is_not_adopted_and_ends_in_silence(void **state)
{
    struct two *s = *state;
    struct place at;
    must(join(&s->a, WHO, 1, 3, AWAY));
    hear(&s->b, &s->a, INC_A);
    struct presence_session lost = session_of(&s->a, WHO, 1, 3);
    must(presence_lost(s->a.p, &lost, GRACE, &s->a.told));
    assert_true(find(&s->b, 3, &at));
    must(take(&s->b, 9, 3, &at));
    hear(&s->a, &s->b, INC_B);
    assert_int_equal(listed(&s->a), 1);
    changes_clear(&s->a.told);
    must(join(&s->a, WHO, 2, 3, AWAY)); /* a second one */
    assert_int_equal(s->a.told.count, 1);
    assert_false(s->a.told.items[0].has_old);
    assert_int_equal(listed(&s->a), 2);
    changes_clear(&s->a.told);
    assert_int_equal(presence_expire(s->a.p, GRACE, 100, &s->a.told), UINT64_MAX);
    assert_int_equal(s->a.told.count, 0);
    assert_int_equal(listed(&s->a), 2);
    assert_int_equal(take(&s->b, 10, 3, &at), KITH_NONE);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(only_the_same_device_is_found_on_another_node),
        WITH_TWO(who_has_been_taken_over_is_not_adopted_and_ends_in_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
