/* tests/edge/test_api_request.c -- who may ask the API, and what is no request of it. */
#include "edge/operator.h"

#include "edge/ops.h"

static struct rig rig;

#define ASK(method, path)        operator_asks(&rig, method, path, "", NULL)
#define SEND(method, path, json) operator_asks(&rig, method, path, "", json)
#define FEED(bytes)              rig_feed(&rig, OPERATOR, KITH_LIT(bytes))
#define HEAR(...)                HEARS(&rig, OPERATOR, __VA_ARGS__)

#define NO_KEY                                                                                     \
    PROBLEM("401", "Unauthorized", "no_key",                                                       \
            "send authorization: Bearer and the secret of a [key NAME] of the server's config")
#define BAD_KEY                                                                                    \
    PROBLEM("401", "Unauthorized", "no_key",                                                       \
            "this key is not known: send authorization: Bearer and the secret of a [key NAME] of " \
            "the server's config")
#define LOW                                                                                        \
    PROBLEM("403", "Forbidden", "role",                                                            \
            "this key may not do that: its role is read, and that takes write")
#define NO_PATH                                                                                    \
    PROBLEM("404", "Not Found", "no_path", "there is no such path: see /v1/openapi.json")
#define NO_METHOD                                                                                  \
    PROBLEM("405", "Method Not Allowed", "method_not_allowed",                                     \
            "this path takes other methods: see allow")
#define NO_BODY(status, title, detail) PROBLEM(status, title, "bad_body", detail)
#define NO_ID                                                                                      \
    PROBLEM("400", "Bad Request", "bad_id", "a user id is 1 to 128 bytes of UTF-8 without NUL")

/* Opens a new connection in place of one that was ended. */
static void again(void)
{
    rig_drop(&rig, OPERATOR);
    assert_true(rig_open(&rig, OPERATOR, 0, true));
}

static bool answers_with(const char *text)
{
    kith_slice raw = heard_raw(&rig, OPERATOR);
    return memmem(raw.ptr, raw.len, text, strlen(text));
}

static void each_key_may_what_its_role_says(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *json, *read, *write, *admin;
    } routes[] = {
        {"GET", "/v1/users/a/visibility", NULL, "200", "200", "200"},
        {"GET", "/v1/users/a/audience", NULL, "200", "200", "200"},
        {"GET", "/v1/users/a/presence", NULL, "200", "200", "200"},
        {"POST", "/v1/presence/query", "{'ids':[]}", "200", "200", "200"},
        {"PUT", "/v1/users/a/visibility", "{'mode':'public'}", "403", "200", "200"},
        {"PUT", "/v1/users/a/watches/b", NULL, "403", "204", "204"},
        {"DELETE", "/v1/users/a/watches/b", NULL, "403", "204", "204"},
        {"PUT", "/v1/users/a/friends/b", NULL, "403", "204", "204"},
        {"DELETE", "/v1/users/a/friends/b", NULL, "403", "204", "204"},
        {"PUT", "/v1/users/a/blocks/b", NULL, "403", "204", "204"},
        {"DELETE", "/v1/users/a/blocks/b", NULL, "403", "204", "204"},
        {"POST", "/v1/users/a/push", "{'event':'e'}", "403", "200", "200"},
        {"POST", "/v1/broadcast", "{'event':'e'}", "403", "200", "200"},
        {"POST", "/v1/users/a/disconnect", "{}", "403", "403", "200"},
        {"DELETE", "/v1/users/a", NULL, "403", "403", "204"},
        {"GET", "/v1/graph/export", NULL, "200", "200", "200"},
    };
    static const char *const pieces[] = {"a b\n", NULL};
    operator_wants_keys(&rig);
    paper.pieces = pieces;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const char *const keys[] = {"", KEY_READ, KEY_WRITE, KEY_ADMIN};
        const char *const want[] = {"401", routes[i].read, routes[i].write, routes[i].admin};
        for (size_t k = 0; k < 4; k++) {
            char status[32];
            paper.given = 0;
            operator_asks(&rig, routes[i].method, routes[i].path, keys[k], routes[i].json);
            snprintf(status, sizeof status, "HTTP/1.1 %s ", want[k]);
            if (!answers_with(status))
                fail_msg("%s %s with key %zu is not %s", routes[i].method, routes[i].path, k,
                         want[k]);
            if (rig.clients[OPERATOR].edge.phase == EDGE_DONE) again();
        }
    }
}

