/* tests/core/test_heirs.c -- a session that comes back on another node: one update, on every node,
 * whatever arrives when. */
#include "core/table.h"
#include "failures.h"
#include "three.h"

#define TOPIC "user_presence:5"
#define USER  "5"

static uint32_t number_of(const struct node *n, uint64_t owner)
{
    return tracker_find(n->t, slice_str(TOPIC), slice_str(USER), owner);
}

/* The session's socket is gone: the entry waits. */
static void lose(struct node *n, uint64_t owner)
{
    must(tracker_give(n->t, number_of(n, owner), TRACKER_LOST | owner));
}

static void end(struct node *n, uint64_t owner)
{
    must(tracker_untrack_number(n->t, number_of(n, TRACKER_LOST | owner), &n->told));
}

/* The first entry of another node that is listed. */
static struct place elsewhere(const struct node *n)
{
    struct entry e;
    for (struct tracker_walk w = {0}; tracker_next(n->t, slice_str(TOPIC), &w, &e);)
        if (!e.owner) return e.place;
    fail_msg("nobody is there");
    return (struct place){0};
}

static kith_err take_over(struct node *n, const struct place *from, uint64_t owner,
                          kith_slice fields)
{
    return tracker_take_over(n->t, slice_str(TOPIC), slice_str(USER), owner, from, fields,
                             &n->told);
}

