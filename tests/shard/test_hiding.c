/* tests/shard/test_hiding.c -- one session alone is hidden: for its friends it is one that went,
 * and later one that comes. */
#include "shard/friends.h"
#include "shard/home.h"
#include "shard/showing.h"

#include <stdio.h>

static unsigned shards;

/* 2 watches 1, from another shard than 1's sessions where there are several. */
static unsigned set_up(void **state)
{
    shards = *(unsigned *)*state;
    sim_init(&s, shards, 8, 1);
    s.boxes = true;
    befriend(1, 2);
    return online(2, 0);
}

static unsigned come(unsigned shard, const char *fields, uint64_t device)
{
    unsigned c = sim_connect(&s, 1, shard % shards);
    sim_join(&s, c, KITH_SOCIAL_FRIENDS, fields, device);
    sim_settle(&s);
    char words[2048];
    sim_transcript(&s, c, words);
    return c;
}

static void hide(unsigned client, bool hidden)
{
    char out[2048];
    sim_hide(&s, client, hidden);
    sim_settle(&s);
    assert_non_null(strstr(sim_transcript(&s, client, out), "hidden"));
}

static json_t *first_meta(unsigned watcher)
{
    return json_array_get(json_object_get(s.clients[watcher].view, "1"), 0);
}

static const char *word(json_t *meta, const char *key)
{
    return json_string_value(json_object_get(meta, key));
}

static void a_hidden_session_goes_and_comes_back_as_one_that_has_just_come(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "{\"status\":\"here\"}", 0);
    expect(ben, "diff+1");
    json_t *before = json_deep_copy(first_meta(ben));
    hide(ann, true);
    expect(ben, "diff-1");
    sim_tick(&s, 7000);
    sim_status(&s, ann, "{\"status\":\"secret\"}");
    sim_settle(&s);
    expect(ben, "");
    hide(ann, false);
    expect(ben, "diff+1");
    json_t *now = first_meta(ben);
    assert_string_equal(word(now, "status"), "secret");
    assert_string_equal(word(now, "online_at"), "1795487072");
    assert_string_not_equal(word(now, "phx_ref"), word(before, "phx_ref"));
    assert_null(json_object_get(now, "phx_ref_prev"));
    json_decref(before);
    sim_fini(&s);
}

static void the_other_sessions_stay(void **state)
{
    unsigned ben = set_up(state), laptop = come(1, "{\"status\":\"a\"}", 1);
    unsigned phone = come(2, "{\"status\":\"b\"}", 2);
    expect(ben, "diff+1 diff+1");
    hide(laptop, true);
    expect(ben, "diff-1");
    assert_string_equal(word(first_meta(ben), "status"), "b");
    sim_part(&s, phone);
    sim_settle(&s);
    expect(ben, "diff-1");
    sim_part(&s, laptop); /* of which nobody hears */
    sim_settle(&s);
    expect(ben, "");
    sim_fini(&s);
}

static void to_say_it_twice_changes_nothing(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 0);
    expect(ben, "diff+1");
    hide(ann, false);
    expect(ben, "");
    hide(ann, true);
    hide(ann, true);
    expect(ben, "diff-1");
    sim_fini(&s);
}

static void who_comes_later_does_not_see_it_either(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 0);
    expect(ben, "diff+1");
    hide(ann, true);
    unsigned again = online(2, 1 % shards);
    assert_int_equal(json_object_size(s.clients[again].view), 0);
    sim_fini(&s);
}

static void it_does_not_see_itself_and_goes_on_seeing_others(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 0);
    s.watches[1][1] = true;
    unsigned other = come(0, "", 5);
    expect(ben, "diff+1 diff+1");
    assert_int_equal(json_array_size(json_object_get(s.clients[other].view, "1")), 2);
    hide(ann, true);
    hide(other, true);
    assert_int_equal(json_object_size(s.clients[other].view), 1);
    sim_status(&s, ben, "{\"status\":\"x\"}");
    sim_settle(&s);
    assert_string_equal(
        word(json_array_get(json_object_get(s.clients[other].view, "2"), 0), "status"), "x");
    sim_fini(&s);
}

static void said_while_it_joins_it_is_never_shown(void **state)
{
    unsigned ben = set_up(state), ann = sim_connect(&s, 1, 1 % shards);
    sim_join(&s, ann, KITH_SOCIAL_USER, "", 0);
    sim_hide(&s, ann, true);
    sim_settle(&s);
    expect(ann, "hidden ok state");
    expect(ben, "");
    hide(ann, false);
    expect(ben, "diff+1");
    sim_fini(&s);
}

/* Grace */

