/* tests/io/test_events_store.c -- the log of events, and what is kept of sessions beside it, so
 * that a user comes and goes once, whatever is told of its sessions twice, late or never. */
#include "events_fixture.h"

static struct store *begin(const struct folder *f)
{
    run = 100, number = 0, after = 0;
    return fixture_open(f);
}

static void a_user_comes_with_its_first_session_and_goes_with_its_last(void **state)
{
    struct store *s = begin(*state);
    assert_int_equal(one(s, "ann", NULL, "a1"), 1);
    assert_int_equal(one(s, "ann", NULL, "b1"), 1);
    expect(s, "online ann, status ann");
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    assert_int_equal(one(s, "ann", "a2", NULL), 1);
    expect(s, "status ann, status ann");
    assert_int_equal(one(s, "ann", "b1", NULL), 1);
    expect(s, "offline ann");
    end(s);
}

static void a_batch_is_told_in_its_order(void **state)
{
    struct store *s = begin(*state);
    struct session_change c[] = {change("ann", NULL, "a1"), change("bob", NULL, "b1"),
                                 change("ann", "a1", "a2"), change("ann", "a2", NULL),
                                 change("ann", NULL, "a3")};
    assert_int_equal(keep(s, c, 5), 5);
    expect(s, "online ann, online bob, status ann, offline ann, online ann");
    end(s);
}

static void what_is_told_twice_is_told_once(void **state)
{
    struct store *s = begin(*state);
    assert_int_equal(one(s, "ann", NULL, "a1"), 1);
    assert_int_equal(one(s, "ann", NULL, "a1"), 0);
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    assert_int_equal(one(s, "ann", "a1", "a2"), 0);
    assert_int_equal(one(s, "ann", "a2", NULL), 1);
    assert_int_equal(one(s, "ann", "a2", NULL), 0);
    expect(s, "online ann, status ann, offline ann");
    end(s);
}

static void of_who_was_never_told_of_a_change_is_a_coming_and_a_going_nothing(void **state)
{
    struct store *s = begin(*state);
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    assert_int_equal(one(s, "bob", "b1", NULL), 0);
    expect(s, "online ann");
    end(s);
}

static void sessions_of_an_earlier_run_end_unless_they_are_told_of_again(void **state)
{
    struct store *s = begin(*state);
    (void)one(s, "ann", NULL, "a1");
    (void)one(s, "ann", NULL, "a2");
    (void)one(s, "bob", NULL, "b1");
    (void)one(s, "eve", NULL, "e1");
    expect(s, "online ann, status ann, online bob, online eve");
    run = 200, number = 0;
    assert_int_equal(one(s, "bob", NULL, "b1"), 0); /* it is there still */
    assert_int_equal(one(s, "eve", NULL, "e2"), 1);
    expect(s, "status eve");
    assert_int_equal(end_runs(s, (struct ended_runs){.before = 200, .max = 2}), 3);
    expect(s, "status ann, offline ann, status eve");
    assert_int_equal(end_runs(s, (struct ended_runs){.before = 200, .max = 2}), 0);
    assert_int_equal(one(s, "bob", "b1", NULL), 1);
    expect(s, "offline bob");
    end(s);
}

static void who_is_visible_to_nobody_is_marked(void **state)
{
    struct store *s = begin(*state);
    bool changed;
    must(store_begin(s));
    must(store_set_visibility(s, KITH_LIT("ann"), VISIBILITY_NOBODY, (kith_slice){0}, &changed));
    must(store_set_visibility(s, KITH_LIT("bob"), VISIBILITY_ONLY, (kith_slice){0}, &changed));
    must(store_set_visibility(s, KITH_LIT("eve"), VISIBILITY_ONLY, KITH_LIT("\003ann"), &changed));
    must(store_commit(s));
    (void)one(s, "ann", NULL, "a1");
    (void)one(s, "bob", NULL, "b1");
    (void)one(s, "eve", NULL, "e1");
    struct session_change c = change("dan", NULL, "d1");
    c.hidden = true;
    (void)keep(s, &c, 1);
    expect(s, "online ann hidden, online bob hidden, online eve, online dan hidden");
    end(s);
}

