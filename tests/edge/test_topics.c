/* tests/edge/test_topics.c -- what is broadcast: to whom it comes, and how. */
#include "edge/hall.h"
#include "shard/broadcast.h"

static struct rig rig;

/* Clients 0 and 2 are on the first shard, 1 and 3 on the second; 3 speaks V1. */
static int set_up(void **state)
{
    (void)state;
    hall_init(&rig, 2, "");
    for (unsigned i = 0; i < 3; i++)
        connect_as(&rig, i, "1", "2.0.0");
    connect_as(&rig, 3, "1", "1.0.0");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hall_fini(&rig);
    return 0;
}

#define CAST(topic, event, what) "[null,null,'" topic "','" event "'," what "]"
#define CAST_V1(topic, event, what)                                                                \
    "{'event':'" event "','payload':" what ",'ref':null,'topic':'" topic "'}"

/* Joins, and hears that. */
static kith_channel_id join(unsigned client, const char *topic)
{
    char text[128], want[128];
    snprintf(text, sizeof text,
             client == 3 ? "{'topic':'%s','event':'phx_join','payload':{},'ref':'1'}"
                         : "['1','1','%s','phx_join',{}]",
             topic);
    snprintf(want, sizeof want, client == 3 ? OK_V1("'1'", "'%s'") : OK("'1'", "'1'", "'%s'"),
             topic);
    rig_say(&rig, client, text);
    HEARS(&rig, client, want);
    buf_clear(&hall.did);
    return hall.id;
}

/* As kith_pubsub_broadcast, on a shard's thread. */
static void cast_from(unsigned shard, kith_channel_id from, const char *topic, const char *event,
                      kith_payload payload)
{
    broadcast(rig.worlds[shard], &(struct broadcast){.topic = slice_str(topic),
                                                     .event = slice_str(event),
                                                     .payload = payload.bytes,
                                                     .binary = payload.binary,
                                                     .from = from});
    rig_turn(&rig);
}

static void cast_on(unsigned shard, const char *topic, const char *event, kith_payload payload)
{
    cast_from(shard, (kith_channel_id){0}, topic, event, payload);
}

static void nobody_hears_anything(void)
{
    for (unsigned i = 0; i < 4; i++)
        HEARS_NOTHING(&rig, i);
}

/* The own topic */

static kith_err cast(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    static const char *const wrong[] = {"{", "nul", "1 2"};
    static uint8_t name[300];
    memset(name, 'e', sizeof name);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(channel_broadcast(c, i & 1, event, kith_json(slice_str(wrong[i]))),
                         KITH_BAD);
    assert_int_equal(channel_broadcast(c, false, KITH_LIT(""), payload), KITH_BAD);
    assert_int_equal(channel_broadcast(c, false, KITH_LIT("\xff"), payload), KITH_BAD);
    assert_int_equal(channel_broadcast(c, false, slice_of(name, 256), payload), KITH_BAD);
    assert_int_equal(channel_push(c, slice_of(name, 256), payload), KITH_BAD);
    assert_int_equal(channel_push(c, KITH_LIT(""), payload), KITH_BAD);
    assert_int_equal(channel_push(c, event, KITH_JSON("]")), KITH_BAD);
    kith_err e = channel_broadcast(c, slice_is(event, "from"), event, payload);
    return e ? e : channel_reply(c, true, KITH_EMPTY);
}

static void a_broadcast_reaches_all_who_have_joined_its_topic(void **state)
{
    (void)state;
    hall.handle_in = cast;
    for (unsigned i = 0; i < 4; i++)
        join(i, "hall:a");
    join(2, "hall:b");
    rig_say(&rig, 0, "['1','2','hall:a','all',[1]]");
    for (unsigned i = 1; i < 3; i++)
        HEARS(&rig, i, CAST("hall:a", "all", "[1]"));
    HEARS(&rig, 3, CAST_V1("hall:a", "all", "[1]"));
    struct buf own = {0};
    heard(&rig, 0, &own); /* whose home may be elsewhere: both come, and a reply */
    assert_non_null(memmem(own.ptr, own.len, "'all',[1]", 9));
    assert_non_null(memmem(own.ptr, own.len, "'1','2'", 7));
    buf_fini(&own);
    rig_say(&rig, 1, "['1','3','hall:a','from',[2]]");
    HEARS(&rig, 1, OK("'1'", "'3'", "'hall:a'"));
    HEARS(&rig, 0, CAST("hall:a", "from", "[2]"));
    HEARS(&rig, 2, CAST("hall:a", "from", "[2]"));
    HEARS(&rig, 3, CAST_V1("hall:a", "from", "[2]"));
}

