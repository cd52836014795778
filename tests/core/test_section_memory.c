/* tests/core/test_section_memory.c -- sections cut and applied as far as memory goes. */
#include "failures.h"
#include "nodes.h"

enum { INC = 500 };

struct two {
    struct node origin, here;
};

static int setup(void **state)
{
    static struct two s;
    s = (struct two){node_new(INC), node_new(1)};
    node_up(&s.here, &s.origin);
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct two *s = *state;
    node_free(&s->origin);
    node_free(&s->here);
    return 0;
}

/* With owners behind `from`. */
static void live_a_little(struct node *n, uint64_t from)
{
    char topic[40];
    for (uint64_t i = from + 1; i <= from + 60; i++) {
        snprintf(topic, sizeof topic, i % 3 ? "user_presence:%lu" : "room:%lu", (unsigned long)i);
        node_track(n, topic, strchr(topic, ':') + 1, i);
        if (i % 4 == 0) must(tracker_untrack_owner(n->t, i / 2, &n->told));
        if (i % 5 == 0) node_update(n, topic, strchr(topic, ':') + 1, i, AWAY);
    }
}

static void assert_equal(const struct node *a, const struct node *b, uint64_t inc)
{
    struct replica_position x = node_at(a, inc), y = node_at(b, inc);
    assert_memory_equal(&x, &y, sizeof x);
    assert_int_equal(tracker_count(a->t), tracker_count(b->t));
}

/* What no tracker cuts */

static const struct record *find(const struct section *s, const struct record *r)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->records[i].slot == r->slot && s->records[i].seq == r->seq) return &s->records[i];
    return NULL;
}

/* What `n` would relay, half way: nothing behind its cursor, and nothing that was never so. */
static void assert_relayable(const struct node *n, const struct node *before,
                             const struct node *origin)
{
    struct section mine, theirs, its;
    bool more;
    must(replica_cut(n->t, INC, 0, 1000, &mine, &more));
    must(replica_cut(before->t, INC, 0, 1000, &theirs, &more));
    must(replica_cut(origin->t, INC, 0, 1000, &its, &more));
    for (uint32_t i = 0; i < mine.count; i++) {
        const struct record *r = &mine.records[i], *was = find(&theirs, r);
        if (!was) was = find(&its, r);
        assert_non_null(was);
        assert_int_equal(was->empty, r->empty);
        assert_true(r->seq <= mine.last);
    }
    section_fini(&mine);
    section_fini(&theirs);
    section_fini(&its);
}

/* Whatever was applied was told, and the rest comes by asking again from the cursor. */
static void without_memory_a_section_is_applied_as_far_as_it_goes(void **state)
{
    struct two *s = *state;
    live_a_little(&s->origin, 0);
    uint32_t failures = 0;
    for (size_t nth = 0; nth < 100; nth++) {
        struct node n = node_new(3000 + nth);
        struct section section;
        bool more;
        node_up(&n, &s->origin);
        must(replica_cut(s->origin.t, INC, 0, 1000, &section, &more));
        alloc_fail(nth, 1);
        kith_err e = replica_apply(n.t, &section, &n.told);
        (void)alloc_heal();
        section_fini(&section);
        assert_int_equal(n.told.count, tracker_count(n.t));
        if (e) failures++;
        assert_relayable(&n, &s->origin, &s->origin);
        node_merge(&n, &s->origin);
        assert_equal(&n, &s->origin, INC);
        assert_int_equal(n.told.count, tracker_count(n.t));
        node_free(&n);
    }
    assert_true(failures > 10);
}