static void old_ones_are_forgotten_by_age_and_by_number(void **state)
{
    struct store *s = begin(*state);
    uint64_t forgotten, latest, up_to, begins;
    uint32_t count;
    (void)one(s, "ann", NULL, "a1");
    must(store_events_range(s, &begins, &latest));
    assert_int_equal(latest, begins + 1);
    for (int i = 0; i < 4; i++)
        (void)one(s, "ann", i % 2 ? "a1" : "a2", i % 2 ? "a2" : "a1");
    struct session_change late = change("bob", NULL, "b1");
    late.at_ms = 5000;
    (void)keep(s, &late, 1);
    must(store_events_range(s, &forgotten, &latest));
    assert_int_equal(forgotten, begins);
    uint64_t first = latest - begins;
    must(store_begin_aside(s));
    must(store_forget_events(s, &(struct old_events){0, first - 1, 100}, &count, &up_to));
    must(store_commit(s));
    assert_int_equal(count, 1);
    assert_int_equal(up_to, begins + 1);
    must(store_begin_aside(s));
    must(store_forget_events(s, &(struct old_events){1001, 100, 100}, &count, &up_to));
    must(store_commit(s));
    assert_int_equal(count, first - 2);
    must(store_events_range(s, &forgotten, &latest));
    assert_int_equal(forgotten, latest - 1);
    expect(s, "online bob");
    must(store_begin_aside(s));
    must(store_forget_events(s, &(struct old_events){1001, 100, 100}, &count, &up_to));
    must(store_commit(s));
    assert_int_equal(count, 0);
    end(s);
}

static uint64_t latest_of(struct store *s)
{
    uint64_t forgotten, latest;
    must(store_events_range(s, &forgotten, &latest));
    return latest;
}

/* A server begins, so long after the one before. */
static void begin_server(struct store *s, uint64_t s_later)
{
    uint64_t epoch;
    must(store_epoch(s, latest_of(s) / 1000000 + s_later, &epoch));
}

static uint64_t count_between(struct store *s, uint64_t a, uint64_t b)
{
    uint64_t n;
    must(store_count_events(s, a, b, &n));
    return n;
}

static bool was_given(struct store *s, uint64_t id)
{
    bool given;
    must(store_was_given(s, id, &given));
    return given;
}

static void ids_go_on_from_when_a_server_began(void **state)
{
    struct store *s = begin(*state);
    (void)one(s, "ann", NULL, "a1");
    uint64_t before = latest_of(s);
    begin_server(s, 5000);
    assert_int_equal(one(s, "ann", NULL, "a1"), 0); /* nothing is told: nothing is passed over */
    assert_int_equal(latest_of(s), before);
    assert_int_equal(one(s, "ann", "a1", "a2"), 1);
    uint64_t behind = latest_of(s);
    assert_true(behind > before + 4999000000);
    assert_int_equal(one(s, "ann", "a2", NULL), 1);
    assert_int_equal(latest_of(s), behind + 1);
    assert_true(was_given(s, before) && was_given(s, behind) && was_given(s, behind + 1));
    assert_false(was_given(s, before + 1) || was_given(s, behind - 1));
    assert_int_equal(count_between(s, before - 1, behind + 1), 3);
    expect(s, "online ann, status ann, offline ann");
    run++, number = 0;
    (void)one(s, "bob", NULL, "b1");
    before = latest_of(s);
    begin_server(s, 7000); /* that nobody is back in is told so, too */
    assert_int_equal(end_runs(s, (struct ended_runs){.before = 200, .max = 9}), 1);
    assert_true(latest_of(s) > before + 6999000000);
    assert_false(was_given(s, before + 1));
    assert_int_equal(count_between(s, before, latest_of(s)), 1);
    end(s);
}

