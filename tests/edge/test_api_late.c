/* tests/edge/test_api_late.c -- answers to the API that come late, twice or never, and connections
 * that do not wait for them. */
#include "edge/operator.h"

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    operator_set_up(&rig);
    rig.store_waits = true;
    return 0;
}

#define ASK(method, path) operator_asks(&rig, method, path, "", NULL)
#define HEAR(...)         HEARS(&rig, OPERATOR, __VA_ARGS__)
#define SILENCE()         HEARS_NOTHING(&rig, OPERATOR)

/* Lets the store answer the oldest question. */
static void answer_one(void)
{
    assert_true(rig_answer(&rig));
    rig_turn(&rig);
}

static void requests_that_follow_wait_for_the_answer(void **state)
{
    (void)state;
    struct buf bytes = {0};
    operator_put(&bytes, "PUT", "/v1/users/a/friends/b", "", NULL);
    operator_put(&bytes, "POST", "/v1/broadcast", "", "{'event':'e'}");
    operator_put(&bytes, "GET", "/v1/users/a/visibility", "", NULL);
    rig_feed(&rig, OPERATOR, buf_slice(&bytes));
    buf_fini(&bytes);
    SILENCE();
    TOLD("");
    answer_one();
    HEAR("204", "200 {'sessions':0}\n");
    TOLD("friends a b on\n");
    answer_one();
    HEAR("200 {'mode':'friends','last_seen':'off'}\n");
    assert_false(rig_answer(&rig));
}

static void a_graph_that_follows_is_read_as_its_own(void **state)
{
    (void)state;
    static const char graph[] = "x y\nz y\n";
    char headers[64];
    struct buf bytes = {0};
    (void)snprintf(headers, sizeof headers, "content-type: text/plain\r\ncontent-length: %zu\r\n",
                   strlen(graph));
    operator_put(&bytes, "PUT", "/v1/users/a/friends/b", "", NULL);
    operator_put(&bytes, "POST", "/v1/graph/import", headers, NULL);
    buf_puts(&bytes, graph);
    operator_put(&bytes, "GET", "/v1/users/a/visibility", "", NULL);
    rig_feed(&rig, OPERATOR, buf_slice(&bytes));
    buf_fini(&bytes);
    SILENCE();
    answer_one();
    HEAR("204");
    TOLD("friends a b on\n"); /* and of the graph nothing is told before all of it is there */
    answer_one();
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_non_null(memmem(raw.ptr, raw.len, "{\"done\":true,\"lines\":2,", 23));
    TOLD("edges x y z y off\n");
    answer_one();
    HEAR("200 {'mode':'friends','last_seen':'off'}\n");
}

static void what_is_not_answered_in_time_is_given_up(void **state)
{
    (void)state;
#define TIMEOUT                                                                                    \
    PROBLEM("504", "Gateway Timeout", "timeout",                                                   \
            "no answer in time: a change may have been made, and can be made again")
    ASK("PUT", "/v1/users/a/friends/b");
    rig_wait(&rig, API_WAIT_MS - 1);
    SILENCE();
    rig_wait(&rig, 1);
    HEAR(TIMEOUT);
    ASK("GET", "/v1/users/a/visibility"); /* the connection goes on */
    SILENCE();
    answer_one(); /* late: of the request before */
    SILENCE();
    answer_one();
    HEAR("200 {'mode':'friends','last_seen':'off'}\n");
}

