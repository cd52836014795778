/* tests/shard/test_pacing.c -- a user whom many watch is announced now and then, with what is
 * newest; what shows more or less of whom to whom does not wait for that. */
#include "shard/friends.h"
#include "shard/home.h"
#include "shard/pacing.h"

#include <stdio.h>

/* Three watchers are many here, and four make an interval of 4 ms. */
enum { STAR = 1, FANS = 4, INTERVAL_MS = 4, MANY_MS = SIM_HELD_MS };

static unsigned fan[FANS];

static const char *seen(unsigned c)
{
    static char statuses[256];
    size_t i;
    json_t *meta;
    statuses[0] = 0;
    json_array_foreach(json_object_get(s.clients[c].view, "1"), i, meta)
    {
        if (i) strcat(statuses, " ");
        strcat(statuses, json_string_value(json_object_get(meta, "status")));
    }
    return statuses;
}

/* The fans are there, and have heard nothing of the star yet. */
static void set_up(unsigned shards)
{
    sim_init_hot(&s, shards, 12, 1);
    for (unsigned i = 0; i < FANS; i++) {
        s.watches[STAR + 1 + i][STAR] = true;
        fan[i] = online(STAR + 1 + i, i % shards);
    }
}

/* Not before the answer to what was asked, and without time passing. */
static void expect_all(const char *words)
{
    sim_settle(&s);
    for (unsigned i = 0; i < FANS; i++)
        expect(fan[i], words);
}

static unsigned star_joins(const char *fields, uint64_t device)
{
    unsigned c = sim_connect(&s, STAR, 0);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, fields, device);
    sim_settle(&s);
    return c;
}

static void the_newest_of_what_came_in_an_interval_is_told_at_its_end(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 0);
    expect_all("diff+1");
    sim_status(&s, c, "{\"status\":\"b\"}");
    sim_status(&s, c, "{\"status\":\"c\"}");
    expect_all("");
    sim_status(&s, c, "{\"status\":\"d\"}");
    sim_tick(&s, INTERVAL_MS - 1);
    expect_all("");
    sim_tick(&s, 1);
    expect_all("diff+1-1");
    assert_string_equal(seen(fan[0]), "d");
    sim_tick(&s, INTERVAL_MS);
    sim_status(&s, c, "{\"status\":\"e\"}"); /* the interval is over: at once */
    expect_all("diff+1-1");
    sim_fini(&s);
}

static void what_waits_of_one_that_leaves_is_dropped_with_it(void **state)
{
    set_up(*(unsigned *)*state);
    struct world *home = s.world[world_home(s.world[0], KITH_LIT("1"))];
    unsigned c = star_joins("{\"status\":\"a\"}", 0), d = star_joins("{\"status\":\"x\"}", 7);
    sim_tick(&s, MANY_MS);
    sim_settle(&s);
    sim_status(&s, c, "{\"status\":\"b\"}");
    sim_settle(&s);
    sim_status(&s, c, "{\"status\":\"c\"}");
    sim_status(&s, d, "{\"status\":\"y\"}");
    sim_settle(&s);
    sim_lose(&s, c, 0);
    sim_settle(&s);
    struct paced *waits = pacing_take_all(home, KITH_LIT("1"));
    assert_non_null(waits);
    assert_true(slice_is(paced_fields(waits), "{\"status\":\"y\"}"));
    assert_null(waits->next);
    pacing_free(waits);
    sim_fini(&s);
}

static void with_few_watchers_nothing_waits(void **state)
{
    set_up(*(unsigned *)*state);
    sim_part(&s, fan[2]);
    sim_part(&s, fan[3]);
    sim_settle(&s);
    unsigned c = star_joins("", 0);
    for (int i = 0; i < 5; i++) {
        sim_status(&s, c, "{\"status\":\"b\"}");
        sim_settle(&s);
    }
    expect(fan[0], "diff+1 diff+1-1 diff+1-1 diff+1-1 diff+1-1 diff+1-1");
    sim_fini(&s);
}

static void a_leave_does_not_wait_and_what_waited_goes_with_it(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 0);
    sim_status(&s, c, "{\"status\":\"b\"}");
    sim_part(&s, c);
    expect_all("diff+1 diff-1");
    sim_tick(&s, MANY_MS);
    expect_all("");
    sim_fini(&s);
}

