/* tests/edge/test_endings.c -- a channel ends once, however it ends; and what runs out of memory
 * ends no worse. */
#include "edge/hall.h"
#include "failures.h"
#include "shard/broadcast.h"

#include <stdlib.h>

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    hall_init(&rig, 2, "1 2\n2 1\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hall_fini(&rig);
    return 0;
}

static void say(const char *text) { rig_say(&rig, 0, text); }

static kith_err fail_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)c, (void)event, (void)payload;
    return KITH_REFUSED;
}

static kith_err stop_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)event, (void)payload;
    channel_stop(c);
    return KITH_OK;
}

static kith_err fail_info(struct kith_channel *c, const struct kith_message *m)
{
    (void)c, (void)m;
    return KITH_REFUSED;
}

static kith_err stop_info(struct kith_channel *c, const struct kith_message *m)
{
    (void)m;
    channel_stop(c);
    return KITH_OK;
}

static void leave(void) { say("['1','2','hall:a','phx_leave',{}]"); }
static void join_again(void)
{
    say("['2','2','hall:a','phx_join',{}]");
    DID("join hall:a", "terminate hall:a");
    say("['2','3','hall:a','phx_leave',{}]");
}
static void be_refused_again(void)
{
    hall.join = join_later;
    say("['2','2','hall:a','phx_join',{}]");
    DID("join hall:a", "terminate hall:a");
    reply_now(&rig, false, KITH_EMPTY);
}
static void fail_at_it(void) { hall.handle_in = fail_in, say("['1','2','hall:a','x',{}]"); }
static void stop(void) { hall.handle_in = stop_in, say("['1','2','hall:a','x',{}]"); }
static void fail_by_news(void)
{
    hall.handle_info = fail_info;
    send_info(&rig, hall.id, "x", KITH_EMPTY);
}
static void stop_by_news(void)
{
    hall.handle_info = stop_info;
    send_info(&rig, hall.id, "x", KITH_EMPTY);
}
static void vanish(void) { rig_drop(&rig, 0); }
static void close_well(void) { rig_frame(&rig, 0, 0x88, KITH_LIT("\3\350")); }
static void close_badly(void) { rig_frame(&rig, 0, 0x83, KITH_LIT("")); }
static void talk_nonsense(void) { say("{]"); }
static void fall_silent(void) { rig_wait(&rig, PING_MS + IDLE_MS); }
static void shut_down(void)
{
    edge_shutdown(&rig.clients[0].edge, GRACE_MS);
    rig_turn(&rig);
}
static void run_out_of_memory(void)
{
    clients_push(rig.worlds[0]->clients, rig.clients[0].edge.slot, NULL);
    rig_turn(&rig);
}

static void (*const ways[])(void) = {
    leave,         join_again,   be_refused_again, fail_at_it,        stop,
    fail_by_news,  stop_by_news, vanish,           close_well,        close_badly,
    talk_nonsense, fall_silent,  shut_down,        run_out_of_memory,
};

static size_t terminations(void)
{
    size_t n = 0;
    kith_slice rest = buf_slice(&hall.did), line;
    while (rest.len) {
        rest = slice_cut(rest, '\n', &line);
        n += slice_starts(line, KITH_LIT("terminate "));
    }
    return n;
}

static void forget_callbacks(void)
{
    hall.join = NULL;
    hall.handle_in = NULL;
    hall.handle_info = NULL;
    buf_clear(&hall.did);
}

static void however_it_ends_it_is_told_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        connect_as(&rig, 0, "1", "2.0.0");
        say("['1','1','hall:a','phx_join',{}]");
        DID("join hall:a");
        ways[i]();
        assert_int_equal(terminations(), 1);
        assert_int_equal(hall.open, 0);
        rig_drop(&rig, 0);
        rig_wait(&rig, JOIN_WAIT_MS);
        assert_int_equal(terminations(), 1);
        forget_callbacks();
    }
}

static kith_err join_friends(struct kith_channel *c, kith_payload payload)
{
    return channel_social_join(c, KITH_SOCIAL_FRIENDS, payload);
}

