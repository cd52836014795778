/* tests/edge/test_mounts.c -- sockets under several paths: who is let in, as whom, and that each
 * one that was let in is told of its end, once. */
#include "edge/channel_api.h"
#include "edge/heard.h"
#include "shard/broadcast.h"

static struct rig rig;
static struct edge_mount mounts[3];

/* What the callbacks of the own socket were asked. */
static struct {
    int connects, let_in, disconnects;
    kith_err last[8]; /* what the functions said that were called in `connect` */
    char seen[256];
} did;

static const char *const origins[] = {"https://app.example", "//any.example", NULL};

static kith_err join_any(struct kith_channel *c, kith_payload payload)
{
    (void)c, (void)payload;
    return KITH_OK;
}

static kith_err join_friends(struct kith_channel *c, kith_payload payload)
{
    return channel_social_join(c, KITH_SOCIAL_FRIENDS, payload);
}

static const struct kith_channel_behaviour room = {.topic = "room:*", .join = join_any};
static const struct kith_channel_behaviour hall = {.topic = "hall:*", .join = join_any};
static const struct kith_channel_behaviour *const rooms[] = {&room, NULL};
static const struct kith_channel_behaviour friends = {.topic = "friends", .join = join_friends};
static const struct kith_channel_behaviour *const halls[] = {&hall, &friends, NULL};

static void note(const char *what, kith_slice value)
{
    size_t n = strlen(did.seen);
    snprintf(did.seen + n, sizeof did.seen - n, "%s=%.*s ", what, (int)value.len,
             value.len ? (const char *)value.ptr : "");
}

/* ?as=NAME lets in, with a token of the app's own kind; ?id=, ?refuse= and ?nobody= as they say. */
static kith_err connect_own(struct kith_socket *s)
{
    kith_slice as = {0}, id = {0}, ignored;
    did.connects++;
    assert_int_equal(socket_user(s).len, 0);
    assert_int_equal(socket_id(s).len, 0);
    assert_null(s->assigns);
    if (socket_param(s, "refuse", &ignored) == KITH_OK) return KITH_LATER;
    if (socket_param(s, "as", &as) == KITH_OK) assert_int_equal(socket_set_user(s, as), KITH_OK);
    if (socket_param(s, "id", &id) == KITH_OK) assert_int_equal(socket_set_id(s, id), KITH_OK);
    note("as", socket_user(s));
    note("id", socket_id(s));
    if (!as.len && socket_param(s, "nobody", &ignored) != KITH_OK) return KITH_REFUSED;
    s->assigns = &did;
    did.let_in++;
    return KITH_OK;
}

static void disconnected(struct kith_socket *s)
{
    kith_slice ignored;
    did.disconnects++;
    assert_ptr_equal(s->assigns, s->mount == &mounts[0] ? NULL : &did);
    if (s->assigns) note("gone", socket_user(s));
    assert_int_equal(socket_param(s, "as", &ignored), KITH_BAD);
    assert_int_equal(socket_set_user(s, KITH_LIT("x")), KITH_BAD);
    assert_int_equal(socket_set_id(s, KITH_LIT("x")), KITH_BAD);
}

static const struct kith_socket_behaviour by_token = {
    .path = "/socket", .channels = rooms, .disconnect = disconnected};
static const struct kith_socket_behaviour own = {.path = "/own",
                                                 .channels = halls,
                                                 .connect = connect_own,
                                                 .disconnect = disconnected,
                                                 .origins = origins,
                                                 .listed_origin = true};
static const struct kith_socket_behaviour polls_only = {
    .path = "/own/poll", .channels = rooms, .transports = KITH_LONGPOLL_ONLY, .any_origin = true};

