/* tests/edge/test_social_channel.c -- user:<id> and friends, from one client's bytes to another's.
 */
#include "edge/heard.h"
#include "shard/home.h"

static struct rig rig;

/* 1 and 2 see each other; 3 sees itself and 1, whom nobody asks. */
static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, 2, "1 2\n2 1\n3 3\n3 1\n"));
    rig.how = fed_how;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

#define ONLINE(user, status)                                                                       \
    "'" user "':{'metas':[{'online_at':'1795487065','status':'" status "','phx_ref':'*'}]}"
#define JOINED(topic, user)                                                                        \
    "[null,null," topic ",'presence_diff',{'joins':{" ONLINE(user, "online") "},'leaves':{}}]"
#define LEFT(topic, user)                                                                          \
    "[null,null," topic ",'presence_diff',{'joins':{},'leaves':{" ONLINE(user, "online") "}}]"
#define STATE(join_ref, topic, what) "[" join_ref ",null," topic ",'presence_state',{" what "}]"

/* Both are online, on user:<id>. */
static void meet(void)
{
    connect_as(&rig, 0, "1", "2.0.0");
    connect_as(&rig, 1, "2", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{}]");
    rig_say(&rig, 1, "['1','1','user:2','phx_join',{}]");
    HEARS(&rig, 1, OK("'1'", "'1'", "'user:2'"), STATE("'1'", "'user:2'", ONLINE("1", "online")));
    HEARS(&rig, 0, OK("'1'", "'1'", "'user:1'"), STATE("'1'", "'user:1'", ""),
          JOINED("'user_presence:2'", "2"));
}

static void friends_see_each_other_come_change_and_go(void **state)
{
    (void)state;
    meet();
    rig_say(&rig, 1, "['1','s','user:2','status',{'status':'away','mood':[1, 2]}]");
    HEARS(&rig, 1, OK("'1'", "'s'", "'user:2'"));
    HEARS(&rig, 0,
          "[null,null,'user_presence:2','presence_diff',{'joins':{'2':{'metas':[{'online_at':"
          "'1795487065','status':'away','mood':[1, "
          "2],'phx_ref':'*','phx_ref_prev':'*'}]}},'leaves':{" ONLINE("2", "online") "}}]");
    rig_say(&rig, 0, "['1','l','user:1','phx_leave',{}]");
    HEARS(&rig, 0, OK("'1'", "'l'", "'user:1'"), CLOSED("'1'", "'user:1'"));
    HEARS(&rig, 1, LEFT("'user_presence:1'", "1"));
    rig_say(&rig, 1, "['1','s2','user:2','status',{}]"); /* who has left hears nothing more */
    HEARS(&rig, 1, OK("'1'", "'s2'", "'user:2'"));
    HEARS_NOTHING(&rig, 0);
}

static void a_lost_socket_leaves_after_its_grace_and_not_before(void **state)
{
    (void)state;
    meet();
    rig_drop(&rig, 0);
    rig_wait(&rig, GRACE_MS - 1);
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1);
    HEARS(&rig, 1, LEFT("'user_presence:1'", "1"));
}

static void a_reload_is_no_news(void **state)
{
    (void)state;
    meet();
    rig_drop(&rig, 0);
    rig_wait(&rig, 2000);
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{}]");
    HEARS(&rig, 0, OK("'1'", "'1'", "'user:1'"), STATE("'1'", "'user:1'", ONLINE("2", "online")));
    rig_wait(&rig, 2 * GRACE_MS);
    HEARS_NOTHING(&rig, 1);
}

static void on_friends_state_and_diffs_come_on_that_topic(void **state)
{
    (void)state;
    meet();
    connect_as(&rig, 2, "3", "2.0.0");
    rig_say(&rig, 2, "['7','8','friends','phx_join',{'status':'busy'}]");
    HEARS(&rig, 2, OK("'7'", "'8'", "'friends'"), STATE("'7'", "'friends'", ONLINE("1", "online")),
          "[null,null,'friends','presence_diff',{'joins':{" ONLINE("3", "busy") "},'leaves':{}}]");
    HEARS_NOTHING(&rig, 0);
    rig_say(&rig, 0, "['1','l','user:1','phx_leave',{}]");
    HEARS(&rig, 2, LEFT("'friends'", "1"));
}