static void a_session_that_comes_and_goes_within_an_interval_is_not_seen(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 1), d = star_joins("{\"status\":\"b\"}", 2);
    sim_status(&s, d, "{\"status\":\"c\"}");
    expect_all("diff+1");
    sim_lose(&s, d, 5000); /* nobody has seen it: nothing of it lingers */
    sim_tick(&s, MANY_MS);
    expect_all("");
    d = star_joins("{\"status\":\"d\"}", 3);
    unsigned e = star_joins("", 4);
    expect_all("diff+1");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1");
    assert_string_equal(seen(fan[0]), "a d online");
    (void)c, (void)e;
    sim_fini(&s);
}

static void what_a_lost_session_said_last_is_told_though_it_is_lost(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 7);
    sim_status(&s, c, "{\"status\":\"b\"}");
    sim_lose(&s, c, 5000);
    expect_all("diff+1");
    unsigned d = star_joins("", 7); /* adopts what lingers, and so what it said */
    expect_all("");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1-1");
    assert_string_equal(seen(fan[0]), "b");
    sim_status(&s, d, "{\"status\":\"c\"}");
    sim_lose(&s, d, 5000);
    sim_tick(&s, INTERVAL_MS); /* nobody has adopted it yet */
    expect_all("diff+1-1");
    assert_string_equal(seen(fan[0]), "c");
    sim_fini(&s);
}

static void a_reload_sends_nothing_and_what_it_brings_waits(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 7);
    sim_lose(&s, c, 5000);
    unsigned d = star_joins("{\"status\":\"a\"}", 7);
    sim_tick(&s, MANY_MS);
    expect_all("diff+1");
    sim_status(&s, d, "{\"status\":\"b\"}");
    expect_all("diff+1-1");
    sim_lose(&s, d, 5000);
    (void)star_joins("{\"status\":\"c\"}", 7);
    expect_all("");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1-1");
    assert_string_equal(seen(fan[0]), "c");
    sim_fini(&s);
}

static void who_comes_or_gains_sight_sees_what_was_announced_last(void **state)
{
    set_up(*(unsigned *)*state);
    s.boxes = true;
    unsigned c = star_joins("{\"status\":\"a\"}", 0);
    expect_all("diff+1");
    sim_status(&s, c, "{\"status\":\"b\"}");
    s.watches[8][STAR] = true;
    unsigned late = sim_connect(&s, 8, 0), gains = sim_connect(&s, 9, 0);
    sim_join(&s, late, KITH_SOCIAL_USER, "", 0);
    sim_join(&s, gains, KITH_SOCIAL_USER, "", 0);
    sim_settle(&s);
    assert_string_equal(seen(late), "a");
    sim_sight(&s, 9, STAR, true);
    sim_settle(&s);
    assert_string_equal(seen(gains), "a");
    sim_sight(&s, 4, STAR, false); /* a sight that is lost waits for nothing */
    sim_settle(&s);
    assert_string_equal(seen(fan[2]), "");
    sim_tick(&s, MANY_MS);
    sim_settle(&s);
    assert_string_equal(seen(late), "b");
    assert_string_equal(seen(gains), "b");
    assert_string_equal(seen(fan[2]), "");
    sim_fini(&s);
}

static void several_sessions_that_change_wait_longer(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 1);
    sim_tick(&s, INTERVAL_MS);
    unsigned d = star_joins("{\"status\":\"a\"}", 2);
    sim_tick(&s, INTERVAL_MS);
    sim_status(&s, c, "{\"status\":\"b\"}");
    sim_status(&s, c, "{\"status\":\"c\"}");
    sim_status(&s, d, "{\"status\":\"c\"}");
    expect_all("diff+1 diff+1 diff+1-1");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1-1 diff+1-1");
    sim_status(&s, c, "{\"status\":\"d\"}");
    sim_tick(&s, INTERVAL_MS);
    expect_all("");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1-1");
    sim_fini(&s);
}