static void what_is_no_key_opens_nothing(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "authorization: Bearer a-key-that-may-read-and-do-nothing-elsE\r\n",
        "authorization: Basic a-key-that-may-read-and-do-nothing-else\r\n",
        "authorization: Bearer\r\n",
        KEY_READ KEY_READ,
        "x-authorization: Bearer a-key-that-may-read-and-do-nothing-else\r\n",
    };
    operator_wants_keys(&rig);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        operator_asks(&rig, "GET", "/v1/users/a/presence", headers[i], NULL);
        HEAR(i < 4 ? BAD_KEY : NO_KEY);
    }
    ASK("GET", "/v1/users/a/presence");
    assert_true(answers_with("\r\nwww-authenticate: Bearer realm=\"kith\"\r\n"));
    operator_asks(&rig, "PUT", "/v1/users/a/friends/b", KEY_READ, NULL);
    HEAR(LOW);
    operator_asks(&rig, "PUT", "/v1/users//friends/b", "", NULL);
    HEAR(NO_PATH);
    operator_asks(&rig, "PUT", "/v1/users/%FF/friends/b", "", NULL);
    HEAR(NO_KEY); /* before anything of the request is judged */
    TOLD("");
}

static void what_is_answered_is_counted(void **state)
{
    (void)state;
    const struct stats *s = &rig.worlds[0]->stats;
    static const char *const pieces[] = {"a b\n", NULL};
    paper.pieces = pieces;
    ASK("PUT", "/v1/users/a/friends/b");
    ASK("GET", "/v1/graph/export");
    assert_int_equal(s->api_requests, 2);
    assert_int_equal(s->api_requests_refused + s->api_requests_failed, 0);
    ASK("GET", "/v1/none");
    paper.err = KITH_IO;
    ASK("PUT", "/v1/users/a/friends/b");
    assert_int_equal(s->api_requests, 4);
    assert_int_equal(s->api_requests_refused, 1);
    assert_int_equal(s->api_requests_failed, 1);
    operator_wants_keys(&rig);
    ASK("PUT", "/v1/users/a/friends/b");
    assert_int_equal(s->api_keys_refused, 1);
    assert_int_equal(s->api_requests_refused, 2);
}

static void without_keys_nobody_is_let_in(void **state)
{
    (void)state;
    rig.options.auth_none = false;
    operator_asks(&rig, "GET", "/v1/users/a/presence", KEY_READ, NULL);
    HEAR(BAD_KEY);
    rig.options.demo = true; /* as for development */
    ASK("GET", "/v1/users/a/presence");
    HEAR("200 {'user':'a','online':false,'metas':[],'hidden':[]}\n");
}

static void other_paths_are_none(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/v1/",
        "/v1/users",
        "/v1/users/",
        "/v1/users/a/",
        "/v1/users/a/presence/",
        "/v1/users//presence",
        "/v1/users/a/friends",
        "/v1/users/a/friends/",
        "/v1/users/a/b/c",
        "/v1/users/a/friends/b/c",
        "/v1//broadcast",
        "/v1/Broadcast",
        "/v1/../v1/broadcast/x",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ASK("GET", paths[i]);
        HEAR(NO_PATH);
    }
    ASK("GET", "/v2/broadcast");
    HEAR("404 not found: try /console, /healthz, /readyz, /metrics or /v1/\n");
}

static void other_methods_are_told_which_there_are(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *allow;
    } cases[] = {
        {"GET", "/v1/users/a/watches/b", "allow: PUT, DELETE\r\n"},
        {"GET", "/v1/users/a", "allow: DELETE\r\n"},
        {"POST", "/v1/users/a/friends/b", "allow: PUT, DELETE\r\n"},
        {"GET", "/v1/users/a/blocks/b", "allow: PUT, DELETE\r\n"},
        {"DELETE", "/v1/users/a/visibility", "allow: GET, PUT\r\n"},
        {"PUT", "/v1/users/a/audience", "allow: GET\r\n"},
        {"POST", "/v1/users/a/presence", "allow: GET\r\n"},
        {"GET", "/v1/presence/query", "allow: POST\r\n"},
        {"PUT", "/v1/users/a/push", "allow: POST\r\n"},
        {"DELETE", "/v1/broadcast", "allow: POST\r\n"},
        {"OPTIONS", "/v1/users/a/disconnect", "allow: POST\r\n"},
        {"get", "/v1/users/a/presence", "allow: GET\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASK(cases[i].method, cases[i].path);
        assert_true(answers_with(cases[i].allow));
        ASK(cases[i].method, cases[i].path);
        HEAR(NO_METHOD);
    }
}

