/* tests/kith/test_threads.c -- other threads of the application call the server while clients come
 * and go, and while it starts and stops. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    COMERS = 4,
    CALLERS = 4,
    HEARD_MAX = 200, /* as much as an outbox takes of somebody who reads nothing */
};

static struct app app;
static struct client clients[COMERS];
static atomic_bool over;

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void start(pthread_t *t, void *(*run)(void *), void *arg)
{
    assert_int_equal(pthread_create(t, NULL, run, arg), 0);
}

/* A client that comes, talks and goes in one way after another. */
static void *come_and_go(void *arg)
{
    struct client *c = arg;
    int me = (int)(c - clients);
    for (int round = 0; round < 12; round++) {
        char target[128];
        snprintf(target, sizeof target, "/socket/websocket?vsn=2.0.0&user=%d&id=%d", me % 2, me);
        if (!client_open(c, app.port, target)) continue;
        client_say(c, "['1','1','room:a','phx_join',{}]");
        client_say(c, "['2','2','friends','phx_join',{}]");
        client_say(c, "['1','3','room:a','watch',{}]");
        client_say(c, "['1','4','room:a','later',{}]");
        (void)client_hears(c, "'phx_reply'"); /* it may have been disconnected */
        client_say(c, "['2','5','friends','status',{'status':'away'}]");
        if (round % 4 == 0) client_say(c, "['1','6','room:a','phx_leave',{}]");
        if (round % 4 == 1) client_say(c, "['1','6','room:a','stop',{}]");
        if (round % 4 == 2) client_say(c, "['9','6','room:a','phx_join',{}]");
        if (round % 2) (void)client_is_there(c);
        client_close(c);
    }
    return NULL;
}

static kith_channel_id any_id(unsigned n)
{
    pthread_mutex_lock(&app.lock);
    kith_channel_id id = app.id_count ? app.ids[n % app.id_count % IDS_MAX] : (kith_channel_id){0};
    pthread_mutex_unlock(&app.lock);
    return id;
}

static void answer_latest(bool ok)
{
    pthread_mutex_lock(&app.lock);
    struct kith_reply *r = app.reply;
    app.reply = NULL;
    pthread_mutex_unlock(&app.lock);
    if (r && ok)
        EXPECT(&app, kith_reply_send(r, ok, KITH_JSON("[1]")) == KITH_OK);
    else
        kith_reply_drop(r);
}

/* Says whatever may be said from outside. */
static void *call(void *arg)
{
    unsigned n = (unsigned)(uintptr_t)arg;
    struct kith_server *s = app.server;
    for (; !over; n += 7) {
        char id[8];
        kith_channel_id to = any_id(n);
        const struct kith_message m = {.topic = n % 2 ? KITH_LIT("room:a") : KITH_LIT("news"),
                                       .event = KITH_LIT("said"),
                                       .payload = n % 3 ? KITH_JSON("{\"n\":1}")
                                                        : kith_binary(KITH_LIT("\0\1"))};
        snprintf(id, sizeof id, "%u", n % COMERS);
        EXPECT(&app, kith_channel_send(s, to, KITH_LIT("sent"), KITH_EMPTY) == KITH_OK);
        EXPECT(&app, kith_pubsub_broadcast(s, &m) == KITH_OK);
        EXPECT(&app, kith_pubsub_local_broadcast_from(s, to, &m) == KITH_OK);
        if (n % 5 == 0) answer_latest(n % 2);
        if (n % 41 == 0) EXPECT(&app, kith_server_disconnect(s, kith_str(id)) == KITH_OK);
        sleep_ms(1);
    }
    return NULL;
}

static void others_call_while_clients_come_and_go(void **state)
{
    (void)state;
    pthread_t comers[COMERS], callers[CALLERS];
    over = false;
    app_start(&app, &(struct app_options){.workers = "3"});
    for (int i = 0; i < CALLERS; i++)
        start(&callers[i], call, (void *)(uintptr_t)i);
    for (int i = 0; i < COMERS; i++)
        start(&comers[i], come_and_go, &clients[i]);
    for (int i = 0; i < COMERS; i++)
        pthread_join(comers[i], NULL);
    over = true;
    for (int i = 0; i < CALLERS; i++)
        pthread_join(callers[i], NULL);
    assert_true(app.connects >= COMERS && app.joins >= COMERS);
    app_client(&app, &clients[0], "user=z", "room:z"); /* and all is well for who comes then */
    client_close(&clients[0]);
    app_stop(&app);
}

/* Order */

static void *send_numbers(void *arg)
{
    const kith_channel_id *id = arg;
    for (int i = 0; i < 500; i++) {
        char event[16];
        snprintf(event, sizeof event, "n%d", i);
        EXPECT(&app, kith_channel_send(app.server, *id, kith_str(event), KITH_EMPTY) == KITH_OK);
    }
    return NULL;
}

static void what_one_thread_sends_comes_in_order(void **state)
{
    (void)state;
    pthread_t sender;
    app_start(&app, &(struct app_options){0});
    app_client(&app, &clients[0], "user=1", "room:a");
    kith_channel_id id = app_latest(&app);
    start(&sender, send_numbers, &id);
    for (int i = 0; i < 500; i++) {
        char want[32];
        snprintf(want, sizeof want, "'room:a','n%d',{}", i);
        assert_true(client_hears(&clients[0], want));
    }
    pthread_join(sender, NULL);
    client_close(&clients[0]);
    app_stop(&app);
}

/* Start and stop */

static atomic_int said[2]; /* by each of them */

