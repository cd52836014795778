/* tests/kith/test_ports.c -- where friendships come from, who hears of presence, and how two
 * servers are one to those who listen. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct app app, other;
static struct client clients[4];

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void close_clients(void)
{
    for (int i = 0; i < 4; i++)
        client_close(&clients[i]);
}

/* Source */

static atomic_int asked;
static atomic_bool slow_may_go;

/* "me" watches b, a and b again; "all" as many as it may; "slow" waits; "no" has no answer. */
static kith_err watched(void *context, kith_slice user, struct kith_ids *out)
{
    struct app *a = context;
    char id[16];
    static const char long_id[129] = {[0 ... 128] = 'x'};
    asked++;
    if (kith_equal(user, KITH_LIT("no"))) return KITH_IO;
    if (kith_equal(user, KITH_LIT("late"))) return KITH_LATER; /* is none either */
    while (kith_equal(user, KITH_LIT("slow")) && !slow_may_go)
        sleep_ms(1);
    if (kith_equal(user, KITH_LIT("all"))) {
        for (int i = 0; i < 5000; i++) {
            snprintf(id, sizeof id, "%d", i);
            EXPECT(a, kith_ids_add(out, kith_str(id)) == KITH_OK);
        }
        EXPECT(a, kith_ids_add(out, KITH_LIT("one more")) == KITH_FULL);
        return KITH_OK;
    }
    EXPECT(a, kith_ids_add(out, KITH_LIT("")) == KITH_BAD);
    EXPECT(a, kith_ids_add(out, KITH_LIT("\xff")) == KITH_BAD);
    EXPECT(a, kith_ids_add(out, KITH_LIT("a\0b")) == KITH_BAD);
    EXPECT(a, kith_ids_add(out, (kith_slice){(const uint8_t *)long_id, 129}) == KITH_BAD);
    EXPECT(a, kith_server_stop(a->server, NULL) == KITH_BAD); /* from a callback */
    static const kith_slice ids[] = {KITH_LIT("b"), KITH_LIT("a"), KITH_LIT("b")};
    kith_err e = KITH_OK;
    for (int i = 0; i < 3 && !e; i++)
        e = kith_ids_add(out, ids[i]);
    return e;
}

static const struct kith_source source = {.watched = watched, .context = &app};

static void join_friends(struct client *c, const char *query)
{
    app_client(&app, c, query, NULL);
    client_say(c, "['1','1','friends','phx_join',{}]");
}

static void a_source_says_whom_users_watch(void **state)
{
    (void)state;
    app_start(&app, &(struct app_options){.source = &source});
    app_client(&app, &clients[0], "user=a", "friends");
    app_client(&app, &clients[1], "user=b", "friends");
    assert_true(client_hears(&clients[0], "'b':{'metas'"));
    assert_true(client_hears(&clients[1], "'a':{'metas'"));
    app_client(&app, &clients[2], "user=me", "friends");
    assert_true(client_hears(&clients[2], "'presence_state',{'a':{'metas':[{'online_at'"));
    const char *b = strstr(clients[2].text, "'b':{'metas':[");
    assert_non_null(b);
    assert_null(strstr(b + 1, "'b':{'metas':[")); /* though it is named twice */
    client_say(&clients[1], "['1','2','friends','status',{'status':'away'}]");
    assert_true(client_hears(&clients[2], "'status':'away'"));
    assert_true(client_is_there(&clients[2]));
    const char *away = strstr(clients[2].text, "'status':'away'");
    assert_null(strstr(away + 1, "'status':'away'"));
    close_clients();
    app_stop(&app);
}

static void a_source_without_an_answer_refuses_the_join_alone(void **state)
{
    (void)state;
    app_start(&app, &(struct app_options){.source = &source});
    static const char *const users[] = {"user=no", "user=late"};
    for (int i = 0; i < 2; i++) {
        join_friends(&clients[i], users[i]);
        assert_true(
            client_hears(&clients[i], "'friends unavailable, try again'},'status':'error'"));
        assert_true(client_is_there(&clients[i]));
    }
    app_client(&app, &clients[2], "user=me", "friends");
    app_client(&app, &clients[3], "user=all", "friends");
    close_clients();
    app_stop(&app);
}

