/* tests/kith/test_reload.c -- a server that takes up other settings while it runs: whom they hold
 * for, and what they leave alone. */
#include "app.h"

#include <stdio.h>
#include <unistd.h>

static struct app app;
static struct client clients[4];
static const struct app_options usual;

/* "key", "value", ... NULL. */
static struct kith_config *config_with(const char *const said[])
{
    kith_problem why;
    struct kith_config *c = app_config("2");
    for (; said[0]; said += 2)
        if (kith_config_set(c, said[0], said[1], &why) != KITH_OK) fail_msg("%s", why.text);
    return c;
}

static kith_err reload(const char *const said[], kith_problem *why)
{
    struct kith_config *c = config_with(said);
    kith_err e = kith_server_reload(app.server, c, why);
    kith_config_free(c); /* takes nothing */
    return e;
}

static void reload_well(const char *const said[])
{
    kith_problem why = {""};
    if (reload(said, &why) != KITH_OK) fail_msg("%s", why.text);
}

#define RELOAD(...) reload_well((const char *const[]){__VA_ARGS__, NULL})

static bool comes_from(const char *origin)
{
    bool in = client_open_from(&clients[3], app.port, "/socket/websocket?vsn=2.0.0", origin);
    client_close(&clients[3]);
    return in;
}

static void pages_may_connect_as_the_latest_config_says(void **state)
{
    (void)state;
    app_start(&app, &usual);
    app_client(&app, &clients[0], "user=1", "room:a");
    assert_false(comes_from("https://a.example"));
    RELOAD("origins.allow", "https://a.example");
    assert_true(comes_from("https://a.example"));
    RELOAD("origins.allow", "https://b.example https://*.c.example");
    assert_false(comes_from("https://a.example"));
    assert_true(comes_from("https://b.example"));
    assert_true(comes_from("https://x.c.example"));
    assert_true(client_is_there(&clients[0])); /* who is connected stays */
    client_close(&clients[0]);
    app_stop(&app);
}

/* On every worker: of 16 sockets each has some. */
static void limits_hold_for_those_who_are_connected(void **state)
{
    (void)state;
    static struct client all[16];
    static char big[4000];
    app_start(&app, &usual);
    for (int i = 0; i < 16; i++)
        app_client(&app, &all[i], "user=1", "room:a");
    RELOAD("server.max_message_bytes", "2048");
    memset(big, ' ', sizeof big - 1);
    for (int i = 0; i < 16; i++) {
        assert_true(client_is_there(&all[i]));
        client_say(&all[i], big);
        assert_true(client_is_closed(&all[i], 1009));
        client_close(&all[i]);
    }
    app_stop(&app);
}

/* Its deadline had been a minute away. */
static void whoever_is_silent_is_cut_off_by_the_new_time(void **state)
{
    (void)state;
    app_start(&app, &usual);
    for (int i = 0; i < 3; i++)
        app_client(&app, &clients[i], "user=1", NULL);
    RELOAD("server.ping_s", "0", "server.idle_s", "0.2");
    for (int i = 0; i < 3; i++) {
        assert_true(client_is_closed(&clients[i], 1002));
        client_close(&clients[i]);
    }
    app_stop(&app);
}

static void more_or_fewer_may_connect(void **state)
{
    (void)state;
    app_start(&app, &usual);
    app_client(&app, &clients[0], "user=1", NULL);
    RELOAD("server.max_connections", "1");
    assert_false(client_open(&clients[1], app.port, "/socket/websocket?vsn=2.0.0"));
    assert_int_equal(clients[1].status, 503);
    client_close(&clients[1]);
    assert_true(client_is_there(&clients[0]));
    RELOAD("server.max_connections", "2");
    app_client(&app, &clients[1], "user=1", NULL);
    client_close(&clients[0]);
    client_close(&clients[1]);
    app_stop(&app);
}

static void what_needs_a_restart_stays(void **state)
{
    (void)state;
    app_start(&app, &usual);
    RELOAD("server.listen", "127.0.0.2:0", "server.workers", "7", "presence.reciprocity", "on");
    assert_int_equal(kith_server_port(app.server), app.port);
    app_client(&app, &clients[0], "user=1", NULL);
    client_close(&clients[0]);
    app_stop(&app);
}