static void a_connection_is_kept_for_the_next_request(void **state)
{
    (void)state;
    rig.store_waits = false;
    ASK("GET", "/v1/users/a/presence");
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_non_null(memmem(raw.ptr, raw.len, "\r\nkeep-alive: timeout=60\r\n", 26));
    rig_wait(&rig, API_KEPT_MS - 1);
    SILENCE();
    rig_feed(&rig, OPERATOR, KITH_LIT("G")); /* which has its own ten seconds */
    rig_wait(&rig, HANDSHAKE_MS - 1);
    SILENCE();
    rig_feed(&rig, OPERATOR, KITH_LIT("ET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    HEAR("200 ok\n");
    rig_wait(&rig, API_KEPT_MS - 1);
    SILENCE();
    rig_wait(&rig, 1);
    HEAR("end");
}

static void one_that_trickles_is_not(void **state)
{
    (void)state;
    rig.store_waits = false;
    ASK("GET", "/v1/users/a/presence");
    (void)heard_raw(&rig, OPERATOR);
    rig_wait(&rig, API_KEPT_MS - 1000);
    for (int i = 0; i < 9; i++) {
        rig_feed(&rig, OPERATOR, KITH_LIT("G"));
        rig_wait(&rig, 1000);
    }
    rig_wait(&rig, 999);
    SILENCE();
    rig_wait(&rig, 1);
    HEAR("end");
}

static void an_answer_that_comes_twice_counts_once(void **state)
{
    (void)state;
    ASK("PUT", "/v1/users/a/friends/b");
    struct mail *want = rig.wants.first;
    struct mail *twin =
        mail_new(MAIL_CALL_ANSWER, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    twin->handle = want->handle;
    twin->serial = want->serial;
    answer_one();
    HEAR("204");
    ASK("GET", "/v1/users/a/visibility");
    shard_receive(rig.worlds[0], twin);
    rig_turn(&rig);
    SILENCE();
    answer_one();
    HEAR("200 {'mode':'friends','last_seen':'off'}\n");
}

static void an_answer_to_who_is_gone_finds_nobody(void **state)
{
    (void)state;
    ASK("PUT", "/v1/users/a/friends/b");
    rig_drop(&rig, OPERATOR);
    answer_one();
    assert_true(rig_open(&rig, OPERATOR, 0, true)); /* at the same place */
    ASK("PUT", "/v1/users/a/friends/b");
    rig_drop(&rig, OPERATOR);
    assert_true(rig_open(&rig, OPERATOR, 0, true));
    ASK("GET", "/v1/users/a/visibility");
    answer_one(); /* it is told anyway: the change is made */
    SILENCE();
    answer_one();
    HEAR("200 {'mode':'friends','last_seen':'off'}\n");
    TOLD("friends a b on\nfriends a b on\nvisibility? a\n");
}

static void who_goes_in_the_middle_of_a_body_is_forgotten(void **state)
{
    (void)state;
    rig_feed(&rig, OPERATOR,
             KITH_LIT("POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                      "application/json\r\ncontent-length: 13\r\n\r\n{\"eve"));
    rig_drop(&rig, OPERATOR);
    assert_int_equal(clients_count(rig.worlds[0]->clients), 0);
}

static void a_body_that_trickles_is_cut_off(void **state)
{
    (void)state;
    rig_feed(&rig, OPERATOR,
             KITH_LIT("POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                      "application/json\r\ncontent-length: 13\r\n\r\n"));
    for (int i = 0; i < 9; i++) {
        rig_wait(&rig, HANDSHAKE_MS / 10);
        rig_feed(&rig, OPERATOR, KITH_LIT(" "));
    }
    SILENCE();
    rig_wait(&rig, HANDSHAKE_MS / 10);
    HEAR(
        PROBLEM("408", "Request Timeout", "late", "the body did not come in time: send it at once"),
        "end");
}

static void a_server_that_stops_says_so(void **state)
{
    (void)state;
#define STOPPING                                                                                   \
    PROBLEM("503", "Service Unavailable", "stopping", "the server is going away: try again")
    ASK("PUT", "/v1/users/a/friends/b");
    edge_shutdown(&rig.clients[OPERATOR].edge, 0);
    rig_turn(&rig);
    HEAR(STOPPING, "end");
    answer_one();
    HEAR("end");
    rig_drop(&rig, OPERATOR);
    assert_true(rig_open(&rig, OPERATOR, 0, true));
    rig_feed(&rig, OPERATOR,
             KITH_LIT("POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
                      "application/json\r\ncontent-length: 13\r\n\r\n{"));
    edge_shutdown(&rig.clients[OPERATOR].edge, 0);
    rig_turn(&rig);
    HEAR(STOPPING, "end");
}

static void a_store_that_never_answers_leaves_the_rest_alone(void **state)
{
    (void)state;
    paper.deaf = true;
    rig.store_waits = false;
    ASK("GET", "/v1/users/1/presence?as=2");
    rig_wait(&rig, API_WAIT_MS);
    HEAR(TIMEOUT);
    ASK("GET", "/v1/users/1/presence");
    HEAR("200 {'user':'1','online':false,'metas':[],'hidden':[]}\n");
}

#define TEST(name) cmocka_unit_test_prestate_setup_teardown(name, set_up, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_that_follow_wait_for_the_answer),
        TEST(a_graph_that_follows_is_read_as_its_own),
        TEST(what_is_not_answered_in_time_is_given_up),
        TEST(a_connection_is_kept_for_the_next_request),
        TEST(one_that_trickles_is_not),
        TEST(an_answer_that_comes_twice_counts_once),
        TEST(an_answer_to_who_is_gone_finds_nobody),
        TEST(who_goes_in_the_middle_of_a_body_is_forgotten),
        TEST(a_body_that_trickles_is_cut_off),
        TEST(a_server_that_stops_says_so),
        TEST(a_store_that_never_answers_leaves_the_rest_alone),
    };
    return RUN_HOWEVER_FED("api_late", tests);
}
