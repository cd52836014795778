/* tests/shard/test_invisible.c -- a user becomes visible who was visible to nobody: for whoever
 * sees it then it has just come. */
#include "base/ids.h"
#include "shard/friends.h"
#include "shard/sight_mail.h"

/* The store says so of user 1, whom 2 watches. */
static void sight(bool sees, enum invisibility invisibility)
{
    struct buf ids = {0};
    ids_put(&ids, KITH_LIT("2"));
    struct sight_lists l = {.gained = sees ? buf_slice(&ids) : (kith_slice){0},
                            .lost = sees ? (kith_slice){0} : buf_slice(&ids),
                            .invisibility = invisibility};
    struct mail *m = sight_mail(KITH_LIT("1"), &l);
    assert_non_null(m);
    m->serial = s.sight_count;
    s.sights[s.sight_count++] = (struct sim_sight){.watcher = 2, .user = 1, .homes = 1};
    s.watches[2][1] = sees;
    sim_send(&s, SIM_STORE, world_home(s.world[0], KITH_LIT("1")), m);
    sim_settle(&s);
    buf_fini(&ids);
}

static const char *word(unsigned watcher, unsigned meta, const char *key)
{
    json_t *m = json_array_get(json_object_get(s.clients[watcher].view, "1"), meta);
    return json_string_value(json_object_get(m, key));
}

static void begin(void **state, bool hot)
{
    if (hot)
        sim_init_hot(&s, *(unsigned *)*state, 8, 1);
    else
        sim_init(&s, *(unsigned *)*state, 8, 1);
    s.boxes = true;
    s.watches[2][1] = true;
}

static void who_was_visible_to_nobody_has_just_come(void **state)
{
    begin(state, false);
    unsigned ben = online(2, 0), ann = online(1, s.shards - 1), phone = online(1, 0);
    expect(ben, "diff+1 diff+1");
    sight(false, INVISIBILITY_BEGINS);
    expect(ben, "diff-1 diff-1");
    sim_status(&s, ann, "{\"status\":\"busy\"}");
    sim_tick(&s, 7000);
    sight(true, INVISIBILITY_ENDS);
    expect(ben, "diff+1");
    for (unsigned i = 0; i < 2; i++) {
        assert_string_equal(word(ben, i, "online_at"), "1795487072");
        assert_null(word(ben, i, "phx_ref_prev"));
    }
    sim_part(&s, phone);
    sim_status(&s, ann, "{\"status\":\"free\"}"); /* the diffs name what was seen */
    sim_settle(&s);
    assert_int_equal(json_array_size(json_object_get(s.clients[ben].view, "1")), 1);
    assert_string_equal(word(ben, 0, "status"), "free");
    sim_fini(&s);
}

/* Its friends were read when the change was made, and not told yet. */
static void who_sees_it_a_moment_too_soon_sees_each_session_once(void **state)
{
    begin(state, false);
    unsigned ann = online(1, s.shards - 1);
    sight(false, INVISIBILITY_BEGINS);
    s.watches[2][1] = true;
    unsigned ben = online(2, 0);
    assert_int_equal(json_array_size(json_object_get(s.clients[ben].view, "1")), 1);
    sim_tick(&s, 7000);
    sight(true, INVISIBILITY_ENDS);
    sim_read(&s);
    assert_int_equal(json_array_size(json_object_get(s.clients[ben].view, "1")), 1);
    assert_string_equal(word(ben, 0, "online_at"), "1795487072");
    sim_lose(&s, ann, 0);
    sim_settle(&s);
    assert_null(json_object_get(s.clients[ben].view, "1"));
    sim_fini(&s);
}

static void a_list_that_changes_does_not_renew_it(void **state)
{
    begin(state, false);
    unsigned ben = online(2, 0);
    online(1, 0);
    expect(ben, "diff+1");
    sight(false, INVISIBILITY_AS_IT_WAS);
    sim_tick(&s, 7000);
    sight(true, INVISIBILITY_AS_IT_WAS);
    assert_string_equal(word(ben, 0, "online_at"), "1795487065");
    sim_fini(&s);
}

static void a_status_that_waits_is_not_lost(void **state)
{
    begin(state, true);
    unsigned fans[4], ann;
    for (unsigned k = 0; k < 4; k++) {
        s.watches[2 + k][1] = true;
        fans[k] = online(2 + k, k % s.shards);
    }
    ann = online(1, 0);
    sim_status(&s, ann, "{\"status\":\"a\"}");
    sim_settle(&s);
    sim_status(&s, ann, "{\"status\":\"b\"}"); /* waits */
    sight(false, INVISIBILITY_BEGINS);
    sight(true, INVISIBILITY_ENDS);
    sim_settle_hot(&s);
    assert_string_equal(word(fans[0], 0, "status"), "b");
    sim_fini(&s);
}

/* All that waits for a shard comes in one turn. */
static void one_turn(unsigned to)
{
    for (unsigned from = 0; from < 5; from++)
        for (struct mail *m; (m = mail_take(&s.wire[from][to]));)
            shard_receive(s.world[to], m);
    sim_post(&s, to);
}

/* The change of sight concerns several, and is told in parts; in the state that comes behind it is
 * a status which nobody may see any more. */
static void a_state_comes_behind_a_change_that_waits(void **state)
{
    begin(state, true);
    unsigned home = world_home(s.world[0], KITH_LIT("1")), there = 1 - home;
    s.watches[3][1] = s.watches[4][1] = s.watches[5][1] = true;
    unsigned ann = online(1, home), ben = sim_connect(&s, 5, there);
    sim_join(&s, ben, KITH_SOCIAL_USER, "", 0);
    while (sim_deliver(&s, 0, SIM_STORE))
        ;
    sim_nobody(&s, 1, true); /* after ben's list was read */
    one_turn(there);         /* which is there: homes are asked */
    assert_true(sim_deliver(&s, 0, home));
    sim_status(&s, ann, "{\"status\":\"secret\"}");
    while (sim_deliver(&s, 0, home))
        ;
    one_turn(there); /* the change, and the pieces of the state */
    sim_settle_hot(&s);
    assert_true(s.sights[0].acknowledged);
    assert_null(json_object_get(s.clients[ben].view, "1"));
    sim_fini(&s);
}

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(who_was_visible_to_nobody_has_just_come, &one),
        cmocka_unit_test_prestate(who_sees_it_a_moment_too_soon_sees_each_session_once, &one),
        cmocka_unit_test_prestate(who_sees_it_a_moment_too_soon_sees_each_session_once, &four),
        cmocka_unit_test_prestate(who_was_visible_to_nobody_has_just_come, &two),
        cmocka_unit_test_prestate(who_was_visible_to_nobody_has_just_come, &four),
        cmocka_unit_test_prestate(a_list_that_changes_does_not_renew_it, &two),
        cmocka_unit_test_prestate(a_state_comes_behind_a_change_that_waits, &two),
        cmocka_unit_test_prestate(a_status_that_waits_is_not_lost, &one),
        cmocka_unit_test_prestate(a_status_that_waits_is_not_lost, &four),
    };
    return cmocka_run_group_tests_name("invisible", tests, NULL, NULL);
}
