/* tests/shard/test_spread.c -- an announcement that takes several turns comes to each client once,
 * in its place among all else that is said to it of the user. */
#include "shard/friends.h"

#include "failures.h"
#include "shard/fastlane.h"
#include "shard/spread.h"

/* One client is told a turn, see sim_init_hot. */
enum { STAR = 1, FANS = 6 };

static unsigned star, fan[FANS];

static void set_up(unsigned shards)
{
    sim_init_hot(&s, shards, 12, 1);
    s.boxes = true;
    for (unsigned i = 0; i < FANS; i++) {
        s.watches[STAR + 1 + i][STAR] = true;
        fan[i] = online(STAR + 1 + i, 0);
    }
    star = online(STAR, 0);
    sim_tick(&s, SIM_HELD_MS);
    sim_settle(&s);
    char words[2048];
    for (unsigned i = 0; i < FANS; i++)
        (void)sim_transcript(&s, fan[i], words);
}

static struct world *w(void) { return s.world[0]; }

/* Its announcement is begun here, and the first client has been told. */
static void star_is(const char *fields)
{
    sim_status(&s, star, fields);
    while (!w()->spreads.first)
        assert_true(sim_deliver(&s, 0, 1) || sim_deliver(&s, 0, 0));
}

static void each_turn_tells_a_part(void **state)
{
    char words[2048];
    set_up(*(unsigned *)*state);
    star_is("{\"status\":\"b\"}");
    for (unsigned turn = 1; turn <= FANS; turn++) {
        unsigned told = 0;
        for (unsigned i = 0; i < FANS; i++)
            told += s.clients[fan[i]].transcript_count;
        sim_read(&s);
        for (unsigned i = 0; i < FANS; i++)
            told += strcmp(sim_transcript(&s, fan[i], words), "") != 0;
        assert_int_equal(told, 1);
        assert_int_equal(shard_due(w()) <= s.now.mono_ms, turn < FANS);
        (void)shard_tick(w());
    }
    assert_int_equal(w()->spreads.count, 0);
    sim_fini(&s);
}

static void a_state_is_not_followed_by_what_is_in_it(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned last = fan[FANS - 1];
    star_is("{\"status\":\"b\"}");
    clients_at(w()->clients, s.clients[last].slot)->behind = true;
    sim_read_one(&s, last); /* asks for a state */
    sim_settle(&s);
    expect(last, "state");
    expect(fan[0], "diff+1-1");
    sim_fini(&s);
}

/* The home's answer lies behind an announcement that the client has not been told of yet. */
static void nor_is_one_that_was_asked_for_meanwhile(void **state)
{
    (void)state;
    set_up(2);
    unsigned last = fan[FANS - 1];
    assert_int_equal(world_home(w(), KITH_LIT("1")), 1);
    sim_status(&s, star, "{\"status\":\"b\"}");
    clients_at(w()->clients, s.clients[last].slot)->behind = true;
    sim_read_one(&s, last);
    sim_settle(&s);
    expect(last, "state");
    expect(fan[0], "diff+1-1");
    sim_fini(&s);
}

static void who_loses_sight_hears_of_what_it_saw_first(void **state)
{
    set_up(*(unsigned *)*state);
    star_is("{\"status\":\"b\"}");
    for (unsigned i = 0; i < FANS; i++)
        sim_sight(&s, STAR + 1 + i, STAR, false);
    sim_settle(&s);
    for (unsigned i = 0; i < FANS; i++)
        expect(fan[i], "diff+1-1 diff-1");
    sim_fini(&s);
}

static void who_gains_sight_meanwhile_is_told_once(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned late = online(9, 0);
    star_is("{\"status\":\"b\"}");
    sim_sight(&s, 9, STAR, true);
    sim_sight(&s, STAR + 1, STAR, false);
    sim_sight(&s, STAR + 1, STAR, true);
    sim_settle(&s);
    expect(late, "diff+1");
    expect(fan[0], "diff+1-1 diff-1 diff+1");
    sim_fini(&s);
}

static void a_socket_that_has_taken_the_place_of_another_is_not_told(void **state)
{
    set_up(*(unsigned *)*state);
    unsigned last = fan[FANS - 1];
    uint32_t slot = s.clients[last].slot;
    star_is("{\"status\":\"b\"}");
    w()->o.ended_per_turn = ENDED_PER_TURN; /* at once */
    sim_lose(&s, last, 0);
    (void)clients_release(w()->clients, UINT32_MAX, 0);
    while (clients_next_dirty(w()->clients) != UINT32_MAX)
        ;
    unsigned next = sim_connect(&s, 10, 0);
    assert_int_equal(s.clients[next].slot, slot);
    sim_settle(&s);
    expect(next, "");
    sim_fini(&s);
}

