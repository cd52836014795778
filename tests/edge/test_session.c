/* tests/edge/test_session.c -- what a Phoenix socket answers, message for message, as recorded from
 * a Phoenix server. Quotes are written as ' in what is said and heard. */
#include "edge/heard.h"
#include "edge/rig_rooms.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, "1 2\n2 1\n"));
    rig.how = fed_how;
    connect_as(&rig, 0, "1", "2.0.0");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    assert_int_equal(rig_rooms_open, 0);
    return 0;
}

static void say(const char *text) { rig_say(&rig, 0, text); }

#define HEAR(...)    HEARS(&rig, 0, __VA_ARGS__)
#define HEAR_NOTHING HEARS_NOTHING(&rig, 0)

static void join(const char *topic)
{
    char text[9000];
    struct buf ignored = {0};
    snprintf(text, sizeof text, "['1','1','%s','phx_join',{}]", topic);
    say(text);
    heard(&rig, 0, &ignored);
    buf_fini(&ignored);
}

static void a_heartbeat_is_answered_with_its_ref_and_no_join_ref(void **state)
{
    (void)state;
    say("[null,'1','phoenix','heartbeat',{}]");
    HEAR(OK("null", "'1'", "'phoenix'"));
    say("['7','2','phoenix','heartbeat',{'x':1}]");
    HEAR(OK("null", "'2'", "'phoenix'"));
    say("[null,null,'phoenix','heartbeat',{}]");
    HEAR(OK("null", "null", "'phoenix'"));
    say("[null,5,'phoenix','heartbeat',{}]");
    HEAR(OK("null", "5", "'phoenix'"));
}

static void topic_phoenix_knows_heartbeats_and_leaves(void **state)
{
    (void)state;
    say("[null,'3','phoenix','other',{}]");
    HEAR(UNMATCHED("'3'", "'phoenix'"));
    say("[null,'4','phoenix','phx_join',{}]");
    HEAR(UNMATCHED("'4'", "'phoenix'"));
    say("[null,'6','phoenix','phx_leave',{}]");
    HEAR(OK("null", "'6'", "'phoenix'"));
}

static void an_unmatched_topic_is_an_error_without_join_ref(void **state)
{
    (void)state;
    say("['4','4','nope:1','phx_join',{}]");
    HEAR(UNMATCHED("'4'", "'nope:1'"));
    say("['9','9','room:never','echo',{}]");
    HEAR(UNMATCHED("'9'", "'room:never'"));
    say("['9','9','user','phx_join',{}]");
    HEAR(UNMATCHED("'9'", "'user'"));
    say("['9','9','','phx_join',{}]");
    HEAR(UNMATCHED("'9'", "''"));
}

static void a_topic_of_a_wrong_type_is_unmatched_and_echoed(void **state)
{
    (void)state;
    say("['1','2',5,'echo',{}]");
    HEAR(UNMATCHED("'2'", "5"));
    say("['1','2',null,'phx_join',{}]");
    HEAR(UNMATCHED("'2'", "null"));
    say("['1','2',{'a':['b']},'phx_leave',{}]");
    HEAR(OK("'1'", "'2'", "{'a':['b']}"));
}

static void an_event_of_a_wrong_type_ends_the_channel(void **state)
{
    (void)state;
    join("room:a");
    say("['1','2','room:a',7,{}]");
    HEAR(FAILED("'1'", "'room:a'"));
    say("['1','3','room:a','echo',{}]");
    HEAR(UNMATCHED("'3'", "'room:a'"));
    say("['1','4','room:a',['phx_join'],{}]");
    HEAR(UNMATCHED("'4'", "'room:a'"));
}

static void payload_and_ref_may_be_any_json(void **state)
{
    (void)state;
    join("room:a");
    say("['1',{'a':[1]},'room:a','echo',null]");
    HEAR("['1',{'a':[1]},'room:a','phx_reply',{'response':null,'status':'ok'}]");
    say("['1','2','room:a','echo','text']");
    HEAR("['1','2','room:a','phx_reply',{'response':'text','status':'ok'}]");
    say("['1',\t'3' , 'room:a','echo', [1, 2.50, 1e3, -0] ]");
    HEAR("['1','3','room:a','phx_reply',{'response':[1, 2.50, 1e3, -0],'status':'ok'}]");
}

static void more_than_five_elements_are_ignored(void **state)
{
    (void)state;
    say("[null,'1','phoenix','heartbeat',{},'more',[{}]]");
    HEAR(OK("null", "'1'", "'phoenix'"));
}

static void topics_are_compared_after_unescaping(void **state)
{
    (void)state;
    say("['1','1','room:\\u0061\\/','phx_j\\u006fin',{}]");
    HEAR(OK("'1'", "'1'", "'room:a/'"));
    say("['1','2','room:a/','echo',{}]");
    HEAR(OK("'1'", "'2'", "'room:a/'"));
    say("['1','3','room:a\\/','phx_leave',{}]");
    HEAR(OK("'1'", "'3'", "'room:a/'"), CLOSED("'1'", "'room:a/'"));
}

