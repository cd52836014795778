/* tests/shard/test_broadcast.c -- events to all who listen, from any shard to any; who is kept as a
 * listener is in tests/core/test_pubsub.c. */
#include "shard/broadcast.h"
#include "shard/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct sim s;
static unsigned ann, ben, eve; /* clients on shards 0, 1 and the last */

static int start(void **state)
{
    sim_init(&s, *(unsigned *)*state, 8, 1);
    ann = sim_connect(&s, 1, 0);
    ben = sim_connect(&s, 2, 1 % s.shards);
    eve = sim_connect(&s, 3, s.shards - 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    sim_fini(&s);
    return 0;
}

static struct world *world_of(unsigned client) { return s.world[s.clients[client].shard]; }

static void ask_to_subscribe(unsigned client, const char *topic)
{
    if (!s.clients[client].has_channel) sim_channel(&s, client, "chat:own", false, NULL);
    assert_int_equal(
        subscriber_listen(world_of(client), s.clients[client].number, slice_str(topic), false),
        KITH_OK);
    sim_post(&s, s.clients[client].shard);
}

static void subscribe(unsigned client, const char *topic)
{
    ask_to_subscribe(client, topic);
    sim_settle(&s); /* the home knows: others' broadcasts reach it from here on */
}

static void unsubscribe(unsigned client, const char *topic)
{
    if (!s.clients[client].has_channel) sim_channel(&s, client, "chat:own", false, NULL);
    subscriber_ignore(world_of(client), s.clients[client].number, slice_str(topic));
    sim_post(&s, s.clients[client].shard);
}

static void say(unsigned client, struct broadcast b)
{
    b.event = KITH_LIT("shout");
    b.payload = KITH_LIT("{}");
    broadcast(world_of(client), &b);
    sim_post(&s, s.clients[client].shard);
    sim_settle(&s);
}

static void expect(unsigned client, const char *words)
{
    char out[2048];
    assert_string_equal(sim_transcript(&s, client, out), words);
}

static void b03_every_subscriber_gets_a_broadcast_once(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    subscribe(ben, "room:1");
    subscribe(eve, "room:1");
    say(ann, (struct broadcast){.topic = KITH_LIT("room:1")});
    say(eve, (struct broadcast){.topic = KITH_LIT("room:1")});
    expect(ann, "shout shout");
    expect(ben, "shout shout");
    expect(eve, "shout shout");
}

static void b04_subscribers_of_other_topics_get_nothing(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    subscribe(ben, "room:2");
    say(eve, (struct broadcast){.topic = KITH_LIT("room:1")});
    say(eve, (struct broadcast){.topic = KITH_LIT("room:")});
    expect(ann, "shout");
    expect(ben, "");
}

static void b05_broadcast_from_skips_the_sender(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    subscribe(ben, "room:1");
    say(ann, (struct broadcast){.topic = KITH_LIT("room:1"), .from = sim_channel_id(&s, ann)});
    expect(ann, "");
    expect(ben, "shout");
}

static void b06_to_unsubscribe_without_a_subscription_is_fine(void **state)
{
    (void)state;
    unsubscribe(ann, "room:1");
    subscribe(ben, "room:1");
    unsubscribe(ann, "room:1");
    say(ann, (struct broadcast){.topic = KITH_LIT("room:1")});
    expect(ben, "shout");
}

static void b07_b09_a_broadcast_to_this_node_reaches_its_subscribers(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    subscribe(ben, "room:1");
    say(eve, (struct broadcast){.topic = KITH_LIT("room:1"), .node = KITH_LIT("here")});
    expect(ann, "shout");
    expect(ben, "shout");
}

static void b01_a_nodes_name_is_text_and_leads_to_it(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    for (unsigned i = 0; i < s.shards; i++)
        assert_string_equal(s.world[i]->o.node, "here");
    say(ben,
        (struct broadcast){.topic = KITH_LIT("room:1"), .node = slice_str(s.world[0]->o.node)});
    expect(ann, "shout");
}

static void b08_a_broadcast_to_an_unknown_node_reaches_nobody(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    say(ben, (struct broadcast){.topic = KITH_LIT("room:1"), .node = KITH_LIT("elsewhere")});
    expect(ann, "");
}

static void b19_two_subscriptions_deliver_twice_and_go_together(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    subscribe(ann, "room:1");
    say(ben, (struct broadcast){.topic = KITH_LIT("room:1")});
    expect(ann, "shout shout");
    unsubscribe(ann, "room:1");
    say(ben, (struct broadcast){.topic = KITH_LIT("room:1")});
    expect(ann, "");
}

static void who_subscribes_and_then_speaks_hears_itself(void **state)
{
    (void)state;
    ask_to_subscribe(ann, "room:1");
    say(ann, (struct broadcast){.topic = KITH_LIT("room:1")}); /* before any mail has gone */
    expect(ann, "shout");
}

static void who_speaks_hears_itself_before_it_goes_on(void **state)
{
    (void)state;
    static const char *const topics[] = {"room:1", "room:2", "room:3", "room:4"}; /* many homes */
    for (unsigned i = 0; i < 4; i++) {
        subscribe(ann, topics[i]);
        broadcast(world_of(ann), &(struct broadcast){.topic = slice_str(topics[i]),
                                                     .event = KITH_LIT("shout"),
                                                     .payload = KITH_LIT("{}")});
        expect(ann, "shout"); /* no mail has gone yet */
        unsubscribe(ann, topics[i]);
        sim_settle(&s);
        expect(ann, "");
    }
}

/* Its events are numbered: "1/07" is the seventh of the second. */
static void expect_in_order(const char *heard)
{
    unsigned next[2] = {0}, k, n;
    for (; sscanf(heard, "%u/%u", &k, &n) == 2;
         heard += strcspn(heard, " "), heard += *heard == ' ')
        assert_int_equal(n, next[k]++);
    assert_int_equal(next[0] + next[1], 20);
}

static void each_of_two_speakers_is_heard_in_its_own_order(void **state)
{
    (void)state;
    unsigned speakers[] = {ann, eve}, said[2] = {0}, listeners[] = {ann, ben, eve};
    for (unsigned i = 0; i < 3; i++)
        subscribe(listeners[i], "room:1");
    for (unsigned i = 0; i < 20; i++) {
        char event[16];
        unsigned k = sim_random(&s, 2);
        snprintf(event, sizeof event, "%u/%02u", k, said[k]++);
        broadcast(world_of(speakers[k]), &(struct broadcast){.topic = KITH_LIT("room:1"),
                                                             .event = slice_str(event),
                                                             .payload = KITH_LIT("{}")});
        sim_post(&s, s.clients[speakers[k]].shard);
        sim_deliver_any(&s);
    }
    sim_settle(&s);
    char out[2048];
    for (unsigned i = 0; i < 3; i++)
        expect_in_order(sim_transcript(&s, listeners[i], out));
}

static void a_broadcast_is_encoded_once_a_shard_and_version(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    for (unsigned i = 0; i < 30; i++)
        subscribe(sim_connect(&s, 4, 0), "room:1");
    sim_settle(&s);
    uint64_t before = s.world[0]->stats.encodings;
    say(ann, (struct broadcast){.topic = KITH_LIT("room:1")});
    assert_int_equal(s.world[0]->stats.encodings - before, 1);
}

static void a_topic_without_subscribers_is_forgotten_everywhere(void **state)
{
    (void)state;
    subscribe(ann, "room:1");
    subscribe(ben, "room:1");
    sim_settle(&s);
    unsubscribe(ann, "room:1");
    unsubscribe(ben, "room:1");
    sim_settle(&s);
    for (unsigned i = 0; i < s.shards; i++)
        assert_int_equal(pubsub_size(s.world[i]->topics).topics, 0);
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(b03_every_subscriber_gets_a_broadcast_once, shards),                                      \
        CASE(b04_subscribers_of_other_topics_get_nothing, shards),                                 \
        CASE(b05_broadcast_from_skips_the_sender, shards),                                         \
        CASE(b06_to_unsubscribe_without_a_subscription_is_fine, shards),                           \
        CASE(b07_b09_a_broadcast_to_this_node_reaches_its_subscribers, shards),                    \
        CASE(b01_a_nodes_name_is_text_and_leads_to_it, shards),                                    \
        CASE(b08_a_broadcast_to_an_unknown_node_reaches_nobody, shards),                           \
        CASE(b19_two_subscriptions_deliver_twice_and_go_together, shards),                         \
        CASE(who_subscribes_and_then_speaks_hears_itself, shards),                                 \
        CASE(who_speaks_hears_itself_before_it_goes_on, shards),                                   \
        CASE(each_of_two_speakers_is_heard_in_its_own_order, shards),                              \
        CASE(a_broadcast_is_encoded_once_a_shard_and_version, shards),                             \
        CASE(a_topic_without_subscribers_is_forgotten_everywhere, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("broadcast", tests, NULL, NULL);
}