static void a_leave_comes_behind_what_is_under_way(void **state)
{
    set_up(*(unsigned *)*state);
    star_is("{\"status\":\"b\"}");
    sim_part(&s, star);
    sim_settle(&s);
    for (unsigned i = 0; i < FANS; i++)
        expect(fan[i], "diff+1-1 diff-1");
    sim_fini(&s);
}

/* Were they few by then, what is told them at once would overtake the rest. */
static void what_is_told_at_once_comes_behind_it_too(void **state)
{
    set_up(*(unsigned *)*state);
    star_is("{\"status\":\"b\"}");
    w()->o.spread_per_turn = FANS;
    sim_part(&s, star);
    while (sim_deliver(&s, 0, 1) || sim_deliver(&s, 0, 0))
        ;
    for (unsigned i = 0; i < FANS; i++)
        expect(fan[i], "diff+1-1 diff-1");
    sim_fini(&s);
}

static void write_all(void)
{
    (void)clients_release(w()->clients, UINT32_MAX, 0);
    while (clients_next_dirty(w()->clients) != UINT32_MAX)
        ;
}

static void behind_what_waits_to_be_written_it_waits_but_not_for_ever(void **state)
{
    (void)state;
    set_up(1);
    star_is("{\"status\":\"b\"}");
    write_all();
    (void)shard_tick(w());
    assert_int_equal(clients_waiting(w()->clients), 1);
    (void)shard_tick(w());
    assert_int_equal(clients_waiting(w()->clients), 1);
    assert_int_equal(spread_next_due(w()), s.now.mono_ms + SPREAD_WAIT_MS);
    w()->now.mono_ms += SPREAD_WAIT_MS;
    (void)shard_tick(w());
    assert_int_equal(clients_waiting(w()->clients), 2);
    write_all();
    assert_int_equal(spread_next_due(w()), w()->now.mono_ms);
    (void)shard_tick(w());
    assert_int_equal(clients_waiting(w()->clients), 1);
    sim_fini(&s);
}

static void of_more_than_may_be_under_way_the_oldest_is_told_at_once(void **state)
{
    (void)state;
    set_up(1);
    topic_id topic = pubsub_find(w()->people, KITH_LIT("1"));
    kith_slice payload = KITH_LIT("{\"joins\":{},\"leaves\":{}}");
    for (unsigned i = 0; i < SPREADS_MAX; i++)
        assert_int_equal(spread_begin(w(), 0, topic, KITH_LIT("1"), payload), KITH_OK);
    expect(fan[FANS - 1], "");
    assert_int_equal(spread_begin(w(), 0, topic, KITH_LIT("1"), payload), KITH_OK);
    expect(fan[FANS - 1], "diff");
    assert_int_equal(w()->spreads.count, SPREADS_MAX);
    sim_fini(&s); /* the rest is told to nobody */
}

static void without_memory_for_whom_to_tell_all_are_told_at_once(void **state)
{
    (void)state;
    set_up(1);
    alloc_fail(0, 1);
    fastlane_publish(w(), 0, pubsub_find(w()->people, KITH_LIT("1")), KITH_LIT("1"),
                     KITH_LIT("{\"joins\":{},\"leaves\":{}}"));
    alloc_heal();
    for (unsigned i = 0; i < FANS; i++)
        expect(fan[i], "diff");
    sim_fini(&s);
}

int main(void)
{
    static unsigned one = 1, two = 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(each_turn_tells_a_part, &one),
        cmocka_unit_test_prestate(a_state_is_not_followed_by_what_is_in_it, &one),
        cmocka_unit_test_prestate(a_state_is_not_followed_by_what_is_in_it, &two),
        cmocka_unit_test(nor_is_one_that_was_asked_for_meanwhile),
        cmocka_unit_test_prestate(who_loses_sight_hears_of_what_it_saw_first, &one),
        cmocka_unit_test_prestate(who_loses_sight_hears_of_what_it_saw_first, &two),
        cmocka_unit_test_prestate(who_gains_sight_meanwhile_is_told_once, &one),
        cmocka_unit_test_prestate(who_gains_sight_meanwhile_is_told_once, &two),
        cmocka_unit_test_prestate(a_socket_that_has_taken_the_place_of_another_is_not_told, &one),
        cmocka_unit_test_prestate(a_leave_comes_behind_what_is_under_way, &one),
        cmocka_unit_test_prestate(a_leave_comes_behind_what_is_under_way, &two),
        cmocka_unit_test_prestate(what_is_told_at_once_comes_behind_it_too, &one),
        cmocka_unit_test_prestate(what_is_told_at_once_comes_behind_it_too, &two),
        cmocka_unit_test(behind_what_waits_to_be_written_it_waits_but_not_for_ever),
        cmocka_unit_test(of_more_than_may_be_under_way_the_oldest_is_told_at_once),
        cmocka_unit_test(without_memory_for_whom_to_tell_all_are_told_at_once),
    };
    return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