static int set_up(void **state)
{
    (void)state;
    memset(&did, 0, sizeof did);
    assert_true(rig_init(&rig, 2, "watcher 0\n"));
    rig.how = fed_how;
    mounts[0] = (struct edge_mount){.behaviour = &by_token};
    mounts[1] = (struct edge_mount){
        .behaviour = &own,
        .origins = {.allowed = {origins[0], origins[1]}, .count = 2, .listed_only = true}};
    mounts[2] = (struct edge_mount){.behaviour = &polls_only, .origins = {.any = true}};
    rig.options.mounts = mounts;
    rig.options.mount_count = 3;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_fini(&rig);
    assert_int_equal(did.disconnects, did.let_in);
    return 0;
}

#define UPGRADE                                                                                    \
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"                   \
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* Asks with a client of its own, who hears `want`. */
static void ask(unsigned client, const char *target, const char *headers, const char *want)
{
    char head[8192];
    int n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nhost: kith.example\r\n%s\r\n", target,
                     headers);
    assert_true(n < (int)sizeof head);
    if (rig.clients[client].open) rig_drop(&rig, client);
    assert_true(rig_open(&rig, client, client % 2, false));
    rig_feed(&rig, client, slice_of(head, (size_t)n));
    struct buf lines = {0};
    heard(&rig, client, &lines);
    size_t len = strlen(want);
    if (lines.len < len || memcmp(lines.ptr, want, len) != 0)
        fail_msg("%s: %.*s, not %s", target, (int)lines.len, (char *)lines.ptr, want);
    buf_fini(&lines);
}

static void each_path_has_its_own_channels(void **state)
{
    (void)state;
    ask(0, "/socket/websocket?user_id=1&vsn=2.0.0", UPGRADE, "101");
    ask(1, "/own/websocket?as=2&vsn=2.0.0", UPGRADE, "101");
    rig_say(&rig, 0, "['1','1','room:a','phx_join',{}]");
    rig_say(&rig, 0, "['2','2','hall:a','phx_join',{}]");
    HEARS(&rig, 0, OK("'1'", "'1'", "'room:a'"), UNMATCHED("'2'", "'hall:a'"));
    rig_say(&rig, 1, "['1','1','room:a','phx_join',{}]");
    rig_say(&rig, 1, "['2','2','hall:a','phx_join',{}]");
    HEARS(&rig, 1, UNMATCHED("'1'", "'room:a'"), OK("'2'", "'2'", "'hall:a'"));
    assert_string_equal(did.seen, "as=2 id= ");
    rig_drop(&rig, 0); /* whose `connect` was the keys' */
    assert_int_equal(did.disconnects, 1);
    did.let_in++;
}

static void a_path_is_one_exactly_and_for_its_transports(void **state)
{
    (void)state;
    static const char *const none[] = {"/own",
                                       "/own/",
                                       "/own/websocket/",
                                       "/Own/websocket",
                                       "/own//websocket",
                                       "/websocket",
                                       "/ownwebsocket",
                                       "/own/poll/websocket",
                                       "/socket2/websocket"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        ask(0, none[i], UPGRADE, "404");
    assert_int_equal(did.connects, 0);
}

static void who_is_refused_is_told_nothing_and_not_told_of_its_end(void **state)
{
    (void)state;
    ask(0, "/own/websocket?vsn=2.0.0", UPGRADE, "403\n");
    ask(0, "/own/websocket?as=1&refuse=1", UPGRADE, "403\n");
    assert_int_equal(did.connects, 2);
    ask(0, "/own/websocket?as=1&vsn=9.0.0", UPGRADE, "403\n"); /* before it is asked */
    ask(0, "/own/websocket?as=1", UPGRADE "origin: https://other.example\r\n", "403\n");
    assert_int_equal(did.connects, 2);
    rig_drop(&rig, 0);
    assert_int_equal(did.disconnects, 0);
}

static void who_is_let_in_and_does_not_come_is_told_of_its_end(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "", "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 12\r\n",
        ("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
         "sec-websocket-key: short\r\n")};
    static const char *const want[] = {"400", "426", "400"};
    for (int i = 0; i < 3; i++) {
        ask(0, "/own/websocket?as=1&id=i", headers[i], want[i]);
        assert_int_equal(did.let_in, i + 1);
        assert_int_equal(did.disconnects, i + 1);
    }
    assert_non_null(strstr(did.seen, "gone=1 "));
}