static void bytes_pass_by_those_with_v1(void **state)
{
    (void)state;
    join(0, "hall:a");
    join(3, "hall:a");
    cast_on(0, "hall:a", "b", kith_binary(KITH_LIT("\1\2")));
    HEARS(&rig, 0, "binary 02060168616c6c3a61620102");
    HEARS_NOTHING(&rig, 3);
}

static void who_is_unsubscribed_hears_no_broadcast(void **state)
{
    (void)state;
    join(0, "quiet:a");
    join(1, "quiet:a");
    cast_on(0, "quiet:a", "x", KITH_EMPTY);
    nobody_hears_anything();
    DID_NOTHING;
}

static kith_err join_friends(struct kith_channel *c, kith_payload payload)
{
    return channel_social_join(
        c, slice_is(channel_topic(c), "friends") ? KITH_SOCIAL_FRIENDS : KITH_SOCIAL_USER, payload);
}

static void a_social_channel_hears_broadcasts_unless_it_is_unsubscribed(void **state)
{
    (void)state;
    hall.join = join_friends;
    rig.store_waits = true;
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{}]");
    rig_say(&rig, 0, "['2','2','friends','phx_join',{}]");
    cast_on(1, "user:1", "early", KITH_EMPTY); /* before it is answered */
    rig_answer(&rig);
    rig_turn(&rig);
    HEARS(&rig, 0, OK("'1'", "'1'", "'user:1'"), "['1',null,'user:1','presence_state',{}]",
          OK("'2'", "'2'", "'friends'"), "['2',null,'friends','presence_state',{}]");
    cast_on(1, "user:1", "now", KITH_EMPTY);
    cast_on(1, "friends", "now", KITH_EMPTY);
    HEARS(&rig, 0, CAST("user:1", "now", "{}"));
}

static void a_join_that_waits_hears_no_broadcast(void **state)
{
    (void)state;
    hall.join = join_later;
    rig_say(&rig, 0, "['1','1','hall:a','phx_join',{}]");
    cast_on(1, "hall:a", "early", KITH_EMPTY);
    HEARS_NOTHING(&rig, 0);
    reply_now(&rig, true, KITH_EMPTY);
    HEARS(&rig, 0, OK("'1'", "'1'", "'hall:a'"));
    cast_on(1, "hall:a", "now", KITH_EMPTY);
    HEARS(&rig, 0, CAST("hall:a", "now", "{}"));
}