static void store_answers(void) { rig_answer(&rig), rig_turn(&rig); }
static void store_fails(void)
{
    rig.store_fails = true;
    store_answers();
}
static void nobody_answers(void) { rig_wait(&rig, JOIN_WAIT_MS); }
static void leave_friends(void) { say("['1','2','friends','phx_leave',{}]"); }
static void join_friends_again(void)
{
    say("['2','2','friends','phx_join',{}]");
    DID("join friends", "terminate friends");
    say("['2','3','friends','phx_leave',{}]");
}
static void be_answered_and_leave(void)
{
    store_answers();
    leave_friends();
}

static void a_social_join_that_waits_ends_once_too(void **state)
{
    (void)state;
    static void (*const social_ways[])(void) = {
        store_fails, nobody_answers, leave_friends, join_friends_again, be_answered_and_leave,
        vanish,      close_well,     talk_nonsense, shut_down,          run_out_of_memory,
    };
    rig.store_waits = true;
    for (size_t i = 0; i < sizeof social_ways / sizeof social_ways[0]; i++) {
        hall.join = join_friends;
        connect_as(&rig, 0, "1", "2.0.0");
        say("['1','1','friends','phx_join',{}]");
        DID("join friends");
        social_ways[i]();
        assert_int_equal(terminations(), 1);
        assert_int_equal(hall.open, 0);
        rig_drop(&rig, 0);
        while (rig_answer(&rig))
            rig_turn(&rig);
        rig.store_fails = false;
        rig_wait(&rig, JOIN_WAIT_MS + GRACE_MS);
        assert_int_equal(terminations(), 1);
        forget_callbacks();
    }
}