static void a_reload_does_not_show_it(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "{\"status\":\"a\"}", 7);
    hide(ann, true);
    sim_lose(&s, ann, 5000);
    sim_settle(&s);
    expect(ben, "diff+1 diff-1");
    unsigned back = come(2, "{\"status\":\"b\"}", 7);
    sim_tick(&s, 60000);
    sim_status(&s, back, "{\"status\":\"c\"}");
    sim_settle(&s);
    expect(ben, "");
    hide(back, false);
    expect(ben, "diff+1");
    assert_string_equal(word(first_meta(ben), "status"), "c");
    sim_fini(&s);
}

static void after_its_grace_it_is_forgotten(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 7);
    hide(ann, true);
    sim_lose(&s, ann, 5000);
    sim_settle(&s);
    sim_tick(&s, 5001);
    sim_settle(&s);
    expect(ben, "diff+1 diff-1");
    come(2, "", 7);
    expect(ben, "diff+1");
    sim_fini(&s);
}

static void another_device_does_not_take_it_over(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 7);
    hide(ann, true);
    sim_lose(&s, ann, 5000);
    come(2, "", 8);
    expect(ben, "diff+1 diff-1 diff+1");
    sim_fini(&s);
}

static void one_that_says_while_it_joins_that_it_is_visible_is(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 7);
    hide(ann, true);
    sim_lose(&s, ann, 5000);
    sim_settle(&s);
    unsigned back = sim_connect(&s, 1, 0);
    sim_join(&s, back, KITH_SOCIAL_USER, "", 7);
    sim_hide(&s, back, false);
    sim_settle(&s);
    expect(ben, "diff+1 diff-1 diff+1");
    sim_fini(&s);
}

static void one_that_says_while_it_joins_that_it_is_hidden_hides_what_it_takes_over(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 7);
    sim_lose(&s, ann, 5000);
    sim_settle(&s);
    unsigned back = sim_connect(&s, 1, 0);
    sim_join(&s, back, KITH_SOCIAL_USER, "{\"status\":\"secret\"}", 7);
    sim_hide(&s, back, true);
    sim_settle(&s);
    expect(ben, "diff+1 diff-1");
    expect(back, "hidden ok state");
    hide(back, false);
    assert_string_equal(word(first_meta(ben), "status"), "secret");
    sim_fini(&s);
}

static void one_that_has_taken_it_over_stays_hidden_however_long_it_is_away(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 7);
    hide(ann, true);
    sim_lose(&s, ann, 5000);
    sim_settle(&s);
    unsigned back = come(2, "", 7);
    struct world *w = s.world[s.clients[back].shard];
    showing_away(w, s.clients[back].slot, 1000); /* nobody polls */
    sim_post(&s, s.clients[back].shard);
    sim_settle(&s);
    sim_tick(&s, 2000);
    sim_settle(&s);
    showing_back(w, s.clients[back].slot);
    sim_post(&s, s.clients[back].shard);
    sim_settle(&s);
    expect(ben, "diff+1 diff-1");
    sim_fini(&s);
}

static void to_leave_ends_it(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "", 7);
    hide(ann, true);
    sim_part(&s, ann);
    sim_settle(&s);
    expect(ben, "diff+1 diff-1");
    sim_join(&s, ann, KITH_SOCIAL_USER, "", 7);
    sim_settle(&s);
    expect(ben, "diff+1");
    sim_fini(&s);
}

/* However far a state is on its way, which may hold the session already. */
static void hide_behind(void **state, unsigned deliveries)
{
    set_up(state);
    unsigned ann = come(0, "", 0), late = sim_connect(&s, 2, shards - 1);
    for (unsigned k = 3; k < 8; k++)
        befriend(2, k), online(k, k % shards);
    sim_join(&s, late, KITH_SOCIAL_FRIENDS, "", 9);
    for (unsigned i = 0; i < deliveries; i++)
        (void)sim_deliver_any(&s);
    sim_hide(&s, ann, true);
    sim_settle(&s);
    assert_true(s.clients[late].has_state);
    assert_null(json_object_get(s.clients[late].view, "1"));
    sim_fini(&s);
}

static void a_state_on_its_way_does_not_show_it_any_more(void **state)
{
    for (unsigned n = 0; n < 20; n++)
        hide_behind(state, n);
}

static void hidden_ones_count_among_a_users_sessions(void **state)
{
    unsigned ben = set_up(state);
    for (unsigned i = 0; i < SESSIONS_MAX; i++) {
        unsigned c = come(i, "", 100 + i);
        if (i % 2) hide(c, true);
    }
    assert_int_equal(json_array_size(json_object_get(s.clients[ben].view, "1")), SESSIONS_MAX / 2);
    unsigned more = come(0, "", 1000);
    sim_settle(&s);
    assert_int_equal(json_array_size(json_object_get(s.clients[ben].view, "1")), SESSIONS_MAX / 2);
    sim_hide(&s, more, true); /* there is no room for it there either */
    sim_settle(&s);
    expect(more, "hidden");
    unsigned home = world_home(s.world[0], KITH_LIT("1"));
    assert_int_equal(presence_count(s.world[home]->hidden), SESSIONS_MAX / 2);
    sim_fini(&s);
}