/* KITH_BAD until it runs, then KITH_OK, and KITH_BAD again once it has stopped; never back. */
static void *call_from_before_to_after(void *arg)
{
    kith_err last = KITH_BAD;
    atomic_int *mine = arg;
    int changes = 0, taken = 0;
    while (!over) {
        bool heard = app.joins == 2 && taken < HEARD_MAX;
        kith_channel_id to = heard ? any_id(0) : (kith_channel_id){0};
        const struct kith_message m = {.topic = heard ? KITH_LIT("room:a") : KITH_LIT("nobody's"),
                                       .event = KITH_LIT("x")};
        kith_err e = kith_pubsub_broadcast(app.server, &m);
        kith_err sent = kith_channel_send(app.server, to, KITH_LIT("x"), KITH_EMPTY);
        EXPECT(&app, e == KITH_OK || e == KITH_BAD);
        EXPECT(&app, sent == KITH_OK || sent == KITH_BAD);
        (void)kith_server_port(app.server);
        if (e != last) changes++;
        last = e;
        taken += heard && e == KITH_OK;
        if (++*mine % 16 == 0) sleep_ms(1);
    }
    EXPECT(&app, last == KITH_BAD && changes == 2);
    return NULL;
}

/* Each of them has called ten times more. */
static void others_call_on(void)
{
    int before[2] = {said[0], said[1]};
    while (said[0] < before[0] + 10 || said[1] < before[1] + 10)
        sleep_ms(1);
}

static void others_call_while_it_starts_and_stops(void **state)
{
    (void)state;
    pthread_t callers[2];
    for (int round = 0; round < 5; round++) {
        over = false;
        app_make(&app, &(struct app_options){.workers = "3"});
        for (int i = 0; i < 2; i++)
            start(&callers[i], call_from_before_to_after, &said[i]);
        others_call_on();
        assert_int_equal(kith_server_start(app.server, NULL), KITH_OK);
        app.port = kith_server_port(app.server);
        for (unsigned i = 0; i < 2; i++)
            app_client(&app, &clients[i], "user=1", "room:a");
        others_call_on();
        assert_int_equal(kith_server_stop(app.server, NULL), KITH_OK);
        for (unsigned i = 0; i < 2; i++) {
            assert_true(client_is_closed(&clients[i], 1012));
            client_close(&clients[i]);
        }
        others_call_on();
        over = true;
        for (int i = 0; i < 2; i++)
            pthread_join(callers[i], NULL);
        app_stop(&app);
    }
}

static void *stop(void *arg)
{
    (void)arg;
    EXPECT(&app, kith_server_stop(app.server, NULL) == KITH_OK);
    EXPECT(&app, kith_server_port(app.server) == 0); /* whoever stopped it, it has */
    return NULL;
}

static void several_may_stop_it_at_once(void **state)
{
    (void)state;
    pthread_t stoppers[3];
    for (int round = 0; round < 5; round++) {
        app_start(&app, &(struct app_options){0});
        app_client(&app, &clients[0], "user=1", "friends");
        for (int i = 0; i < 3; i++)
            start(&stoppers[i], stop, NULL);
        for (int i = 0; i < 3; i++)
            pthread_join(stoppers[i], NULL);
        assert_true(client_is_closed(&clients[0], 1012));
        client_close(&clients[0]);
        app_stop(&app);
    }
}

/* Clients that come the moment it listens find a server that knows itself. */

static kith_err join_and_send(struct kith_channel *c, kith_payload payload)
{
    struct app *a = app_of(c);
    (void)payload;
    EXPECT(a, kith_channel_send(a->server, kith_channel_self(c), KITH_LIT("hello"), KITH_EMPTY) ==
                  KITH_OK);
    EXPECT(a, kith_server_disconnect(a->server, KITH_LIT("nobody")) == KITH_OK);
    EXPECT(a, kith_server_port(a->server) != 0);
    return KITH_OK;
}

static kith_err push_info(struct kith_channel *c, const struct kith_message *m)
{
    return kith_channel_push(c, m->event, m->payload);
}

static const struct kith_channel_behaviour early = {
    .topic = "early", .join = join_and_send, .handle_info = push_info};
static uint16_t fixed_port;

static void *connect_early(void *arg)
{
    struct client *c = arg;
    for (int tries = 0; tries < 5000; tries++) {
        if (client_open(c, fixed_port, "/socket/websocket?vsn=2.0.0&user=1")) break;
        client_close(c);
        sleep_ms(1);
    }
    client_say(c, "['1','1','early','phx_join',{}]");
    EXPECT(&app, client_hears(c, "['1',null,'early','hello',{}]"));
    client_close(c);
    return NULL;
}

static void whoever_comes_first_finds_it_whole(void **state)
{
    (void)state;
    pthread_t comers[COMERS];
    for (int round = 0; round < 5; round++) {
        app_start(&app, &(struct app_options){0}); /* a port that is free */
        fixed_port = app.port;
        app_stop(&app);
        char address[32];
        kith_problem why;
        snprintf(address, sizeof address, "127.0.0.1:%u", fixed_port);
        app_make(&app, &(struct app_options){.workers = "3", .own = &early, .listen = address});
        for (int i = 0; i < COMERS; i++)
            start(&comers[i], connect_early, &clients[i]);
        if (kith_server_start(app.server, &why) != KITH_OK) fail_msg("%s", why.text);
        for (int i = 0; i < COMERS; i++)
            pthread_join(comers[i], NULL);
        app_stop(&app);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_call_while_clients_come_and_go),
        cmocka_unit_test(what_one_thread_sends_comes_in_order),
        cmocka_unit_test(others_call_while_it_starts_and_stops),
        cmocka_unit_test(several_may_stop_it_at_once),
        cmocka_unit_test(whoever_comes_first_finds_it_whole),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
