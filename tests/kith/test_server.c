/* tests/kith/test_server.c -- the life of a server in somebody's process: made, started, stopped
 * and freed in every order, and what it says to whoever gets that wrong. */
#include "app.h"

#include <stdio.h>

static struct app app;
static struct client clients[2];
static const struct app_options usual;

static struct kith_server *new_server(void)
{
    struct kith_config *c = app_config("1");
    struct kith_server *s = NULL;
    kith_problem why;
    assert_int_equal(kith_server_new(c, &s, &why), KITH_OK);
    assert_non_null(s);
    kith_config_free(c);
    return s;
}

static kith_err join_any(struct kith_channel *c, kith_payload payload)
{
    (void)c, (void)payload;
    return KITH_OK;
}

static kith_err connect_any(struct kith_socket *s)
{
    (void)s;
    return KITH_OK;
}

static const struct kith_channel_behaviour any = {.topic = "*", .join = join_any};
static const struct kith_channel_behaviour *const anys[] = {&any, NULL};
static const struct kith_socket_behaviour open_to_all = {
    .path = "/open", .channels = anys, .connect = connect_any};
static const struct kith_socket_behaviour by_keys = {.path = "/keys", .channels = anys};

/* Orders */

static void it_can_be_freed_at_any_time(void **state)
{
    (void)state;
    kith_problem why;
    kith_server_free(NULL);
    assert_int_equal(kith_server_stop(NULL, &why), KITH_OK);
    for (int steps = 0; steps < 6; steps++) {
        struct kith_server *s = new_server();
        if (steps > 0) assert_int_equal(kith_server_stop(s, NULL), KITH_OK); /* does not run */
        if (steps > 1) assert_int_equal(kith_server_socket(s, &open_to_all), KITH_OK);
        if (steps > 2) assert_int_equal(kith_server_start(s, NULL), KITH_OK);
        if (steps > 3) assert_int_equal(kith_server_stop(s, NULL), KITH_OK);
        if (steps > 4) assert_int_equal(kith_server_stop(s, NULL), KITH_OK);
        kith_server_free(s);
    }
}

static void it_runs_once(void **state)
{
    (void)state;
    kith_problem why;
    app_start(&app, &usual);
    assert_int_equal(kith_server_port(app.server), app.port);
    assert_int_equal(kith_server_start(app.server, &why), KITH_BAD);
    assert_int_equal(kith_server_stop(app.server, &why), KITH_OK);
    assert_int_equal(kith_server_port(app.server), 0);
    assert_int_equal(kith_server_start(app.server, &why), KITH_BAD);
    assert_int_not_equal(why.text[0], 0);
    app_stop(&app);
}

static void stopping_closes_clients_with_1012(void **state)
{
    (void)state;
    app_start(&app, &usual);
    app_client(&app, &clients[0], "user=1", "room:a");
    app_client(&app, &clients[1], "user=2", "friends");
    assert_int_equal(kith_server_stop(app.server, NULL), KITH_OK);
    for (int i = 0; i < 2; i++) {
        assert_true(client_is_closed(&clients[i], 1012));
        client_close(&clients[i]);
    }
    assert_int_equal(app.terminates, 2);
    app_stop(&app);
}

static void freeing_stops_it(void **state)
{
    (void)state;
    app_start(&app, &usual);
    app_client(&app, &clients[0], "user=1", "room:a");
    kith_server_free(app.server);
    assert_true(client_is_closed(&clients[0], 1012));
    client_close(&clients[0]);
    app.server = NULL;
    app_stop(&app);
}

static void two_run_beside_each_other(void **state)
{
    (void)state;
    static struct app other;
    app_start(&app, &usual);
    app_start(&other, &usual);
    assert_int_not_equal(app.port, other.port);
    app_client(&app, &clients[0], "user=1", "room:a");
    app_client(&other, &clients[1], "user=1", "room:a");
    struct kith_message m = {.topic = KITH_LIT("room:a"), .event = KITH_LIT("x")};
    assert_int_equal(kith_pubsub_broadcast(other.server, &m), KITH_OK);
    assert_true(client_hears(&clients[1], "'room:a','x',{}"));
    assert_true(client_is_there(&clients[0]));
    assert_false(client_heard(&clients[0], "'x'"));
    app_stop(&other);
    assert_true(client_is_closed(&clients[1], 1012));
    assert_true(client_is_there(&clients[0]));
    client_close(&clients[0]);
    client_close(&clients[1]);
    app_stop(&app);
}