static void who_has_left_hears_nothing_more(void **state)
{
    (void)state;
    join(0, "hall:a");
    join(1, "hall:a");
    rig_say(&rig, 0, "['1','2','hall:a','phx_leave',{}]");
    HEARS(&rig, 0, OK("'1'", "'2'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    cast_on(0, "hall:a", "x", KITH_EMPTY);
    HEARS_NOTHING(&rig, 0);
    HEARS(&rig, 1, CAST("hall:a", "x", "{}"));
}

static void cast_farewell(struct kith_channel *c)
{
    assert_int_equal(channel_push(c, KITH_LIT("bye"), KITH_EMPTY), KITH_NONE);
    assert_int_equal(channel_broadcast(c, false, KITH_LIT("bye"), KITH_EMPTY), KITH_NONE);
    assert_int_equal(channel_subscribe(c, KITH_LIT("t"), KITH_FASTLANE), KITH_NONE);
    channel_unsubscribe(c, channel_topic(c));
    channel_stop(c);
    broadcast(session_world(c->session),
              &(struct broadcast){.topic = channel_topic(c), /* as the server */
                                  .event = KITH_LIT("farewell"),
                                  .payload = KITH_LIT("1")});
}

static void what_is_broadcast_in_terminate_does_not_come_back(void **state)
{
    (void)state;
    hall.terminate = cast_farewell;
    join(0, "hall:a");
    join(1, "hall:a");
    rig_say(&rig, 0, "['1','2','hall:a','phx_leave',{}]");
    HEARS(&rig, 0, OK("'1'", "'2'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    HEARS(&rig, 1, CAST("hall:a", "farewell", "1"));
}

/* Interception */

static kith_err push_changed(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    assert_int_equal(channel_reply(c, true, payload), KITH_NONE);
    if (slice_is(event, "secrets")) return KITH_OK; /* not for this one */
    return channel_push(c, KITH_LIT("open"), payload);
}

static void an_intercepted_event_comes_to_the_channel_instead(void **state)
{
    (void)state;
    hall.handle_out = push_changed;
    join(0, "gate:a");
    join(1, "gate:a");
    cast_on(0, "gate:a", "secret", KITH_JSON("[7]"));
    cast_on(1, "gate:a", "secrets", KITH_JSON("[8]"));
    cast_on(1, "gate:a", "plain", KITH_JSON("[9]"));
    for (unsigned i = 0; i < 2; i++)
        HEARS(&rig, i, "['1',null,'gate:a','open',[7]]", CAST("gate:a", "plain", "[9]"));
    DID("out gate:a secret", "out gate:a secret", "out gate:a secrets", "out gate:a secrets");
}

static kith_err fail_out(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)c, (void)event, (void)payload;
    return KITH_BAD;
}

static kith_err stop_out(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    channel_stop(c);
    return channel_push(c, event, payload);
}

static void who_fails_or_stops_there_ends(void **state)
{
    (void)state;
    join(0, "gate:a");
    hall.handle_out = fail_out;
    cast_on(0, "gate:a", "secret", KITH_EMPTY);
    HEARS(&rig, 0, FAILED("'1'", "'gate:a'"));
    join(0, "gate:a");
    hall.handle_out = stop_out;
    cast_on(0, "gate:a", "secret", KITH_EMPTY);
    HEARS(&rig, 0, "['1',null,'gate:a','secret',{}]", CLOSED("'1'", "'gate:a'"));
}

static void without_handle_out_it_is_sent_on_as_it_is(void **state)
{
    (void)state;
    join(0, "sieve:a");
    join(3, "sieve:a");
    cast_on(0, "sieve:a", "secret", KITH_JSON("[7]"));
    HEARS(&rig, 0, "['1',null,'sieve:a','secret',[7]]");
    HEARS(&rig, 3, CAST_V1("sieve:a", "secret", "[7]"));
    cast_on(0, "sieve:a", "secret", kith_binary(KITH_LIT("b")));
    HEARS(&rig, 0,
          "binary 0001070631"
          "73696576653a61"
          "736563726574"
          "62");
    HEARS_NOTHING(&rig, 3); /* as on the fast lane */
}

/* Other topics */

static kith_err listen(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    static uint8_t name[TOPIC_BYTES_MAX + 1];
    memset(name, 't', sizeof name);
    (void)payload;
    if (slice_is(event, "fast")) return channel_subscribe(c, KITH_LIT("news"), KITH_FASTLANE);
    if (slice_is(event, "slow")) return channel_subscribe(c, KITH_LIT("news"), KITH_TO_CHANNEL);
    if (slice_is(event, "drop")) channel_unsubscribe(c, KITH_LIT("news"));
    if (slice_is(event, "drop own")) channel_unsubscribe(c, channel_topic(c));
    if (!slice_is(event, "wrong")) return KITH_OK;
    assert_int_equal(channel_subscribe(c, KITH_LIT(""), KITH_FASTLANE), KITH_BAD);
    assert_int_equal(channel_subscribe(c, KITH_LIT("\xc0"), KITH_FASTLANE), KITH_BAD);
    assert_int_equal(channel_subscribe(c, slice_of(name, sizeof name), KITH_FASTLANE), KITH_BAD);
    assert_int_equal(channel_subscribe(c, KITH_LIT("news"), (enum kith_delivery)2), KITH_BAD);
    channel_unsubscribe(c, KITH_LIT(""));
    channel_unsubscribe(c, slice_of(name, sizeof name));
    return channel_subscribe(c, slice_of(name, TOPIC_BYTES_MAX), KITH_FASTLANE);
}

static void do_in(unsigned client, const char *topic, const char *what)
{
    char text[64];
    snprintf(text, sizeof text, "['1','2','%s','%s',{}]", topic, what);
    rig_say(&rig, client, text);
    buf_clear(&hall.did);
}

static void a_channel_listens_by_either_way_until_it_does_not(void **state)
{
    (void)state;
    static const char *const topics[] = {"hall:a", "quiet:a"};
    hall.handle_in = listen;
    for (int i = 0; i < 2; i++) {
        kith_channel_id id = join(0, topics[i]);
        do_in(0, topics[i], "fast");
        cast_on(1, "news", "x", KITH_JSON("1"));
        HEARS(&rig, 0, CAST("news", "x", "1"));
        do_in(0, topics[i], "slow");
        cast_on(0, "news", "y", KITH_JSON("2"));
        HEARS(&rig, 0, CAST("news", "y", "2"));
        DID(i ? "info quiet:a y" : "info hall:a y");
        do_in(0, topics[i], "fast"); /* twice is twice */
        cast_on(0, "news", "z", KITH_JSON("3"));
        HEARS(&rig, 0, CAST("news", "z", "3"), CAST("news", "z", "3"));
        DID(i ? "info quiet:a z" : "info hall:a z");
        cast_from(1, id, "news", "own", KITH_EMPTY); /* from this very channel */
        do_in(0, topics[i], "drop");
        cast_on(0, "news", "w", KITH_JSON("4"));
        HEARS_NOTHING(&rig, 0);
        DID_NOTHING;
        do_in(0, topics[i], "wrong");
        HEARS_NOTHING(&rig, 0);
    }
    do_in(0, "hall:a", "drop own");
    cast_on(0, "hall:a", "x", KITH_EMPTY);
    HEARS_NOTHING(&rig, 0);
}

static kith_err tell_topic(struct kith_channel *c, const struct kith_message *m)
{
    return channel_push(c, m->topic, m->payload);
}

static void news_of_a_topic_bear_its_name(void **state)
{
    (void)state;
    hall.handle_in = listen;
    hall.handle_info = tell_topic;
    join(1, "hall:a");
    do_in(1, "hall:a", "slow");
    cast_on(0, "news", "x", KITH_JSON("[1]"));
    HEARS(&rig, 1, "['1',null,'hall:a','news',[1]]");
    cast_on(0, "news", "x", kith_binary(KITH_LIT("b")));
    HEARS(&rig, 1,
          "binary 00010604316861"
          "6c6c3a61"
          "6e657773"
          "62");
}

static void subscriptions_end_with_their_channel(void **state)
{
    (void)state;
    hall.handle_in = listen;
    join(0, "hall:a");
    do_in(0, "hall:a", "fast");
    do_in(0, "hall:a", "slow");
    rig_say(&rig, 0, "['1','3','hall:a','phx_leave',{}]");
    HEARS(&rig, 0, OK("'1'", "'3'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    buf_clear(&hall.did);
    cast_on(0, "news", "x", KITH_EMPTY);
    nobody_hears_anything();
    DID_NOTHING;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pubsub_size(rig.worlds[i]->topics).topics, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_broadcast_reaches_all_who_have_joined_its_topic),
        TEST(bytes_pass_by_those_with_v1),
        TEST(who_is_unsubscribed_hears_no_broadcast),
        TEST(a_social_channel_hears_broadcasts_unless_it_is_unsubscribed),
        TEST(a_join_that_waits_hears_no_broadcast),
        TEST(who_has_left_hears_nothing_more),
        TEST(what_is_broadcast_in_terminate_does_not_come_back),
        TEST(an_intercepted_event_comes_to_the_channel_instead),
        TEST(who_fails_or_stops_there_ends),
        TEST(without_handle_out_it_is_sent_on_as_it_is),
        TEST(a_channel_listens_by_either_way_until_it_does_not),
        TEST(news_of_a_topic_bear_its_name),
        TEST(subscriptions_end_with_their_channel),
    };
    return RUN_HOWEVER_FED("topics", tests);
}