/* Users whom many watch: what has not been announced yet is not lost, and not announced any more */

static void what_waits_to_be_announced_goes_with_it(void **state)
{
    shards = *(unsigned *)*state;
    sim_init_hot(&s, shards, 8, 1);
    s.boxes = true;
    unsigned fans[4];
    for (unsigned k = 0; k < 4; k++) {
        befriend(1, 2 + k);
        fans[k] = online(2 + k, k % shards);
    }
    sim_settle_hot(&s);
    unsigned ann = come(1, "{\"status\":\"a\"}", 7);
    sim_status(&s, ann, "{\"status\":\"b\"}"); /* waits */
    sim_settle(&s);
    unsigned phone = come(1, "{\"status\":\"phone\"}", 8); /* likewise */
    hide(phone, true);
    hide(ann, true);
    assert_null(first_meta(fans[3]));
    sim_settle_hot(&s);
    assert_null(first_meta(fans[3]));
    hide(ann, false);
    sim_settle_hot(&s);
    assert_string_equal(word(first_meta(fans[3]), "status"), "b");
    hide(ann, true);
    hide(phone, false);
    sim_settle_hot(&s);
    assert_string_equal(word(first_meta(fans[3]), "status"), "phone");
    sim_fini(&s);
}

/* Of a restart */

static void what_is_saved_says_that_it_is_hidden_and_is_so_afterwards(void **state)
{
    unsigned ben = set_up(state), ann = come(1, "{\"status\":\"a\"}", 7);
    unsigned home = world_home(s.world[0], KITH_LIT("1"));
    hide(ann, true);
    expect(ben, "diff+1 diff-1");
    home_save(s.world[home]);
    unsigned saved = 0;
    for (struct mail *m; (m = mail_take(&s.world[home]->wants)); mail_free(m))
        if (m->type == MAIL_SAVE && slice_is(mail_a(m), "1")) saved += m->serial;
    assert_int_equal(saved, 1);
    sim_lose(&s, ann, 0);
    sim_settle(&s);
    struct entry e = {.key = KITH_LIT("1"),
                      .meta = {.fields = KITH_LIT("{\"status\":\"a\"}"), .online_at_s = 1795487065},
                      .ref = {5, 5}};
    assert_int_equal(shard_restore(s.world[home], &e, 7, s.now.mono_ms + 1000, true), KITH_OK);
    unsigned back = come(2, "", 7);
    sim_tick(&s, 2000);
    sim_settle(&s);
    expect(ben, "");
    hide(back, false);
    expect(ben, "diff+1");
    sim_fini(&s);
}

int main(void)
{
    static unsigned counts[] = {1, 2, 4};
#define ON_SHARDS(test)                                                                            \
    {"on 1: " #test, test, NULL, NULL, &counts[0]},                                                \
        {"on 2: " #test, test, NULL, NULL, &counts[1]},                                            \
    {                                                                                              \
        "on 4: " #test, test, NULL, NULL, &counts[2]                                               \
    }
    const struct CMUnitTest tests[] = {
        ON_SHARDS(a_hidden_session_goes_and_comes_back_as_one_that_has_just_come),
        ON_SHARDS(the_other_sessions_stay),
        ON_SHARDS(to_say_it_twice_changes_nothing),
        ON_SHARDS(who_comes_later_does_not_see_it_either),
        ON_SHARDS(it_does_not_see_itself_and_goes_on_seeing_others),
        ON_SHARDS(said_while_it_joins_it_is_never_shown),
        ON_SHARDS(a_reload_does_not_show_it),
        ON_SHARDS(after_its_grace_it_is_forgotten),
        ON_SHARDS(another_device_does_not_take_it_over),
        ON_SHARDS(one_that_says_while_it_joins_that_it_is_visible_is),
        ON_SHARDS(one_that_says_while_it_joins_that_it_is_hidden_hides_what_it_takes_over),
        ON_SHARDS(one_that_has_taken_it_over_stays_hidden_however_long_it_is_away),
        ON_SHARDS(to_leave_ends_it),
        ON_SHARDS(a_state_on_its_way_does_not_show_it_any_more),
        ON_SHARDS(hidden_ones_count_among_a_users_sessions),
        ON_SHARDS(what_waits_to_be_announced_goes_with_it),
        ON_SHARDS(what_is_saved_says_that_it_is_hidden_and_is_so_afterwards),
    };
    return cmocka_run_group_tests_name("hiding", tests, NULL, NULL);
}