/* Each makes wait as long as if it were alone. */
static void however_long_one_waits_already(void **state)
{
    enum { LONG_MS = 4000, PART_MS = 250 };
    _Static_assert(2 * LONG_MS > HOT_INTERVAL_MS_MAX, "of two it is longer than of any one");
    set_up(*(unsigned *)*state);
    for (unsigned i = 0; i < s.shards; i++)
        s.world[i]->o.hot_deliveries_s = FANS * 1000 / LONG_MS;
    unsigned c = star_joins("{\"status\":\"a\"}", 1), d = star_joins("{\"status\":\"a\"}", 2);
    sim_tick(&s, LONG_MS);
    expect_all("diff+1 diff+1");
    sim_status(&s, c, "{\"status\":\"b\"}");
    sim_status(&s, d, "{\"status\":\"b\"}");
    sim_tick(&s, LONG_MS);
    expect_all("diff+1-1 diff+1-1");
    sim_status(&s, c, "{\"status\":\"c\"}");
    for (unsigned ms = 0; ms < 2 * LONG_MS - PART_MS; ms += PART_MS)
        sim_tick(&s, PART_MS);
    expect_all("");
    sim_tick(&s, PART_MS);
    expect_all("diff+1-1");
    sim_fini(&s);
}

static uint64_t announced(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < s.shards; i++)
        sum += s.world[i]->stats.announcements;
    return sum;
}

/* So many sessions come at once that not all may wait; one too many is refused, as ever. */
static void no_more_wait_than_a_user_may_have(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned last = 0;
    for (unsigned i = 0; i < 2 * SESSIONS_MAX; i++)
        last = star_joins("{\"status\":\"a\"}", i + 1);
    sim_tick(&s, 2 * MANY_MS);
    sim_settle(&s);
    assert_int_equal(json_array_size(json_object_get(s.clients[fan[0]].view, "1")), SESSIONS_MAX);
    (void)last;
    sim_fini(&s);
}

/* Sockets that are not shown, as there are as many as may be, wait for nothing, and what the others
 * say meanwhile is told at the end of an interval as ever. */
static void who_has_more_sessions_than_are_shown_waits_all_the_same(void **state)
{
    enum { SOCKETS = 2 * SESSIONS_MAX, ROUNDS = 20 };
    unsigned sockets[SOCKETS];
    set_up(*(unsigned *)*state);
    for (unsigned i = 0; i < SOCKETS; i++)
        sockets[i] = star_joins("{\"status\":\"a\"}", i + 1);
    for (unsigned shown = 0; shown < SESSIONS_MAX;) { /* all of them, and none waits any more */
        sim_tick(&s, MANY_MS);
        sim_settle(&s);
        shown = (unsigned)json_array_size(json_object_get(s.clients[fan[0]].view, "1"));
    }
    sim_tick(&s, MANY_MS);
    sim_settle(&s);
    uint64_t before = announced();
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = SOCKETS; i-- > 0;)
            sim_status(&s, sockets[i], round % 2 ? "{\"status\":\"b\"}" : "{\"status\":\"c\"}");
    sim_settle(&s);
    assert_int_equal(announced() - before, 1); /* the first of all */
    sim_tick(&s, MANY_MS);
    sim_settle(&s);
    assert_in_range(announced() - before, SESSIONS_MAX, SESSIONS_MAX + 1);
    assert_null(strpbrk(seen(fan[0]), "ac"));
    assert_int_equal(strlen(seen(fan[0])), 2 * SESSIONS_MAX - 1);
    sim_fini(&s);
}

static void hide(unsigned client, bool hidden)
{
    sim_hide(&s, client, hidden);
    sim_settle(&s);
}

static void who_is_seen_again_waits_and_who_hides_does_not(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 0);
    expect_all("diff+1");
    hide(c, true);
    expect_all("diff-1");
    hide(c, false); /* and is answered at once */
    assert_int_equal(s.clients[c].answers, 2);
    sim_status(&s, c, "{\"status\":\"b\"}");
    expect_all("");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1");
    assert_string_equal(seen(fan[0]), "b");
    sim_fini(&s);
}

static void who_hides_again_is_not_seen_meanwhile(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 0);
    hide(c, true);
    for (unsigned i = 0; i < 50; i++) {
        hide(c, false);
        hide(c, true);
    }
    expect_all("diff+1 diff-1");
    sim_tick(&s, MANY_MS);
    expect_all("");
    hide(c, false); /* the interval is over */
    hide(c, true);
    expect_all("diff+1 diff-1");
    sim_fini(&s);
}

