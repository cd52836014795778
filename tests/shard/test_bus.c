/* tests/shard/test_bus.c -- broadcasts between nodes: three of them, each with several shards. The
 * cases B13 to B15 of publish and subscribe. */
#include "shard/bus.h"

#include "shard/broadcast.h"
#include "shard/sim.h"
#include "shard/tracked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 3, LISTENERS = 4 };

static struct node {
    struct sim sim;
    struct kith_bus bus;
    const char *name;
    unsigned listeners[LISTENERS];
    unsigned published; /* how often its bus was asked */
    kith_err refuses;
} nodes[NODES] = {{.name = "one"}, {.name = "two"}, {.name = "three"}};

static void receive(struct node *n, kith_slice bytes)
{
    unsigned home;
    struct broadcast b;
    assert_int_equal(bus_read(bytes, &b), KITH_OK);
    struct mail *m = broadcast_mail(&b, n->sim.shards, &home);
    assert_non_null(m);
    shard_receive(n->sim.world[home], m);
    sim_post(&n->sim, home);
}

static kith_err publish_to(void *context, kith_slice to, kith_slice bytes)
{
    struct node *from = context;
    from->published++;
    for (unsigned i = 0; i < NODES && !from->refuses; i++)
        if (&nodes[i] != from && (to.len == 0 || slice_is(to, nodes[i].name)))
            receive(&nodes[i], bytes);
    return from->refuses;
}

static void start_node(struct node *n, unsigned shards, uint64_t seed)
{
    sim_init(&n->sim, shards, 8, seed);
    n->bus = (struct kith_bus){.node = n->name, .publish = publish_to, .context = n};
    n->published = 0;
    n->refuses = KITH_OK;
    for (unsigned i = 0; i < shards; i++) {
        n->sim.world[i]->o.bus = &n->bus;
        n->sim.world[i]->o.node = n->name;
    }
    for (unsigned i = 0; i < LISTENERS; i++) {
        n->listeners[i] = sim_connect(&n->sim, i, i % shards);
        sim_channel(&n->sim, n->listeners[i], "room:1", true, NULL);
    }
    sim_settle(&n->sim);
}

static int start(void **state)
{
    for (unsigned i = 0; i < NODES; i++)
        start_node(&nodes[i], *(unsigned *)*state + i % 2, i + 1); /* not all have as many */
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NODES; i++)
        sim_fini(&nodes[i].sim);
    return 0;
}

static void settle(void)
{
    for (unsigned i = 0; i < NODES; i++)
        sim_settle(&nodes[i].sim);
}

static void say(unsigned node, unsigned shard, struct broadcast b)
{
    b.topic = KITH_LIT("room:1");
    b.event = KITH_LIT("shout");
    if (!b.binary) b.payload = KITH_LIT("{}");
    broadcast(nodes[node].sim.world[shard % nodes[node].sim.shards], &b);
    sim_post(&nodes[node].sim, shard % nodes[node].sim.shards);
    settle();
}

static void expect(unsigned node, const char *words)
{
    char out[2048];
    for (unsigned i = 0; i < LISTENERS; i++)
        assert_string_equal(sim_transcript(&nodes[node].sim, nodes[node].listeners[i], out), words);
}

static void b13_a_broadcast_reaches_all_nodes_again_and_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        unsigned before = nodes[i % NODES].published;
        say(i % NODES, i, (struct broadcast){0});
        for (unsigned n = 0; n < NODES; n++)
            expect(n, "shout");
        assert_int_equal(nodes[i % NODES].published - before, 1); /* and no node sends it on */
    }
    assert_int_equal(nodes[0].published + nodes[1].published + nodes[2].published, 12);
}

static void b14_a_local_broadcast_reaches_no_other_node(void **state)
{
    (void)state;
    say(0, 1, (struct broadcast){.local = true});
    expect(0, "shout");
    expect(1, "");
    expect(2, "");
    assert_int_equal(nodes[0].published, 0);
}

static void b15_a_direct_broadcast_reaches_the_named_node_alone(void **state)
{
    (void)state;
    say(0, 0, (struct broadcast){.node = KITH_LIT("two")});
    expect(0, "");
    expect(1, "shout");
    expect(2, "");
    say(0, 1, (struct broadcast){.node = KITH_LIT("one")});
    expect(0, "shout");
    expect(1, "");
    say(0, 0, (struct broadcast){.node = KITH_LIT("four")});
    expect(0, "");
    expect(1, "");
}

static void whoever_speaks_from_no_shard_is_heard_everywhere_too(void **state)
{
    (void)state;
    static const char *const to[] = {"", "two", "one"};
    static const char *const heard[][NODES] = {
        {"shout", "shout", "shout"}, {"", "shout", ""}, {"shout", "", ""}};
    for (unsigned i = 0; i < 3; i++) {
        unsigned home;
        struct mail *m = broadcast_mail(&(struct broadcast){.topic = KITH_LIT("room:1"),
                                                            .event = KITH_LIT("shout"),
                                                            .payload = KITH_LIT("{}"),
                                                            .node = slice_str(to[i])},
                                        nodes[0].sim.shards, &home);
        shard_receive(nodes[0].sim.world[home], m);
        sim_post(&nodes[0].sim, home);
        settle();
        for (unsigned n = 0; n < NODES; n++)
            expect(n, heard[i][n]);
    }
}

static void bytes_stay_bytes(void **state)
{
    (void)state;
    say(1, 0, (struct broadcast){.binary = true, .payload = KITH_LIT("\0\xff")});
    expect(0, "binary");
    expect(2, "binary");
}

static void diffs_of_presences_stay_on_their_node(void **state)
{
    (void)state;
    static const struct kith_presence_behaviour says_nothing;
    static const struct kith_tracker rooms = {.presence = &says_nothing};
    unsigned ann = nodes[0].listeners[0];
    assert_int_equal(tracked_track(nodes[0].sim.world[0], nodes[0].sim.clients[ann].number, &rooms,
                                   KITH_LIT("room:1"), KITH_LIT("ann"), KITH_LIT("{}")),
                     KITH_OK);
    sim_post(&nodes[0].sim, 0);
    settle();
    expect(0, "diff+ann");
    expect(1, "");
    assert_int_equal(nodes[0].published, 0);
}

static void what_the_bus_refuses_is_counted_and_heard_here(void **state)
{
    (void)state;
    nodes[0].refuses = KITH_IO;
    say(0, 0, (struct broadcast){0});
    expect(0, "shout");
    expect(1, "");
    assert_int_equal(nodes[0].sim.world[0]->stats.bus_failures, 1);
}

static void what_no_node_sends_is_refused(void **state)
{
    (void)state;
    struct broadcast b;
    assert_int_equal(bus_read(KITH_LIT(""), &b), KITH_BAD);
    assert_int_equal(bus_read(KITH_LIT("{\"topic\":\"room:1\"}"), &b), KITH_BAD);
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(b13_a_broadcast_reaches_all_nodes_again_and_again, shards),                               \
        CASE(b14_a_local_broadcast_reaches_no_other_node, shards),                                 \
        CASE(b15_a_direct_broadcast_reaches_the_named_node_alone, shards),                         \
        CASE(whoever_speaks_from_no_shard_is_heard_everywhere_too, shards),                        \
        CASE(bytes_stay_bytes, shards), CASE(diffs_of_presences_stay_on_their_node, shards),       \
        CASE(what_the_bus_refuses_is_counted_and_heard_here, shards),                              \
        CASE(what_no_node_sends_is_refused, shards)

int main(void)
{
    static unsigned one = 1, three = 3;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&three)};
    return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