/* As the restore of a copy leaves it: another has been given ids behind the latest. */
static void what_was_passed_over_counts_neither_as_kept_nor_as_lost(void **state)
{
    struct store *s = begin(*state);
    uint64_t up_to, first = latest_of(s), taken = 0;
    uint32_t count;
    for (int i = 0; i < 6; i++) {
        if (i % 2 == 0) begin_server(s, 1000);
        (void)one(s, "ann", i % 2 ? "a1" : "a2", i % 2 ? "a2" : "a1");
        if (i == 2) taken = latest_of(s);
    }
    assert_int_equal(count_between(s, first, latest_of(s)), 6);
    must(store_set_delivered(s, taken));
    for (uint64_t keep = 6; keep-- > 1;) {
        must(store_begin_aside(s));
        must(store_forget_events(s, &(struct old_events){0, keep, 100}, &count, &up_to));
        must(store_commit(s));
        assert_int_equal(count, 1);
        assert_int_equal(count_between(s, up_to, latest_of(s)), keep);
        assert_int_equal(count_between(s, taken, latest_of(s)), 3);
    }
    end(s);
}

static void what_was_delivered_is_known_over_a_restart(void **state)
{
    struct store *s = begin(*state);
    uint64_t n;
    bool mine = false;
    must(store_lead_delivery(s, 60000, &mine, &n));
    assert_true(mine);
    assert_int_equal(n, 0);
    must(store_set_delivered(s, 7));
    must(store_set_delivered(s, 5)); /* late */
    store_close(s);
    s = fixture_open(*state);
    must(store_lead_delivery(s, 60000, &mine, &n));
    assert_true(mine);
    assert_int_equal(n, 7);
    end(s);
}

static void who_is_erased_is_in_no_event(void **state)
{
    struct folder *f = *state;
    struct store *s = begin(f);
    (void)one(s, "ann-of-the-log", NULL, "a1");
    (void)one(s, "bob", NULL, "b1");
    must(store_begin(s));
    must(store_erase_user(s, KITH_LIT("ann-of-the-log"), false));
    must(store_commit(s));
    store_scrub(s);
    expect(s, "online bob");
    assert_int_equal(one(s, "ann-of-the-log", "a1", NULL), 0);
    assert_false(fixture_files_hold(f, "ann-of-the-log"));
    end(s);
}

static void a_server_keeps_a_batch_once_though_it_is_sent_again(void **state)
{
    only_in_postgres((struct folder *)*state);
    struct store *s = begin(*state);
    struct session_change c[] = {change("ann", NULL, "a1"), change("ann", "a1", "a2"),
                                 change("ann", "a2", NULL)};
    assert_int_equal(keep(s, c, 3), 3);
    number--;
    assert_int_equal(keep(s, c, 3), 0);
    expect(s, "online ann, status ann, offline ann");
    run++, number = 0; /* it has begun to count anew */
    assert_int_equal(keep(s, c, 3), 3);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(a_user_comes_with_its_first_session_and_goes_with_its_last),
        in_a_folder(a_batch_is_told_in_its_order),
        in_a_folder(what_is_told_twice_is_told_once),
        in_a_folder(of_who_was_never_told_of_a_change_is_a_coming_and_a_going_nothing),
        in_a_folder(sessions_of_an_earlier_run_end_unless_they_are_told_of_again),
        in_a_folder(who_is_visible_to_nobody_is_marked),
        in_a_folder(old_ones_are_forgotten_by_age_and_by_number),
        in_a_folder(ids_go_on_from_when_a_server_began),
        in_a_folder(what_was_passed_over_counts_neither_as_kept_nor_as_lost),
        in_a_folder(what_was_delivered_is_known_over_a_restart),
        in_a_folder(who_is_erased_is_in_no_event),
        in_a_folder(a_server_keeps_a_batch_once_though_it_is_sent_again),
    };
    return cmocka_run_group_tests_name("events_store", tests, NULL, NULL);
}
