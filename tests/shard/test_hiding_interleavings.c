/* tests/shard/test_hiding_interleavings.c -- sessions are hidden and seen again while people come,
 * change and go: each view is the truth whenever nothing is under way, and nothing of a hidden
 * session is sent any more once that is acknowledged. */
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { USERS = 10, CLIENTS = 40, STEPS = 220, SEEDS_PER_SHARD_COUNT = 300 };

static struct sim s;
static unsigned shards;
static uint64_t seed;

/* What the test knows by itself, by client. */
static struct {
    bool here, hidden;
    unsigned asked; /* how often it has said so */
    bool gone;      /* it is hidden, and that is acknowledged */
} truth[CLIENTS];

/* Each session's meta names it: "k" is its client. */
static void watch_meta(const struct sim_client *c, json_t *meta)
{
    int k = atoi(json_string_value(json_object_get(meta, "k")));
    if (truth[k].gone)
        fail_msg("seed %llu, %u shards: user %u hears of client %d, which is hidden",
                 (unsigned long long)seed, shards, c->user, k);
}

static void watch_people(const struct sim_client *c, json_t *people)
{
    const char *user;
    json_t *presence, *meta;
    size_t i;
    json_object_foreach(people, user, presence)
    {
        json_array_foreach(json_object_get(presence, "metas"), i, meta) watch_meta(c, meta);
    }
}

static void watch_frame(const struct sim_client *c, json_t *message)
{
    const char *event = json_string_value(json_array_get(message, 3));
    json_t *payload = json_array_get(message, 4);
    if (strcmp(event, "presence_state") == 0) watch_people(c, payload);
    if (strcmp(event, "presence_diff") != 0) return;
    watch_people(c, json_object_get(payload, "joins"));
    watch_people(c, json_object_get(payload, "leaves"));
}

/* What has reached the outboxes when it is acknowledged comes before any later answer. */
static void note_gone(void)
{
    sim_read(&s);
    for (unsigned k = 0; k < s.client_count; k++)
        truth[k].gone = s.clients[k].open && truth[k].here && truth[k].hidden &&
                        s.clients[k].answers == truth[k].asked;
}

static unsigned seen_sessions(unsigned user)
{
    unsigned n = 0;
    for (unsigned k = 0; k < s.client_count; k++)
        n += s.clients[k].user == user && truth[k].here && !truth[k].hidden;
    return n;
}

static void check_quiet(void)
{
    char id[16];
    sim_settle_hot(&s);
    for (unsigned i = 0; i < s.client_count; i++) {
        const struct sim_client *c = &s.clients[i];
        if (!c->open || !truth[i].here) continue;
        assert_true(c->joined && c->has_state);
        assert_int_equal(c->answers, truth[i].asked);
        for (unsigned user = 0; user < s.users; user++) {
            snprintf(id, sizeof id, "%u", user);
            unsigned sees = (unsigned)json_array_size(json_object_get(c->view, id));
            unsigned expected = s.watches[c->user][user] ? seen_sessions(user) : 0;
            if (sees != expected)
                fail_msg(
                    "seed %llu, %u shards: client %u of user %u sees %u sessions of %u, not %u",
                    (unsigned long long)seed, shards, i, c->user, sees, user, expected);
        }
    }
}

static const char *fields_of(unsigned client)
{
    static char fields[64];
    snprintf(fields, sizeof fields, "{\"status\":\"s%u\",\"k\":\"%u\"}", sim_random(&s, 1u << 20),
             client);
    return fields;
}

static void join(unsigned client, enum kith_social_form form)
{
    sim_join(&s, client, form, fields_of(client), client + 1);
    truth[client].here = true;
}

static void end(unsigned client, bool cut)
{
    if (cut)
        sim_lose(&s, client, 0);
    else
        sim_part(&s, client);
    truth[client].here = truth[client].hidden = truth[client].gone = false;
    if (cut) truth[client].asked = s.clients[client].answers;
}

static void hide(unsigned client)
{
    truth[client].hidden = sim_random(&s, 2);
    truth[client].gone = false;
    truth[client].asked++;
    sim_hide(&s, client, truth[client].hidden);
}

static void random_step(void)
{
    unsigned client = s.client_count ? sim_random(&s, s.client_count) : 0;
    bool open = s.client_count && s.clients[client].open, here = open && truth[client].here;
    unsigned watcher = sim_random(&s, USERS), user = sim_random(&s, USERS);
    switch (sim_random(&s, 16)) {
    case 0:
    case 1:
        if (s.client_count + 1 >= CLIENTS) break;
        join(sim_connect(&s, user, sim_random(&s, shards)),
             sim_random(&s, 2) ? KITH_SOCIAL_USER : KITH_SOCIAL_FRIENDS);
        break;
    case 2:
        if (here) end(client, sim_random(&s, 2));
        break;
    case 3:
        if (here) sim_status(&s, client, fields_of(client));
        break;
    case 4:
        if (open) join(client, s.clients[client].form);
        break;
    case 5:
        if (s.sight_count < SIM_SIGHTS_MAX) sim_sight(&s, watcher, user, !s.watches[watcher][user]);
        break;
    case 6:
    case 7:
    case 8:
        if (here) hide(client);
        break;
    default:
        if (!sim_deliver_any(&s) || sim_random(&s, 8) == 0) sim_tick(&s, sim_random(&s, 4));
        break;
    }
}

static void run_seed(void)
{
    memset(truth, 0, sizeof truth);
    if (seed % 2)
        sim_init_hot(&s, shards, USERS, seed);
    else
        sim_init(&s, shards, USERS, seed);
    s.boxes = true;
    for (unsigned a = 0; a < s.users; a++)
        for (unsigned b = 0; b < s.users; b++)
            s.watches[a][b] = sim_random(&s, 2);
    for (unsigned i = 0; i < STEPS; i++) {
        random_step();
        note_gone();
        if (i % 50 == 49) check_quiet();
    }
    check_quiet();
    sim_fini(&s);
}

static void every_view_is_the_truth_and_nothing_of_hidden_sessions_is_heard(void **state)
{
    const char *one = getenv("KITH_SEED");
    shards = *(unsigned *)*state;
    sim_watch = watch_frame;
    for (seed = one ? strtoull(one, NULL, 10) : 1; seed <= SEEDS_PER_SHARD_COUNT || one; seed++) {
        run_seed();
        if (one) break;
    }
    sim_watch = NULL;
}

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_view_is_the_truth_and_nothing_of_hidden_sessions_is_heard,
                                  &one),
        cmocka_unit_test_prestate(every_view_is_the_truth_and_nothing_of_hidden_sessions_is_heard,
                                  &two),
        cmocka_unit_test_prestate(every_view_is_the_truth_and_nothing_of_hidden_sessions_is_heard,
                                  &four),
    };
    return cmocka_run_group_tests_name("hiding interleavings", tests, NULL, NULL);
}
