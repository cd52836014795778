/* tests/shard/test_grace.c -- sessions that are lost: who comes back in time was never away. */
#include "shard/friends.h"
#include "shard/showing.h"

static void a_reload_within_grace_tells_nobody(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    expect(a, "diff+1");
    json_t *before = json_deep_copy(json_object_get(s.clients[a].view, "1"));
    sim_lose(&s, c, 5000);
    sim_settle(&s);
    sim_tick(&s, 3000);
    online(1, 0);
    sim_tick(&s, 60000);
    sim_settle(&s);
    expect(a, "");
    unsigned b = online(2, 1); /* a fresh look shows the same meta, phx_ref and all */
    assert_true(json_equal(before, json_object_get(s.clients[b].view, "1")));
    json_decref(before);
    sim_fini(&s);
}

static void a_session_that_does_not_come_back_leaves_after_its_grace(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    expect(a, "diff+1");
    sim_lose(&s, c, 5000);
    sim_settle(&s);
    sim_tick(&s, 4999);
    sim_settle(&s);
    expect(a, "");
    sim_tick(&s, 2);
    sim_settle(&s);
    expect(a, "diff-1");
    sim_fini(&s);
}

static void another_device_does_not_adopt(void **state)
{
    (void)state;
    sim_init(&s, 1, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 0);
    expect(a, "diff+1");
    sim_lose(&s, c, 5000);
    unsigned d = sim_connect(&s, 1, 0);
    sim_join(&s, d, KITH_SOCIAL_USER, "", 42);
    sim_settle(&s);
    expect(a, "diff+1");
    sim_tick(&s, 5001);
    sim_settle(&s);
    expect(a, "diff-1");
    assert_int_equal(json_array_size(json_object_get(s.clients[a].view, "1")), 1);
    sim_fini(&s);
}

/* A long-poll session for which nobody polls, and whose user is sent away: before its grace is
 * over, and behind it. Where it is away for good, nobody sees it come once more. */
static void who_is_away_and_is_sent_away_does_not_show_again(void **state)
{
    (void)state;
    for (unsigned shard = 0; shard < 2; shard++)
        for (unsigned late = 0; late < 2; late++) {
            sim_init(&s, 2, 8, 1);
            befriend(1, 2);
            unsigned a = online(2, 0), c = online(1, shard);
            expect(a, "diff+1");
            showing_away(s.world[shard], s.clients[c].slot, 5000);
            sim_post(&s, shard);
            sim_settle(&s);
            if (late) sim_tick(&s, 6000);
            sim_settle(&s);
            expect(a, late ? "diff-1" : "");
            sim_lose(&s, c, 0);
            sim_settle(&s);
            expect(a, late ? "" : "diff-1");
            sim_fini(&s);
        }
}

/* Another session of the same device has taken it over meanwhile, and stays. */
static void who_was_taken_over_takes_nothing_with_it(void **state)
{
    (void)state;
    sim_init(&s, 2, 8, 1);
    befriend(1, 2);
    unsigned a = online(2, 0), c = online(1, 1);
    expect(a, "diff+1");
    showing_away(s.world[1], s.clients[c].slot, 5000);
    sim_post(&s, 1);
    sim_settle(&s);
    (void)online(1, 0);
    sim_lose(&s, c, 0);
    sim_settle(&s);
    expect(a, "");
    sim_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_within_grace_tells_nobody),
        cmocka_unit_test(a_session_that_does_not_come_back_leaves_after_its_grace),
        cmocka_unit_test(another_device_does_not_adopt),
        cmocka_unit_test(who_is_away_and_is_sent_away_does_not_show_again),
        cmocka_unit_test(who_was_taken_over_takes_nothing_with_it),
    };
    return cmocka_run_group_tests_name("grace", tests, NULL, NULL);
}