static void however_a_socket_ends_it_is_told_once(void **state)
{
    (void)state;
    for (int how = 0; how < 6; how++) {
        ask(0, "/own/websocket?as=1&vsn=2.0.0", UPGRADE, "101");
        rig_say(&rig, 0, "['1','1','hall:a','phx_join',{}]");
        assert_int_equal(did.disconnects, how);
        if (how == 0) rig_drop(&rig, 0);
        if (how == 1) rig_frame(&rig, 0, 0x88, KITH_LIT("\3\350"));
        if (how == 2) rig_say(&rig, 0, "no message");
        if (how == 3) rig_wait(&rig, PING_MS + IDLE_MS);
        if (how == 4) edge_shutdown(&rig.clients[0].edge, GRACE_MS);
        if (how == 5) /* memory has run out for something that it had to be sent */
            clients_push(rig.worlds[0]->clients, rig.clients[0].edge.slot, NULL), rig_turn(&rig);
        assert_int_equal(did.disconnects, how + 1);
        rig_drop(&rig, 0);
        assert_int_equal(did.disconnects, how + 1);
    }
}

static void a_socket_without_a_user_joins_what_needs_none(void **state)
{
    (void)state;
    ask(0, "/own/websocket?nobody=1&vsn=2.0.0", UPGRADE, "101");
    rig_say(&rig, 0, "['1','1','hall:a','phx_join',{}]");
    HEARS(&rig, 0, OK("'1'", "'1'", "'hall:a'"));
}

static void pages_of_its_origins_may_connect_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *origin, *own, *usual;
    } cases[] = {
        {"https://app.example", "101", "403"},
        {"http://app.example", "403", "403"},
        {"https://app.example:8443", "403", "403"},
        {"http://any.example:81", "101", "403"},
        {"https://kith.example", "403", "101"}, /* its own host's is not listed */
        {"null", "403", "403"},
        {"", "403", "403"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char headers[512];
        snprintf(headers, sizeof headers, UPGRADE "origin: %s\r\n", cases[i].origin);
        ask(0, "/own/websocket?as=1", headers, cases[i].own);
        ask(1, "/socket/websocket?user_id=1", headers, cases[i].usual);
        rig_drop(&rig, 1);
    }
    did.let_in++; /* the one of the usual path */
}

/* kith_socket_param and its likes */

static kith_err connect_curious(struct kith_socket *s)
{
    kith_slice v = {0};
    static uint8_t name[1025];
    memset(name, 'n', sizeof name);
    assert_int_equal(socket_param(s, "a", &v), KITH_OK);
    assert_true(slice_is(v, "1 \xc3\xa9&"));
    assert_int_equal(socket_param(s, "none", &v), KITH_NONE);
    assert_int_equal(socket_param(s, "bad", &v), KITH_BAD);
    assert_int_equal(socket_param(s, "empty", &v), KITH_OK);
    assert_int_equal(v.len, 0);
    kith_slice first = {0}, again = {0};
    assert_int_equal(socket_param(s, "b", &first), KITH_OK);
    for (int i = 5; i < 16; i++)
        assert_int_equal(socket_param(s, "a", &again), KITH_OK);
    assert_int_equal(socket_param(s, "a", &again), KITH_FULL);
    assert_true(slice_is(first, "first")); /* those before live on */

    assert_int_equal(socket_set_user(s, KITH_LIT("")), KITH_BAD);
    assert_int_equal(socket_set_user(s, slice_of(name, 129)), KITH_BAD);
    assert_int_equal(socket_set_user(s, KITH_LIT("a\0b")), KITH_BAD);
    assert_int_equal(socket_set_user(s, KITH_LIT("\xff")), KITH_BAD);
    assert_int_equal(socket_set_id(s, KITH_LIT("")), KITH_BAD);
    assert_int_equal(socket_set_id(s, slice_of(name, 1025)), KITH_BAD);
    assert_int_equal(socket_set_id(s, KITH_LIT("\xff")), KITH_BAD);
    assert_int_equal(socket_user(s).len + socket_id(s).len, 0);
    assert_int_equal(socket_set_id(s, slice_of(name, 1024)), KITH_OK);
    assert_int_equal(socket_set_id(s, KITH_LIT("i")), KITH_OK);
    assert_int_equal(socket_set_user(s, slice_of(name, 128)), KITH_OK);
    assert_int_equal(socket_set_user(s, KITH_LIT("u")), KITH_OK);
    assert_true(slice_is(socket_user(s), "u") && slice_is(socket_id(s), "i"));
    did.connects++;
    return KITH_OK;
}

