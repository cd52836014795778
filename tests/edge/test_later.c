/* tests/edge/test_later.c -- joins and messages that are answered when the answer is known. */
#include "edge/hall.h"

#include <stdlib.h>

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
#define TIMEOUT      "timeout, try again"

static void join(void) { say("['1','1','hall:a','phx_join',{}]"); }

static void a_join_that_is_answered_later_is_joined_then(void **state)
{
    (void)state;
    hall.join = join_later;
    join();
    HEAR_NOTHING;
    say("['1','2','hall:a','echo',1]");
    HEAR(UNMATCHED("'2'", "'hall:a'"));
    reply_now(&rig, true, KITH_JSON("{\"welcome\":true}"));
    HEAR(REPLY("'1'", "'1'", "{'welcome':true}", "ok"));
    say("['1','3','hall:a','echo',1]");
    HEAR(REPLY("'1'", "'3'", "1", "ok"));
    rig_wait(&rig, JOIN_WAIT_MS); /* its time is not over any more */
    HEAR_NOTHING;
}

static void a_join_that_is_refused_later_is_none(void **state)
{
    (void)state;
    hall.join = join_later;
    join();
    reply_now(&rig, false, KITH_JSON("\"no\""));
    HEAR(REPLY("'1'", "'1'", "'no'", "error"));
    DID("join hall:a", "terminate hall:a");
    say("['1','2','hall:a','echo',1]");
    HEAR(UNMATCHED("'2'", "'hall:a'"));
}

static void a_join_that_nobody_answers_is_refused_in_time(void **state)
{
    (void)state;
    hall.join = join_later;
    join();
    struct kith_reply *first = hall.reply;
    rig_wait(&rig, 1000);
    say("['b','b','hall:b','phx_join',{}]");
    rig_wait(&rig, JOIN_WAIT_MS - 1001);
    HEAR_NOTHING;
    rig_wait(&rig, 1);
    HEAR(ERROR("'1'", "'1'", "'hall:a'", TIMEOUT));
    rig_wait(&rig, 1000);
    HEAR(ERROR("'b'", "'b'", "'hall:b'", TIMEOUT));
    DID("join hall:a", "join hall:b", "terminate hall:a", "terminate hall:b");
    reply_now(&rig, true, KITH_EMPTY);
    hall.reply = first;
    reply_now(&rig, false, KITH_EMPTY);
    HEAR_NOTHING;
}

static void a_message_that_is_answered_later_is_answered_whenever(void **state)
{
    (void)state;
    hall.handle_in = answer_later;
    join();
    say("['1','2','hall:a','ask',{}]");
    HEAR(JOINED);
    rig_wait(&rig, JOIN_WAIT_MS + 1000);
    reply_now(&rig, false, KITH_JSON("[2]"));
    HEAR(REPLY("'1'", "'2'", "[2]", "error"));
    say("['1','3','hall:a','ask',{}]");
    reply_now(&rig, true, kith_binary(KITH_LIT("b")));
    HEAR("binary 010101060231"
         "33"
         "68616c6c3a61"
         "6f6b"
         "62");
    say("[null,'4','hall:a','ask',{}]");
    reply_now(&rig, true, KITH_EMPTY);
    HEAR(OK("'1'", "'4'", "'hall:a'"));
}