/* Updates, leaves and slots used again, with each allocation failing in turn. */
static void without_memory_changes_are_told_once_all_the_same(void **state)
{
    struct two *s = *state;
    live_a_little(&s->origin, 0);
    node_merge(&s->here, &s->origin);
    live_a_little(&s->origin, 60);
    for (size_t nth = 0; nth < 300; nth++) {
        struct node n = node_new(4000 + nth);
        node_up(&n, &s->here);
        must(replica_up(n.t, INC, &n.told));
        node_pull(&n, &s->here, INC);
        struct section section;
        bool more;
        must(replica_cut(s->origin.t, INC, node_at(&n, INC).cursor, 1000, &section, &more));
        changes_fini(&n.told);
        int64_t online = (int64_t)tracker_count(n.t);
        alloc_fail(nth, 1);
        kith_err e = replica_apply(n.t, &section, &n.told);
        (void)alloc_heal();
        section_fini(&section);
        if (e) assert_int_equal(e, KITH_NOMEM);
        assert_relayable(&n, &s->here, &s->origin);
        node_merge(&n, &s->origin);
        for (uint32_t i = 0; i < n.told.count; i++)
            online += n.told.items[i].has_now - n.told.items[i].has_old;
        assert_int_equal(online, tracker_count(n.t));
        assert_equal(&n, &s->origin, INC);
        node_free(&n);
    }
}

/* It comes as a whole; it goes as far as there is memory to tell it. */
static void without_memory_a_node_goes_and_comes_as_it_is_told(void **state)
{
    struct two *s = *state;
    live_a_little(&s->origin, 0);
    node_merge(&s->here, &s->origin);
    uint64_t count = tracker_count(s->here.t);
    for (int what = 0; what < 4; what++)
        for (size_t nth = 0;; nth++) {
            kith_err e;
            uint64_t before = tracker_count(s->here.t);
            changes_fini(&s->here.told);
            alloc_fail(nth, 1);
            if (what == 0 || what == 2)
                e = replica_down(s->here.t, INC, &s->here.told);
            else if (what == 1)
                e = replica_up(s->here.t, INC, &s->here.told);
            else
                e = replica_up(s->here.t, 99, &s->here.told);
            (void)alloc_heal();
            uint64_t now = tracker_count(s->here.t);
            assert_int_equal(s->here.told.count, before > now ? before - now : now - before);
            if (e == KITH_OK) break;
            assert_int_equal(e, KITH_NOMEM);
            if (what == 1 || what == 3) assert_int_equal(now, before);
        }
    assert_true(count > 4);
    assert_int_equal(tracker_count(s->here.t), 0);
}

static void without_memory_nothing_is_cut(void **state)
{
    struct two *s = *state;
    live_a_little(&s->origin, 0);
    node_merge(&s->here, &s->origin);
    const struct node *from[] = {&s->origin, &s->here};
    for (int i = 0; i < 2; i++)
        for (size_t nth = 0;; nth++) {
            struct section section;
            bool more;
            alloc_fail(nth, 1);
            kith_err e = replica_cut(from[i]->t, INC, 0, 1000, &section, &more);
            (void)alloc_heal();
            if (e) assert_null(section.records);
            section_fini(&section);
            if (e == KITH_OK) break;
            assert_int_equal(e, KITH_NOMEM);
        }
}

/* N06 */

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* A relay is asked each second, and mostly has none: it neither looks for them nor makes room. */
static void of_a_replica_without_news_nothing_is_cut_nor_allocated(void **state)
{
    struct two *s = *state;
    struct section section;
    bool more = true;
    live_a_little(&s->origin, 0);
    node_pull_by(&s->here, &s->origin, INC, 1000);
    uint64_t cursor = node_at(&s->here, INC).cursor;
    alloc_fail(0, 1000);
    kith_err e = replica_cut(s->here.t, INC, cursor, 1000, &section, &more);
    assert_int_equal(alloc_heal(), 0);
    must(e);
    assert_false(more);
    assert_int_equal(section.count, 0);
    assert_int_equal(section.last, cursor);
    section_fini(&section);
    must(replica_cut(s->here.t, INC, cursor - 1, 1000, &section, &more));
    assert_int_equal(section.count, 1);
    section_fini(&section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_replica_without_news_nothing_is_cut_nor_allocated,
                                        setup, teardown),
        WITH_TWO(without_memory_a_section_is_applied_as_far_as_it_goes),
        WITH_TWO(without_memory_changes_are_told_once_all_the_same),
        WITH_TWO(without_memory_a_node_goes_and_comes_as_it_is_told),
        WITH_TWO(without_memory_nothing_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
