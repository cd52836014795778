/* tests/shard/test_interleavings.c -- whatever the order in which mail arrives, each client's view
 * is the truth whenever nothing is under way. */
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FRIENDS = 50, STEPS = 160, SEEDS_PER_SHARD_COUNT = 400 };

/* What the test knows by itself: each session's status while it is on a channel. */
struct truth {
    char status[SIM_CLIENTS_MAX][16]; /* by client; empty: not present */
};

static unsigned metas_of(json_t *view, const char *user)
{
    json_t *metas = json_object_get(view, user);
    return metas ? (unsigned)json_array_size(metas) : 0;
}

static unsigned statuses_in_view(json_t *view, const char *user, const char *status)
{
    unsigned n = 0;
    size_t i;
    json_t *meta;
    json_array_foreach(json_object_get(view, user), i, meta)
        n += strcmp(json_string_value(json_object_get(meta, "status")), status) == 0;
    return n;
}

static void check_view(struct sim *s, const struct truth *t, unsigned watcher, uint64_t seed)
{
    struct sim_client *c = &s->clients[watcher];
    char id[16];
    for (unsigned user = 0; user < s->users; user++) {
        unsigned expected = 0, matching = 0;
        snprintf(id, sizeof id, "%u", user);
        for (unsigned k = 0; k < s->client_count && s->watches[c->user][user]; k++) {
            if (s->clients[k].user != user || !t->status[k][0]) continue;
            expected++;
            matching += statuses_in_view(c->view, id, t->status[k]) > 0;
        }
        if (metas_of(c->view, id) != expected || matching != expected)
            fail_msg(
                "seed %llu, %u shards: client %u of user %u sees %u sessions of user %s, not %u",
                (unsigned long long)seed, s->shards, watcher, c->user, metas_of(c->view, id), id,
                expected);
    }
}

static void check_quiet(struct sim *s, const struct truth *t, uint64_t seed)
{
    sim_settle_hot(s);
    for (unsigned i = 0; i < s->client_count; i++) {
        if (!s->clients[i].open || !t->status[i][0]) continue;
        assert_true(s->clients[i].joined && s->clients[i].has_state);
        check_view(s, t, i, seed);
    }
}

static void say(struct truth *t, unsigned client, struct sim *s, char fields[64])
{
    snprintf(t->status[client], sizeof t->status[client], "s%u", sim_random(s, 1u << 20));
    snprintf(fields, 64, "{\"status\":\"%s\"}", t->status[client]);
}

static void random_step(struct sim *s, struct truth *t)
{
    char fields[64];
    unsigned client = s->client_count ? sim_random(s, s->client_count) : 0;
    bool open = s->client_count && s->clients[client].open;
    switch (sim_random(s, 12)) {
    case 0:
    case 1:
    case 2: {
        if (s->client_count + 1 >= SIM_CLIENTS_MAX) break;
        unsigned k = sim_connect(s, sim_random(s, s->users), sim_random(s, s->shards));
        say(t, k, s, fields);
        sim_join(s, k, sim_random(s, 2) ? KITH_SOCIAL_USER : KITH_SOCIAL_FRIENDS, fields, 0);
        break;
    }
    case 3:
        if (open && t->status[client][0]) sim_part(s, client), t->status[client][0] = 0;
        break;
    case 4:
        if (open) sim_lose(s, client, 0), t->status[client][0] = 0;
        break;
    case 5:
    case 6:
        if (open && t->status[client][0]) say(t, client, s, fields), sim_status(s, client, fields);
        break;
    case 7:
        if (!open) break;
        /* Joins again while it is on the channel, or after it left: the old state may be on its
         * way. */
        say(t, client, s, fields);
        sim_join(s, client, s->clients[client].form, fields, 0);
        break;
    default:
        if (!sim_deliver_any(s) || sim_random(s, 8) == 0) sim_tick(s, sim_random(s, 4));
        break;
    }
    if (sim_random(s, 4) == 0) sim_read(s);
}

static void run_seed(unsigned shards, uint64_t seed)
{
    static struct sim s;
    struct truth t = {0};
    if (seed % 2)
        sim_init_hot(&s, shards, FRIENDS + 1, seed);
    else
        sim_init(&s, shards, FRIENDS + 1, seed);
    for (unsigned a = 0; a < s.users; a++)
        for (unsigned b = 0; b < s.users; b++)
            s.watches[a][b] = a == 0 || b == 0 ||
                              sim_random(&s, 4) == 0; /* self-edges among them */
    for (unsigned i = 0; i < STEPS; i++) {
        random_step(&s, &t);
        if (i % 40 == 39) check_quiet(&s, &t, seed);
    }
    check_quiet(&s, &t, seed);
    sim_fini(&s);
}

static void run_many(unsigned shards)
{
    const char *one = getenv("KITH_SEED");
    if (one) {
        run_seed(shards, strtoull(one, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= SEEDS_PER_SHARD_COUNT; seed++)
        run_seed(shards, seed);
}

static void on_one_shard_every_view_is_the_truth(void **state)
{
    (void)state;
    run_many(1);
}

static void on_two_shards_every_view_is_the_truth(void **state)
{
    (void)state;
    run_many(2);
}

static void on_four_shards_every_view_is_the_truth(void **state)
{
    (void)state;
    run_many(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_one_shard_every_view_is_the_truth),
        cmocka_unit_test(on_two_shards_every_view_is_the_truth),
        cmocka_unit_test(on_four_shards_every_view_is_the_truth),
    };
    return cmocka_run_group_tests_name("interleavings", tests, NULL, NULL);
}
