/* tests/shard/test_subscriber.c -- channels that listen: by the fast lane, as news, and to what
 * they intercept; binary payloads; and sockets that listen to their id. */
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

static void join(unsigned client, const char *topic)
{
    sim_channel(&s, client, topic, true, NULL);
    sim_settle(&s);
}

static void listen_as(unsigned client, const char *topic, bool to_channel)
{
    assert_int_equal(
        subscriber_listen(world_of(client), s.clients[client].number, slice_str(topic), to_channel),
        KITH_OK);
    sim_post(&s, s.clients[client].shard);
    sim_settle(&s);
}

static void say(unsigned client, struct broadcast b)
{
    if (!b.event.len) b.event = KITH_LIT("shout");
    if (!b.topic.len) b.topic = KITH_LIT("room:1");
    if (!b.binary) b.payload = KITH_LIT("{\"a\":1}");
    broadcast(world_of(client), &b);
    sim_post(&s, s.clients[client].shard);
    sim_settle(&s);
}

static void expect(unsigned client, const char *words)
{
    char out[2048];
    assert_string_equal(sim_transcript(&s, client, out), words);
}

static void a_channel_hears_what_is_said_on_its_topic(void **state)
{
    (void)state;
    join(ann, "room:1");
    join(ben, "room:1");
    join(eve, "room:2");
    say(ben, (struct broadcast){0});
    expect(ann, "shout");
    expect(ben, "shout");
    expect(eve, "");
}

static void one_that_wants_it_otherwise_does_not(void **state)
{
    (void)state;
    sim_channel(&s, ann, "room:1", false, NULL);
    join(ben, "room:1");
    say(eve, (struct broadcast){0});
    expect(ann, "");
    expect(ben, "shout");
}

static void what_goes_to_a_channel_is_news_and_no_frame(void **state)
{
    (void)state;
    join(ann, "room:2");
    join(ben, "room:2");
    listen_as(ann, "room:1", true);
    listen_as(ben, "room:1", true);
    listen_as(ben, "room:1", false);
    say(eve, (struct broadcast){0});
    say(eve, (struct broadcast){.binary = true, .payload = KITH_LIT("\0\1")});
    expect(ann, "info:shout info:shout(binary)");
    char words[2048];
    sim_transcript(&s, ben, words);
    assert_non_null(strstr(words, "info:shout"));
    assert_non_null(strstr(words, "info:shout(binary)"));
    assert_int_equal(strlen(words), strlen("info:shout info:shout(binary) shout binary"));
}

static void news_tell_topic_event_and_payload(void **state)
{
    (void)state;
    struct world *w = world_of(ann);
    join(ann, "room:2");
    listen_as(ann, "room:1", true);
    say(eve, (struct broadcast){.binary = true, .payload = KITH_LIT("")});
    expect(ann, "info:shout(binary)");
    broadcast(world_of(eve), &(struct broadcast){.topic = KITH_LIT("room:1"),
                                                 .event = KITH_LIT("shout"),
                                                 .payload = KITH_LIT("[1]")});
    if (s.shards == 1) {
        struct mail *m = mail_take(&w->news);
        assert_non_null(m);
        assert_true(slice_is(mail_a(m), "room:1") && slice_is(mail_b(m), "shout") &&
                    slice_is(mail_c(m), "[1]") && !m->binary);
        mail_free(m);
    }
    sim_post(&s, s.clients[eve].shard);
}

static void unsubscribing_ends_both_ways_of_listening(void **state)
{
    (void)state;
    join(ann, "room:2");
    listen_as(ann, "room:1", true);
    listen_as(ann, "room:1", false);
    subscriber_ignore(world_of(ann), s.clients[ann].number, KITH_LIT("room:1"));
    subscriber_ignore(world_of(ann), s.clients[ann].number, KITH_LIT("room:1"));
    sim_post(&s, s.clients[ann].shard);
    sim_settle(&s);
    say(eve, (struct broadcast){0});
    expect(ann, "");
}

