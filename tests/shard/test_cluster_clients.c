/* tests/shard/test_cluster_clients.c -- clients of two nodes: what one of them reads of people on
 * the other. */
#include "shard/cluster.h"
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { NODES = 2, PEOPLE = 20, SLOW = 0, FAST = PEOPLE + 1, USERS = PEOPLE + 2 };
enum { HEARTBEAT_MS = 1000, TICK_MS = 20 };

static struct sim nodes[NODES];

static void begin_node(unsigned i, uint64_t inc)
{
    static const char *const names[NODES] = {"n0", "n1"};
    struct world_options w = {.node = names[i],
                              .inc = inc,
                              .outbox_bytes_max = OUTBOX_BYTES_MAX,
                              .clustered = true,
                              .node_grace_ms = 4000,
                              .stale_hold_ms = 60000};
    struct cluster_options o = {.name = "people",
                                .key = {7, 8},
                                .heartbeat_ms = HEARTBEAT_MS,
                                .suspect_ms = 3 * HEARTBEAT_MS,
                                .down_ms = 6 * HEARTBEAT_MS,
                                .gone_ms = 20 * 60000,
                                .join_ms = 10000,
                                .seed = inc};
    kith_problem why;
    sim_begin(&nodes[i],
              &(struct sim_options){.shards = 2, .users = USERS, .seed = i + 1, .as = &w});
    assert_int_equal(cluster_begin(nodes[i].world[0], &o, &why), KITH_OK);
    cluster_connected(nodes[i].world[0], true);
    for (unsigned u = 1; u <= PEOPLE; u++)
        nodes[i].watches[SLOW][u] = nodes[i].watches[FAST][u] = true;
}

static uint64_t inc_of(unsigned node) { return (uint64_t)(node + 1) << 24 | 5; }

static bool carry(unsigned from)
{
    struct cluster_frame f;
    bool any = false;
    for (; cluster_next(nodes[from].world[0], &f); any = true)
        for (unsigned to = 0; to < NODES; to++)
            if (!f.to || f.to == inc_of(to))
                cluster_receive(nodes[to].world[0], f.to != 0, f.bytes);
    return any;
}

static void read_clients(struct sim *s)
{
    for (unsigned i = 0; i < s->client_count; i++)
        if (s->clients[i].open && !s->clients[i].slow) sim_read_one(s, i);
}

/* Until nothing is under way. */
static void settle(void)
{
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < NODES; i++) {
            sim_work(&nodes[i]);
            cluster_tick(nodes[i].world[0]);
            any |= carry(i);
            read_clients(&nodes[i]);
            any |= sim_busy(&nodes[i]);
        }
    }
}

static void run(uint64_t ms)
{
    for (uint64_t at = 0; at < ms; at += TICK_MS) {
        for (unsigned i = 0; i < NODES; i++)
            sim_tick(&nodes[i], TICK_MS);
        settle();
    }
}

static unsigned join(unsigned node, unsigned user)
{
    unsigned c = sim_connect(&nodes[node], user, user % 2);
    sim_join(&nodes[node], c, KITH_SOCIAL_USER, "", 0);
    settle();
    return c;
}

static int begin(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NODES; i++)
        begin_node(i, inc_of(i));
    run(2 * HEARTBEAT_MS);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NODES; i++)
        sim_fini(&nodes[i]);
    return 0;
}

static void set_status(unsigned client, unsigned n)
{
    char fields[32];
    snprintf(fields, sizeof fields, "{\"status\":\"s%u\"}", n);
    sim_status(&nodes[0], client, fields);
}

static const char *status_seen(const struct sim_client *c, unsigned user)
{
    char key[16];
    snprintf(key, sizeof key, "%u", user);
    json_t *metas = json_object_get(c->view, key);
    return json_string_value(json_object_get(json_array_get(metas, 0), "status"));
}

/* All change so often that no outbox holds it, and the first of them leaves. */
static void n13_a_slow_client_gets_the_newest_state_of_people_on_another_node(void **state)
{
    (void)state;
    enum { ROUNDS = 60 };
    unsigned people[PEOPLE + 1];
    for (unsigned u = 1; u <= PEOPLE; u++)
        people[u] = join(0, u);
    run(100);
    unsigned slow = join(1, SLOW), fast = join(1, FAST);
    struct sim_client *s = &nodes[1].clients[slow], *f = &nodes[1].clients[fast];
    run(100);
    sim_read_one(&nodes[1], slow);
    assert_int_equal(json_object_size(s->view), PEOPLE);
    s->slow = true;
    const struct client *k = clients_at(nodes[1].world[s->shard]->clients, s->slot);
    unsigned before = s->events, before_fast = f->events;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned u = 1; u <= PEOPLE; u++)
            set_status(people[u], round * u);
        run(TICK_MS);
        assert_true(k->outbox.bytes <= OUTBOX_BYTES_MAX);
    }
    sim_lose(&nodes[0], people[1], 0);
    run(100);
    assert_true(k->behind);
    assert_int_equal(f->events - before_fast, ROUNDS * PEOPLE + 1);
    unsigned held = k->outbox.count;
    s->slow = false;
    run(100);
    assert_false(k->behind);
    assert_int_equal(s->events - before, held + 1); /* and one state */
    assert_true(s->events - before < (f->events - before_fast) / 2);
    assert_true(json_equal(s->view, f->view));
    assert_int_equal(json_object_size(s->view), PEOPLE - 1);
    for (unsigned u = 2; u <= PEOPLE; u++) {
        char want[16];
        snprintf(want, sizeof want, "s%u", (ROUNDS - 1) * u);
        assert_string_equal(status_seen(s, u), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            n13_a_slow_client_gets_the_newest_state_of_people_on_another_node, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
