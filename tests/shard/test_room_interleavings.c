/* tests/shard/test_room_interleavings.c -- whatever the order in which mail arrives, what each
 * member of a room makes of states and diffs is the truth whenever nothing is under way. */
#include "shard/rooms.h"

#include <stdlib.h>

enum { MEMBERS = 30, ROOMS = 4, STEPS = 200, SEEDS_PER_SHARD_COUNT = 300 };

static const struct kith_presence_behaviour says_nothing;
static const struct kith_tracker rooms = {.presence = &says_nothing};

/* What the test knows by itself, of each client. */
static struct {
    unsigned room;
    bool watches[ROOMS]; /* whose states it has asked for */
    unsigned value;      /* of its meta in its room; 0: not tracked */
} truth[SIM_CLIENTS_MAX];
static unsigned values;

static void room_name(unsigned room, char out[16]) { snprintf(out, 16, "room:%u", room); }

static const char *meta_of(unsigned client, char out[32])
{
    truth[client].value = ++values;
    snprintf(out, 32, "{\"v\":%u}", values);
    return out;
}

/* Several clients are one user, so keys have several metas. */
static const char *key_of(unsigned client, char out[16])
{
    snprintf(out, 16, "u%u", client % 11);
    return out;
}

static unsigned times_in_view(unsigned watcher, unsigned client)
{
    char key[16];
    unsigned n = 0;
    size_t i;
    json_t *meta;
    json_array_foreach(seen(watcher, key_of(client, key)), i, meta)
        n += json_integer_value(json_object_get(meta, "v")) == truth[client].value;
    return n;
}

static size_t metas_in_view(unsigned watcher)
{
    size_t n = 0;
    const char *key;
    json_t *metas;
    json_object_foreach(s.clients[watcher].view, key, metas) n += json_array_size(metas);
    return n;
}

static void check_view(unsigned watcher, uint64_t seed)
{
    size_t expected = 0;
    for (unsigned c = 0; c < s.client_count; c++) {
        if (!truth[c].value || !truth[watcher].watches[truth[c].room]) continue;
        expected++;
        if (times_in_view(watcher, c) != 1)
            fail_msg("seed %llu, %u shards: client %u does not see %u once",
                     (unsigned long long)seed, s.shards, watcher, c);
    }
    if (metas_in_view(watcher) != expected)
        fail_msg("seed %llu, %u shards: client %u sees %zu, not %zu", (unsigned long long)seed,
                 s.shards, watcher, metas_in_view(watcher), expected);
}

static void check_quiet(uint64_t seed)
{
    sim_settle(&s);
    for (unsigned c = 0; c < s.client_count; c++) {
        if (!s.clients[c].open) continue;
        assert_false(clients_at(world_of(c)->clients, s.clients[c].slot)->overrun);
        bool asked = false;
        for (unsigned r = 0; r < ROOMS; r++)
            asked |= truth[c].watches[r];
        if (asked) assert_true(s.clients[c].has_state);
        if (asked) check_view(c, seed);
    }
}

static void come(void)
{
    char topic[16];
    unsigned open = 0;
    for (unsigned c = 0; c < s.client_count; c++)
        open += s.clients[c].open;
    if (open == MEMBERS || s.client_count == SIM_CLIENTS_MAX) return;
    unsigned room = sim_random(&s, ROOMS);
    room_name(room, topic);
    unsigned c = member(sim_random(&s, s.shards), topic);
    memset(&truth[c], 0, sizeof truth[c]);
    truth[c].room = room;
}

static void go(unsigned c)
{
    truth[c].value = 0;
    sim_lose(&s, c, 0);
}

/* One that awaits a state is not asked for another: it would be refused. */
static void ask_state(unsigned c, bool several)
{
    char names[ROOMS][16];
    const char *topics[ROOMS];
    size_t n = 0;
    bool chosen[ROOMS] = {0};
    chosen[truth[c].room] = true;
    for (unsigned r = 0; r < ROOMS; r++) {
        chosen[r] |= several && sim_random(&s, 2);
        chosen[r] |= truth[c].watches[r]; /* phoenix.js drops what a state lacks */
        room_name(r, names[r]);
        if (chosen[r]) topics[n++] = names[r];
    }
    kith_err e = push_state(c, &rooms, topics, n);
    assert_true(e == KITH_OK || e == KITH_EXISTS);
    if (e == KITH_OK) memcpy(truth[c].watches, chosen, sizeof chosen);
}

static void step_of(unsigned c)
{
    char meta[32], key[16];
    bool tracked = truth[c].value, watches = truth[c].watches[truth[c].room];
    switch (sim_random(&s, 6)) {
    case 0: go(c); break;
    case 1:
        if (tracked)
            update_on(c, &rooms, "", key_of(c, key), meta_of(c, meta));
        else if (!watches) {
            enter(c, &rooms, key_of(c, key), meta_of(c, meta));
            truth[c].watches[truth[c].room] = true;
        }
        break;
    case 2:
        if (!tracked) track_on(c, &rooms, "", key_of(c, key), meta_of(c, meta));
        break;
    case 3:
        if (tracked) untrack_on(c, &rooms, "", key_of(c, key));
        truth[c].value = 0;
        break;
    default: ask_state(c, sim_random(&s, 2)); break;
    }
}

static void random_step(void)
{
    unsigned c = s.client_count ? sim_random(&s, s.client_count) : 0;
    if (sim_random(&s, 5) == 0)
        come();
    else if (sim_random(&s, 2))
        sim_deliver_any(&s);
    else if (s.client_count && s.clients[c].open)
        step_of(c);
    if (sim_random(&s, 4) == 0) sim_read(&s);
}

static void run_seed(unsigned shards, uint64_t seed)
{
    sim_init(&s, shards, 1, seed);
    values = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        random_step();
        if (i % 50 == 49) check_quiet(seed);
    }
    check_quiet(seed);
    for (unsigned c = 0; c < s.client_count; c++)
        if (s.clients[c].open) go(c);
    sim_settle(&s);
    for (unsigned i = 0; i < s.shards; i++)
        assert_int_equal(pubsub_size(s.world[i]->topics).topics, 0);
    sim_fini(&s);
}

static void run_many(unsigned shards)
{
    const char *one = getenv("KITH_SEED"), *asked = getenv("KITH_LONG");
    uint64_t many = asked && *asked == '1' ? 100 * SEEDS_PER_SHARD_COUNT : SEEDS_PER_SHARD_COUNT;
    if (one) {
        run_seed(shards, strtoull(one, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= many; seed++)
        run_seed(shards, seed);
}

static void on_one_shard_every_members_view_is_the_truth(void **state)
{
    (void)state;
    run_many(1);
}

static void on_two_shards_every_members_view_is_the_truth(void **state)
{
    (void)state;
    run_many(2);
}

static void on_four_shards_every_members_view_is_the_truth(void **state)
{
    (void)state;
    run_many(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_one_shard_every_members_view_is_the_truth),
        cmocka_unit_test(on_two_shards_every_members_view_is_the_truth),
        cmocka_unit_test(on_four_shards_every_members_view_is_the_truth),
    };
    return cmocka_run_group_tests_name("room_interleavings", tests, NULL, NULL);
}