static void a_port_in_use_is_said(void **state)
{
    (void)state;
    char address[32];
    kith_problem why = {""};
    struct kith_server *s = NULL;
    app_start(&app, &usual);
    snprintf(address, sizeof address, "127.0.0.1:%u", app.port);
    struct kith_config *c = app_config("1");
    assert_int_equal(kith_config_set(c, "server.listen", address, &why), KITH_OK);
    assert_int_equal(kith_server_new(c, &s, &why), KITH_OK);
    kith_config_free(c);
    assert_int_equal(kith_server_socket(s, &open_to_all), KITH_OK);
    assert_int_equal(kith_server_start(s, &why), KITH_EXISTS);
    assert_non_null(strstr(why.text, address));
    assert_int_equal(kith_server_start(s, &why), KITH_BAD); /* once */
    assert_int_equal(kith_server_port(s), 0);
    assert_int_equal(kith_server_disconnect(s, KITH_LIT("x")), KITH_BAD);
    assert_int_equal(kith_server_stop(s, &why), KITH_OK);
    kith_server_free(s);
    app_stop(&app);
}

/* Mistakes */

static void a_config_takes_no_nonsense(void **state)
{
    (void)state;
    kith_problem why;
    struct kith_config *c = kith_config_new();
    struct kith_server *s = (struct kith_server *)1;
    assert_int_equal(kith_config_set(NULL, "server.listen", "x", &why), KITH_BAD);
    assert_int_equal(kith_config_set(c, NULL, "x", &why), KITH_BAD);
    assert_int_equal(kith_config_set(c, "server.listen", NULL, &why), KITH_BAD);
    assert_int_equal(kith_config_set(c, "no such", "x", NULL), KITH_BAD);
    assert_int_equal(kith_config_load(NULL, "x", &why), KITH_BAD);
    assert_int_equal(kith_config_load(c, NULL, &why), KITH_BAD);
    assert_int_equal(kith_config_load(c, "/no/such/file", NULL), KITH_IO);
    assert_null(kith_config_get(NULL, "server.listen"));
    assert_null(kith_config_get(c, NULL));
    assert_null(kith_config_get(c, "server.no_such"));
    assert_int_equal(kith_config_check(NULL, NULL), KITH_BAD);
    assert_int_equal(kith_config_check_listen(NULL, &why), KITH_BAD);
    kith_config_free(NULL);

    assert_int_equal(kith_server_new(c, NULL, &why), KITH_BAD);
    assert_int_equal(kith_server_new(NULL, &s, &why), KITH_BAD);
    assert_null(s);
    s = (struct kith_server *)1;
    assert_int_equal(kith_server_new(c, &s, NULL), KITH_BAD); /* auth = token, without a key */
    assert_null(s);
    kith_config_free(c);
    assert_string_equal(kith_err_text((kith_err)99), "unknown error");
    assert_string_equal(kith_version(), KITH_VERSION);
}

static void sockets_are_offered_well_or_not_at_all(void **state)
{
    (void)state;
    static const struct kith_channel_behaviour no_join = {.topic = "a"},
                                               no_topic = {.join = join_any},
                                               empty = {.topic = "", .join = join_any},
                                               inner = {.topic = "a:*:b", .join = join_any},
                                               bytes = {.topic = "\xff", .join = join_any};
    static const struct kith_channel_behaviour *const wrong[][3] = {
        {NULL},         {&no_join, NULL}, {&no_topic, NULL},     {&empty, NULL},
        {&inner, NULL}, {&bytes, NULL},   {&any, &no_join, NULL}};
    static const struct kith_channel_behaviour *const twice[] = {&any, &any, NULL};
    static const char *const paths[] = {NULL,   "",     "/",     "a",    "/a/",       "//a",
                                        "/a b", "/a?b", "/a//b", "/%41", "/\xc3\xa9", "/a*"};
    static const char *const origins[][2] = {
        {"app.example", NULL}, {"", NULL},      {"ftp://a.example", NULL},    {"https://", NULL},
        {"//", NULL},          {"//a b", NULL}, {"https://a.example/x", NULL}};
    struct kith_server *s = new_server();
    assert_int_equal(kith_server_socket(NULL, &open_to_all), KITH_BAD);
    assert_int_equal(kith_server_socket(s, NULL), KITH_BAD);
    struct kith_socket_behaviour b = open_to_all;
    b.channels = NULL;
    assert_int_equal(kith_server_socket(s, &b), KITH_BAD);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        b.channels = wrong[i];
        assert_int_equal(kith_server_socket(s, &b), KITH_BAD);
    }
    b.channels = twice;
    assert_int_equal(kith_server_socket(s, &b), KITH_EXISTS);
    b = open_to_all;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        b.path = paths[i];
        assert_int_equal(kith_server_socket(s, &b), KITH_BAD);
    }
    b = open_to_all;
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        b.origins = origins[i];
        assert_int_equal(kith_server_socket(s, &b), KITH_BAD);
    }
    b = open_to_all;
    b.transports = (enum kith_transports)3;
    assert_int_equal(kith_server_socket(s, &b), KITH_BAD);
    kith_server_free(s);
}

