/* tests/edge/test_longpoll_mounts.c -- long-polls of several sockets that a server offers: each has
 * its own origins, its own connect, and its own sessions. */
#include "edge/polling.h"

#include "edge/channel_api.h"
#include "edge/polls.h"
#include "edge/rig_rooms.h"

#include <stdlib.h>

static struct rig rig;
static unsigned shards;

/* What the connect of /own was asked and said. */
static int connects, disconnects, refuse;
static char seen[64];

static kith_err connect_own(struct kith_socket *s)
{
    kith_slice name;
    kith_err e = socket_param(s, "name", &name);
    if (e || refuse) return e ? e : KITH_REFUSED;
    e = socket_param(s, "token", &name);
    snprintf(seen, sizeof seen, "%.*s", e ? 0 : (int)name.len, (const char *)name.ptr);
    connects++;
    return socket_set_user(s, KITH_LIT("me"));
}

static void disconnect_own(struct kith_socket *s)
{
    assert_true(slice_is(socket_user(s), "me"));
    disconnects++;
}

static kith_err join_later(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    free(channel_reply_later(c)); /* nobody will */
    return KITH_LATER;
}

static const struct kith_channel_behaviour later = {.topic = "later", .join = join_later};
static const struct kith_channel_behaviour *const own_channels[] = {&later, NULL};
static const struct kith_socket_behaviour behaviours[] = {
    {.path = "/own",
     .channels = own_channels,
     .connect = connect_own,
     .disconnect = disconnect_own},
    {.path = "/polled", .channels = own_channels, .transports = KITH_LONGPOLL_ONLY},
    {.path = "/framed", .channels = own_channels, .transports = KITH_WEBSOCKET_ONLY},
    {.path = "/strict", .channels = own_channels},
};
static struct edge_mount mounts[5];

static int set_up(void **state)
{
    (void)state;
    assert_true(rig_init(&rig, shards, "1 2\n2 1\n"));
    rig.how = fed_how;
    mounts[0] = rig.mount;
    for (size_t i = 0; i < 4; i++)
        mounts[1 + i] = (struct edge_mount){.behaviour = &behaviours[i]};
    mounts[4].origins = (struct origins){.allowed = {"//allowed.example"}, .count = 1};
    rig.options.mounts = mounts;
    rig.options.mount_count = 5;
    connects = disconnects = refuse = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    assert_int_equal(connects, disconnects);
    return 0;
}

static void request(unsigned client, const char *method, const char *target, const char *headers,
                    const char *body)
{
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "%s %s HTTP/1.1\r\nhost: kith.example\r\n%scontent-length: %zu\r\n\r\n%s",
                     method, target, headers, strlen(body), body);
    if (!rig.clients[client].open) assert_true(rig_open(&rig, client, client % shards, false));
    rig_feed(&rig, client, slice_of(text, (size_t)n));
}

/* The target that names the session of the answer that the client has now. */
static const char *named(unsigned client, const char *target)
{
    static char text[256];
    kith_slice all = heard_raw(&rig, client);
    const uint8_t *at = memmem(all.ptr, all.len, "\"token\":\"", 9);
    assert_non_null(at);
    snprintf(text, sizeof text, "%s&token=%.*s", target, POLL_TOKEN_LEN, (const char *)at + 9);
    return text;
}

static void a_transport_that_is_not_offered_is_not_there(void **state)
{
    (void)state;
    request(0, "GET", "/framed/longpoll?user_id=1", "", "");
    request(0, "GET", "/polled/websocket?user_id=1", "", "");
    request(0, "GET", "/polled/longpoll?user_id=1", "", "");
    HEARS(&rig, 0, "404 not found", "404 not found", BEGUN);
}

static void each_has_its_own_origins(void **state)
{
    (void)state;
    request(0, "GET", "/strict/longpoll?user_id=1", "origin: http://evil.example\r\n", "");
    request(0, "GET", "/strict/longpoll?user_id=1", "origin: http://allowed.example\r\n", "");
    request(0, "GET", "/polled/longpoll?user_id=1", "origin: http://allowed.example\r\n", "");
    HEARS(&rig, 0, STATUS("403"), BEGUN, STATUS("403"));
}

