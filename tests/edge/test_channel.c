/* tests/edge/test_channel.c -- the life of a joined topic: who may join, what its messages get, and
 * how it ends. */
#include "edge/heard.h"
#include "edge/rig_rooms.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 1, ""));
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

static void join_room(void)
{
    say("['1','1','room:a','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'room:a'"));
}

static void a_join_is_answered_as_its_behaviour_says(void **state)
{
    (void)state;
    say("['5','5','room:private','phx_join',{}]");
    HEAR(ERROR("'5'", "'5'", "'room:private'", "unauthorized"));
    say("['6','6','room:welcome','phx_join',{'token':'t','n':[1,2.5,null]}]");
    HEAR(
        "['6','6','room:welcome','phx_reply',{'response':{'hello':'1','params':{'token':'t','n':[1,"
        "2.5,null]}},'status':'ok'}]");
    say("['7','7','room:joincrash','phx_join',{}]");
    HEAR(ERROR("'7'", "'7'", "'room:joincrash'", "join crashed"));
    say("['7','8','room:joincrash','echo',{}]");
    HEAR(UNMATCHED("'8'", "'room:joincrash'"));
    say("['9','9','room:pushing','phx_join',{}]");
    HEAR(OK("'9'", "'9'", "'room:pushing'"));
}

static void a_user_joins_its_own_channel_only(void **state)
{
    (void)state;
    static const char *const others[] = {"user:2",  "user:",  "user:11",
                                         "user:1 ", "user:*", "user:01"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char text[64], want[128];
        snprintf(text, sizeof text, "['2','2','%s','phx_join',{}]", others[i]);
        snprintf(want, sizeof want, ERROR("'2'", "'2'", "'%s'", "unauthorized"), others[i]);
        say(text);
        HEAR(want);
    }
    say("['3','3','user_presence:1','phx_join',{}]");
    HEAR(ERROR("'3'", "'3'", "'user_presence:1'", "unauthorized"));
    say("['3','3','user_presence:','phx_join',{}]");
    HEAR(ERROR("'3'", "'3'", "'user_presence:'", "unauthorized"));
    say("['4','4','user:1','phx_join',{}]");
    HEAR(OK("'4'", "'4'", "'user:1'"), "['4',null,'user:1','presence_state',{}]");
}

static void the_most_exact_pattern_wins(void **state)
{
    (void)state;
    say("['1','1','room:vip:one','phx_join',{}]");
    HEAR("['1','1','room:vip:one','phx_reply',{'response':{'pattern':'room:vip:one'},'status':'ok'}"
         "]");
    say("['2','2','room:vip:ones','phx_join',{}]");
    HEAR("['2','2','room:vip:ones','phx_reply',{'response':{'pattern':'room:vip:*'},'status':'ok'}"
         "]");
    say("['1','w','room:vip:one','where',{}]");
    HEAR("['1','w','room:vip:one','phx_reply',{'response':['room:vip:one',''],'status':'ok'}]");
    say("['2','w','room:vip:ones','where',{}]");
    HEAR("['2','w','room:vip:ones','phx_reply',{'response':['room:vip:ones','ones'],'status':'ok'}"
         "]");
    say("['3','3','room:vip','phx_join',{}]");
    HEAR(OK("'3'", "'3'", "'room:vip'"));
    say("['3','3','room:','phx_join',{}]");
    HEAR(OK("'3'", "'3'", "'room:'"));
    say("['3','3','silent:','phx_join',{}]");
    HEAR(UNMATCHED("'3'", "'silent:'"));
}

static void a_second_join_is_answered_before_the_first_is_closed(void **state)
{
    (void)state;
    join_room();
    say("['2','2','room:a','phx_join',{}]");
    HEAR(OK("'2'", "'2'", "'room:a'"), CLOSED("'1'", "'room:a'"));
    assert_int_equal(rig_rooms_open, 1);
    say("['1','3','room:a','echo',{'stale':true}]"); /* is taken; its reply is the new channel's */
    HEAR("['2','3','room:a','phx_reply',{'response':{'stale':true},'status':'ok'}]");
    say("['1','5','room:a','phx_leave',{}]"); /* is not */
    HEAR_NOTHING;
    say("['2','6','room:a','phx_leave',{}]");
    HEAR(OK("'2'", "'6'", "'room:a'"), CLOSED("'2'", "'room:a'"));
    assert_int_equal(rig_rooms_open, 0);
    say("['2','7','room:a','echo',{}]");
    HEAR(UNMATCHED("'7'", "'room:a'"));
    say("['2','8','room:a','phx_leave',{}]");
    HEAR(OK("'2'", "'8'", "'room:a'"));
}

static void a_second_join_that_is_refused_still_ends_the_first(void **state)
{
    (void)state;
    say("['1','1','user:1','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'user:1'"), "['1',null,'user:1','presence_state',{}]");
    say("['2','2','user:1','phx_join',{'status':'away','status':'busy'}]");
    HEAR("['2','2','user:1','phx_reply',{'response':{'reason':'status has a key "
         "twice'},'status':'error'}]",
         CLOSED("'1'", "'user:1'"));
    say("['1','3','user:1','status',{'status':'x'}]");
    HEAR(UNMATCHED("'3'", "'user:1'"));
    assert_int_equal(presence_count(rig.worlds[0]->presence), 0);
}

