/* tests/core/test_section.c -- sections: cut at any boundary, and refused when no tracker would cut
 * them. */
#include "base/limits.h"
#include "core/feed.h"
#include "nodes.h"

#include <time.h>

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

static void cut_at_any_boundary_the_result_is_the_same(void **state)
{
    struct two *s = *state;
    live_a_little(&s->origin, 0);
    for (uint32_t step = 1; step < 60; step++) {
        struct node n = node_new(1000 + step), relayed = node_new(2000 + step);
        node_up(&n, &s->origin);
        node_up(&relayed, &s->origin);
        node_pull_by(&n, &s->origin, INC, step);
        assert_equal(&n, &s->origin, INC);
        node_pull_by(&relayed, &n, INC, step);
        assert_equal(&relayed, &s->origin, INC);
        assert_int_equal(n.told.count, tracker_count(n.t));
        node_free(&n);
        node_free(&relayed);
    }
}

static void one_batch_is_what_the_single_changes_make(void **state)
{
    struct two *s = *state;
    struct node single = node_new(2);
    node_up(&single, &s->origin);
    for (uint64_t i = 1; i <= 20; i++) {
        node_track(&s->origin, "room", "a", i);
        node_merge(&single, &s->origin);
        if (i % 3 == 0) {
            node_untrack(&s->origin, "room", "a", i - 1);
            node_merge(&single, &s->origin);
        }
    }
    node_merge(&s->here, &s->origin);
    assert_equal(&single, &s->here, INC);
    assert_equal(&single, &s->origin, INC);
    node_free(&single);
}

static void a_section_says_whether_there_is_more(void **state)
{
    struct two *s = *state;
    struct section section;
    bool more;
    for (uint64_t i = 1; i <= 5; i++)
        node_track(&s->origin, "room", "a", i);
    must(replica_cut(s->origin.t, INC, 1, 3, &section, &more));
    assert_true(more);
    assert_int_equal(section.base, 1);
    assert_int_equal(section.last, 4);
    assert_int_equal(section.top, 5);
    assert_int_equal(section.count, 3);
    section_fini(&section);
    must(replica_cut(s->origin.t, INC, 1, 4, &section, &more));
    assert_false(more);
    assert_int_equal(section.last, 5);
    section_fini(&section);
}

/* A catch-up that was cut in the middle knows that it was. */
static void a_cursor_below_top_is_a_catch_up_that_is_not_done(void **state)
{
    struct two *s = *state;
    struct section section;
    bool more;
    for (uint64_t i = 1; i <= 5; i++)
        node_track(&s->origin, "room", "a", i);
    must(replica_cut(s->origin.t, INC, 0, 2, &section, &more));
    must(replica_apply(s->here.t, &section, &s->here.told));
    section_fini(&section);
    struct replica_position p = node_at(&s->here, INC);
    assert_int_equal(p.cursor, 2);
    assert_int_equal(p.top, 5);
    node_merge(&s->here, &s->origin);
    assert_int_equal(node_at(&s->here, INC).cursor, 5);
}

/* Emptied slots are told from zero too: left out, a ghost would stay. */
static void a_snapshot_takes_away_what_was_emptied_since(void **state)
{
    struct two *s = *state;
    struct section section;
    bool more;
    node_track(&s->origin, "room", "ghost", 1);
    node_merge(&s->here, &s->origin);
    node_forget_told(&s->here);
    node_untrack(&s->origin, "room", "ghost", 1);
    must(replica_cut(s->origin.t, INC, 0, 10, &section, &more));
    assert_int_equal(section.count, 1);
    must(replica_apply(s->here.t, &section, &s->here.told));
    section_fini(&section);
    assert_told(&s->here, "-ghost");
    assert_equal(&s->here, &s->origin, INC);
}

/* A relay that was born after the emptying knows of it all the same. */
static void a_late_relay_takes_away_what_was_emptied_before_it_came(void **state)
{
    struct two *s = *state;
    struct node relay = node_new(3);
    node_up(&relay, &s->origin);
    node_track(&s->origin, "room", "ghost", 1);
    node_merge(&s->here, &s->origin);
    node_forget_told(&s->here);
    node_untrack(&s->origin, "room", "ghost", 1);
    node_merge(&relay, &s->origin);
    assert_told(&relay, "");
    node_pull(&s->here, &relay, INC);
    assert_told(&s->here, "-ghost");
    assert_equal(&s->here, &s->origin, INC);
    node_free(&relay);
}

