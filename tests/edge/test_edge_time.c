/* tests/edge/test_edge_time.c -- what a connection's time is up for, to the millisecond, and what
 * ends it from the server's side. */
#include "edge/heard.h"
#include "shard/bars.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, "2 1\n"));
    rig.how = fed_how;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

#define HEAR(...)    HEARS(&rig, 0, __VA_ARGS__)
#define HEAR_NOTHING HEARS_NOTHING(&rig, 0)

static void a_silent_connection_has_ten_seconds(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 0, 0, false));
    rig_wait(&rig, HANDSHAKE_MS - 1);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("end");
}

static void a_head_that_trickles_has_no_more(void **state)
{
    (void)state;
    static const char head[] = "GET /nowhere HTTP/1.1\r\nhost: a\r\nx-slow: ";
    assert_true(rig_open(&rig, 0, 0, false));
    for (size_t i = 0; i < 9; i++) {
        rig_feed(&rig, 0, slice_of(head + i, 1));
        rig_wait(&rig, 1000);
    }
    rig_wait(&rig, 999);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("end");
}

static void each_request_of_a_connection_has_its_ten_seconds(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 0, 0, false));
    for (int i = 0; i < 3; i++) {
        rig_wait(&rig, HANDSHAKE_MS - 1);
        rig_feed(&rig, 0, KITH_LIT("GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n"));
        HEAR("404 not found");
    }
    rig_wait(&rig, HANDSHAKE_MS);
    HEAR("end");
}

