/* tests/shard/test_asking.c -- whom a session asks to see without an edge. */
#include "base/ids.h"
#include "shard/asking.h"
#include "shard/sim.h"
#include "support/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static char words[2048];
static struct sim s;

/* User 0 is there, and open to whoever asks; user 1 watches nobody. Each on its own shard. */
static void scene(unsigned shards, unsigned *ann, unsigned *eve)
{
    sim_init(&s, shards, 4, 1);
    s.boxes = true;
    s.open[0] = true;
    unsigned home = world_home(s.world[0], KITH_LIT("0"));
    *ann = sim_connect(&s, 0, home);
    *eve = sim_connect(&s, 1, (home + 1) % shards);
    sim_join(&s, *ann, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_join(&s, *eve, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    (void)sim_transcript(&s, *eve, words);
}

static const char *heard(unsigned client)
{
    sim_settle(&s);
    return sim_transcript(&s, client, words);
}

static void who_asks_sees_until_it_asks_no_more(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    sim_ask(&s, eve, 0, true);
    assert_string_equal(heard(eve), "diff+0");
    sim_status(&s, ann, "{\"status\":\"y\"}");
    assert_string_equal(heard(eve), "diff+0-0");
    sim_ask(&s, eve, 0, false);
    assert_string_equal(heard(eve), "diff-0");
    sim_status(&s, ann, "{\"status\":\"z\"}");
    assert_string_equal(heard(eve), "");
    assert_int_equal(s.clients[eve].answered, 2);
    sim_fini(&s);
}

static void diffs_go_on_until_the_leaves_of_unwatch(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    sim_ask(&s, eve, 0, true);
    (void)heard(eve);
    sim_ask(&s, eve, 0, false);
    sim_status(&s, ann, "{\"status\":\"y\"}"); /* before its home hears of it */
    assert_string_equal(heard(eve), "diff+0-0 diff-0");
    assert_int_equal(json_object_size(s.clients[eve].view), 0);
    sim_fini(&s);
}

static void who_asks_again_before_it_is_told_sees_on(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    sim_ask(&s, eve, 0, true);
    (void)heard(eve);
    sim_ask(&s, eve, 0, false);
    sim_ask(&s, eve, 0, true);
    assert_string_equal(heard(eve), "");
    sim_status(&s, ann, "{\"status\":\"y\"}");
    assert_string_equal(heard(eve), "diff+0-0");
    sim_fini(&s);
}

static void an_edge_that_goes_leaves_it_to_the_question(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    sim_ask(&s, eve, 0, true);
    (void)heard(eve);
    sim_sight(&s, 1, 0, true);
    sim_sight(&s, 1, 0, false);
    assert_string_equal(heard(eve), "");
    sim_sight(&s, 1, 0, true);
    sim_ask(&s, eve, 0, false);
    assert_string_equal(heard(eve), "");
    sim_sight(&s, 1, 0, false);
    assert_string_equal(heard(eve), "diff-0");
    sim_fini(&s);
}

static void publicity_concerns_those_who_ask_without_an_edge(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    unsigned friend = sim_connect(&s, 2, s.clients[eve].shard);
    s.watches[2][0] = true;
    sim_join(&s, friend, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    sim_ask(&s, eve, 0, true);
    sim_ask(&s, friend, 0, true);
    (void)heard(eve);
    (void)heard(friend);
    sim_publicity(&s, 0, false);
    assert_string_equal(heard(eve), "diff-0");
    sim_publicity(&s, 0, true);
    assert_string_equal(heard(eve), "diff+0");
    assert_string_equal(heard(friend), "");
    assert_true(sim_known(&s, 1, 0));
    sim_fini(&s);
}

static void a_session_that_ends_asks_for_nobody(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    sim_ask(&s, eve, 0, true);
    sim_ask(&s, eve, 3, true);
    (void)heard(eve);
    struct world *w = s.world[s.clients[eve].shard];
    assert_int_equal(pubsub_size(w->asking).topics, 2);
    sim_part(&s, eve);
    assert_int_equal(pubsub_size(w->asking).topics, 0);
    sim_join(&s, eve, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[eve].view), 0);
    sim_fini(&s);
}

static kith_err ask(unsigned client, kith_slice ids, bool on)
{
    const struct sim_client *c = &s.clients[client];
    return asking_change(s.world[c->shard], c->slot,
                         &(struct social_ask){.on = on, .ids = ids, .ref = KITH_LIT("\"1\"")});
}

static void put_many(struct buf *ids, unsigned from, unsigned count)
{
    char id[16];
    for (unsigned i = from; i < from + count; i++) {
        snprintf(id, sizeof id, "%u", i);
        ids_put(ids, slice_str(id));
    }
}

static void nobody_asks_for_more_than_fits(void **state)
{
    unsigned ann, eve;
    struct buf many = {0}, one = {0};
    scene(*(unsigned *)*state, &ann, &eve);
    const struct social *social =
        clients_at(s.world[s.clients[eve].shard]->clients, s.clients[eve].slot)->social;
    put_many(&many, 1000, ASKED_MAX);
    put_many(&one, 1, 1);
    assert_int_equal(ask(eve, buf_slice(&many), true), KITH_OK);
    assert_int_equal(ask(eve, buf_slice(&many), true), KITH_OK); /* the same ones */
    assert_int_equal(ask(eve, buf_slice(&one), true), KITH_FULL);
    assert_int_equal(asking_count(social), ASKED_MAX);
    assert_int_equal(ask(eve, buf_slice(&many), false), KITH_OK);
    assert_int_equal(ask(eve, buf_slice(&one), true), KITH_FULL); /* their homes have not said so */
    assert_int_equal(asking_count(social), ASKED_MAX);
    buf_fini(&many);
    buf_fini(&one);
    sim_fini(&s);
}

static void who_is_on_no_channel_asks_in_vain(void **state)
{
    unsigned ann, eve;
    scene(*(unsigned *)*state, &ann, &eve);
    sim_part(&s, eve);
    assert_int_equal(ask(eve,
                         KITH_LIT("\1"
                                  "0"),
                         true),
                     KITH_NONE);
    sim_join(&s, eve, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    assert_int_equal(ask(eve,
                         KITH_LIT("\1"
                                  "0"),
                         true),
                     KITH_NONE); /* whom it watches is not known */
    sim_fini(&s);
}

/* Of what eve's question takes the n-th allocation fails, at her shard; returns how many there
 * were. */
static size_t ask_without_memory(bool on, size_t n)
{
    unsigned ann, eve;
    scene(2, &ann, &eve);
    struct social *social =
        clients_at(s.world[s.clients[eve].shard]->clients, s.clients[eve].slot)->social;
    if (!on)
        assert_int_equal(ask(eve,
                             KITH_LIT("\1"
                                      "0\1"
                                      "3"),
                             true),
                         KITH_OK);
    sim_settle(&s);
    uint32_t before = asking_count(social);
    alloc_fail(n, 1);
    kith_err e = ask(eve,
                     KITH_LIT("\1"
                              "0\1"
                              "3"),
                     on);
    size_t asked = alloc_heal();
    if (e) assert_int_equal(e, KITH_NOMEM);
    if (e) assert_int_equal(asking_count(social), before);
    sim_post(&s, s.clients[eve].shard);
    sim_settle(&s);
    assert_int_equal(json_object_size(s.clients[eve].view), on == (e == KITH_OK));
    sim_fini(&s);
    return asked;
}

static void without_memory_nothing_has_changed(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++)
        for (size_t n = 0; n <= ask_without_memory(on, n); n++)
            ;
}

/* The same of what follows from it: with what is told, `from` to `to`. */
static size_t tell_without_memory(bool on, bool at_home, size_t n)
{
    unsigned ann, eve;
    scene(2, &ann, &eve);
    unsigned home = s.clients[ann].shard, there = s.clients[eve].shard;
    if (!on) sim_ask(&s, eve, 0, true);
    sim_settle(&s);
    sim_ask(&s, eve, 0, on);
    assert_true(sim_deliver(&s, 0, SIM_STORE));
    if (at_home) alloc_fail(n, 1);
    assert_true(sim_deliver(&s, 0, home));
    size_t asked = at_home ? alloc_heal() : 0;
    sim_tick(&s, 100); /* what found no memory is tried again */
    if (!at_home) alloc_fail(n, 1);
    while (sim_deliver(&s, 0, there))
        ;
    if (!at_home) asked = alloc_heal();
    sim_settle(&s);
    assert_int_equal(s.clients[eve].answered, s.clients[eve].questions);
    /* On her own shard who gains may go without; who loses loses. */
    size_t seen = json_object_size(s.clients[eve].view);
    if (!on || at_home) assert_int_equal(seen, on);
    sim_fini(&s);
    return asked;
}

static void whoever_asks_is_answered_though_memory_runs_out(void **state)
{
    (void)state;
    for (int on = 0; on < 2; on++)
        for (int at_home = 0; at_home < 2; at_home++)
            for (size_t n = 0; n <= tell_without_memory(on, at_home, n); n++)
                ;
}

static void a_user_that_becomes_public_is_acknowledged_though_memory_runs_out(void **state)
{
    (void)state;
    size_t asked = 1;
    for (size_t n = 0; n <= asked; n++) {
        unsigned ann, eve;
        scene(2, &ann, &eve);
        sim_publicity(&s, 0, false);
        sim_settle(&s);
        sim_ask(&s, eve, 0, true);
        sim_settle(&s);
        sim_publicity(&s, 0, true);
        assert_true(sim_deliver(&s, 0, s.clients[ann].shard));
        alloc_fail(n, 1);
        assert_true(sim_deliver(&s, 0, s.clients[eve].shard));
        asked = alloc_heal();
        sim_settle(&s);
        assert_true(sim_known(&s, 1, 0));
        sim_fini(&s);
    }
}

#define ON(test, shards) cmocka_unit_test_prestate(test, &shards)

int main(void)
{
    static unsigned one = 1, two = 2;
    const struct CMUnitTest tests[] = {
        ON(who_asks_sees_until_it_asks_no_more, one),
        ON(who_asks_sees_until_it_asks_no_more, two),
        ON(diffs_go_on_until_the_leaves_of_unwatch, one),
        ON(diffs_go_on_until_the_leaves_of_unwatch, two),
        ON(who_asks_again_before_it_is_told_sees_on, one),
        ON(who_asks_again_before_it_is_told_sees_on, two),
        ON(an_edge_that_goes_leaves_it_to_the_question, two),
        ON(publicity_concerns_those_who_ask_without_an_edge, one),
        ON(publicity_concerns_those_who_ask_without_an_edge, two),
        ON(a_session_that_ends_asks_for_nobody, two),
        ON(nobody_asks_for_more_than_fits, one),
        ON(who_is_on_no_channel_asks_in_vain, one),
        cmocka_unit_test(without_memory_nothing_has_changed),
        cmocka_unit_test(whoever_asks_is_answered_though_memory_runs_out),
        cmocka_unit_test(a_user_that_becomes_public_is_acknowledged_though_memory_runs_out),
    };
    return cmocka_run_group_tests_name("asking", tests, NULL, NULL);
}
