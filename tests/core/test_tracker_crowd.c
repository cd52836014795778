/* tests/core/test_tracker_crowd.c -- a topic of many entries: their order, and that whoever comes
 * does not pass all who are there. */
#include "base/limits.h"
#include "nodes.h"

enum { KEYS = 40, STEPS = 4000, CROWD = TRACKED_ENTRIES_MAX };

struct pair {
    struct node here, there;
};

static int setup(void **state)
{
    static struct pair p;
    p = (struct pair){node_new(1), node_new(2)};
    must(replica_up(p.here.t, p.there.inc, &p.here.told));
    *state = &p;
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;
    node_free(&p->here);
    node_free(&p->there);
    return 0;
}

static uint32_t chance_next(uint32_t below)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return (uint32_t)(x >> 33) % below;
}

/* Owner i + 1 is key i, in one of two topics: of any time while it is not there. */
static void come_or_go(struct node *n, const char *kind, uint64_t i, bool there)
{
    char key[24];
    kith_slice topic = i % 4 ? KITH_LIT("room:1") : KITH_LIT("room:2");
    (void)snprintf(key, sizeof key, "%s%u", kind, (unsigned)i);
    if (there)
        must(tracker_untrack(n->t, topic, slice_str(key), i + 1, &n->told));
    else
        must(tracker_track(n->t, topic, slice_str(key), i + 1, NOW_S + chance_next(6), ONLINE,
                           &n->told));
    node_forget_told(n);
}

static uint32_t assert_in_order(const struct node *n, kith_slice topic)
{
    struct entry e;
    uint32_t count = 0, before_s = 0;
    for (struct tracker_walk w = {0}; tracker_next(n->t, topic, &w, &e); count++) {
        assert_true(e.meta.online_at_s >= before_s);
        before_s = e.meta.online_at_s;
    }
    return count;
}

static void entries_of_two_nodes_stand_in_the_order_of_their_times(void **state)
{
    struct pair *p = *state;
    bool there[2][KEYS] = {0};
    uint32_t online = 0;
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t which = chance_next(2), i = chance_next(KEYS);
        bool *is = &there[which][i];
        come_or_go(which ? &p->there : &p->here, which ? "b" : "a", i, *is);
        *is = !*is;
        online += *is ? 1 : -1u;
        if (which) node_pull_by(&p->here, &p->there, p->there.inc, 100);
        node_forget_told(&p->here);
        assert_int_equal(assert_in_order(&p->here, KITH_LIT("room:1")) +
                             assert_in_order(&p->here, KITH_LIT("room:2")),
                         online);
    }
}

/* Of one time they stand as they came, also where the place of who came last is another's now. */
static void of_one_time_who_comes_later_stands_behind(void **state)
{
    struct node *n = &((struct pair *)*state)->here;
    node_track(n, "room:1", "a", 1);
    node_track(n, "room:1", "b", 2);
    node_track(n, "room:1", "c", 3);
    node_untrack(n, "room:1", "c", 3);
    node_track(n, "room:2", "d", 4);
    node_track(n, "room:1", "e", 5);
    node_untrack(n, "room:1", "a", 1);
    node_track(n, "room:1", "f", 6);
    assert_online(n, "room:1", "b e f");
    assert_online(n, "room:2", "d");
}

/* This takes a moment. Were each to pass all who are there, it would be minutes. */
static void a_hundred_thousand_come_to_one_topic_and_are_learnt(void **state)
{
    struct pair *p = *state;
    char key[24];
    for (uint64_t i = 0; i < CROWD; i++) {
        (void)snprintf(key, sizeof key, "k%u", (unsigned)i);
        node_track(&p->there, "room:1", key, i + 1);
        node_forget_told(&p->there);
    }
    node_pull_by(&p->here, &p->there, p->there.inc, 4096);
    assert_int_equal(assert_in_order(&p->here, KITH_LIT("room:1")), CROWD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entries_of_two_nodes_stand_in_the_order_of_their_times,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(of_one_time_who_comes_later_stands_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hundred_thousand_come_to_one_topic_and_are_learnt, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