static void a_join_without_join_ref_takes_its_ref(void **state)
{
    (void)state;
    say("[null,'10','room:a','phx_join',{}]");
    HEAR(OK("null", "'10'", "'room:a'"));
    say("[null,'11','room:a','echo',1]");
    HEAR("['10','11','room:a','phx_reply',{'response':1,'status':'ok'}]");
    say("['10','12','room:a','push',2]");
    HEAR("['10',null,'room:a','pushed',2]", OK("'10'", "'12'", "'room:a'"));
    say("['10','13','room:a','phx_leave',{}]");
    HEAR(OK("'10'", "'13'", "'room:a'"), CLOSED("'10'", "'room:a'"));
    say("[null,'14','room:a','phx_join',{}]");
    HEAR(OK("null", "'14'", "'room:a'"));
    say("[null,'15','room:a','phx_leave',{}]");
    HEAR(OK("'14'", "'15'", "'room:a'"), CLOSED("'14'", "'room:a'"));
}

static void a_join_without_any_ref_lives_too(void **state)
{
    (void)state;
    say("['13',null,'room:a','phx_join',{}]");
    HEAR(OK("'13'", "null", "'room:a'"));
    say("[null,null,'room:b','phx_join',{}]");
    HEAR(OK("null", "null", "'room:b'"));
    say("[null,null,'room:b','crash',{}]");
    HEAR(FAILED("null", "'room:b'"));
    say("[null,null,'friends','phx_join',{}]");
    HEAR(OK("null", "null", "'friends'"), "[null,null,'friends','presence_state',{}]");
}

static void a_message_gets_what_its_handler_says(void **state)
{
    (void)state;
    join_room();
    say("['1','2','room:a','echo_error',{'why':'no'}]");
    HEAR("['1','2','room:a','phx_reply',{'response':{'why':'no'},'status':'error'}]");
    say("['1','3','room:a','noreply',{}]");
    HEAR_NOTHING;
    say("['1','4','room:a','empty',{}]");
    HEAR(OK("'1'", "'4'", "'room:a'"));
    say("['1','5','room:a','twice',{}]");
    HEAR("['1','5','room:a','phx_reply',{'response':1,'status':'ok'}]");
    say("['1','6','room:a','refuse',{}]");
    HEAR("['1','6','room:a','phx_reply',{'response':{'reason':'not "
         "`today`'},'status':'error'}]");
    say("['1','7','room:a','push',{'\u00e9':'\xf0\x9f\x98\x80'}]");
    HEAR("['1',null,'room:a','pushed',{'\u00e9':'\xf0\x9f\x98\x80'}]",
         OK("'1'", "'7'", "'room:a'"));
}

static void a_handler_that_fails_ends_its_channel_and_no_other(void **state)
{
    (void)state;
    join_room();
    say("['b','b','room:b','phx_join',{}]");
    HEAR(OK("'b'", "'b'", "'room:b'"));
    say("['1','2','room:a','crash',{}]");
    HEAR(FAILED("'1'", "'room:a'"));
    assert_int_equal(rig_rooms_open, 1);
    say("['1','3','room:a','echo',{}]");
    HEAR(UNMATCHED("'3'", "'room:a'"));
    say("['b','4','room:b','echo',5]");
    HEAR("['b','4','room:b','phx_reply',{'response':5,'status':'ok'}]");
    say("['b','5','room:b','no_such_event',{}]");
    HEAR(FAILED("'b'", "'room:b'"));
    say("['1','6','room:a','phx_join',{}]");
    HEAR(OK("'1'", "'6'", "'room:a'"));
}

static void a_behaviour_without_events_fails_on_each(void **state)
{
    (void)state;
    say("['1','1','silent','phx_join',{}]");
    HEAR(OK("'1'", "'1'", "'silent'"));
    say("['1','2','silent','anything',{}]");
    HEAR(FAILED("'1'", "'silent'"));
}

static void all_channels_end_with_their_socket(void **state)
{
    (void)state;
    join_room();
    say("['b','b','room:b','phx_join',{}]");
    assert_int_equal(rig_rooms_open, 2);
    rig_drop(&rig, 0);
    assert_int_equal(rig_rooms_open, 0);
    connect_as(&rig, 0, "1", "2.0.0");
    join_room();
    say("no message");
    assert_int_equal(rig_rooms_open, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_join_is_answered_as_its_behaviour_says),
        TEST(a_user_joins_its_own_channel_only),
        TEST(the_most_exact_pattern_wins),
        TEST(a_second_join_is_answered_before_the_first_is_closed),
        TEST(a_second_join_that_is_refused_still_ends_the_first),
        TEST(a_join_without_join_ref_takes_its_ref),
        TEST(a_join_without_any_ref_lives_too),
        TEST(a_message_gets_what_its_handler_says),
        TEST(a_handler_that_fails_ends_its_channel_and_no_other),
        TEST(a_behaviour_without_events_fails_on_each),
        TEST(all_channels_end_with_their_socket),
    };
    return RUN_HOWEVER_FED("channel", tests);
}