static void numbers_of_channels_go_round_without_naming_none(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig.worlds[0]->serial = UINT32_MAX - 1;
    for (int i = 0; i < 3; i++) {
        say("['1','1','hall:a','phx_join',{}]");
        assert_int_not_equal(hall.id.channel, 0);
        buf_clear(&hall.did);
        send_info(&rig, hall.id, "x", KITH_EMPTY);
        DID("info hall:a x");
        broadcast(rig.worlds[1], &(struct broadcast){.topic = KITH_LIT("hall:a"),
                                                     .event = KITH_LIT("x"),
                                                     .payload = KITH_LIT("{}")});
        rig_turn(&rig);
        say("['1','2','hall:a','phx_leave',{}]");
        HEARS(&rig, 0, OK("'1'", "'1'", "'hall:a'"), "[null,null,'hall:a','x',{}]",
              OK("'1'", "'2'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    }
}

/* Memory */

static kith_err day_join(struct kith_channel *c, kith_payload payload)
{
    if (slice_starts(channel_topic(c), KITH_LIT("quiet"))) {
        if (hall.reply) return KITH_BAD;
        return join_later(c, payload);
    }
    if (slice_is(channel_topic(c), "friends")) return join_friends(c, payload);
    struct mail *m = channel_info_mail(channel_self(c), KITH_LIT("hello"), KITH_EMPTY);
    if (!m) return KITH_NOMEM;
    shard_receive(session_world(c->session), m);
    return KITH_OK;
}

static kith_err day_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (slice_is(event, "listen")) {
        kith_err e = channel_subscribe(c, KITH_LIT("news"), KITH_FASTLANE);
        return e ? e : channel_subscribe(c, KITH_LIT("news"), KITH_TO_CHANNEL);
    }
    if (slice_is(event, "stop")) channel_stop(c);
    if (slice_is(event, "refuse")) return channel_refuse(c, "no");
    if (slice_is(event, "later") && !hall.reply) return answer_later(c, event, payload);
    if (slice_is(event, "cast")) return channel_broadcast(c, false, KITH_LIT("secret"), payload);
    return channel_reply(c, true, payload);
}

static kith_err day_info(struct kith_channel *c, const struct kith_message *m)
{
    return channel_push(c, m->event, m->payload);
}

static void try_reply(bool ok)
{
    if (!hall.reply) return;
    unsigned shard = hall.reply->to.shard;
    struct mail *m = channel_answer_mail(hall.reply, ok, KITH_JSON("[1]"));
    free(hall.reply);
    hall.reply = NULL;
    if (m) shard_receive(rig.worlds[shard], m);
    rig_turn(&rig);
}

static void try_connect(unsigned client, const char *vsn)
{
    char head[256];
    int n = snprintf(head, sizeof head,
                     "GET /socket/websocket?vsn=%s&user_id=%u HTTP/1.1\r\nhost: a\r\n"
                     "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                     "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     vsn, client + 1);
    if (rig_open(&rig, client, client % 2, false))
        rig_feed(&rig, client, slice_of(head, (size_t)n));
}

static void a_day_in_the_hall(void)
{
    static const char *const texts[] = {
        "['1','1','hall:a','phx_join',{}]",   "['1','2','hall:a','listen',{}]",
        "['1','1','gate:a','phx_join',{}]",   "['1','3','gate:a','cast',[1]]",
        "['1','1','quiet:a','phx_join',{}]",  "['2','2','hall:a','phx_join',{}]",
        "['2','3','hall:a','listen',{}]",     "['2','4','hall:a','later',{}]",
        "['2','5','hall:a','refuse',{}]",     "['3','3','quiet:a','phx_join',{}]",
        "['1','1','friends','phx_join',{}]",  "['1','2','friends','stop',{}]",
        "['3','4','quiet:a','phx_leave',{}]", "['2','6','hall:a','stop',{}]",
        "['1','1','quiet:b','phx_join',{}]",  "['1','4','gate:a','later',{}]",
    };
    try_connect(0, "2.0.0");
    try_connect(1, "2.0.0");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        unsigned client = i % 4 == 3;
        if (rig.clients[0].open) rig_say(&rig, 0, texts[i]);
        if (rig.clients[1].open && client == 0) rig_say(&rig, 1, texts[i]);
        if (i % 3 == 2) try_reply(i % 2);
        broadcast(rig.worlds[i % 2], &(struct broadcast){.topic = KITH_LIT("news"),
                                                         .event = KITH_LIT("x"),
                                                         .payload = KITH_LIT("{}")});
        rig_turn(&rig);
    }
    rig_wait(&rig, JOIN_WAIT_MS);
}

static size_t day_with_failures(size_t skip, size_t times)
{
    hall_init(&rig, 2, "1 2\n2 1\n");
    buf_reserve(&hall.did, 1 << 16); /* the record itself is not to fail */
    hall.join = day_join;
    hall.handle_in = day_in;
    hall.handle_info = day_info;
    alloc_fail(skip, times);
    a_day_in_the_hall();
    size_t asked = alloc_heal();
    forget_callbacks();
    for (unsigned i = 0; i < 2; i++)
        rig_drop(&rig, i);
    rig_wait(&rig, GRACE_MS + JOIN_WAIT_MS);
    assert_int_equal(hall.open, 0);
    buf_clear(&hall.did);
    for (unsigned i = 0; i < 2; i++)
        rig.clients[i].out_at = rig.clients[i].out_len = 0;
    connect_as(&rig, 2, "7", "2.0.0"); /* and all is well for who comes then */
    rig_say(&rig, 2, "['1','1','hall:z','phx_join',{}]");
    HEARS(&rig, 2, OK("'1'", "'1'", "'hall:z'"));
    send_info(&rig, hall.id, "x", KITH_EMPTY);
    DID("join hall:z", "info hall:z x");
    hall_fini(&rig);
    return asked;
}

static void any_single_allocation_may_fail(void **state)
{
    (void)state;
    size_t asked = day_with_failures(SIZE_MAX, 0);
    assert_true(asked > 100);
    assert_int_equal(day_with_failures(SIZE_MAX, 0), asked);
    for (size_t nth = 0; nth < asked; nth++)
        day_with_failures(nth, 1);
}

static void from_any_moment_on_all_may_fail(void **state)
{
    (void)state;
    size_t asked = day_with_failures(SIZE_MAX, 0);
    for (size_t nth = 0; nth < asked; nth++)
        day_with_failures(nth, nth % 2 ? SIZE_MAX / 2 : 2 + nth % 17);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(however_it_ends_it_is_told_once),
        TEST(a_social_join_that_waits_ends_once_too),
        TEST(numbers_of_channels_go_round_without_naming_none),
        cmocka_unit_test(any_single_allocation_may_fail),
        cmocka_unit_test(from_any_moment_on_all_may_fail),
    };
    return cmocka_run_group_tests_name("endings", tests, NULL, NULL);
}
