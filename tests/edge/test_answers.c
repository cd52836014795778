/* tests/edge/test_answers.c -- how a channel answers its client at once, well or not. */
#include "edge/hall.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    hall_init(&rig, 1, "");
    connect_as(&rig, 0, "1", "2.0.0");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hall_fini(&rig);
    return 0;
}

static void say(const char *text) { rig_say(&rig, 0, text); }

#define HEAR(...)    HEARS(&rig, 0, __VA_ARGS__)
#define HEAR_NOTHING HEARS_NOTHING(&rig, 0)

static void join(void) { say("['1','1','hall:a','phx_join',{}]"); }

static kith_err reply_how(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    static const uint8_t latin[] = {'"', 0xe9, '"'};
    if (slice_is(event, "ok")) return channel_reply(c, true, KITH_JSON("[1.0, 2e3]"));
    if (slice_is(event, "error")) return channel_reply(c, false, KITH_JSON("null"));
    if (slice_is(event, "binary")) return channel_reply(c, true, kith_binary(KITH_LIT("\0\1\xff")));
    if (slice_is(event, "none")) return KITH_OK;
    if (slice_is(event, "twice")) {
        assert_int_equal(channel_reply(c, true, KITH_JSON("1")), KITH_OK);
        assert_int_equal(channel_reply(c, false, KITH_JSON("2")), KITH_EXISTS);
        assert_int_equal(channel_refuse(c, "no"), KITH_EXISTS);
        assert_null(channel_reply_later(c));
        assert_int_equal(channel_social_status(c, payload), KITH_EXISTS);
        return KITH_OK;
    }
    static const char *const wrong[] = {"{", "{}{}", "nul", "'a'", "{\"a\":1,}", "\"\x01\"", " "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(channel_reply(c, true, kith_json(slice_str(wrong[i]))), KITH_BAD);
    assert_int_equal(channel_reply(c, true, kith_json(slice_of(latin, sizeof latin))), KITH_BAD);
    assert_int_equal(channel_refuse(c, "caf\xe9"), KITH_BAD);
    return channel_refuse(c, "wrong");
}

static void a_message_is_answered_once_and_with_json_alone(void **state)
{
    (void)state;
    hall.handle_in = reply_how;
    join();
    HEAR(JOINED);
    say("['1','2','hall:a','ok',{}]");
    HEAR(REPLY("'1'", "'2'", "[1.0, 2e3]", "ok"));
    say("['1','3','hall:a','error',{}]");
    HEAR(REPLY("'1'", "'3'", "null", "error"));
    say("['1','4','hall:a','none',{}]");
    HEAR_NOTHING;
    say("['1','5','hall:a','twice',{}]");
    HEAR(REPLY("'1'", "'5'", "1", "ok"));
    say("['1','6','hall:a','wrong',{}]");
    HEAR(ERROR("'1'", "'6'", "'hall:a'", "wrong"));
    say("['1','7','hall:a','binary',{}]");
    HEAR("binary 01010106023137"
         "68616c6c3a61"
         "6f6b"
         "0001ff");
}

static kith_err reply_bytes(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)event, (void)payload;
    kith_payload bytes = kith_binary(KITH_LIT("b"));
    assert_int_equal(channel_reply(c, true, bytes), KITH_BAD);
    assert_int_equal(channel_push(c, KITH_LIT("e"), bytes), KITH_BAD);
    return channel_reply(c, true, KITH_EMPTY);
}

static void a_client_of_v1_gets_no_bytes(void **state)
{
    (void)state;
    connect_as(&rig, 1, "2", "1.0.0");
    hall.handle_in = reply_bytes;
    rig_say(&rig, 1, "{'topic':'hall:a','event':'phx_join','payload':{},'ref':'1'}");
    HEARS(&rig, 1, OK_V1("'1'", "'hall:a'"));
    rig_say(&rig, 1, "{'topic':'hall:a','event':'x','payload':{},'ref':'2'}");
    HEARS(&rig, 1, OK_V1("'2'", "'hall:a'"));
}

static kith_err elsewhere(struct kith_channel *c, const struct kith_message *m)
{
    assert_int_equal(channel_reply(c, true, m->payload), KITH_NONE);
    assert_int_equal(channel_refuse(c, "no"), KITH_NONE);
    assert_null(channel_reply_later(c));
    assert_int_equal(channel_social_join(c, KITH_SOCIAL_FRIENDS, m->payload), KITH_NONE);
    assert_int_equal(channel_social_status(c, m->payload), KITH_NONE);
    assert_int_equal(channel_token(c, m->payload), KITH_NONE);
    return KITH_OK;
}

static void nothing_is_answered_where_nothing_was_asked(void **state)
{
    (void)state;
    hall.handle_info = elsewhere;
    join();
    HEAR(JOINED);
    send_info(&rig, hall.id, "x", KITH_EMPTY);
    HEAR_NOTHING;
    DID("join hall:a", "info hall:a x");
}

/* A join: what it said, and what it returned */

static kith_err join_say_ok, join_returns;
static int join_says; /* 0: nothing, 1: ok, 2: error */

static kith_err join_how(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    if (join_says == 1) join_say_ok = channel_reply(c, true, KITH_JSON("\"said\""));
    if (join_says == 2) join_say_ok = channel_reply(c, false, KITH_JSON("\"said\""));
    return join_returns;
}