/* Its socket dies while it waits to be seen: the next one is not hidden. */
static void who_was_to_be_seen_is_not_found_hidden(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 7);
    hide(c, true);
    hide(c, false);
    sim_lose(&s, c, 5000);
    (void)star_joins("{\"status\":\"b\"}", 7);
    expect_all("diff+1 diff-1");
    sim_tick(&s, INTERVAL_MS);
    expect_all("diff+1");
    assert_string_equal(seen(fan[0]), "b");
    sim_fini(&s);
}

static void who_leaves_while_it_waits_to_be_seen_is_not(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 0);
    hide(c, true);
    hide(c, false);
    sim_part(&s, c);
    expect_all("diff+1 diff-1");
    sim_tick(&s, MANY_MS);
    expect_all("");
    sim_fini(&s);
}

static void a_restart_keeps_what_waited(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned c = star_joins("{\"status\":\"a\"}", 0), saved = 0;
    sim_status(&s, c, "{\"status\":\"b\"}");
    while (sim_deliver_any(&s))
        ;
    for (unsigned i = 0; i < s.shards; i++)
        home_save(s.world[i]);
    for (unsigned i = 0; i < s.shards; i++)
        for (const struct mail *m = s.world[i]->wants.first; m; m = m->next)
            if (m->type == MAIL_SAVE && slice_is(mail_a(m), "1")) {
                assert_true(slice_is(mail_b(m), "{\"status\":\"b\"}"));
                saved++;
            }
    assert_int_equal(saved, 1);
    sim_fini(&s);
}

int main(void)
{
    static unsigned one = 1, two = 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(the_newest_of_what_came_in_an_interval_is_told_at_its_end, &one),
        cmocka_unit_test_prestate(what_waits_of_one_that_leaves_is_dropped_with_it, &one),
        cmocka_unit_test_prestate(with_few_watchers_nothing_waits, &one),
        cmocka_unit_test_prestate(a_leave_does_not_wait_and_what_waited_goes_with_it, &one),
        cmocka_unit_test_prestate(a_session_that_comes_and_goes_within_an_interval_is_not_seen,
                                  &one),
        cmocka_unit_test_prestate(what_a_lost_session_said_last_is_told_though_it_is_lost, &one),
        cmocka_unit_test_prestate(a_reload_sends_nothing_and_what_it_brings_waits, &one),
        cmocka_unit_test_prestate(who_comes_or_gains_sight_sees_what_was_announced_last, &one),
        cmocka_unit_test_prestate(who_comes_or_gains_sight_sees_what_was_announced_last, &two),
        cmocka_unit_test_prestate(several_sessions_that_change_wait_longer, &one),
        cmocka_unit_test_prestate(however_long_one_waits_already, &one),
        cmocka_unit_test_prestate(no_more_wait_than_a_user_may_have, &one),
        cmocka_unit_test_prestate(who_has_more_sessions_than_are_shown_waits_all_the_same, &one),
        cmocka_unit_test_prestate(who_has_more_sessions_than_are_shown_waits_all_the_same, &two),
        cmocka_unit_test_prestate(who_is_seen_again_waits_and_who_hides_does_not, &one),
        cmocka_unit_test_prestate(who_is_seen_again_waits_and_who_hides_does_not, &two),
        cmocka_unit_test_prestate(who_hides_again_is_not_seen_meanwhile, &one),
        cmocka_unit_test_prestate(who_hides_again_is_not_seen_meanwhile, &two),
        cmocka_unit_test_prestate(who_was_to_be_seen_is_not_found_hidden, &one),
        cmocka_unit_test_prestate(who_was_to_be_seen_is_not_found_hidden, &two),
        cmocka_unit_test_prestate(who_leaves_while_it_waits_to_be_seen_is_not, &one),
        cmocka_unit_test_prestate(who_leaves_while_it_waits_to_be_seen_is_not, &two),
        cmocka_unit_test_prestate(a_restart_keeps_what_waited, &one),
        cmocka_unit_test_prestate(a_restart_keeps_what_waited, &two),
    };
    return cmocka_run_group_tests_name("pacing", tests, NULL, NULL);
}