static void hear_one(struct node *n, uint32_t slot, uint64_t base, uint64_t last)
{
    struct record r = {
        .seq = 5, .slot = slot, .numeric = true, .user = 70 + slot, .ref = {INC, 5 + slot}};
    must(replica_apply(
        n->t,
        &(struct section){
            .inc = INC, .base = base, .last = last, .top = 20, .records = &r, .count = 1},
        &n->told));
}

/* No node says so that is right; and who asks the one that heard it gets no more of it. */
static void a_number_that_two_slots_have_is_passed_on_once(void **state)
{
    struct two *s = *state;
    struct section section;
    bool more;
    hear_one(&s->here, 0, 0, 10);
    hear_one(&s->here, 1, 3, 20);
    for (uint32_t max = 1; max <= 3; max++) {
        must(replica_cut(s->here.t, INC, 0, max, &section, &more));
        assert_false(more);
        assert_int_equal(section.count, 1);
        assert_int_equal(section.records[0].seq, 5);
        assert_int_equal(section.last, 20);
        section_fini(&section);
    }
}

static void numeric_records_carry_no_text(void **state)
{
    struct two *s = *state;
    struct section section;
    bool more;
    node_track(&s->origin, "user_presence:77", "77", 1);
    node_track(&s->origin, "user_presence:77", "x", 1);
    must(replica_cut(s->origin.t, INC, 0, 10, &section, &more));
    assert_true(section.records[0].numeric);
    assert_int_equal(section.records[0].user, 77);
    assert_int_equal(section.records[0].topic.len, 0);
    assert_false(section.records[1].numeric);
    assert_true(slice_is(section.records[1].topic, "user_presence:77"));
    /* With its texts it is the same entry. */
    section.records[0].numeric = false;
    section.records[0].topic = KITH_LIT("user_presence:77");
    section.records[0].key = KITH_LIT("77");
    must(replica_apply(s->here.t, &section, &s->here.told));
    section_fini(&section);
    assert_told(&s->here, "+77 +x");
    node_update(&s->origin, "user_presence:77", "77", 1, AWAY);
    node_merge(&s->here, &s->origin);
    assert_told(&s->here, "~77");
}

/* What no tracker cuts */

static struct record record_of(uint64_t seq)
{
    return (struct record){
        .seq = seq, .numeric = true, .user = 5, .fields = ONLINE, .ref = {INC, seq}};
}

static void assert_refused(struct two *s, struct section section, struct record r)
{
    section.count = 1;
    section.records = &r;
    assert_int_equal(replica_apply(s->here.t, &section, &s->here.told), KITH_BAD);
    assert_told(&s->here, "");
    assert_int_equal(node_at(&s->here, INC).cursor, 0);
    assert_int_equal(tracker_count(s->here.t), 0);
}

static void what_no_tracker_cuts_is_refused_and_changes_nothing(void **state)
{
    struct two *s = *state;
    static uint8_t large[TOPIC_BYTES_MAX + 1];
    const struct section good = {.inc = INC, .base = 0, .last = 3, .top = 3};
    struct section section = good;
    section.top = 2;
    assert_refused(s, section, record_of(1));
    section = good;
    section.base = 4;
    assert_refused(s, section, record_of(1));
    section = good;
    section.last = section.top = FEED_SEQ_MAX + 1;
    assert_refused(s, section, record_of(1));
    assert_refused(s, good, record_of(0));
    assert_refused(s, good, record_of(4));
    struct record r = record_of(1);
    r.slot = FEED_SLOT_MAX + 1;
    assert_refused(s, good, r);
    r = record_of(1);
    r.ref.seq = 0;
    assert_refused(s, good, r);
    r.ref.seq = (uint64_t)1 << 48;
    assert_refused(s, good, r);
    r = record_of(1);
    r.prev = (struct dot){INC, UINT64_MAX};
    assert_refused(s, good, r);
    r = record_of(1);
    r.fields = slice_of(large, META_BYTES_MAX + 1);
    assert_refused(s, good, r);
    r = record_of(1);
    r.numeric = false;
    r.topic = slice_of(large, TOPIC_BYTES_MAX + 1);
    assert_refused(s, good, r);
    r.topic.len = 5;
    r.key = slice_of(large, TOPIC_BYTES_MAX + 1);
    assert_refused(s, good, r);
}