static void an_intercepted_event_is_news_on_the_own_topic_alone(void **state)
{
    (void)state;
    static const char *const intercept[] = {"hush", "shout", NULL};
    sim_channel(&s, ann, "room:1", true, intercept);
    listen_as(ann, "room:2", false);
    join(ben, "room:1");
    say(ben, (struct broadcast){0});
    say(ben, (struct broadcast){.event = KITH_LIT("other")});
    say(ben, (struct broadcast){.topic = KITH_LIT("room:2")});
    expect(ann, "out:shout other shout");
    expect(ben, "shout other");
}

static void broadcast_from_skips_the_one_channel_and_no_other_of_its_socket(void **state)
{
    (void)state;
    join(ann, "room:1");
    struct subscriber_options other = {.slot = s.clients[ann].slot,
                                       .channel = s.clients[ann].channel + 1000,
                                       .topic = KITH_LIT("chat:1")};
    uint32_t number;
    assert_int_equal(subscriber_begin(world_of(ann), &other, &number), KITH_OK);
    assert_int_equal(subscriber_listen(world_of(ann), number, KITH_LIT("room:1"), false), KITH_OK);
    say(ben, (struct broadcast){.from = sim_channel_id(&s, ann)});
    expect(ann, "shout");
    subscriber_end(world_of(ann), number);
    say(ben, (struct broadcast){.from = sim_channel_id(&s, ann)});
    expect(ann, "");
}

static void a_binary_payload_skips_clients_with_v1_and_harms_nobody(void **state)
{
    (void)state;
    join(ann, "room:1");
    join(ben, "room:1");
    join(eve, "room:1");
    clients_at(world_of(ben)->clients, s.clients[ben].slot)->vsn = PHX_V1;
    say(ann, (struct broadcast){.binary = true, .payload = KITH_LIT("\0\xff")});
    say(ann, (struct broadcast){0});
    expect(ann, "binary shout");
    expect(ben, "shout");
    expect(eve, "binary shout");
    assert_false(clients_at(world_of(ben)->clients, s.clients[ben].slot)->overrun);
}

static void a_binary_payload_on_a_topic_too_long_for_it_reaches_no_client(void **state)
{
    (void)state;
    char topic[300];
    memset(topic, 't', sizeof topic);
    join(ann, "room:1");
    assert_int_equal(subscriber_listen(world_of(ann), s.clients[ann].number,
                                       slice_of(topic, sizeof topic), false),
                     KITH_OK);
    sim_post(&s, s.clients[ann].shard);
    sim_settle(&s);
    say(ben, (struct broadcast){
                 .topic = slice_of(topic, sizeof topic), .binary = true, .payload = KITH_LIT("x")});
    expect(ann, "");
    assert_false(clients_at(world_of(ann)->clients, s.clients[ann].slot)->overrun);
}

static void each_form_in_use_is_encoded_once_a_shard(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        unsigned client = sim_connect(&s, 4, 0);
        clients_at(s.world[0]->clients, s.clients[client].slot)->vsn = i % 2 ? PHX_V1 : PHX_V2;
        join(client, "room:1");
    }
    uint64_t before = s.world[0]->stats.encodings;
    say(eve, (struct broadcast){0});
    assert_int_equal(s.world[0]->stats.encodings - before, 2);
    say(eve, (struct broadcast){.binary = true, .payload = KITH_LIT("x")});
    assert_int_equal(s.world[0]->stats.encodings - before, 3);
}

static void a_socket_listens_to_its_id_for_its_end(void **state)
{
    (void)state;
    uint32_t number;
    struct subscriber_options socket = {
        .slot = s.clients[ann].slot, .topic = KITH_LIT("users_socket:1"), .listens = true};
    assert_int_equal(subscriber_begin(world_of(ann), &socket, &number), KITH_OK);
    sim_post(&s, s.clients[ann].shard);
    sim_settle(&s);
    say(eve, (struct broadcast){.topic = KITH_LIT("users_socket:1")});
    expect(ann, "");
    say(eve,
        (struct broadcast){.topic = KITH_LIT("users_socket:1"), .event = KITH_LIT("disconnect")});
    expect(ann, "close");
    subscriber_end(world_of(ann), number);
}

