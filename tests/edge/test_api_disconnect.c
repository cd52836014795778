/* tests/edge/test_api_disconnect.c -- a user is sent away: now, until a time, or for good. */
#include "edge/operator.h"

#include "shard/bars.h"

static struct rig rig;

#define ASK(method, path)        operator_asks(&rig, method, path, "", NULL)
#define SEND(method, path, json) operator_asks(&rig, method, path, "", json)
#define HEAR(...)                HEARS(&rig, OPERATOR, __VA_ARGS__)

static void a_disconnect_ends_what_lingers_too(void **state)
{
    (void)state;
    operator_users_come(&rig);
    rig_drop(&rig, 1);
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':true,'metas':[" META "],'hidden':[]}\n");
    SEND("POST", "/v1/users/1/disconnect", "{}");
    HEAR("200 {'sessions':0}\n");
    kith_slice raw = heard_raw(&rig, 2);
    assert_non_null(memmem(raw.ptr, raw.len, "\"leaves\":{\"1\"", 13));
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':false,'metas':[],'hidden':[]}\n");
}

/* The word that the socket was lost is on its way from one shard to the other. */
static void a_disconnect_ends_what_only_begins_to_linger(void **state)
{
    (void)state;
    bool first = world_home(rig.worlds[0], KITH_LIT("1")) == 0;
    connect_as(&rig, 1, first ? "1" : "7", "2.0.0");
    assert_int_equal(rig.clients[1].shard, 1);
    rig_say(&rig, 1, "['1','1','friends','phx_join',{}]");
    assert_int_equal(presence_count(rig.worlds[0]->presence), 1);
    rig.how = CUT_WHOLE;
    edge_fini(&rig.clients[1].edge, GRACE_MS);
    SEND("POST", first ? "/v1/users/1/disconnect" : "/v1/users/7/disconnect", "{}");
    HEAR("200 {'sessions':0}\n");
    assert_int_equal(presence_count(rig.worlds[0]->presence), 0);
}

static void a_disconnect_ends_all_sockets_of_a_user_and_its_presence(void **state)
{
    (void)state;
    operator_users_come(&rig);
    connect_as(&rig, 3, "1", "2.0.0"); /* it has joined nothing */
    SEND("POST", "/v1/users/1/disconnect", "{}");
    HEAR("200 {'sessions':2}\n");
    HEARS(&rig, 1, "close 1000", "end");
    HEARS(&rig, 3, "close 1000", "end");
    kith_slice raw = heard_raw(&rig, 2);
    assert_non_null(memmem(raw.ptr, raw.len, "\"leaves\":{\"1\"", 13)); /* without grace */
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':false,'metas':[],'hidden':[]}\n");
}

static void a_bar_is_kept_before_anybody_is_sent_away(void **state)
{
    (void)state;
    operator_users_come(&rig);
    rig.store_waits = true;
    SEND("POST", "/v1/users/1/disconnect", "{'until':1795487100}");
    HEARS_NOTHING(&rig, 1);
    assert_true(rig_answer(&rig));
    rig_turn(&rig);
    HEAR("200 {'sessions':1}\n");
    HEARS(&rig, 1, "close 1000", "end");
    SEND("POST", "/v1/users/1/disconnect", "{'until':'soon'}");
    HEAR(PROBLEM("400", "Bad Request", "bad_until",
                 "until is a time in unix seconds: the user may not connect before"));
}

static void a_user_is_forgotten_and_sent_away(void **state)
{
    (void)state;
    operator_users_come(&rig);
    ASK("DELETE", "/v1/users/1");
    HEAR("204");
    HEARS(&rig, 1, "close 1000", "end");
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':false,'metas':[],'hidden':[]}\n");
}

static void one_who_is_forgotten_may_stay_barred(void **state)
{
    (void)state;
    operator_users_come(&rig);
    rig.store_waits = true;
    ASK("DELETE", "/v1/users/1?until=4102444800");
    HEARS_NOTHING(&rig, 1);
    rig.store_waits = false;
    assert_true(rig_answer(&rig)); /* that it is barred */
    rig_turn(&rig);
    HEAR("204");
    HEARS(&rig, 1, "close 1000", "end");
    assert_true(bars_has(rig.worlds[0], KITH_LIT("1")));
    assert_true(bars_has(rig.worlds[1], KITH_LIT("1")));
    kith_slice told = buf_slice(&paper.asked);
    assert_true(slice_starts(told, KITH_LIT("bar? 1 ")));
    assert_non_null(memmem(told.ptr, told.len, "\nerase 1 on\n", 12));
    buf_clear(&paper.asked);
    ASK("DELETE", "/v1/users/1");
    HEAR("204");
    assert_false(bars_has(rig.worlds[1], KITH_LIT("1")));
    TOLD("erase 1 off\n");
    static const char *const bad[] = {"", "soon", "2030-01-31", "-1", "1e3", "253402300800"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/v1/users/1?until=%s", bad[i]);
        ASK("DELETE", path);
        HEAR(PROBLEM("400", "Bad Request", "bad_until",
                     "until is a time in unix seconds: the user may not connect before"));
    }
    TOLD("");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, operator_begin, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_disconnect_ends_what_lingers_too),
        TEST(a_disconnect_ends_what_only_begins_to_linger),
        TEST(a_disconnect_ends_all_sockets_of_a_user_and_its_presence),
        TEST(a_bar_is_kept_before_anybody_is_sent_away),
        TEST(a_user_is_forgotten_and_sent_away),
        TEST(one_who_is_forgotten_may_stay_barred),
    };
    return RUN_HOWEVER_FED("api_disconnect", tests);
}