static void a_topic_beyond_the_bound_is_unmatched(void **state)
{
    (void)state;
    static char text[TOPIC_BYTES_MAX + 100];
    memset(text, 'x', sizeof text);
    memcpy(text, "['1','1','room:", 15);
    memcpy(text + 10 + TOPIC_BYTES_MAX, "','phx_join',{}]", 17);
    say(text);
    struct buf got = {0};
    heard(&rig, 0, &got);
    assert_memory_equal(got.ptr, "['1','1','room:", 15);
    assert_non_null(memmem(got.ptr, got.len, "'status':'ok'", 13));
    memcpy(text + 10 + TOPIC_BYTES_MAX, "x','phx_join',{}]", 18);
    say(text);
    buf_clear(&got);
    heard(&rig, 0, &got);
    assert_memory_equal(got.ptr, "[null,'1','room:", 16);
    assert_non_null(memmem(got.ptr, got.len, "unmatched topic", 15));
    buf_fini(&got);
}

static void a_socket_has_at_most_100_channels(void **state)
{
    (void)state;
    char text[128];
    struct buf ignored = {0};
    for (int i = 0; i < CHANNELS_MAX; i++) {
        snprintf(text, sizeof text, "['%d','%d','room:%d','phx_join',{}]", i, i, i);
        say(text);
    }
    heard(&rig, 0, &ignored);
    buf_fini(&ignored);
    say("['100','100','room:100','phx_join',{}]");
    HEAR(ERROR("'100'", "'100'", "'room:100'", "too many channels joined"));
    say("['x','x','room:7','phx_join',{}]"); /* in the place of one that is there */
    HEAR(OK("'x'", "'x'", "'room:7'"), CLOSED("'7'", "'room:7'"));
    say("['3','l','room:3','phx_leave',{}]");
    HEAR(OK("'3'", "'l'", "'room:3'"), CLOSED("'3'", "'room:3'"));
    say("['100','100','room:100','phx_join',{}]");
    HEAR(OK("'100'", "'100'", "'room:100'"));
}

static void v1_speaks_objects_without_join_ref(void **state)
{
    (void)state;
    connect_as(&rig, 1, "5", "1.0.0");
    rig_say(&rig, 1,
            "{'topic':'phoenix','event':'heartbeat','payload':{},'ref':'2','join_ref':'9'}");
    HEARS(&rig, 1, OK_V1("'2'", "'phoenix'"));
    rig_say(&rig, 1, "{'topic':'room:v','event':'phx_join','payload':{},'ref':'4','more':1}");
    HEARS(&rig, 1, OK_V1("'4'", "'room:v'"));
    rig_say(&rig, 1, "{'topic':'room:v','event':'push','payload':{'k':'v'},'ref':'5'}");
    HEARS(&rig, 1, "{'event':'pushed','payload':{'k':'v'},'ref':null,'topic':'room:v'}",
          OK_V1("'5'", "'room:v'"));
    rig_say(&rig, 1, "{'topic':'room:v','event':'phx_join','payload':{},'ref':'6'}");
    HEARS(&rig, 1, OK_V1("'6'", "'room:v'"), CLOSED_V1("'room:v'"));
    rig_say(&rig, 1, "{'topic':'room:v','event':'phx_leave','payload':{},'ref':'7'}");
    HEARS(&rig, 1, OK_V1("'7'", "'room:v'"), CLOSED_V1("'room:v'"));
}