static void so_many_sockets_and_origins_are_offered_and_no_more(void **state)
{
    (void)state;
    static struct kith_socket_behaviour many[17];
    static char paths[17][16];
    static const char *origins[66];
    struct kith_server *s = new_server();
    for (int i = 0; i < 17; i++) {
        snprintf(paths[i], sizeof paths[i], "/p%d", i);
        many[i] = open_to_all;
        many[i].path = paths[i];
    }
    for (int i = 0; i < 65; i++)
        origins[i] = i % 2 ? "https://*.app.example" : "//app.example";
    many[0].origins = origins;
    assert_int_equal(kith_server_socket(s, &many[0]), KITH_FULL);
    origins[64] = NULL;
    for (int i = 0; i < 16; i++)
        assert_int_equal(kith_server_socket(s, &many[i]), KITH_OK);
    assert_int_equal(kith_server_socket(s, &many[3]), KITH_EXISTS);
    assert_int_equal(kith_server_socket(s, &many[16]), KITH_FULL);
    kith_server_free(s);
}

static void pages_may_connect_as_the_config_or_the_socket_says(void **state)
{
    (void)state;
    static const char *const own[] = {"//own.example", NULL};
    static const char *const pages[] = {"https://web.example", "https://own.example",
                                        "https://localhost", "https://evil.example"};
    static const bool may[4][4] = {{true, false, true, false},   /* as the config */
                                   {false, true, true, false},   /* its own, and the host */
                                   {true, true, true, true},     /* any */
                                   {false, true, false, false}}; /* its own alone */
    struct kith_socket_behaviour b[4] = {open_to_all, open_to_all, open_to_all, open_to_all};
    b[0].path = "/config";
    b[1].path = "/own";
    b[1].origins = own;
    b[2].path = "/any";
    b[2].any_origin = true;
    b[3].path = "/alone";
    b[3].origins = own;
    b[3].listed_origin = true;
    struct kith_config *c = app_config("1");
    struct kith_server *s = NULL;
    assert_int_equal(kith_config_set(c, "origins.allow", pages[0], NULL), KITH_OK);
    assert_int_equal(kith_server_new(c, &s, NULL), KITH_OK);
    kith_config_free(c);
    for (int i = 0; i < 4; i++)
        assert_int_equal(kith_server_socket(s, &b[i]), KITH_OK);
    assert_int_equal(kith_server_start(s, NULL), KITH_OK);
    for (int i = 0; i < 4; i++) {
        char target[32];
        snprintf(target, sizeof target, "%s/websocket", b[i].path);
        for (int page = 0; page < 4; page++) {
            bool in = client_open_from(&clients[0], kith_server_port(s), target, pages[page]);
            assert_int_equal(in, may[i][page]);
            if (!in) assert_int_equal(clients[0].status, 403);
            client_close(&clients[0]);
        }
    }
    kith_server_free(s);
}

static void it_starts_once_somebody_may_come_in(void **state)
{
    (void)state;
    kith_problem why = {""};
    struct kith_server *s = new_server();
    assert_int_equal(kith_server_start(NULL, &why), KITH_BAD);
    assert_int_equal(kith_server_start(s, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "kith_server_socket"));
    assert_int_equal(kith_server_socket(s, &by_keys), KITH_OK);
    assert_int_equal(kith_server_socket(s, &open_to_all), KITH_OK);
    assert_int_equal(kith_server_start(s, &why), KITH_BAD);
    assert_non_null(strstr(why.text, "/keys"));
    kith_server_free(s);
    s = new_server(); /* what was forgotten can be added */
    assert_int_equal(kith_server_start(s, &why), KITH_BAD);
    assert_int_equal(kith_server_socket(s, &open_to_all), KITH_OK);
    assert_int_equal(kith_server_start(s, &why), KITH_OK);
    kith_server_free(s);
}

static kith_err no_source(void *context, kith_slice user, struct kith_ids *out)
{
    (void)context, (void)user, (void)out;
    return KITH_OK;
}