static void a_joins_answer_is_what_it_said_if_that_is_what_it_returned(void **state)
{
    (void)state;
    static const struct {
        int says;
        kith_err returns;
        const char *hears;
        bool joined;
    } cases[] = {
        {0, KITH_OK, JOINED, true},
        {1, KITH_OK, REPLY("'1'", "'1'", "'said'", "ok"), true},
        {2, KITH_OK, REPLY("'1'", "'1'", "'said'", "error"), false},
        {0, KITH_REFUSED, CRASHED, false},
        {1, KITH_REFUSED, CRASHED, false},
        {2, KITH_REFUSED, REPLY("'1'", "'1'", "'said'", "error"), false},
        {0, KITH_BAD, CRASHED, false},
        {2, KITH_IO, REPLY("'1'", "'1'", "'said'", "error"), false},
        {0, KITH_NOMEM, ERROR("'1'", "'1'", "'hall:a'", "server busy, try again"), false},
        {0, KITH_LATER, CRASHED, false},
        {1, KITH_LATER, CRASHED, false},
        {2, KITH_LATER, REPLY("'1'", "'1'", "'said'", "error"), false},
        {0, (kith_err)99, CRASHED, false},
    };
    hall.join = join_how;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        join_says = cases[i].says;
        join_returns = cases[i].returns;
        join();
        HEAR(cases[i].hears);
        assert_int_equal(hall.open, cases[i].joined);
        say("['1','2','hall:a','echo',1]");
        if (cases[i].joined)
            HEAR(REPLY("'1'", "'2'", "1", "ok"));
        else
            HEAR(UNMATCHED("'2'", "'hall:a'"));
        say("['1','3','hall:a','phx_leave',{}]");
        HEAR(OK("'1'", "'3'", "'hall:a'"), cases[i].joined ? CLOSED("'1'", "'hall:a'") : NULL);
        assert_int_equal(hall.open, 0);
    }
}

static kith_err join_mistaken(struct kith_channel *c, kith_payload payload)
{
    assert_int_equal(channel_push(c, KITH_LIT("e"), payload), KITH_NONE);
    assert_int_equal(channel_broadcast(c, false, KITH_LIT("e"), payload), KITH_NONE);
    assert_int_equal(channel_broadcast(c, true, KITH_LIT("e"), payload), KITH_NONE);
    assert_int_equal(channel_subscribe(c, KITH_LIT("t"), KITH_FASTLANE), KITH_NONE);
    assert_int_equal(channel_social_status(c, payload), KITH_NONE);
    assert_int_equal(channel_token(c, payload), KITH_NONE);
    assert_int_equal(channel_social_join(c, (enum kith_social_form)7, payload), KITH_BAD);
    assert_int_equal(channel_social_join(c, KITH_SOCIAL_FRIENDS, payload), KITH_BAD);
    channel_unsubscribe(c, KITH_LIT("t"));
    channel_stop(c);
    return KITH_OK;
}

static void before_a_join_is_answered_nothing_is_sent(void **state)
{
    (void)state;
    hall.join = join_mistaken;
    join();
    HEAR(JOINED);
    say("['1','2','hall:a','echo',1]");
    HEAR(REPLY("'1'", "'2'", "1", "ok"));
    say("['1','3','hall:a','echo',2]");
    HEAR(REPLY("'1'", "'3'", "2", "ok"));
}

static kith_err join_then_fail(struct kith_channel *c, kith_payload payload)
{
    kith_err e = channel_social_join(c, KITH_SOCIAL_USER, payload);
    assert_int_equal(e, KITH_LATER);
    assert_int_equal(channel_social_join(c, KITH_SOCIAL_USER, payload), KITH_EXISTS);
    assert_null(channel_reply_later(c));
    return join_returns;
}

static void a_social_join_that_fails_after_all_leaves_nothing(void **state)
{
    (void)state;
    hall.join = join_then_fail;
    for (int again = 0; again < 2; again++) { /* at first alone, then in place of a joined one */
        join_returns = KITH_BAD;
        say("['1','1','user:1','phx_join',{}]");
        HEAR(ERROR("'1'", "'1'", "'user:1'", "join crashed"),
             again ? CLOSED("'0'", "'user:1'") : NULL);
        assert_int_equal(presence_count(rig.worlds[0]->presence), 0);
        assert_int_equal(hall.open, 0);
        join_returns = KITH_OK; /* as good as KITH_LATER: it is answered once, by itself */
        say("['0','0','user:1','phx_join',{}]");
        HEAR(OK("'0'", "'0'", "'user:1'"), "['0',null,'user:1','presence_state',{}]");
        assert_int_equal(presence_count(rig.worlds[0]->presence), 1);
    }
}

static kith_err join_empty(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return channel_social_join(c, KITH_SOCIAL_USER, KITH_EMPTY);
}

static kith_err status_empty(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)event, (void)payload;
    return channel_social_status(c, KITH_EMPTY);
}

static void no_payload_is_an_empty_one(void **state)
{
    (void)state;
    hall.join = join_empty;
    hall.handle_in = status_empty;
    say("['1','1','user:1','phx_join',[]]");
    HEAR(OK("'1'", "'1'", "'user:1'"), "['1',null,'user:1','presence_state',{}]");
    say("['1','2','user:1','status',[]]");
    HEAR(OK("'1'", "'2'", "'user:1'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_answered_once_and_with_json_alone),
        TEST(a_client_of_v1_gets_no_bytes),
        TEST(nothing_is_answered_where_nothing_was_asked),
        TEST(a_joins_answer_is_what_it_said_if_that_is_what_it_returned),
        TEST(before_a_join_is_answered_nothing_is_sent),
        TEST(a_social_join_that_fails_after_all_leaves_nothing),
        TEST(no_payload_is_an_empty_one),
    };
    return RUN_HOWEVER_FED("answers", tests);
}