static void v1_hears_the_same_in_its_own_form(void **state)
{
    (void)state;
    meet();
    connect_as(&rig, 2, "3", "1.0.0");
    rig_say(&rig, 2, "{'topic':'user:3','event':'phx_join','payload':{},'ref':'1'}");
    HEARS(&rig, 2, OK_V1("'1'", "'user:3'"),
          "{'event':'presence_state','payload':{" ONLINE("1",
                                                         "online") "},'ref':null,'topic':'user:3'}",
          "{'event':'presence_diff','payload':{'joins':{" ONLINE(
              "3", "online") "},'leaves':{}},'ref':null,'topic':'user_presence:3'}");
}

static void a_join_that_waits_is_cancelled_by_a_leave(void **state)
{
    (void)state;
    rig.store_waits = true;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{}]");
    HEARS_NOTHING(&rig, 0);
    rig_say(&rig, 0, "['1','2','user:1','phx_leave',{}]");
    HEARS(&rig, 0, OK("'1'", "'2'", "'user:1'"), CLOSED("'1'", "'user:1'"));
    while (rig_answer(&rig))
        rig_turn(&rig);
    HEARS_NOTHING(&rig, 0);
}

static void a_join_that_waits_is_replaced_by_another(void **state)
{
    (void)state;
    rig.store_waits = true;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{'status':'first'}]");
    rig_say(&rig, 0, "['2','2','user:1','phx_join',{}]");
    rig_say(&rig, 0, "[null,'h','phoenix','heartbeat',{}]"); /* nobody else waits for it */
    HEARS(&rig, 0, OK("null", "'h'", "'phoenix'"));
    rig_answer(&rig);
    rig_turn(&rig);
    HEARS(&rig, 0, OK("'2'", "'2'", "'user:1'"), CLOSED("'1'", "'user:1'"),
          STATE("'2'", "'user:1'", ""));
    assert_false(rig_answer(&rig)); /* one question was enough */
}

static void a_status_while_joining_is_what_the_session_is_shown_with(void **state)
{
    (void)state;
    meet();
    rig.store_waits = true;
    connect_as(&rig, 2, "1", "2.0.0");
    rig_say(&rig, 2, "['1','1','user:1','phx_join',{}]");
    rig_say(&rig, 2, "['1','2','user:1','status',{'status':'early'}]");
    HEARS(&rig, 2, OK("'1'", "'2'", "'user:1'"));
    HEARS_NOTHING(&rig, 1);
    rig_answer(&rig);
    rig_turn(&rig);
    HEARS(&rig, 1,
          "[null,null,'user_presence:1','presence_diff',{'joins':{" ONLINE(
              "1", "early") "},'leaves':{}}]");
}

static void a_hidden_session_looks_gone_and_then_new(void **state)
{
    (void)state;
    meet();
    rig_say(&rig, 0, "['1','h','user:1','visibility',{'session':'hidden'}]");
    rig_turn(&rig);
    HEARS(&rig, 0, OK("'1'", "'h'", "'user:1'"));
    HEARS(&rig, 1, LEFT("'user_presence:1'", "1"));
    rig_say(&rig, 0, "['1','s','user:1','status',{'status':'secret'}]");
    rig_turn(&rig);
    HEARS(&rig, 0, OK("'1'", "'s'", "'user:1'"));
    HEARS_NOTHING(&rig, 1);
    rig_say(&rig, 0, "['1','v','user:1','visibility',{'session':'visible'}]");
    rig_turn(&rig);
    HEARS(&rig, 0, OK("'1'", "'v'", "'user:1'"));
    HEARS(&rig, 1,
          "[null,null,'user_presence:1','presence_diff',{'joins':{" ONLINE(
              "1", "secret") "},'leaves':{}}]");
}

static void a_session_that_connects_hidden_is_never_seen(void **state)
{
    (void)state;
    meet();
    connect_as(&rig, 2, "1&session=hidden", "2.0.0");
    rig_say(&rig, 2, "['1','1','friends','phx_join',{}]");
    rig_turn(&rig);
    HEARS(&rig, 2, OK("'1'", "'1'", "'friends'"), STATE("'1'", "'friends'", ONLINE("2", "online")));
    HEARS_NOTHING(&rig, 1);
    rig_say(&rig, 2, "['1','v','friends','visibility',{'session':'visible'}]");
    rig_turn(&rig);
    HEARS(&rig, 2, OK("'1'", "'v'", "'friends'"));
    HEARS(&rig, 1, JOINED("'user_presence:1'", "1"));
}

