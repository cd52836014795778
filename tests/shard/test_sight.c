/* tests/shard/test_sight.c -- who may see whom changes while people come, change and go: each view
 * is the truth whenever nothing is under way, and once a loss is acknowledged nothing of the user
 * is seen any more. */
#include "base/ids.h"
#include "shard/sight_mail.h"
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char words[2048];

static void a_loss_is_a_leave_of_each_session_for_the_one_who_loses(void **state)
{
    static struct sim s;
    sim_init(&s, *(unsigned *)*state, 4, 1);
    s.boxes = true;
    s.watches[1][0] = s.watches[2][0] = true;
    unsigned a = sim_connect(&s, 0, 0), b = sim_connect(&s, 0, s.shards - 1);
    unsigned ben = sim_connect(&s, 1, s.shards - 1), eve = sim_connect(&s, 2, 0);
    sim_join(&s, a, KITH_SOCIAL_FRIENDS, "{\"status\":\"one\"}", 1);
    sim_settle(&s);
    sim_join(&s, b, KITH_SOCIAL_FRIENDS, "{\"status\":\"two\"}", 2);
    sim_join(&s, ben, KITH_SOCIAL_USER, "{\"status\":\"x\"}", 0);
    sim_join(&s, eve, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    (void)sim_transcript(&s, ben, words);
    (void)sim_transcript(&s, eve, words);
    sim_sight(&s, 1, 0, false);
    sim_settle(&s);
    assert_true(s.sights[0].acknowledged);
    assert_string_equal(sim_transcript(&s, ben, words), "diff-0 diff-0");
    assert_string_equal(sim_transcript(&s, eve, words), "");
    sim_status(&s, a, "{\"status\":\"three\"}");
    sim_settle(&s);
    assert_string_equal(sim_transcript(&s, ben, words), "");
    sim_sight(&s, 1, 0, true);
    sim_settle(&s);
    assert_string_equal(sim_transcript(&s, ben, words), "diff+0");
    sim_status(&s, b, "{\"status\":\"four\"}");
    sim_settle(&s);
    assert_string_equal(sim_transcript(&s, ben, words), "diff+0-0");
    sim_fini(&s);
}

static void who_gains_hears_on_though_who_loses_was_the_last_to_listen_there(void **state)
{
    static struct sim s;
    struct buf one = {0}, two = {0};
    sim_init(&s, *(unsigned *)*state, 4, 1);
    s.boxes = true;
    s.watches[1][0] = true;
    unsigned far = 1 - world_home(s.world[0], KITH_LIT("0"));
    unsigned ann = sim_connect(&s, 0, 1 - far), ben = sim_connect(&s, 1, far),
             cleo = sim_connect(&s, 2, far);
    sim_join(&s, ann, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_join(&s, ben, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_join(&s, cleo, KITH_SOCIAL_FRIENDS, "{\"status\":\"x\"}", 0);
    sim_settle(&s);
    ids_put(&one, KITH_LIT("1"));
    ids_put(&two, KITH_LIT("2"));
    struct mail *m = sight_mail(
        KITH_LIT("0"), &(struct sight_lists){.gained = buf_slice(&two), .lost = buf_slice(&one)});
    sim_send(&s, SIM_STORE, 1 - far, m);
    s.sights[s.sight_count++].homes = 1;
    sim_settle(&s);
    (void)sim_transcript(&s, cleo, words);
    sim_status(&s, ann, "{\"status\":\"away\"}");
    sim_settle(&s);
    assert_string_equal(sim_transcript(&s, cleo, words), "diff+0-0");
    buf_fini(&one);
    buf_fini(&two);
    sim_fini(&s);
}

/* Few who see ever others of each other, or many. */
struct size {
    unsigned users, one_in; /* of all pairs has an edge at first */
    unsigned clients, steps, check_every;
};

/* What the test knows by itself. */
struct truth {
    const struct size *size;
    char status[SIM_CLIENTS_MAX][16]; /* by client; empty: not present */
};

static unsigned sessions_of(const struct sim *s, const struct truth *t, unsigned user)
{
    unsigned n = 0;
    for (unsigned k = 0; k < s->client_count; k++)
        n += s->clients[k].user == user && t->status[k][0];
    return n;
}

static unsigned seen(const struct sim_client *c, unsigned user)
{
    char id[16];
    snprintf(id, sizeof id, "%u", user);
    return (unsigned)json_array_size(json_object_get(c->view, id));
}

static void check_quiet(struct sim *s, const struct truth *t, uint64_t seed)
{
    sim_settle_hot(s);
    for (unsigned i = 0; i < s->client_count; i++) {
        const struct sim_client *c = &s->clients[i];
        if (!c->open || !t->status[i][0]) continue;
        assert_true(c->joined && c->has_state);
        for (unsigned user = 0; user < s->users; user++) {
            unsigned expected = sim_may_see(s, i, user) ? sessions_of(s, t, user) : 0;
            if (seen(c, user) != expected)
                fail_msg(
                    "seed %llu, %u shards: client %u of user %u sees %u sessions of %u, not %u",
                    (unsigned long long)seed, s->shards, i, c->user, seen(c, user), user, expected);
        }
    }
}

static void say(struct truth *t, unsigned client, struct sim *s, char fields[64])
{
    snprintf(t->status[client], sizeof t->status[client], "s%u", sim_random(s, 1u << 20));
    snprintf(fields, 64, "{\"status\":\"%s\"}", t->status[client]);
}

static void change_sight(struct sim *s)
{
    unsigned watcher = sim_random(s, s->users), user = sim_random(s, s->users);
    if (s->sight_count + 1 >= SIM_SIGHTS_MAX) return;
    switch (sim_random(s, 6)) {
    case 0: sim_block(s, watcher, user, !s->blocks[watcher][user]); break;
    case 1: sim_publicity(s, user, !s->open[user]); break;
    case 2: sim_nobody(s, user, !s->nobody[user]); break;
    default: sim_sight(s, watcher, user, !s->watches[watcher][user]);
    }
}

static void change_question(struct sim *s, unsigned client)
{
    unsigned user = sim_random(s, s->users);
    if (s->sight_count + 1 >= SIM_SIGHTS_MAX) return;
    if (s->clients[client].has_state) sim_ask(s, client, user, !s->clients[client].asks[user]);
}

static void random_step(struct sim *s, struct truth *t)
{
    char fields[64];
    unsigned client = s->client_count ? sim_random(s, s->client_count) : 0;
    bool open = s->client_count && s->clients[client].open;
    switch (sim_random(s, 16)) {
    case 0:
    case 1: {
        if (s->client_count == t->size->clients) break;
        unsigned k = sim_connect(s, sim_random(s, s->users), sim_random(s, s->shards));
        say(t, k, s, fields);
        sim_join(s, k, sim_random(s, 2) ? KITH_SOCIAL_USER : KITH_SOCIAL_FRIENDS, fields, 0);
        break;
    }
    case 2:
        if (open && t->status[client][0]) sim_part(s, client), t->status[client][0] = 0;
        break;
    case 3:
        if (open) sim_lose(s, client, 0), t->status[client][0] = 0;
        break;
    case 4:
        if (open && t->status[client][0]) say(t, client, s, fields), sim_status(s, client, fields);
        break;
    case 5:
        if (!open) break;
        say(t, client, s, fields);
        sim_join(s, client, s->clients[client].form, fields, 0);
        break;
    case 6:
    case 7:
    case 8: change_sight(s); break;
    case 9:
    case 10:
        if (open && t->status[client][0]) change_question(s, client);
        break;
    default:
        if (!sim_deliver_any(s) || sim_random(s, 8) == 0) sim_tick(s, sim_random(s, 4));
        break;
    }
}

/* In every other schedule users whom a few watch are hot. Returns how many frames were judged. */
static uint64_t run_schedule(const struct size *size, unsigned shards, uint64_t seed)
{
    static struct sim s;
    struct truth t = {.size = size};
    if (seed % 2)
        sim_init_hot(&s, shards, size->users, seed);
    else
        sim_init(&s, shards, size->users, seed);
    s.boxes = true;
    for (unsigned a = 0; a < s.users; a++)
        for (unsigned b = 0; b < s.users; b++)
            s.watches[a][b] = sim_random(&s, size->one_in) == 0;
    sim_judge(&s);
    for (unsigned i = 0; i < size->steps; i++) {
        random_step(&s, &t);
        sim_judge(&s);
        if (i % size->check_every == size->check_every - 1) check_quiet(&s, &t, seed);
    }
    check_quiet(&s, &t, seed);
    for (unsigned i = 0; i < s.sight_count; i++)
        assert_true(s.sights[i].acknowledged);
    uint64_t frames = s.frames;
    sim_fini(&s);
    return frames;
}

/* So many schedules in all, over the numbers of shards; with KITH_LONG ten times as many, and with
 * KITH_SEED that one. */
enum { SCHEDULES = 1000, SHARD_COUNTS = 3, FRAMES = 100000 };

static uint64_t at_length(uint64_t n)
{
    const char *asked = getenv("KITH_LONG");
    return asked && strcmp(asked, "1") == 0 ? 10 * n : n;
}

static void every_view_is_the_truth_and_nobody_is_told_of_whom_it_may_not_see(void **state)
{
    static const struct size few = {12, 2, 40, 160, 40};
    unsigned shards = *(unsigned *)*state;
    const char *one = getenv("KITH_SEED");
    if (one) {
        (void)run_schedule(&few, shards, strtoull(one, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= at_length(SCHEDULES) / SHARD_COUNTS + 1; seed++)
        (void)run_schedule(&few, shards, seed);
}

static void nor_among_two_hundred_people_whose_frames_are_many(void **state)
{
    (void)state;
    static const struct size many = {200, 3, 500, 3000, 1500};
    uint64_t frames = 0;
    for (uint64_t seed = 1; frames < at_length(FRAMES); seed++)
        frames += run_schedule(&many, 1u << seed % SHARD_COUNTS, seed);
}

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_loss_is_a_leave_of_each_session_for_the_one_who_loses, &one),
        cmocka_unit_test_prestate(a_loss_is_a_leave_of_each_session_for_the_one_who_loses, &two),
        cmocka_unit_test_prestate(a_loss_is_a_leave_of_each_session_for_the_one_who_loses, &four),
        cmocka_unit_test_prestate(who_gains_hears_on_though_who_loses_was_the_last_to_listen_there,
                                  &two),
        cmocka_unit_test_prestate(every_view_is_the_truth_and_nobody_is_told_of_whom_it_may_not_see,
                                  &one),
        cmocka_unit_test_prestate(every_view_is_the_truth_and_nobody_is_told_of_whom_it_may_not_see,
                                  &two),
        cmocka_unit_test_prestate(every_view_is_the_truth_and_nobody_is_told_of_whom_it_may_not_see,
                                  &four),
        cmocka_unit_test(nor_among_two_hundred_people_whose_frames_are_many),
    };
    return cmocka_run_group_tests_name("sight", tests, NULL, NULL);
}