static void who_waits_for_a_slow_source_waits_alone(void **state)
{
    (void)state;
    asked = 0;
    slow_may_go = false;
    app_start(&app, &(struct app_options){.source = &source, .workers = "1"});
    join_friends(&clients[0], "user=slow");
    for (int i = 0; i < 1000 && !asked; i++)
        sleep_ms(10);
    app_client(&app, &clients[1], "user=x", "room:a");
    client_say(&clients[1], "['1','2','room:a','echo',{}]");
    assert_true(client_hears(&clients[1], "['1','2','room:a','phx_reply'"));
    assert_true(client_is_there(&clients[0])); /* its other messages are answered, too */
    assert_false(client_heard(&clients[0], "presence_state"));
    slow_may_go = true;
    assert_true(client_hears(&clients[0], "presence_state"));
    close_clients();
    app_stop(&app);
}

/* Hook */

static struct {
    pthread_mutex_t lock;
    char lines[4096];
} told = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_presence(void *context, const struct kith_hook_event *e)
{
    static const char *const kinds[] = {"online", "offline", "status"};
    EXPECT(context, e->unix_ms > 1000000000000);
    EXPECT(context, (e->old.len || e->now.len));
    pthread_mutex_lock(&told.lock);
    size_t n = strlen(told.lines);
    snprintf(told.lines + n, sizeof told.lines - n, "%s %.*s %s%s\n", kinds[e->kind],
             (int)e->user.len, (const char *)e->user.ptr, e->old.len ? "-" : "",
             e->now.len ? "+" : "");
    pthread_mutex_unlock(&told.lock);
}

static void assert_told(const char *lines)
{
    char now[sizeof told.lines] = "";
    for (int i = 0; i < 1000 && strcmp(now, lines) != 0; i++) {
        if (i) sleep_ms(10);
        pthread_mutex_lock(&told.lock);
        memcpy(now, told.lines, sizeof now);
        pthread_mutex_unlock(&told.lock);
    }
    assert_string_equal(now, lines);
}

static void a_hook_hears_of_a_users_presence_in_order(void **state)
{
    (void)state;
    const struct kith_hook hook = {.event = on_presence, .context = &app};
    app_start(&app, &(struct app_options){.hook = &hook});
    app_client(&app, &clients[0], "user=u", "friends");
    assert_told("online u +\n");
    app_client(&app, &clients[1], "user=u", "friends");
    assert_told("online u +\nstatus u +\n");
    client_say(&clients[0], "['1','2','friends','status',{'status':'away'}]");
    assert_told("online u +\nstatus u +\nstatus u -+\n");
    client_say(&clients[0], "['1','3','friends','phx_leave',{}]");
    assert_told("online u +\nstatus u +\nstatus u -+\nstatus u -\n");
    client_close(&clients[1]); /* after its grace */
    assert_told("online u +\nstatus u +\nstatus u -+\nstatus u -\noffline u -\n");
    close_clients();
    app_stop(&app);
}

/* Bus: in memory, from node "a" to node "b" and back */

static kith_err carry(void *context, kith_slice to, kith_slice bytes)
{
    struct app *far = context;
    const char *name = kith_pubsub_node(far->server);
    if (to.len && !kith_equal(to, kith_str(name))) return KITH_OK;
    return kith_server_receive(far->server, bytes);
}

static const struct kith_bus bus_a = {.node = "a", .publish = carry, .context = &other},
                             bus_b = {.node = "b", .publish = carry, .context = &app};

static void start_both(void)
{
    app_make(&other, &(struct app_options){.bus = &bus_b}); /* known before the other publishes */
    app_start(&app, &(struct app_options){.bus = &bus_a});
    assert_int_equal(kith_server_start(other.server, NULL), KITH_OK);
    other.port = kith_server_port(other.server);
}

/* Neither may publish to one that is gone. */
static void stop_both(void)
{
    close_clients();
    assert_int_equal(kith_server_stop(app.server, NULL), KITH_OK);
    assert_int_equal(kith_server_stop(other.server, NULL), KITH_OK);
    app_stop(&app);
    app_stop(&other);
}