/* A had the session and lost it; B and C know; B has it now. */
static void move_to_b(struct three *s)
{
    node_track(&s->a, TOPIC, USER, 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    lose(&s->a, 1);
    node_forget_told(&s->a);
    node_forget_told(&s->b);
    node_forget_told(&s->c);
    struct place from = elsewhere(&s->b);
    must(take_over(&s->b, &from, 9, (kith_slice){0}));
}

static void n10_who_comes_back_on_another_node_is_one_update_on_each(void **state)
{
    struct three *s = *state;
    move_to_b(s);
    assert_told(&s->b, "~5");
    node_merge(&s->c, &s->b);
    node_merge(&s->a, &s->b);
    assert_int_equal(s->c.told.items[0].old.online_at_s, NOW_S);
    assert_ref(s->c.told.items[0].now.prev, s->c.told.items[0].old.ref);
    assert_told(&s->c, "~5");
    assert_told(&s->a, "~5");
    assert_online(&s->a, TOPIC, USER);
    assert_online(&s->b, TOPIC, USER);
    assert_online(&s->c, TOPIC, USER);
    assert_int_equal(tracker_count(s->c.t), 1);
    end(&s->a, 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    assert_told(&s->a, "");
    assert_told(&s->b, "");
    assert_told(&s->c, "");
    assert_int_equal(tracker_count(s->a.t), 1);
}

static void it_keeps_its_time_and_its_fields_unless_others_are_said(void **state)
{
    struct three *s = *state;
    node_track(&s->a, TOPIC, USER, 1);
    node_update(&s->a, TOPIC, USER, 1, AWAY);
    node_merge(&s->b, &s->a);
    struct place from = elsewhere(&s->b);
    struct entry e;
    must(take_over(&s->b, &from, 9, (kith_slice){0}));
    assert_true(node_get(&s->b, TOPIC, USER, &e));
    assert_slice(e.meta.fields, AWAY);
    assert_int_equal(e.meta.online_at_s, NOW_S);
    assert_int_equal(e.owner, 9);
    from.inc++;
    assert_int_equal(take_over(&s->b, &from, 10, ONLINE), KITH_NONE);
    from.inc--;
    assert_int_equal(take_over(&s->b, &from, 10, ONLINE), KITH_NONE); /* it has been */
}

static void whoever_learns_of_the_new_entry_first_never_shows_the_old(void **state)
{
    struct three *s = *state;
    struct node d = node_new(104);
    move_to_b(s);
    node_up(&d, &s->a);
    node_up(&d, &s->b);
    node_merge(&d, &s->b);
    node_merge(&d, &s->a);
    assert_told(&d, "+5");
    assert_int_equal(tracker_count(d.t), 1);
    node_free(&d);
}

static void whoever_missed_that_it_moved_learns_so_from_a_later_change(void **state)
{
    struct three *s = *state;
    move_to_b(s);
    node_update(&s->b, TOPIC, USER, 9, AWAY);
    node_update(&s->b, TOPIC, USER, 9, ONLINE);
    node_merge(&s->c, &s->b);
    assert_told(&s->c, "~5");
    assert_int_equal(tracker_count(s->c.t), 1);
    end(&s->a, 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    assert_told(&s->c, "");
    struct entry e;
    node_update(&s->b, TOPIC, USER, 9, AWAY); /* there is nothing to say of it any more */
    assert_true(node_get(&s->b, TOPIC, USER, &e));
    assert_int_equal(e.prev.inc, s->b.inc);
    assert_int_equal(s->b.t->dots.taken.count, 0);
}

static void a_node_that_comes_later_shows_one_whatever_it_hears_first(void **state)
{
    struct three *s = *state;
    move_to_b(s);
    node_update(&s->b, TOPIC, USER, 9, AWAY);
    node_merge(&s->c, &s->a);
    node_merge(&s->c, &s->b);
    for (int first = 0; first < 2; first++) {
        struct node d = node_new(104);
        node_up(&d, &s->a);
        node_up(&d, &s->b);
        node_pull(&d, &s->c, first ? s->a.inc : s->b.inc);
        node_pull(&d, &s->c, first ? s->b.inc : s->a.inc);
        assert_int_equal(tracker_count(d.t), 1);
        assert_told(&d, "+5");
        node_free(&d);
    }
}

static void what_was_replaced_is_not_shown_to_who_comes_after_its_heir_has_gone(void **state)
{
    struct three *s = *state;
    move_to_b(s);
    node_merge(&s->a, &s->b);
    node_untrack(&s->b, TOPIC, USER, 9); /* it hides, say */
    struct node d = node_new(104);
    node_up(&d, &s->a);
    node_merge(&d, &s->a);
    assert_told(&d, "");
    assert_int_equal(tracker_count(d.t), 0);
    node_free(&d);
}

static void who_knew_an_older_state_of_it_is_told_that_this_left(void **state)
{
    struct three *s = *state;
    node_track(&s->a, TOPIC, USER, 1);
    node_merge(&s->c, &s->a);
    node_update(&s->a, TOPIC, USER, 1, AWAY);
    node_merge(&s->b, &s->a);
    lose(&s->a, 1);
    struct place from = elsewhere(&s->b);
    must(take_over(&s->b, &from, 9, (kith_slice){0}));
    node_forget_told(&s->c);
    node_merge(&s->c, &s->b);
    assert_told(&s->c, "+5");
    node_merge(&s->c, &s->a);
    assert_told(&s->c, "-5");
    assert_int_equal(tracker_count(s->c.t), 1);
}

static void what_was_replaced_stays_so_when_its_heir_has_left(void **state)
{
    struct three *s = *state;
    move_to_b(s);
    node_merge(&s->c, &s->b);
    node_untrack(&s->b, TOPIC, USER, 9);
    node_merge(&s->c, &s->b);
    node_merge(&s->a, &s->b);
    assert_told(&s->c, "~5 -5");
    assert_online(&s->b, TOPIC, "");
    assert_online(&s->c, TOPIC, "");
}

static void a_session_that_lives_is_announced_anew(void **state)
{
    struct three *s = *state;
    node_track(&s->a, TOPIC, USER, 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    struct place from = elsewhere(&s->b);
    must(take_over(&s->b, &from, 9, (kith_slice){0}));
    node_forget_told(&s->a);
    node_forget_told(&s->b);
    node_forget_told(&s->c);
    node_merge(&s->c, &s->b);
    assert_told(&s->c, "~5");
    node_merge(&s->a, &s->b);
    assert_told(&s->a, "~5 +5");
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    assert_told(&s->b, "+5");
    assert_told(&s->c, "+5");
    assert_int_equal(tracker_count(s->a.t), 2);
    assert_int_equal(tracker_count(s->b.t), 2);
    assert_int_equal(tracker_count(s->c.t), 2);
}

static void one_that_lives_on_though_its_heir_has_left_is_shown_again(void **state)
{
    struct three *s = *state;
    node_track(&s->a, TOPIC, USER, 1);
    node_merge(&s->b, &s->a);
    node_merge(&s->c, &s->a);
    struct place from = elsewhere(&s->b);
    must(take_over(&s->b, &from, 9, (kith_slice){0}));
    node_forget_told(&s->c);
    node_merge(&s->c, &s->b);
    node_untrack(&s->b, TOPIC, USER, 9);
    node_merge(&s->c, &s->b);
    assert_told(&s->c, "~5 -5");
    must(replica_doubt(s->c.t, s->b.inc, &s->c.told));
    must(replica_doubt(s->c.t, s->a.inc, &s->c.told));
    assert_told(&s->c, "");
    assert_true(replica_doubtful(s->c.t));
    must(replica_doubt(s->c.t, s->a.inc, &s->c.told));
    assert_told(&s->c, "+5");
    assert_false(replica_doubtful(s->c.t));
    assert_int_equal(replica_doubt(s->c.t, 999, &s->c.told), KITH_NONE);
}

static void after_a_restart_what_has_the_ref_that_it_had_is_no_news(void **state)
{
    struct three *s = *state;
    node_track(&s->a, TOPIC, USER, 1);
    node_merge(&s->c, &s->a);
    node_forget_told(&s->c);
    struct entry e;
    assert_true(node_get(&s->a, TOPIC, USER, &e));
    struct node again = node_new(201);
    must(tracker_restore(again.t, slice_str(TOPIC), slice_str(USER), TRACKER_LOST | 1, &e.meta,
                         e.ref, e.prev));
    node_up(&s->c, &again);
    node_merge(&s->c, &again);
    assert_told(&s->c, "");
    assert_int_equal(tracker_count(s->c.t), 1);
    node_down(&s->c, &s->a);
    must(replica_forget(s->c.t, s->a.inc, &s->c.told));
    assert_told(&s->c, "");
    assert_online(&s->c, TOPIC, USER);
    node_free(&again);
}

static void a_node_that_is_down_is_replaced_as_well(void **state)
{
    struct three *s = *state;
    move_to_b(s);
    node_down(&s->c, &s->a);
    node_merge(&s->c, &s->b);
    assert_told(&s->c, "-5 +5");
    node_up(&s->c, &s->a);
    assert_told(&s->c, "");
    assert_int_equal(tracker_count(s->c.t), 1);
}

static void of_a_node_that_goes_so_many_leave_at_a_time(void **state)
{
    struct three *s = *state;
    char topic[32];
    for (uint32_t i = 0; i < 200; i++) {
        snprintf(topic, sizeof topic, "user_presence:%u", i);
        node_track(&s->a, topic, topic + 14, i + 1);
    }
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    bool more = true;
    for (uint32_t left = 200; more; left -= left > 64 ? 64 : left) {
        assert_int_equal(tracker_count(s->b.t), left);
        must(replica_fade(s->b.t, s->a.inc, 64, &s->b.told, &more));
        if (left == 72) { /* what changes meanwhile is told where it is still shown */
            node_forget_told(&s->b);
            node_update(&s->a, "user_presence:1", "1", 2, AWAY);
            node_update(&s->a, "user_presence:199", "199", 200, AWAY);
            node_merge(&s->b, &s->a);
            assert_told(&s->b, "~199");
        }
    }
    node_forget_told(&s->b);
    node_up(&s->b, &s->a);
    assert_int_equal(s->b.told.count, 200);
    assert_int_equal(tracker_count(s->b.t), 200);
}

static void the_device_travels_with_the_entry(void **state)
{
    struct three *s = *state;
    struct entry e;
    node_track(&s->a, TOPIC, USER, 1);
    tracker_set_tag(s->a.t, number_of(&s->a, 1), 0x12345678);
    node_merge(&s->b, &s->a);
    assert_true(node_get(&s->b, TOPIC, USER, &e));
    assert_int_equal(e.device, 0x1234 ^ 0x5678);
    node_up(&s->c, &s->a);
    node_pull(&s->c, &s->b, s->a.inc); /* relayed */
    assert_true(node_get(&s->c, TOPIC, USER, &e));
    assert_int_equal(e.device, 0x1234 ^ 0x5678);
}

static void without_memory_nothing_is_taken_over(void **state)
{
    struct three *s = *state;
    node_track(&s->a, TOPIC, USER, 1);
    node_merge(&s->b, &s->a);
    node_forget_told(&s->b);
    struct place from = elsewhere(&s->b);
    for (size_t nth = 0;; nth++) {
        changes_fini(&s->b.told);
        alloc_fail(nth, 1);
        kith_err e = take_over(&s->b, &from, 9, AWAY);
        (void)alloc_heal();
        if (e == KITH_OK) break;
        assert_int_equal(e, KITH_NOMEM);
        assert_told(&s->b, "");
        assert_int_equal(number_of(&s->b, 9), TRACKER_NONE);
    }
    assert_told(&s->b, "~5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_THREE(n10_who_comes_back_on_another_node_is_one_update_on_each),
        WITH_THREE(it_keeps_its_time_and_its_fields_unless_others_are_said),
        WITH_THREE(whoever_learns_of_the_new_entry_first_never_shows_the_old),
        WITH_THREE(whoever_missed_that_it_moved_learns_so_from_a_later_change),
        WITH_THREE(a_node_that_comes_later_shows_one_whatever_it_hears_first),
        WITH_THREE(what_was_replaced_is_not_shown_to_who_comes_after_its_heir_has_gone),
        WITH_THREE(who_knew_an_older_state_of_it_is_told_that_this_left),
        WITH_THREE(what_was_replaced_stays_so_when_its_heir_has_left),
        WITH_THREE(a_session_that_lives_is_announced_anew),
        WITH_THREE(one_that_lives_on_though_its_heir_has_left_is_shown_again),
        WITH_THREE(after_a_restart_what_has_the_ref_that_it_had_is_no_news),
        WITH_THREE(a_node_that_is_down_is_replaced_as_well),
        WITH_THREE(of_a_node_that_goes_so_many_leave_at_a_time),
        WITH_THREE(the_device_travels_with_the_entry),
        WITH_THREE(without_memory_nothing_is_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