static void records_out_of_order_are_refused(void **state)
{
    struct two *s = *state;
    struct record r[] = {record_of(2), record_of(2)};
    struct section section = {.inc = INC, .last = 3, .top = 3, .count = 2, .records = r};
    assert_int_equal(replica_apply(s->here.t, &section, &s->here.told), KITH_BAD);
    r[1].seq = 1;
    assert_int_equal(replica_apply(s->here.t, &section, &s->here.told), KITH_BAD);
    r[0].seq = 1;
    r[1].seq = 2;
    r[1].slot = 1;
    must(replica_apply(s->here.t, &section, &s->here.told));
    assert_told(&s->here, "+5 +5");
}

static void the_farthest_slot_costs_only_its_page(void **state)
{
    struct two *s = *state;
    struct record r = record_of(1);
    r.slot = FEED_SLOT_MAX;
    struct section section = {.inc = INC, .last = 1, .top = 1, .count = 1, .records = &r};
    must(replica_apply(s->here.t, &section, &s->here.told));
    assert_told(&s->here, "+5");
    assert_true(tracker_bytes(s->here.t) < 2000000);
}

static void streams_are_bounded(void **state)
{
    struct two *s = *state;
    kith_err e = KITH_OK;
    uint64_t inc = 10000;
    while (!e)
        e = replica_up(s->here.t, inc++, &s->here.told);
    assert_int_equal(e, KITH_FULL);
    assert_in_range(inc, 11000, 11024);
    must(replica_forget(s->here.t, 10007, &s->here.told));
    must(replica_up(s->here.t, inc, &s->here.told));
}

/* N06 */

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best of many, so that what else the machine does is left out: a scan of all would show in
 * each. */
static double best_apply_us(struct two *s, uint64_t held)
{
    char topic[40];
    double best = 1e9;
    for (uint64_t i = 0; i < 200; i++) {
        snprintf(topic, sizeof topic, "user_presence:%lu", (unsigned long)(held + i));
        node_track(&s->origin, topic, topic + 14, held + i);
        struct section section;
        bool more;
        must(replica_cut(s->origin.t, INC, node_at(&s->here, INC).cursor, 10, &section, &more));
        node_forget_told(&s->here);
        double begin = now_us();
        must(replica_apply(s->here.t, &section, &s->here.told));
        double us = now_us() - begin;
        if (us < best) best = us;
        section_fini(&section);
    }
    return best;
}

static void n06_one_join_into_a_hundred_thousand_costs_no_scan(void **state)
{
    struct two *s = *state;
    char topic[40];
    for (uint64_t i = 1; i <= 100000; i++) {
        snprintf(topic, sizeof topic, "user_presence:%lu", (unsigned long)i);
        node_track(&s->origin, topic, topic + 14, i);
    }
    node_forget_told(&s->origin);
    node_merge(&s->here, &s->origin);
    assert_true(best_apply_us(s, 100001) < 50);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(cut_at_any_boundary_the_result_is_the_same),
        WITH_TWO(one_batch_is_what_the_single_changes_make),
        WITH_TWO(a_section_says_whether_there_is_more),
        WITH_TWO(a_cursor_below_top_is_a_catch_up_that_is_not_done),
        WITH_TWO(a_snapshot_takes_away_what_was_emptied_since),
        WITH_TWO(a_late_relay_takes_away_what_was_emptied_before_it_came),
        WITH_TWO(a_number_that_two_slots_have_is_passed_on_once),
        WITH_TWO(numeric_records_carry_no_text),
        WITH_TWO(what_no_tracker_cuts_is_refused_and_changes_nothing),
        WITH_TWO(records_out_of_order_are_refused),
        WITH_TWO(the_farthest_slot_costs_only_its_page),
        WITH_TWO(streams_are_bounded),
        WITH_TWO(n06_one_join_into_a_hundred_thousand_costs_no_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