static const struct kith_socket_behaviour curious = {
    .path = "/curious", .channels = halls, .connect = connect_curious};

static void it_reads_its_parameters_and_says_who_it_is(void **state)
{
    (void)state;
    mounts[1] = (struct edge_mount){.behaviour = &curious};
    ask(0, "/curious/websocket?b=first&b=second&a=1+%C3%A9%26&bad=%ff&empty=&vsn=2.0.0", UPGRADE,
        "101");
    assert_int_equal(did.connects, 1);
}

/* Disconnect, by name */

static void say_disconnect(const char *id, const char *event)
{
    broadcast(rig.worlds[rig.shards - 1],
              &(struct broadcast){.topic = slice_str(id), .event = slice_str(event)});
    rig_turn(&rig);
}

static void by_its_id_it_is_closed_wherever_it_is_and_its_presence_is_gone(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/own/websocket?as=0&id=x&vsn=2.0.0", "/own/websocket?as=1&id=x&vsn=2.0.0",
        "/own/websocket?as=2&id=y&vsn=2.0.0", "/own/websocket?as=watcher&vsn=2.0.0"};
    for (unsigned i = 4; i-- > 0;) {
        ask(i, targets[i], UPGRADE, "101");
        rig_say(&rig, i, "['1','1','friends','phx_join',{}]");
        HEARS(&rig, i, OK("'1'", "'1'", "'friends'"), "['1',null,'friends','presence_state',{}]");
    }
    HEARS(&rig, 3,
          "[null,null,'friends','presence_diff',{'joins':{'0':{'metas':[{'online_at':'1795487065',"
          "'status':'online','phx_ref':'*'}]}},'leaves':{}}]");
    say_disconnect("x", "reconnect"); /* any other event is nothing to it */
    say_disconnect("z", "disconnect");
    assert_int_equal(did.disconnects, 0);
    say_disconnect("x", "disconnect");
    HEARS(&rig, 0, "close 1000", "end");
    HEARS(&rig, 1, "close 1000", "end");
    HEARS_NOTHING(&rig, 2);
    HEARS(&rig, 3,
          "[null,null,'friends','presence_diff',{'joins':{},'leaves':{'0':{'metas':[{'online_at':"
          "'1795487065','status':'online','phx_ref':'*'}]}}}]");
    assert_int_equal(did.disconnects, 2);
    say_disconnect("x", "disconnect");
    assert_int_equal(did.disconnects, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_path_has_its_own_channels),
        TEST(a_path_is_one_exactly_and_for_its_transports),
        TEST(who_is_refused_is_told_nothing_and_not_told_of_its_end),
        TEST(who_is_let_in_and_does_not_come_is_told_of_its_end),
        TEST(however_a_socket_ends_it_is_told_once),
        TEST(a_socket_without_a_user_joins_what_needs_none),
        TEST(pages_of_its_origins_may_connect_and_no_others),
        TEST(it_reads_its_parameters_and_says_who_it_is),
        TEST(by_its_id_it_is_closed_wherever_it_is_and_its_presence_is_gone),
    };
    return RUN_HOWEVER_FED("mounts", tests);
}