static void v1_without_a_version_too(void **state)
{
    (void)state;
    assert_true(rig_open(&rig, 1, 0, false));
    rig_feed(&rig, 1,
             KITH_LIT("GET /socket/websocket?user_id=5 HTTP/1.1\r\nhost: a\r\nconnection: "
                      "upgrade\r\nupgrade: WebSocket\r\nsec-websocket-version: "
                      "13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
    HEARS(&rig, 1, "101");
    rig_say(&rig, 1, "{'topic':'phoenix','event':'heartbeat','payload':{},'ref':'1'}");
    HEARS(&rig, 1, OK_V1("'1'", "'phoenix'"));
}

static void binary(const char *bytes, size_t n) { rig_frame(&rig, 0, 0x82, slice_of(bytes, n)); }
#define BINARY(s) binary(s, sizeof(s) - 1)

static void a_binary_push_is_a_message(void **state)
{
    (void)state;
    BINARY("\0\1\1\6\4jrroom:becho\1\2");
    HEAR(UNMATCHED("'r'", "'room:b'"));
    BINARY("\0\1\1\6\10jrroom:bphx_join");
    HEAR(OK("'j'", "'r'", "'room:b'"));
    BINARY("\0\1\1\6\4jsroom:becho\1\2\xff");
    HEAR("['j','s','room:b','phx_reply',{'response':'bytes','status':'ok'}]");
    BINARY("\0\0\1\6\4troom:becho\1");
    HEAR("['j','t','room:b','phx_reply',{'response':'bytes','status':'ok'}]");
    BINARY("\0\1\0\6\11jroom:bphx_leave");
    HEAR(OK("'j'", "''", "'room:b'"), CLOSED("'j'", "'room:b'"));
}

/* Each case ends the session that speaks, and nobody else's. */
static void ends_with(const char *vsn, uint8_t first, kith_slice payload, const char *close)
{
    struct buf ignored = {0};
    rig_drop(&rig, 0);
    connect_as(&rig, 0, "1", vsn);
    rig_frame(&rig, 0, first, payload);
    HEAR(close, "end");
    rig_frame(&rig, 0, 0x81, KITH_LIT("[null,\"1\",\"phoenix\",\"heartbeat\",{}]"));
    HEAR("end");
    buf_fini(&ignored);
}

static void what_is_no_message_closes_with_1011(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "nope",
        "{}",
        "5",
        "null",
        "[]",
        "[null,\"1\",\"phoenix\",\"heartbeat\"]",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{}] x",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{}",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{\"a\":\"\\ud800\"}]",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{\"a\":1e400}]",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{\"a\":01}]",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{\"a\":\"\t\"}]",
        "[null,\"1\",\"phoenix\",\"heartbeat\",{}][]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ends_with("2.0.0", 0x81, slice_str(texts[i]), "close 1011");
    static const char *const v1[] = {
        "[null,\"1\",\"phoenix\",\"heartbeat\",{}]",
        "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{}}",
        "{\"topic\":\"phoenix\",\"event\":\"heartbeat\",\"payload\":{},\"ref\":1,\"ref\":2}"};
    for (size_t i = 0; i < sizeof v1 / sizeof v1[0]; i++)
        ends_with("1.0.0", 0x81, slice_str(v1[i]), "close 1011");
    ends_with("1.0.0", 0x82, KITH_LIT("\0\1\1\6\4jrroom:becho"), "close 1011");
    ends_with("2.0.0", 0x82, KITH_LIT("\1\1\1\6\4jrroom:becho"), "close 1011");
    ends_with("2.0.0", 0x82, KITH_LIT("\0\1\1"), "close 1011");
    ends_with("2.0.0", 0x82, KITH_LIT(""), "close 1011");
    ends_with("2.0.0", 0x82, KITH_LIT("\0\377\377\377\377AB"), "close 1011");
}

static void broken_frames_close_with_the_code_of_the_rfc(void **state)
{
    (void)state;
    ends_with("2.0.0", 0x81, KITH_LIT("[\"\xff\"]"), "close 1007");
    ends_with("2.0.0", 0xc1, KITH_LIT("[]"), "close 1002");
    ends_with("2.0.0", 0x83, KITH_LIT("[]"), "close 1002");
    ends_with("2.0.0", 0x09, KITH_LIT("hi"), "close 1002");
    ends_with("2.0.0", 0x80, KITH_LIT("[]"), "close 1002");
    ends_with("2.0.0", 0x88, KITH_LIT("x"), "close 1002");
    ends_with("2.0.0", 0x88, KITH_LIT("\3\355"), "close 1002"); /* 1005 */
}

static void a_close_is_answered_with_its_code(void **state)
{
    (void)state;
    ends_with("2.0.0", 0x88, KITH_LIT(""), "close");
    ends_with("2.0.0", 0x88, KITH_LIT("\3\350bye"), "close 1000");
    ends_with("2.0.0", 0x88, KITH_LIT("\17\241"), "close 4001");
}

static void a_ping_is_answered_and_a_pong_is_not(void **state)
{
    (void)state;
    rig_frame(&rig, 0, 0x89, KITH_LIT("hi"));
    HEAR("pong hi");
    rig_frame(&rig, 0, 0x89, KITH_LIT(""));
    HEAR("pong");
    rig_frame(&rig, 0, 0x8a, KITH_LIT("unasked"));
    HEAR_NOTHING;
    rig_frame(&rig, 0, 0x01, KITH_LIT("[null,\"1\",\"phoenix\""));
    rig_frame(&rig, 0, 0x89, KITH_LIT("between"));
    rig_frame(&rig, 0, 0x80, KITH_LIT(",\"heartbeat\",{}]"));
    HEAR("pong between", OK("null", "'1'", "'phoenix'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_heartbeat_is_answered_with_its_ref_and_no_join_ref),
        TEST(topic_phoenix_knows_heartbeats_and_leaves),
        TEST(an_unmatched_topic_is_an_error_without_join_ref),
        TEST(a_topic_of_a_wrong_type_is_unmatched_and_echoed),
        TEST(an_event_of_a_wrong_type_ends_the_channel),
        TEST(payload_and_ref_may_be_any_json),
        TEST(more_than_five_elements_are_ignored),
        TEST(topics_are_compared_after_unescaping),
        TEST(a_topic_beyond_the_bound_is_unmatched),
        TEST(a_socket_has_at_most_100_channels),
        TEST(v1_speaks_objects_without_join_ref),
        TEST(v1_without_a_version_too),
        TEST(a_binary_push_is_a_message),
        TEST(what_is_no_message_closes_with_1011),
        TEST(broken_frames_close_with_the_code_of_the_rfc),
        TEST(a_close_is_answered_with_its_code),
        TEST(a_ping_is_answered_and_a_pong_is_not),
    };
    return RUN_HOWEVER_FED("session", tests);
}