static void a_body_that_trickles_has_ten_seconds_too(void **state)
{
    (void)state;
    static const char body[] = "{\"user\":\"1\"}";
    rig.options.demo = true;
    assert_true(rig_open(&rig, 0, 0, false));
    rig_wait(&rig, 5000);
    rig_feed(&rig, 0,
             KITH_LIT("POST /demo/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                      "application/json\r\ncontent-length: 12\r\n\r\n"));
    for (size_t i = 0; i < 9; i++) {
        rig_feed(&rig, 0, slice_of(&body[i], 1));
        rig_wait(&rig, 1000);
    }
    rig_wait(&rig, 999);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("end");
}

static void a_quiet_socket_is_pinged_at_30_s_and_cut_at_60(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_wait(&rig, PING_MS - 1);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("ping");
    rig_wait(&rig, IDLE_MS - PING_MS - 1);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("close 1002", "end");
}

static void its_presence_lingers(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','friends','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'friends'"), "['1',null,'friends','presence_state',{}]");
    rig_wait(&rig, PING_MS);
    rig_wait(&rig, IDLE_MS - PING_MS);
    HEAR("ping", "close 1002", "end");
    rig_wait(&rig, GRACE_MS - 1);
    assert_int_equal(presence_count(rig.worlds[0]->presence), 1);
    rig_wait(&rig, 1);
    assert_int_equal(presence_count(rig.worlds[0]->presence), 0);
}

static void any_byte_keeps_a_socket_alive(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_wait(&rig, PING_MS);
    HEAR("ping");
    rig_frame(&rig, 0, 0x8a, KITH_LIT(""));
    rig_wait(&rig, PING_MS - 1);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("ping");
    rig_wait(&rig, 29000);
    rig_feed(&rig, 0, KITH_LIT("\x81")); /* the first byte of a frame */
    rig_wait(&rig, PING_MS);
    HEAR("ping");
    rig_wait(&rig, PING_MS);
    HEAR("close 1002", "end");
}

static void after_a_pause_of_the_server_a_client_is_asked_before_it_is_judged(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig.now.mono_ms += 10 * IDLE_MS; /* in which nobody looked */
    rig_wait(&rig, 0);
    HEAR("ping");
    rig_wait(&rig, IDLE_MS - PING_MS - 1);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("close 1002", "end");
}

static void a_message_that_trickles_has_its_time_however_alive_its_sender_is(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_wait(&rig, 5000);
    rig_feed(&rig, 0, KITH_LIT("\x01\x82\0\0\0\0ab")); /* the first fragment of a text */
    for (int i = 1; i < MESSAGE_MS / 20000; i++) {
        rig_wait(&rig, 20000);
        rig_frame(&rig, 0, 0x8a, KITH_LIT("")); /* a pong is no part of it */
    }
    rig_wait(&rig, 19999);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("close 1008", "end");
}

static void a_message_that_is_whole_in_time_leaves_the_next_its_own(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    for (int i = 0; i < 4; i++) {
        rig_feed(&rig, 0, KITH_LIT("\x8a")); /* half a pong, and then the rest of it */
        rig_wait(&rig, 29000);
        rig_feed(&rig, 0, KITH_LIT("\x80\0\0\0\0"));
        rig_say(&rig, 0, "[null,'1','phoenix','heartbeat',{}]");
        HEAR(OK("null", "'1'", "'phoenix'"));
        rig_wait(&rig, 29000);
    }
}

static void what_the_server_sends_does_not(void **state)
{
    (void)state;
    connect_as(&rig, 0, "2", "2.0.0");
    connect_as(&rig, 1, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','friends','phx_join',{}]");
    rig_say(&rig, 1, "['1','1','friends','phx_join',{}]");
    struct buf got = {0};
    for (int i = 0; i < 6; i++) {
        rig_wait(&rig, 10000);
        heard(&rig, 0, &got);
        rig_say(&rig, 1, "['1','2','friends','status',{'status':'here'}]");
    }
    assert_non_null(memmem(got.ptr, got.len, "presence_diff", 13));
    assert_non_null(memmem(got.ptr, got.len, "close 1002", 10));
    buf_fini(&got);
}

static void a_ping_later_than_the_end_is_none(void **state)
{
    (void)state;
    rig.options.ping_ms = 90000;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_wait(&rig, IDLE_MS);
    HEAR("close 1002", "end");
}

static void connect_with_token(uint32_t ttl_s)
{
    struct buf head = {0};
    rig_want_tokens(&rig);
    buf_puts(&head, "GET /socket/websocket?vsn=2.0.0&token=");
    rig_token(&rig, "1", ttl_s, &head);
    buf_puts(&head,
             " HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
             "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    assert_true(rig_open(&rig, 0, 0, false));
    rig_feed(&rig, 0, buf_slice(&head));
    buf_fini(&head);
    HEAR("101");
}

static void a_token_that_ends_closes_with_4001_and_presence_lingers(void **state)
{
    (void)state;
    connect_with_token(7);
    rig_say(&rig, 0, "['1','1','friends','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'friends'"), "['1',null,'friends','presence_state',{}]");
    rig_wait(&rig, 6999);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR("close 4001", "end");
    assert_int_equal(presence_count(rig.worlds[0]->presence), 1);
    rig_wait(&rig, GRACE_MS);
    assert_int_equal(presence_count(rig.worlds[0]->presence), 0);
}

/* The bar was read from the store, and no word of a disconnect has come. */
static void who_was_barred_elsewhere_is_sent_away_when_it_is_looked_at(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','friends','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'friends'"), "['1',null,'friends','presence_state',{}]");
    assert_int_equal(bars_set(rig.worlds[0], KITH_LIT("1"), rig.now.unix_ms / 1000 + 3600),
                     KITH_OK);
    rig_wait(&rig, PING_MS);
    HEAR("close 1000", "end");
    assert_int_equal(presence_count(rig.worlds[0]->presence), 0);
}

/* Tokens are judged by the wall clock, all else by the other. */
static void a_wall_clock_that_jumps_ends_tokens_and_nothing_else(void **state)
{
    (void)state;
    connect_with_token(7200);
    rig.options.auth_none = true;
    connect_as(&rig, 1, "2", "2.0.0");
    HEARS_NOTHING(&rig, 0);
    rig.now.unix_ms -= 7200 * 1000;
    rig_wait(&rig, PING_MS - 1);
    HEAR_NOTHING;
    rig.now.unix_ms += 3 * 7200 * 1000;
    rig_wait(&rig, 1);
    HEAR("close 4001", "end");
}

static void a_restart_closes_sockets_with_1012_and_the_rest_without_words(void **state)
{
    (void)state;
    rig.options.demo = true;
    connect_as(&rig, 0, "1", "2.0.0");
    assert_true(rig_open(&rig, 1, 0, false));
    assert_true(rig_open(&rig, 2, 0, false));
    rig_feed(&rig, 2,
             KITH_LIT("POST /demo/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                      "application/json\r\ncontent-length: 12\r\n\r\n{"));
    for (unsigned i = 0; i < 3; i++) {
        edge_shutdown(&rig.clients[i].edge, RESTART_GRACE_MS);
        edge_shutdown(&rig.clients[i].edge, RESTART_GRACE_MS); /* once is enough */
    }
    rig_turn(&rig);
    HEARS(&rig, 0, "close 1012", "end");
    HEARS(&rig, 1, "end");
    HEARS(&rig, 2, "end");
    rig_say(&rig, 0, "[null,'1','phoenix','heartbeat',{}]");
    HEARS(&rig, 0, "end");
}

static void who_is_sent_away_by_a_restart_stays_for_its_grace(void **state)
{
    (void)state;
    connect_as(&rig, 0, "1", "2.0.0");
    connect_as(&rig, 1, "2", "2.0.0");
    rig_say(&rig, 0, "['1','1','friends','phx_join',{}]");
    rig_say(&rig, 1, "['1','1','friends','phx_join',{}]");
    struct buf ignored = {0};
    heard(&rig, 1, &ignored);
    buf_fini(&ignored);
    edge_shutdown(&rig.clients[0].edge, RESTART_GRACE_MS);
    rig_turn(&rig);
    rig_drop(&rig, 0); /* that the socket goes too changes nothing */
    for (uint32_t waited = 0; waited < RESTART_GRACE_MS; waited += 5000) {
        rig_frame(&rig, 1, 0x8a, KITH_LIT(""));
        HEARS_NOTHING(&rig, 1);
        rig_wait(&rig, 5000);
    }
    HEARS(&rig, 1,
          "[null,null,'friends','presence_diff',{'joins':{},'leaves':{'1':{'metas':[{'online_at':"
          "'1795487065','status':'online','phx_ref':'*'}]}}}]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_silent_connection_has_ten_seconds),
        TEST(a_head_that_trickles_has_no_more),
        TEST(each_request_of_a_connection_has_its_ten_seconds),
        TEST(a_body_that_trickles_has_ten_seconds_too),
        TEST(a_quiet_socket_is_pinged_at_30_s_and_cut_at_60),
        TEST(its_presence_lingers),
        TEST(any_byte_keeps_a_socket_alive),
        TEST(after_a_pause_of_the_server_a_client_is_asked_before_it_is_judged),
        TEST(a_message_that_trickles_has_its_time_however_alive_its_sender_is),
        TEST(a_message_that_is_whole_in_time_leaves_the_next_its_own),
        TEST(what_the_server_sends_does_not),
        TEST(a_ping_later_than_the_end_is_none),
        TEST(a_token_that_ends_closes_with_4001_and_presence_lingers),
        TEST(who_was_barred_elsewhere_is_sent_away_when_it_is_looked_at),
        TEST(a_wall_clock_that_jumps_ends_tokens_and_nothing_else),
        TEST(a_restart_closes_sockets_with_1012_and_the_rest_without_words),
        TEST(who_is_sent_away_by_a_restart_stays_for_its_grace),
    };
    return RUN_HOWEVER_FED("edge_time", tests);
}
