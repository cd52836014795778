/* tests/shard/test_unseen.c -- for whom a session may not see it is subscribed, and asks, as for
 * one who is not there: what is done for both is the same, and takes as long. */
#include "base/ids.h"
#include "shard/asking.h"
#include "shard/shade.h"
#include "shard/sim.h"
#include "shard/watched.h"
#include "shard/watching.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { USERS = 4, EVE = 1 };

static char words[2048];
static struct sim s;

/* Eve watches user 0, whose sessions are elsewhere if there are any. */
static unsigned scene(unsigned shards)
{
    sim_init(&s, shards, USERS, 1);
    s.boxes = true;
    s.watches[EVE][0] = true;
    return sim_connect(&s, EVE, (world_home(s.world[0], KITH_LIT("0")) + 1) % shards);
}

static void join(unsigned client)
{
    sim_join(&s, client, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
}

static const char *heard(unsigned client)
{
    sim_settle(&s);
    return sim_transcript(&s, client, words);
}

static uint32_t watched(unsigned client)
{
    const struct sim_client *c = &s.clients[client];
    return watched_count(clients_at(s.world[c->shard]->clients, c->slot)->social->watched);
}

static uint64_t subscriptions(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < s.shards; i++)
        n += pubsub_size(s.world[i]->people).subscriptions;
    return n;
}

static void who_is_denied_is_subscribed_to_as_one_who_is_not_there(void **state)
{
    for (int denied = 0; denied < 2; denied++) {
        unsigned eve = scene(*(unsigned *)*state);
        if (denied) sim_block(&s, EVE, 0, true);
        join(eve);
        assert_int_equal(subscriptions(), USERS);
        sim_part(&s, eve);
        sim_settle(&s);
        assert_int_equal(subscriptions(), 0);
        sim_fini(&s);
    }
}

static void sight_that_is_lost_and_gained_leaves_as_many_subscriptions(void **state)
{
    unsigned eve = scene(*(unsigned *)*state);
    unsigned ann = sim_connect(&s, 0, 0);
    join(ann);
    join(eve);
    (void)heard(eve);
    for (int i = 0; i < 3; i++) {
        sim_block(&s, EVE, 0, true);
        assert_string_equal(heard(eve), "diff-0");
        assert_int_equal(watched(eve), USERS);
        sim_status(&s, ann, "{\"status\":\"y\"}");
        assert_string_equal(heard(eve), "");
        sim_block(&s, EVE, 0, false);
        assert_string_equal(heard(eve), "diff+0");
        assert_int_equal(watched(eve), USERS);
    }
    sim_fini(&s);
}

static void what_is_asked_in_vain_is_listened_to_and_let_go_as_well(void **state)
{
    unsigned eve = scene(*(unsigned *)*state);
    unsigned ann = sim_connect(&s, 0, 0);
    join(ann);
    join(eve);
    sim_sight(&s, EVE, 0, false);
    (void)heard(eve);
    for (int open = 0; open < 2; open++) {
        s.open[0] = open;
        sim_ask(&s, eve, 0, true);
        assert_string_equal(heard(eve), open ? "diff+0" : "");
        assert_int_equal(watched(eve), USERS); /* the edge has left a shade */
        sim_ask(&s, eve, 0, false);
        assert_string_equal(heard(eve), open ? "diff-0" : "");
        assert_int_equal(watched(eve), USERS);
    }
    sim_fini(&s);
}

/* The change and the answer cross, in many orders. */
static void who_asks_no_more_does_not_see_one_who_becomes_public_meanwhile(void **state)
{
    for (uint64_t seed = 1; seed < 30; seed++) {
        unsigned eve = scene(*(unsigned *)*state);
        s.random = seed;
        s.watches[EVE][0] = false;
        unsigned ann = sim_connect(&s, 0, 0);
        join(ann);
        join(eve);
        sim_ask(&s, eve, 0, true);
        (void)heard(eve);
        sim_ask(&s, eve, 0, false);
        for (uint64_t i = 0; i < seed % 7; i++)
            (void)sim_deliver_any(&s);
        sim_publicity(&s, 0, true);
        (void)heard(eve);
        assert_int_equal(json_object_size(s.clients[eve].view), 0);
        sim_status(&s, ann, "{\"status\":\"y\"}");
        assert_string_equal(heard(eve), "");
        sim_fini(&s);
    }
}