static kith_err no_bus(void *context, kith_slice to, kith_slice bytes)
{
    (void)context, (void)to, (void)bytes;
    return KITH_OK;
}

static void no_hook(void *context, const struct kith_hook_event *e) { (void)context, (void)e; }

static void ports_and_pages_are_whole_and_come_before_the_start(void **state)
{
    (void)state;
    static const char long_name[] =
        "12345678901234567890123456789012345678901234567890123456789012345";
    static const struct kith_source source = {.watched = no_source}, empty_source = {0};
    static const struct kith_bus bus = {.node = "n", .publish = no_bus},
                                 wrong_bus[] = {{.node = "n"},
                                                {.publish = no_bus},
                                                {.node = "", .publish = no_bus},
                                                {.node = "\xff", .publish = no_bus},
                                                {.node = long_name, .publish = no_bus}};
    static const struct kith_hook hook = {.event = no_hook}, empty_hook = {0};
    static const struct kith_page page = {"/a", "text/plain", KITH_LIT("a")},
                                  wrong_page[] = {{NULL, "text/plain", {NULL, 0}},
                                                  {"a", "text/plain", {NULL, 0}},
                                                  {"/a", NULL, {NULL, 0}}};
    struct kith_server *s = new_server();
    for (int started = 0; started < 2; started++) {
        kith_err want = started ? KITH_BAD : KITH_OK;
        assert_int_equal(kith_server_source(s, &source), want);
        assert_int_equal(kith_server_bus(s, &bus), want);
        assert_int_equal(kith_server_hook(s, &hook), want);
        assert_int_equal(kith_server_pages(s, &page, 1), want);
        assert_int_equal(kith_server_pages(s, NULL, 0), want);
        assert_int_equal(kith_server_import(s, KITH_LIT("1 2\n"), NULL), want);
        assert_int_equal(kith_server_socket(s, &open_to_all), want);
        assert_int_equal(kith_server_source(s, &empty_source), KITH_BAD);
        assert_int_equal(kith_server_source(s, NULL), KITH_BAD);
        for (size_t i = 0; i < sizeof wrong_bus / sizeof wrong_bus[0]; i++)
            assert_int_equal(kith_server_bus(s, &wrong_bus[i]), KITH_BAD);
        assert_int_equal(kith_server_bus(s, NULL), KITH_BAD);
        assert_int_equal(kith_server_hook(s, &empty_hook), KITH_BAD);
        assert_int_equal(kith_server_hook(s, NULL), KITH_BAD);
        for (size_t i = 0; i < sizeof wrong_page / sizeof wrong_page[0]; i++)
            assert_int_equal(kith_server_pages(s, &wrong_page[i], 1), KITH_BAD);
        assert_int_equal(kith_server_pages(s, NULL, 1), KITH_BAD);
        assert_int_equal(kith_server_import(s, KITH_LIT("one\n"), NULL), KITH_BAD);
        if (!started) assert_int_equal(kith_server_start(s, NULL), KITH_OK);
    }
    assert_int_equal(kith_server_source(NULL, &source), KITH_BAD);
    assert_int_equal(kith_server_bus(NULL, &bus), KITH_BAD);
    assert_int_equal(kith_server_hook(NULL, &hook), KITH_BAD);
    assert_int_equal(kith_server_pages(NULL, &page, 1), KITH_BAD);
    assert_int_equal(kith_server_import(NULL, KITH_LIT(""), NULL), KITH_BAD);
    assert_int_equal(kith_ids_add(NULL, KITH_LIT("1")), KITH_BAD);
    assert_string_equal(kith_pubsub_node(s), "n");
    assert_string_equal(kith_pubsub_node(NULL), "local");
    kith_server_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_can_be_freed_at_any_time),
        cmocka_unit_test(it_runs_once),
        cmocka_unit_test(stopping_closes_clients_with_1012),
        cmocka_unit_test(freeing_stops_it),
        cmocka_unit_test(two_run_beside_each_other),
        cmocka_unit_test(a_port_in_use_is_said),
        cmocka_unit_test(a_config_takes_no_nonsense),
        cmocka_unit_test(sockets_are_offered_well_or_not_at_all),
        cmocka_unit_test(so_many_sockets_and_origins_are_offered_and_no_more),
        cmocka_unit_test(pages_may_connect_as_the_config_or_the_socket_says),
        cmocka_unit_test(it_starts_once_somebody_may_come_in),
        cmocka_unit_test(ports_and_pages_are_whole_and_come_before_the_start),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