static void an_answer_finds_no_channel_that_has_ended(void **state)
{
    (void)state;
    hall.handle_in = answer_later;
    join();
    say("['1','2','hall:a','ask',{}]");
    say("['1','3','hall:a','phx_leave',{}]");
    HEAR(JOINED, OK("'1'", "'3'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    reply_now(&rig, true, KITH_EMPTY);
    HEAR_NOTHING;

    join();
    say("['1','2','hall:a','ask',{}]");
    say("['5','5','hall:a','phx_join',{}]");
    HEAR(JOINED, OK("'5'", "'5'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    reply_now(&rig, true, KITH_EMPTY); /* nor the one in its place */
    HEAR_NOTHING;

    say("['5','6','hall:a','ask',{}]");
    rig_drop(&rig, 0);
    connect_as(&rig, 0, "1", "2.0.0"); /* in the same slot */
    reply_now(&rig, true, KITH_EMPTY);
    HEAR_NOTHING;
}

static void a_join_that_waits_is_left_or_lost(void **state)
{
    (void)state;
    hall.join = join_later;
    join();
    say("['0','2','hall:a','phx_leave',{}]"); /* names another join */
    HEAR_NOTHING;
    say("['1','3','hall:a','phx_leave',{}]");
    HEAR(OK("'1'", "'3'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    DID("join hall:a", "terminate hall:a");
    reply_now(&rig, true, KITH_EMPTY);
    HEAR_NOTHING;

    join();
    rig_drop(&rig, 0);
    DID("join hall:a", "terminate hall:a");
    reply_now(&rig, true, KITH_EMPTY);
    connect_as(&rig, 0, "1", "2.0.0");
    rig_wait(&rig, JOIN_WAIT_MS);
    HEAR_NOTHING;
}

static void a_join_while_another_waits_takes_its_place(void **state)
{
    (void)state;
    join();
    HEAR(JOINED);
    hall.join = join_later;
    say("['2','2','hall:a','phx_join',{}]");
    HEAR_NOTHING;
    struct kith_reply *second = hall.reply;
    say("['3','3','hall:a','phx_join',{}]"); /* the end of 1 waits no longer for 2 */
    HEAR(CLOSED("'1'", "'hall:a'"));
    struct kith_reply *third = hall.reply;
    hall.reply = second;
    reply_now(&rig, true, KITH_EMPTY);
    HEAR_NOTHING;
    hall.reply = third;
    reply_now(&rig, true, KITH_EMPTY);
    HEAR(OK("'3'", "'3'", "'hall:a'"), CLOSED("'2'", "'hall:a'"));
    DID("join hall:a", "join hall:a", "terminate hall:a", "join hall:a", "terminate hall:a");
}

static void whatever_becomes_of_a_join_that_waits_the_one_before_is_closed(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        hall.join = NULL;
        join();
        HEAR(JOINED);
        hall.join = join_later;
        say("['2','2','hall:a','phx_join',{}]");
        HEAR_NOTHING;
        if (how == 0) {
            reply_now(&rig, false, KITH_EMPTY);
            HEAR(REPLY("'2'", "'2'", "{}", "error"), CLOSED("'1'", "'hall:a'"));
        } else if (how == 1) {
            rig_wait(&rig, JOIN_WAIT_MS);
            HEAR(ERROR("'2'", "'2'", "'hall:a'", TIMEOUT), CLOSED("'1'", "'hall:a'"));
        } else if (how == 2) {
            say("['2','3','hall:a','phx_leave',{}]");
            HEAR(OK("'2'", "'3'", "'hall:a'"), CLOSED("'2'", "'hall:a'"),
                 CLOSED("'1'", "'hall:a'"));
        } else {
            reply_now(&rig, true, KITH_EMPTY);
            HEAR(OK("'2'", "'2'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
        }
        free(hall.reply);
        hall.reply = NULL;
    }
}

static void an_answer_that_a_client_cannot_get_is_none(void **state)
{
    (void)state;
    connect_as(&rig, 1, "2", "1.0.0");
    hall.join = join_later;
    rig_say(&rig, 1, "{'topic':'hall:a','event':'phx_join','payload':{},'ref':'1'}");
    reply_now(&rig, true, kith_binary(KITH_LIT("b")));
    HEARS(&rig, 1,
          "{'event':'phx_reply','payload':{'response':{'reason':'join "
          "crashed'},'status':'error'},'ref':'1','topic':'hall:a'}");
    hall.join = NULL;
    hall.handle_in = answer_later;
    rig_say(&rig, 1, "{'topic':'hall:a','event':'phx_join','payload':{},'ref':'1'}");
    rig_say(&rig, 1, "{'topic':'hall:a','event':'ask','payload':{},'ref':'2'}");
    reply_now(&rig, true, kith_binary(KITH_LIT("b")));
    HEARS(&rig, 1, OK_V1("'1'", "'hall:a'"));
}

static kith_err join_returns;

static kith_err later_but(struct kith_channel *c, kith_payload payload)
{
    (void)join_later(c, payload);
    return join_returns;
}

static void who_takes_the_reply_of_a_join_along_has_it_waiting(void **state)
{
    (void)state;
    hall.join = later_but;
    join_returns = KITH_OK;
    join();
    HEAR_NOTHING;
    reply_now(&rig, true, KITH_EMPTY);
    HEAR(JOINED);
    say("['1','2','hall:a','phx_leave',{}]");
    HEAR(OK("'1'", "'2'", "'hall:a'"), CLOSED("'1'", "'hall:a'"));
    join_returns = KITH_BAD; /* unless it fails after all */
    join();
    HEAR(CRASHED);
    reply_now(&rig, true, KITH_EMPTY);
    HEAR_NOTHING;
    assert_int_equal(hall.open, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_join_that_is_answered_later_is_joined_then),
        TEST(a_join_that_is_refused_later_is_none),
        TEST(a_join_that_nobody_answers_is_refused_in_time),
        TEST(a_message_that_is_answered_later_is_answered_whenever),
        TEST(an_answer_finds_no_channel_that_has_ended),
        TEST(a_join_that_waits_is_left_or_lost),
        TEST(a_join_while_another_waits_takes_its_place),
        TEST(whatever_becomes_of_a_join_that_waits_the_one_before_is_closed),
        TEST(an_answer_that_a_client_cannot_get_is_none),
        TEST(who_takes_the_reply_of_a_join_along_has_it_waiting),
    };
    return RUN_HOWEVER_FED("later", tests);
}