static void what_comes_from_another_thread_is_said_as_if_here(void **state)
{
    (void)state;
    join(ann, "room:1");
    join(ben, "room:1");
    const char *nodes[] = {"", "here", "elsewhere"};
    for (unsigned i = 0; i < 3; i++) {
        unsigned to;
        struct broadcast b = {.topic = KITH_LIT("room:1"),
                              .event = KITH_LIT("shout"),
                              .payload = KITH_LIT("{}"),
                              .node = slice_str(nodes[i]),
                              .from = sim_channel_id(&s, ben)};
        struct mail *m = broadcast_mail(&b, s.shards, &to);
        assert_non_null(m);
        shard_receive(s.world[to], m);
        sim_post(&s, to);
        sim_settle(&s);
    }
    expect(ann, "shout shout");
    expect(ben, "");
}

static void who_has_ended_hears_nothing_and_leaves_nothing(void **state)
{
    (void)state;
    join(ann, "room:1");
    for (unsigned i = 0; i < 50; i++) {
        char topic[16];
        snprintf(topic, sizeof topic, "t:%u", i / 2); /* each twice */
        listen_as(ann, topic, i % 3 == 0);
    }
    sim_channel_end(&s, ann);
    say(ben, (struct broadcast){0});
    expect(ann, "");
    for (unsigned i = 0; i < s.shards; i++)
        assert_int_equal(pubsub_size(s.world[i]->topics).topics, 0);
}

static void a_subscriber_has_a_bound_beside_its_own_topic(void **state)
{
    (void)state;
    char topic[16];
    join(ann, "room:1");
    for (unsigned i = 0; i < SUBSCRIPTIONS_MAX; i++) {
        snprintf(topic, sizeof topic, "t:%u", i);
        assert_int_equal(
            subscriber_listen(world_of(ann), s.clients[ann].number, slice_str(topic), false),
            KITH_OK);
    }
    assert_int_equal(
        subscriber_listen(world_of(ann), s.clients[ann].number, KITH_LIT("more"), false),
        KITH_FULL);
    sim_channel_end(&s, ann);
    sim_settle(&s);
    for (unsigned i = 0; i < s.shards; i++)
        assert_int_equal(pubsub_size(s.world[i]->topics).topics, 0);
}

#define CASE(f, shards)                                                                            \
    {                                                                                              \
#f, f, start, stop, shards                                                                 \
    }
#define CASES(shards)                                                                              \
    CASE(a_channel_hears_what_is_said_on_its_topic, shards),                                       \
        CASE(one_that_wants_it_otherwise_does_not, shards),                                        \
        CASE(what_goes_to_a_channel_is_news_and_no_frame, shards),                                 \
        CASE(news_tell_topic_event_and_payload, shards),                                           \
        CASE(unsubscribing_ends_both_ways_of_listening, shards),                                   \
        CASE(an_intercepted_event_is_news_on_the_own_topic_alone, shards),                         \
        CASE(broadcast_from_skips_the_one_channel_and_no_other_of_its_socket, shards),             \
        CASE(a_binary_payload_skips_clients_with_v1_and_harms_nobody, shards),                     \
        CASE(a_binary_payload_on_a_topic_too_long_for_it_reaches_no_client, shards),               \
        CASE(each_form_in_use_is_encoded_once_a_shard, shards),                                    \
        CASE(a_socket_listens_to_its_id_for_its_end, shards),                                      \
        CASE(what_comes_from_another_thread_is_said_as_if_here, shards),                           \
        CASE(who_has_ended_hears_nothing_and_leaves_nothing, shards),                              \
        CASE(a_subscriber_has_a_bound_beside_its_own_topic, shards)

int main(void)
{
    static unsigned one = 1, two = 2, four = 4;
    const struct CMUnitTest tests[] = {CASES(&one), CASES(&two), CASES(&four)};
    return cmocka_run_group_tests_name("subscriber", tests, NULL, NULL);
}