static void head_is_answered_without_a_body(void **state)
{
    (void)state;
    ASK("HEAD", "/v1/users/a/presence");
    kith_slice raw = heard_raw(&rig, OPERATOR);
    assert_true(slice_starts(raw, KITH_LIT("HTTP/1.1 405 ")));
    assert_true(raw.len > 4 && memcmp(raw.ptr + raw.len - 4, "\r\n\r\n", 4) == 0);
    ASK("GET", "/v1/users/a/presence"); /* the next one is not lost in it */
    HEAR("200 {'user':'a','online':false,'metas':[],'hidden':[]}\n");
}

static void ids_that_are_none_are_refused(void **state)
{
    (void)state;
    char path[256];
    static const char *const ids[] = {"%00", "a%00b", "%FF", "%C3", "%ED%A0%80", "%", "%4", "%zz"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        snprintf(path, sizeof path, "/v1/users/%s/friends/b", ids[i]);
        ASK("PUT", path);
        snprintf(path, sizeof path, "/v1/users/b/friends/%s", ids[i]);
        ASK("PUT", path);
        HEAR(NO_ID, NO_ID);
    }
    snprintf(path, sizeof path, "/v1/users/%0129d/friends/b", 0);
    ASK("PUT", path);
    HEAR(NO_ID);
    TOLD("");
    snprintf(path, sizeof path, "/v1/users/%0128d/friends/b", 0);
    ASK("PUT", path);
    HEAR("204");
}

static void bodies_that_are_not_json_are_refused(void **state)
{
    (void)state;
#define NOT_ONE NO_BODY("400", "Bad Request", "the body must be one JSON object, no key twice")
    static const char *const bodies[] = {
        "",
        " ",
        "[]",
        "1",
        "{'event':'e'",
        "{'event':'e'}}",
        "{'event':'e','event':'f'}",
        "{'event':'e',}",
        "\xff",
        "{'event':'\x01'}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        SEND("POST", "/v1/broadcast", bodies[i]);
        SEND("PUT", "/v1/users/a/visibility", bodies[i]);
        HEAR(NOT_ONE, NOT_ONE);
    }
}

static void bodies_that_do_not_say_that_they_are_json_are_not_read(void **state)
{
    (void)state;
    static const char *const types[] = {
        "",
        "content-type: text/plain\r\n",
        "content-type: application/x-www-form-urlencoded\r\n",
        "content-type: application/jsonx\r\n",
        "content-type: application/json\r\ncontent-type: application/json\r\n",
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char head[256];
        snprintf(head, sizeof head,
                 "POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\n%scontent-length: 13\r\n\r\n"
                 "{\"event\":\"e\"}",
                 types[i]);
        rig_feed(&rig, OPERATOR, slice_str(head));
        HEAR(NO_BODY("415", "Unsupported Media Type", "send content-type: application/json"),
             "end");
        again();
    }
    FEED("POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
         "Application/JSON ; charset=utf-8\r\ncontent-length: 13\r\n\r\n{\"event\":\"e\"}");
    HEAR("200 {'sessions':0}\n");
}

static void a_body_may_come_in_chunks(void **state)
{
    (void)state;
#define CHUNKED                                                                                    \
    "POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"         \
    "transfer-encoding: chunked\r\n\r\n"
    FEED(CHUNKED "3\r\n{\"e\r\nA;x=y\r\nvent\":\"e\"}\r\n0\r\nt: v\r\n\r\n" CHUNKED
                 "d\r\n{\"event\":\"f\"}\r\n0\r\n\r\n");
    HEAR("200 {'sessions':0}\n", "200 {'sessions':0}\n");
    FEED(CHUNKED "x\r\n");
    HEAR(NO_BODY("400", "Bad Request", "the body's chunks are none"), "end");
}

static void a_body_has_its_bound(void **state)
{
    (void)state;
#define TOO_LARGE PROBLEM("413", "Content Too Large", "too_large", "the body has more than 2 MiB")
    FEED("POST /v1/broadcast HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
         "content-length: 2097153\r\n\r\n{");
    HEAR(TOO_LARGE, "end");
    again();
    FEED(CHUNKED "200001\r\n");
    HEAR(TOO_LARGE, "end");
}