/* Of 200 whom it asks for one more is asked for in the breath in which one is let go. */
static void whether_another_fits_does_not_tell_who_is_seen(void **state)
{
    enum { ANN };
    kith_err fits[2];
    for (int open = 0; open < 2; open++) {
        unsigned eve = scene(*(unsigned *)*state);
        struct buf one = {0}, other = {0};
        s.watches[EVE][ANN] = false;
        s.open[ANN] = open;
        join(eve);
        struct world *w = s.world[s.clients[eve].shard];
        uint32_t slot = s.clients[eve].slot;
        ids_put(&one, KITH_LIT("0"));
        ids_put(&other, KITH_LIT("3"));
        struct social_ask asks[] = {{true, buf_slice(&one), 2, KITH_LIT("\"2\"")},
                                    {false, buf_slice(&one), 3, KITH_LIT("\"3\"")},
                                    {true, buf_slice(&other), 4, KITH_LIT("\"4\"")}};
        assert_int_equal(asking_change(w, slot, &asks[0]), KITH_OK);
        sim_post(&s, s.clients[eve].shard);
        sim_settle(&s);
        for (unsigned i = 0; i < ASKED_MAX - 1; i++) { /* they are asked for, and not judged yet */
            char name[16];
            struct buf id = {0};
            (void)snprintf(name, sizeof name, "7%u", i);
            ids_put(&id, slice_str(name));
            struct social_ask a = {true, buf_slice(&id), 9, KITH_LIT("\"9\"")};
            assert_int_equal(asking_change(w, slot, &a), KITH_OK);
            buf_fini(&id);
        }
        assert_int_equal(asking_change(w, slot, &asks[1]), KITH_OK);
        fits[open] = asking_change(w, slot, &asks[2]);
        buf_fini(&one);
        buf_fini(&other);
        sim_fini(&s);
    }
    assert_int_equal(fits[0], fits[1]);
}

static void a_shade_is_at_home_where_its_user_is(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char name[16];
        struct shade shade;
        (void)snprintf(name, sizeof name, "%c%u", "aZ0"[i % 3], i);
        kith_slice id = slice_str(name);
        assert_int_equal(user_home(shade_of(&shade, id), 7), user_home(id, 7));
    }
}

/* It has been fed edges until no more fit. */
static void whether_one_more_fits_does_not_tell_of_shades(void **state)
{
    (void)state;
    uint32_t fit[2];
    for (int shades = 0; shades < 2; shades++) {
        unsigned eve = scene(1);
        join(eve);
        struct world *w = s.world[0];
        uint32_t slot = s.clients[eve].slot;
        kith_err e = KITH_OK;
        for (unsigned i = 0; !e; i++) {
            char name[16];
            struct shade shade;
            (void)snprintf(name, sizeof name, "gone%u", i);
            kith_slice id = slice_str(name);
            e = watching_add(w, slot, shades ? shade_of(&shade, id) : id);
        }
        assert_int_equal(e, KITH_NONE);
        assert_int_equal(watching_gain(w, slot, KITH_LIT("new")), KITH_NONE);
        fit[shades] = watched(eve);
        sim_fini(&s);
    }
    assert_int_equal(fit[0], fit[1]);
}

#define ON(test, shards)                                                                           \
    {                                                                                              \
        .name = #test "(" #shards ")", .test_func = (test), .initial_state = &(shards)             \
    }

int main(void)
{
    static unsigned one = 1, two = 2;
    const struct CMUnitTest tests[] = {
        ON(who_is_denied_is_subscribed_to_as_one_who_is_not_there, one),
        ON(who_is_denied_is_subscribed_to_as_one_who_is_not_there, two),
        ON(sight_that_is_lost_and_gained_leaves_as_many_subscriptions, one),
        ON(sight_that_is_lost_and_gained_leaves_as_many_subscriptions, two),
        ON(what_is_asked_in_vain_is_listened_to_and_let_go_as_well, one),
        ON(what_is_asked_in_vain_is_listened_to_and_let_go_as_well, two),
        ON(who_asks_no_more_does_not_see_one_who_becomes_public_meanwhile, one),
        ON(who_asks_no_more_does_not_see_one_who_becomes_public_meanwhile, two),
        ON(whether_another_fits_does_not_tell_who_is_seen, one),
        ON(whether_another_fits_does_not_tell_who_is_seen, two),
        cmocka_unit_test(a_shade_is_at_home_where_its_user_is),
        cmocka_unit_test(whether_one_more_fits_does_not_tell_of_shades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