static void what_is_wrong_changes_nothing(void **state)
{
    (void)state;
    kith_problem why;
    app_start(&app, &usual);
    RELOAD("origins.allow", "https://a.example");
    static const char *const wrong[][5] = {
        {"origins.allow", "https://b.example", "token t.kind", "jwt"},
        {"origins.allow", "https://b.example", "server.idle_s", "20"},
        {"origins.allow", "https://b.example", "key k.role", "read"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        why.text[0] = 0;
        assert_int_equal(reload(wrong[i], &why), KITH_BAD);
        assert_int_not_equal(why.text[0], 0);
        assert_true(comes_from("https://a.example"));
        assert_false(comes_from("https://b.example"));
    }
    assert_int_equal(kith_server_reload(app.server, NULL, &why), KITH_BAD);
    app_stop(&app);
}

static kith_err join_well(struct kith_channel *c, kith_payload payload)
{
    (void)c, (void)payload;
    return KITH_OK;
}

static const struct kith_channel_behaviour any = {.topic = "*", .join = join_well};
static const struct kith_channel_behaviour *const anys[] = {&any, NULL};
static const struct kith_socket_behaviour by_token = {.path = "/socket", .channels = anys};

/* A config that is right in itself may be wrong beside what waits for a restart: a server that asks
 * for tokens would be left without a key. */
static void what_would_hold_until_a_restart_is_looked_at_too(void **state)
{
    (void)state;
    kith_problem why = {""};
    struct kith_config *c = app_config("2");
    assert_int_equal(kith_config_set(c, "server.auth", "token", &why), KITH_OK);
    assert_int_equal(kith_config_set(c, "token t.kind", "jwt", &why), KITH_OK);
    assert_int_equal(kith_config_set(c, "token t.secret", "0123456789abcdef0123456789abcdef", &why),
                     KITH_OK);
    app_make(&app, &usual);
    struct kith_server *of_app = app.server;
    assert_int_equal(kith_server_reload(of_app, c, &why), KITH_BAD); /* it has not started */
    assert_non_null(strstr(why.text, "not running"));
    assert_int_equal(kith_server_new(c, &app.server, &why), KITH_OK);
    assert_int_equal(kith_server_socket(app.server, &by_token), KITH_OK);
    assert_int_equal(kith_server_start(app.server, &why), KITH_OK);
    assert_int_equal(reload((const char *const[]){NULL}, &why), KITH_BAD); /* auth = app */
    assert_non_null(strstr(why.text, "it takes a restart"));
    assert_non_null(strstr(why.text, "needs a [token NAME]"));
    kith_server_free(app.server);
    app.server = of_app;
    kith_config_free(c);
    app_stop(&app);
}

static kith_err reload_here(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)event, (void)payload;
    kith_problem why;
    struct kith_config *config = app_config("2");
    struct app *a = app_of(c);
    EXPECT(a, kith_server_reload(a->server, config, &why) == KITH_BAD);
    EXPECT(a, strstr(why.text, "callback") != NULL);
    kith_config_free(config);
    return kith_channel_reply(c, true, KITH_EMPTY);
}

static void a_callback_cannot_and_a_server_that_has_stopped_neither(void **state)
{
    (void)state;
    kith_problem why;
    static const struct kith_channel_behaviour own = {
        .topic = "own", .join = join_well, .handle_in = reload_here};
    app_start(&app, &(struct app_options){.own = &own});
    app_client(&app, &clients[0], "user=1", NULL);
    client_say(&clients[0], "['1','1','own','phx_join',{}]");
    client_say(&clients[0], "['1','2','own','go',{}]");
    assert_true(client_hears(&clients[0], "['1','2','own','phx_reply',{'response':{},"));
    assert_int_equal(kith_server_stop(app.server, &why), KITH_OK);
    assert_int_equal(reload((const char *const[]){NULL}, &why), KITH_BAD);
    client_close(&clients[0]);
    app_stop(&app);
}

/* Threads */

struct reloader {
    pthread_t thread;
    const char *origin;
    atomic_bool stop;
    atomic_uint done, refused, failed;
};

static void *keep_reloading(void *arg)
{
    struct reloader *r = arg;
    while (!r->stop) {
        struct kith_config *c = app_config("2");
        kith_problem why;
        if (kith_config_set(c, "origins.allow", r->origin, &why) != KITH_OK) r->failed++;
        kith_err e = kith_server_reload(app.server, c, &why);
        if (e == KITH_OK)
            r->done++;
        else if (e == KITH_REFUSED)
            r->refused++;
        else
            r->failed++;
        kith_config_free(c);
    }
    return NULL;
}

static void clients_come_and_talk_while_others_reload(void **state)
{
    (void)state;
    static struct reloader all[2] = {{.origin = "https://a.example"},
                                     {.origin = "https://a.example https://b.example"}};
    app_start(&app, &usual);
    app_client(&app, &clients[0], "user=1", "room:a");
    RELOAD("origins.allow", "https://a.example");
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&all[i].thread, NULL, keep_reloading, &all[i]), 0);
    for (int i = 0; i < 50 || all[0].done + all[1].done < 20; i++) {
        assert_true(comes_from("https://a.example"));
        assert_false(comes_from("https://c.example"));
        assert_true(client_is_there(&clients[0]));
    }
    for (int i = 0; i < 2; i++) {
        all[i].stop = true;
        pthread_join(all[i].thread, NULL);
        assert_int_equal(all[i].failed, 0);
    }
    client_close(&clients[0]);
    app_stop(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_may_connect_as_the_latest_config_says),
        cmocka_unit_test(limits_hold_for_those_who_are_connected),
        cmocka_unit_test(whoever_is_silent_is_cut_off_by_the_new_time),
        cmocka_unit_test(more_or_fewer_may_connect),
        cmocka_unit_test(what_needs_a_restart_stays),
        cmocka_unit_test(what_is_wrong_changes_nothing),
        cmocka_unit_test(what_would_hold_until_a_restart_is_looked_at_too),
        cmocka_unit_test(a_callback_cannot_and_a_server_that_has_stopped_neither),
        cmocka_unit_test(clients_come_and_talk_while_others_reload),
    };
    return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