static void what_is_broadcast_reaches_both_nodes(void **state)
{
    (void)state;
    start_both();
    assert_string_equal(kith_pubsub_node(app.server), "a");
    app_client(&app, &clients[0], "user=1", "room:x");
    kith_channel_id id = app_latest(&app);
    app_client(&app, &clients[1], "user=2", "room:x");
    app_client(&other, &clients[2], "user=3", "room:x");
    struct kith_message m = {.topic = KITH_LIT("room:x"), .event = KITH_LIT("all")};
    assert_int_equal(kith_pubsub_broadcast(app.server, &m), KITH_OK);
    for (int i = 0; i < 3; i++)
        assert_true(client_hears(&clients[i], "[null,null,'room:x','all',{}]"));
    m.event = KITH_LIT("from");
    assert_int_equal(kith_pubsub_broadcast_from(app.server, id, &m), KITH_OK);
    m.event = KITH_LIT("local");
    assert_int_equal(kith_pubsub_local_broadcast(app.server, &m), KITH_OK);
    m.event = KITH_LIT("localfrom");
    assert_int_equal(kith_pubsub_local_broadcast_from(app.server, id, &m), KITH_OK);
    m.event = KITH_LIT("direct");
    assert_int_equal(kith_pubsub_direct_broadcast(app.server, "b", &m), KITH_OK);
    assert_int_equal(kith_pubsub_direct_broadcast(app.server, "nowhere", &m), KITH_OK);
    m.event = KITH_LIT("here");
    assert_int_equal(kith_pubsub_direct_broadcast(app.server, "a", &m), KITH_OK);
    m.event = KITH_LIT("end");
    m.payload = kith_json(KITH_LIT("{\"all\":[1.0]}"));
    assert_int_equal(kith_pubsub_broadcast(other.server, &m), KITH_OK);
    static const char *const want[3][8] = {
        {"'all'", "'local'", "'here'", "'end',{'all':[1.0]}"},
        {"'all'", "'from'", "'local'", "'localfrom'", "'here'", "'end',{'all':[1.0]}"},
        {"'all'", "'from'", "'direct'", "'end',{'all':[1.0]}"}};
    for (int i = 0; i < 3; i++) {
        int lines = 0, k = 0;
        for (; want[i][k]; k++) { /* they come over several threads, in any order */
            clients[i].heard_at = 0;
            assert_true(client_hears(&clients[i], want[i][k]));
        }
        assert_true(client_is_there(&clients[i]));
        for (const char *p = clients[i].text; (p = strstr(p, "[null,null,")); p++)
            lines++;
        assert_int_equal(lines, k);
    }
    stop_both();
}

static void who_has_an_id_is_disconnected_on_both(void **state)
{
    (void)state;
    start_both();
    app_client(&app, &clients[0], "user=1&id=x", "room:x");
    app_client(&app, &clients[1], "user=1&id=y", "room:x");
    app_client(&other, &clients[2], "user=1&id=x", "room:x");
    assert_int_equal(kith_server_disconnect(other.server, KITH_LIT("x")), KITH_OK);
    assert_true(client_is_closed(&clients[0], 1000));
    assert_true(client_is_closed(&clients[2], 1000));
    assert_true(client_is_there(&clients[1]));
    stop_both();
}

static void what_no_node_sends_is_refused(void **state)
{
    (void)state;
    static const kith_slice wrong[] = {{NULL, 0},
                                       KITH_LIT("x"),
                                       KITH_LIT("\0\0\0\0\0\0\0\0"),
                                       KITH_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")};
    app_make(&app, &(struct app_options){.bus = &bus_a});
    assert_int_equal(kith_server_receive(app.server, wrong[1]), KITH_BAD);
    assert_int_equal(kith_server_start(app.server, NULL), KITH_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(kith_server_receive(app.server, wrong[i]), KITH_BAD);
    assert_int_equal(kith_server_receive(NULL, wrong[1]), KITH_BAD);
    app_stop(&app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_says_whom_users_watch),
        cmocka_unit_test(a_source_without_an_answer_refuses_the_join_alone),
        cmocka_unit_test(who_waits_for_a_slow_source_waits_alone),
        cmocka_unit_test(a_hook_hears_of_a_users_presence_in_order),
        cmocka_unit_test(what_is_broadcast_reaches_both_nodes),
        cmocka_unit_test(who_has_an_id_is_disconnected_on_both),
        cmocka_unit_test(what_no_node_sends_is_refused),
    };
    return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