static void a_session_of_one_is_none_of_another(void **state)
{
    (void)state;
    char other[256];
    request(0, "GET", "/polled/longpoll?user_id=1&vsn=2.0.0", "", "");
    const char *target = named(0, "/polled/longpoll?user_id=1&vsn=2.0.0");
    snprintf(other, sizeof other, "/strict%s", target + strlen("/polled"));
    request(1, "POST", other, "", "[null,\"1\",\"phoenix\",\"heartbeat\",{}]");
    HEARS(&rig, 1, STATUS("410"), "end");
    request(0, "GET", other, "", "");
    HEARS(&rig, 0, BEGUN);
    request(0, "POST", target, "", "[null,\"1\",\"phoenix\",\"heartbeat\",{}]");
    HEARS(&rig, 0, STATUS("200"));
}

static void the_app_says_who_may_connect_and_hears_the_end(void **state)
{
    (void)state;
    request(0, "GET", "/own/longpoll?name=a&token=its-own&vsn=2.0.0", "", "");
    const char *target = named(0, "/own/longpoll?name=a&token=its-own&vsn=2.0.0");
    assert_int_equal(connects, 1);
    request(1, "GET", target, "", ""); /* of the session: nobody is asked */
    assert_int_equal(connects, 1);
    polls_end(rig.polls[0], 0);
    rig_turn(&rig);
    HEARS(&rig, 1, STATUS("500"));
    assert_int_equal(disconnects, 1);
    request(1, "GET", target, "", ""); /* and now as at first: the session's token is not shown */
    HEARS(&rig, 1, BEGUN);
    assert_int_equal(connects, 2);
    assert_string_equal(seen, "its-own");
    refuse = 1;
    request(0, "GET", "/own/longpoll?name=a", "", "");
    request(0, "GET", "/own/longpoll", "", "");
    HEARS(&rig, 0, STATUS("403"), STATUS("403"));
}

static void who_finds_no_room_was_let_in_and_is_gone(void **state)
{
    (void)state;
    rig.contexts[0][false].crowded = true;
    request(0, "GET", "/own/longpoll?name=a", "", "");
    HEARS(&rig, 0, "503", "end");
    assert_int_equal(connects, 1); /* and tear_down: disconnects too */
}

static void a_session_that_is_to_be_closed_ends_at_once(void **state)
{
    (void)state;
    request(0, "GET", "/own/longpoll?name=a&vsn=2.0.0", "", "");
    const char *target = named(0, "/own/longpoll?name=a&vsn=2.0.0");
    request(1, "GET", target, "", "");
    struct mail *m = mail_new(MAIL_CLOSE, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    assert_non_null(m);
    m->handle = clients_handle(rig.worlds[0]->clients, 1);
    shard_receive(rig.worlds[0], m);
    rig_turn(&rig);
    HEARS(&rig, 1, STATUS("500"));
    assert_int_equal(polls_count(rig.polls[0]), 0);
}

static void a_join_that_nobody_answers_is_refused_in_time(void **state)
{
    (void)state;
    request(0, "GET", "/own/longpoll?name=a&vsn=2.0.0", "", "");
    const char *target = named(0, "/own/longpoll?name=a&vsn=2.0.0");
    request(0, "POST", target, "", "[\"1\",\"1\",\"later\",\"phx_join\",{}]");
    HEARS(&rig, 0, STATUS("200"));
    request(1, "GET", target, "", "");
    rig_wait(&rig, JOIN_WAIT_MS - 1);
    HEARS_NOTHING(&rig, 1);
    rig_wait(&rig, 1);
    HEARS(&rig, 1,
          NEWS("'[`1`,`1`,`later`,`phx_reply`,{`response`:{`reason`:`timeout, try "
               "again`},`status`:`error`}]'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_transport_that_is_not_offered_is_not_there),
        T(each_has_its_own_origins),
        T(a_session_of_one_is_none_of_another),
        T(the_app_says_who_may_connect_and_hears_the_end),
        T(who_finds_no_room_was_let_in_and_is_gone),
        T(a_session_that_is_to_be_closed_ends_at_once),
        T(a_join_that_nobody_answers_is_refused_in_time),
#undef T
    };
    int failed = 0;
    for (shards = 1; shards <= 2; shards++)
        failed += RUN_HOWEVER_FED(shards == 1 ? "mounts" : "mounts, over two shards", tests);
    return failed;
}