static void what_hides_no_session_is_an_error(void **state)
{
    (void)state;
    meet();
    static const char *const bad[] = {"{'session':'secret'}", "{'session':true}",
                                      "{'session':null}", "{'session':'hidden','mode':'nobody'}",
                                      "{'session':'hidden','session':'visible'}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char message[128];
        (void)snprintf(message, sizeof message, "['1','h','user:1','visibility',%s]", bad[i]);
        rig_say(&rig, 0, message);
        HEARS(&rig, 0,
              ERROR("'1'", "'h'", "'user:1'", "session is hidden or visible, and stands alone"));
    }
    HEARS_NOTHING(&rig, 1);
}

static void a_join_without_friends_to_be_had_is_refused_and_can_be_tried_again(void **state)
{
    (void)state;
    rig.store_fails = true;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{}]");
    HEARS(&rig, 0, ERROR("'1'", "'1'", "'user:1'", "friends unavailable, try again"));
    rig_say(&rig, 0, "['1','2','user:1','status',{}]");
    HEARS(&rig, 0, UNMATCHED("'2'", "'user:1'"));
    rig.store_fails = false;
    rig_say(&rig, 0, "['3','3','user:1','phx_join',{}]");
    HEARS(&rig, 0, OK("'3'", "'3'", "'user:1'"), STATE("'3'", "'user:1'", ""));
}

static void a_join_waits_no_longer_than_its_bound(void **state)
{
    (void)state;
    rig.store_waits = true;
    connect_as(&rig, 0, "1", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:1','phx_join',{}]");
    rig_wait(&rig, JOIN_WAIT_MS - 1);
    HEARS_NOTHING(&rig, 0);
    rig_wait(&rig, 1);
    HEARS(&rig, 0, ERROR("'1'", "'1'", "'user:1'", "timeout, try again"));
    while (rig_answer(&rig)) /* too late */
        rig_turn(&rig);
    HEARS_NOTHING(&rig, 0);
    assert_int_equal(
        presence_count(rig.worlds[0]->presence) + presence_count(rig.worlds[1]->presence), 0);
}

static void a_joins_payload_has_a_bound_blanks_and_all(void **state)
{
    (void)state;
    static char text[JOIN_BYTES_MAX + 64];
    connect_as(&rig, 0, "1", "2.0.0");
    for (int bytes = JOIN_BYTES_MAX + 1; bytes >= JOIN_BYTES_MAX; bytes--) {
        snprintf(text, sizeof text, "['1','1','user:1','phx_join',{%*s}]", bytes - 2, "");
        rig_say(&rig, 0, text);
        if (bytes > JOIN_BYTES_MAX)
            HEARS(&rig, 0, ERROR("'1'", "'1'", "'user:1'", "status is too large"));
        else
            HEARS(&rig, 0, OK("'1'", "'1'", "'user:1'"), STATE("'1'", "'user:1'", ""));
    }
}

static void a_status_that_cannot_be_is_an_error_and_the_channel_lives(void **state)
{
    (void)state;
    meet();
    static const char *const bad[] = {"5",
                                      "null",
                                      "[]",
                                      "'text'",
                                      "{'phx_ref':'x'}",
                                      "{'online_at':'1'}",
                                      "{'a':1,'a':2}",
                                      "{'phx_ref_prev':1}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "['1','2','user:1','status',%s]", bad[i]);
        rig_say(&rig, 0, text);
        struct buf got = {0};
        heard(&rig, 0, &got);
        if (!memmem(got.ptr, got.len, "'status':'error'", 16))
            fail_msg("%s: %.*s", bad[i], (int)got.len, got.ptr);
        buf_fini(&got);
    }
    HEARS_NOTHING(&rig, 1);
    rig_frame(&rig, 0, 0x82,
              KITH_LIT("\0\1\1\6\6"
                       "1ruser:1status{}"));
    HEARS(&rig, 0, ERROR("'1'", "'r'", "'user:1'", "status must be an object"));
    rig_say(&rig, 0, "['1','u','user:1','no_such_event',{}]");
    HEARS(&rig, 0, ERROR("'1'", "'u'", "'user:1'", "unknown event"));
    rig_say(&rig, 0, "['1','3','user:1','status',{}]");
    HEARS(&rig, 0, OK("'1'", "'3'", "'user:1'"));
}

static void a_fresh_token_is_taken_only_if_it_is_the_users_own(void **state)
{
    (void)state;
    rig_want_tokens(&rig);
    struct buf text = {0};
    char message[2048];
    rig.options.auth_none = true; /* for the way in */
    meet();
    rig.options.auth_none = false;
    static const char *const users[] = {"1", "2"};
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&text);
        rig_token(&rig, users[i], 60, &text);
        snprintf(message, sizeof message, "['1','t','user:1','token',{'token':'%.*s'}]",
                 (int)text.len, text.ptr);
        rig_say(&rig, 0, message);
        HEARS(&rig, 0,
              i ? ERROR("'1'", "'t'", "'user:1'", "invalid token") : OK("'1'", "'t'", "'user:1'"));
    }
    rig_say(&rig, 0, "['1','t','user:1','token',{'token':5}]");
    HEARS(&rig, 0, ERROR("'1'", "'t'", "'user:1'", "invalid token"));
    rig_say(&rig, 0, "['1','t','user:1','token',null]");
    HEARS(&rig, 0, ERROR("'1'", "'t'", "'user:1'", "invalid token"));
    size_t checks = sizeof users / sizeof users[0] + 2;
    for (; checks < DEAR_BURST; checks++) {
        rig_say(&rig, 0, "['1','t','user:1','token',null]");
        HEARS(&rig, 0, ERROR("'1'", "'t'", "'user:1'", "invalid token"));
    }
    rig_say(&rig, 0, "['1','t','user:1','token',null]");
    HEARS(&rig, 0, ERROR("'1'", "'t'", "'user:1'", "too many tokens, try again"));
    rig_wait(&rig, 1000);
    rig_say(&rig, 0, "['1','t','user:1','token',null]");
    HEARS(&rig, 0, ERROR("'1'", "'t'", "'user:1'", "invalid token"));
    buf_fini(&text);
    rig_wait(&rig, 30000); /* the ping */
    rig_frame(&rig, 0, 0x8a, KITH_LIT(""));
    HEARS(&rig, 0, "ping");
    rig_wait(&rig, 28999);
    HEARS_NOTHING(&rig, 0);
    rig_wait(&rig, 1);
    HEARS(&rig, 0, "close 4001", "end");
}