static void where_no_body_is_taken_one_is_refused(void **state)
{
    (void)state;
    SEND("PUT", "/v1/users/a/friends/b", "{}");
    HEAR(NO_BODY("400", "Bad Request", "this path takes no body"), "end");
    again();
    operator_asks(&rig, "PUT", "/v1/users/a/friends/b", "content-length: 0\r\n", NULL);
    HEAR("204");
    operator_asks(&rig, "PUT", "/v1/users/a/friends/b", "connection: close\r\n", NULL);
    HEAR("204", "end");
    TOLD("friends a b on\nfriends a b on\n");
}

static void web_pages_and_other_names_are_sent_away_in_development_too(void **state)
{
    (void)state;
#define AWAY PROBLEM("403", "Forbidden", "foreign", OPS_FOREIGN_PAGE)
    operator_asks(&rig, "PUT", "/v1/users/a/friends/b", "origin: http://localhost:4000\r\n", NULL);
    HEAR(AWAY);
    operator_asks(&rig, "GET", "/v1/users/a/presence", "origin: null\r\n", NULL);
    HEAR(AWAY);
    FEED("PUT /v1/users/a/friends/b HTTP/1.1\r\nhost: evil.example\r\n\r\n");
    HEAR(PROBLEM("403", "Forbidden", "foreign", OPS_FOREIGN_HOST));
    operator_asks(&rig, "POST", "/v1/broadcast", "origin: http://a\r\n", "{'event':'e'}");
    HEAR(AWAY, "end"); /* and its body is not read */
    TOLD("");
}

static void its_own_console_is_no_foreign_page(void **state)
{
    (void)state;
    operator_asks(&rig, "PUT", "/v1/users/a/friends/b", "origin: http://localhost\r\n", NULL);
    HEAR("204");
    FEED("PUT /v1/users/a/friends/b HTTP/1.1\r\nhost: LocalHost:4001\r\n"
         "origin: https://localhost:4001\r\n\r\n");
    HEAR("204");
    FEED("PUT /v1/users/a/friends/b HTTP/1.1\r\nhost: localhost:4001\r\n"
         "origin: http://localhost:4001\r\norigin: http://localhost:4001\r\n\r\n");
    HEAR(AWAY);
    TOLD("friends a b on\nfriends a b on\n");
}

static void what_the_api_is_it_tells_without_a_key(void **state)
{
    (void)state;
    operator_wants_keys(&rig);
    ASK("GET", "/v1/openapi.json");
    assert_true(answers_with("\r\n\r\n{\n  \"openapi\": \"3.1.0\",\n"));
    ASK("POST", "/v1/openapi.json");
    HEAR(NO_METHOD);
}

static void answers_are_not_for_keeping(void **state)
{
    (void)state;
    ASK("GET", "/v1/users/a/presence");
    assert_true(answers_with("content-type: application/json\r\ncache-control: no-store\r\n"
                             "x-content-type-options: nosniff\r\n"));
    ASK("GET", "/v1/none");
    assert_true(answers_with("content-type: application/problem+json\r\ncache-control: no-store\r\n"
                             "x-content-type-options: nosniff\r\n"));
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, operator_begin, operator_end, &rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_key_may_what_its_role_says),
        TEST(what_is_no_key_opens_nothing),
        TEST(what_is_answered_is_counted),
        TEST(without_keys_nobody_is_let_in),
        TEST(other_paths_are_none),
        TEST(other_methods_are_told_which_there_are),
        TEST(head_is_answered_without_a_body),
        TEST(ids_that_are_none_are_refused),
        TEST(bodies_that_are_not_json_are_refused),
        TEST(bodies_that_do_not_say_that_they_are_json_are_not_read),
        TEST(a_body_may_come_in_chunks),
        TEST(a_body_has_its_bound),
        TEST(where_no_body_is_taken_one_is_refused),
        TEST(web_pages_and_other_names_are_sent_away_in_development_too),
        TEST(its_own_console_is_no_foreign_page),
        TEST(what_the_api_is_it_tells_without_a_key),
        TEST(answers_are_not_for_keeping),
    };
    return RUN_HOWEVER_FED("api_request", tests);
}