/* How long it owes, in microseconds, for a join that shows it `count` sessions. */
static uint64_t price_of_a_join(unsigned count)
{
    char fields[META_BYTES_MAX];
    struct world *w = rig.worlds[world_home(rig.worlds[0], KITH_LIT("1"))];
    snprintf(fields, sizeof fields, "{\"status\":\"%0*d\"}", 900, 0);
    for (unsigned i = 0; i < count; i++) {
        struct home_session s = {.user = KITH_LIT("1"), .owner = home_owner(w->o.id, 1000 + i)};
        home_track(w, &s, slice_str(fields));
    }
    rig.options.messages_s = 500;
    connect_as(&rig, 0, "3", "2.0.0");
    rig_say(&rig, 0, "['1','1','user:3','phx_join',{}]");
    const struct session *s = clients_at(rig.worlds[0]->clients, rig.clients[0].edge.slot)->session;
    assert_non_null(s);
    return s->paid_until_us - rig.now.mono_ms * 1000;
}

static void who_is_shown_much_pays_for_it(void **state)
{
    uint64_t few = price_of_a_join(1);
    assert_int_equal(few, JOIN_MESSAGES * 2000);
    (void)tear_down(state);
    (void)set_up(state);
    uint64_t many = price_of_a_join(SESSIONS_MAX), more = SESSIONS_MAX * 900u / STATE_MESSAGE_BYTES;
    assert_in_range(many - few, more * 2000, (more + 2) * 2000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(friends_see_each_other_come_change_and_go),
        TEST(who_is_shown_much_pays_for_it),
        TEST(a_lost_socket_leaves_after_its_grace_and_not_before),
        TEST(a_reload_is_no_news),
        TEST(on_friends_state_and_diffs_come_on_that_topic),
        TEST(v1_hears_the_same_in_its_own_form),
        TEST(a_join_that_waits_is_cancelled_by_a_leave),
        TEST(a_join_that_waits_is_replaced_by_another),
        TEST(a_status_while_joining_is_what_the_session_is_shown_with),
        TEST(a_hidden_session_looks_gone_and_then_new),
        TEST(a_session_that_connects_hidden_is_never_seen),
        TEST(what_hides_no_session_is_an_error),
        TEST(a_join_without_friends_to_be_had_is_refused_and_can_be_tried_again),
        TEST(a_join_waits_no_longer_than_its_bound),
        TEST(a_joins_payload_has_a_bound_blanks_and_all),
        TEST(a_status_that_cannot_be_is_an_error_and_the_channel_lives),
        TEST(a_fresh_token_is_taken_only_if_it_is_the_users_own),
    };
    return RUN_HOWEVER_FED("social_channel", tests);
}
