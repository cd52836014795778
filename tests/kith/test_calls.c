/* tests/kith/test_calls.c -- every call that somebody may get wrong: with nothing, with nonsense,
 * too early, too late, or from where it does not belong. It says so, and nothing else happens. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>

static struct app app;
static struct client client;
static const struct kith_presence_behaviour here;
static const struct kith_tracker_behaviour there;
static struct kith_tracker *presence, *tracker, *foreign;

static const kith_slice none;
static uint8_t long_bytes[10000];
static kith_slice too_long(size_t len) { return (kith_slice){long_bytes, len}; }

static int prepare(void **state)
{
    (void)state;
    memset(long_bytes, 'x', sizeof long_bytes);
    return 0;
}

/* From any thread */

/* All that is sent, and all that is wrong with it. */
static void send_nonsense(struct app *a, kith_err running)
{
    struct kith_server *s = a->server;
    kith_channel_id id = app_latest(a), far = id;
    static const char *const json[] = {"{", "nul", "{}{}", "\"\xff\"", "[1,]", "'x'"};
    const struct kith_message good = {.topic = KITH_LIT("t"), .event = KITH_LIT("e")};
    const struct kith_message wrong[] = {
        {.event = KITH_LIT("e")},
        {.topic = KITH_LIT("t")},
        {.topic = too_long(8193), .event = KITH_LIT("e")},
        {.topic = KITH_LIT("t"), .event = too_long(256)},
        {.topic = KITH_LIT("\xc3"), .event = KITH_LIT("e")},
        {.topic = KITH_LIT("t"), .event = KITH_LIT("\xc3")},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EXPECT(a, kith_pubsub_broadcast(s, &wrong[i]) == KITH_BAD);
        EXPECT(a, kith_pubsub_broadcast_from(s, id, &wrong[i]) == KITH_BAD);
        EXPECT(a, kith_pubsub_local_broadcast(s, &wrong[i]) == KITH_BAD);
        EXPECT(a, kith_pubsub_local_broadcast_from(s, id, &wrong[i]) == KITH_BAD);
        EXPECT(a, kith_pubsub_direct_broadcast(s, "n", &wrong[i]) == KITH_BAD);
    }
    for (size_t i = 0; i < sizeof json / sizeof json[0]; i++) {
        struct kith_message m = good;
        m.payload = kith_json(kith_str(json[i]));
        EXPECT(a, kith_pubsub_broadcast(s, &m) == KITH_BAD);
    }
    EXPECT(a, kith_pubsub_broadcast(s, NULL) == KITH_BAD);
    EXPECT(a, kith_pubsub_broadcast(NULL, &good) == KITH_BAD);
    EXPECT(a, kith_pubsub_direct_broadcast(s, NULL, &good) == KITH_BAD);
    EXPECT(a, kith_pubsub_direct_broadcast(s, "", &good) == KITH_BAD);
    EXPECT(a, kith_pubsub_broadcast(s, &good) == running);
    EXPECT(a, kith_pubsub_direct_broadcast(s, "nowhere", &good) == running);

    far.shard = 64;
    EXPECT(a, kith_channel_send(NULL, id, KITH_LIT("e"), KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_send(s, id, none, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_send(s, far, KITH_LIT("e"), KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_send(s, (kith_channel_id){0}, KITH_LIT("e"), KITH_EMPTY) == running);
    EXPECT(a, kith_reply_send(NULL, true, KITH_EMPTY) == KITH_BAD);
    kith_reply_drop(NULL);
    EXPECT(a, kith_server_disconnect(NULL, KITH_LIT("x")) == KITH_BAD);
    EXPECT(a, kith_server_disconnect(s, none) == KITH_BAD);
    EXPECT(a, kith_server_disconnect(s, KITH_LIT("\xff")) == KITH_BAD);
    EXPECT(a, kith_server_disconnect(s, KITH_LIT("nobody has it")) == running);
}

static void listed(void *arg, struct kith_list *l) { (void)arg, (void)l; }

static void track_nonsense(struct app *a, kith_err running)
{
    kith_slice t = KITH_LIT("t"), k = KITH_LIT("k"), m = KITH_LIT("{}");
    static const char *const metas[] = {
        "", "[]", "{", "{\"phx_ref\":1}", "{\"phx_ref_prev\":1}", "{\"a\":1,\"a\":2}", "null"};
    const struct {
        struct kith_tracker *tracker;
        uint64_t owner;
        kith_slice topic, key;
    } wrong[] = {{NULL, 1, t, k},
                 {tracker, 0, t, k},
                 {tracker, (uint64_t)1 << 48, t, k},
                 {tracker, 1, none, k},
                 {tracker, 1, t, none},
                 {tracker, 1, too_long(8193), k},
                 {tracker, 1, t, too_long(256)},
                 {tracker, 1, KITH_LIT("\xff"), k},
                 {tracker, 1, t, KITH_LIT("\xff")}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct kith_tracker *by = wrong[i].tracker;
        uint64_t owner = wrong[i].owner;
        kith_slice topic = wrong[i].topic, key = wrong[i].key;
        EXPECT(a, kith_tracker_track(by, owner, topic, key, m, NULL, NULL) == KITH_BAD);
        EXPECT(a, kith_tracker_update(by, owner, topic, key, m, NULL, NULL) == KITH_BAD);
        EXPECT(a, kith_tracker_untrack(by, owner, topic, key, NULL, NULL) == KITH_BAD);
        EXPECT(a, kith_tracker_get_by_key(owner == 1 ? by : NULL, topic, key, listed, NULL) ==
                      KITH_BAD);
    }
    for (size_t i = 0; i < sizeof metas / sizeof metas[0]; i++) {
        kith_slice meta = kith_str(metas[i]);
        EXPECT(a, kith_tracker_track(tracker, 1, t, k, meta, NULL, NULL) == KITH_BAD);
        EXPECT(a, kith_tracker_update(tracker, 1, t, k, meta, NULL, NULL) == KITH_BAD);
    }
    EXPECT(a, kith_tracker_track(tracker, 1, t, k, too_long(1025), NULL, NULL) == KITH_BAD);
    EXPECT(a, kith_tracker_list(tracker, t, NULL, NULL) == KITH_BAD);
    EXPECT(a, kith_tracker_list(tracker, none, listed, NULL) == KITH_BAD);
    EXPECT(a, kith_tracker_list(NULL, t, listed, NULL) == KITH_BAD);
    EXPECT(a, kith_tracker_untrack_owner(NULL, 1) == KITH_BAD);
    EXPECT(a, kith_tracker_untrack_owner(tracker, 0) == KITH_BAD);
    EXPECT(a, kith_tracker_untrack_owner(tracker, 7) == running);
    EXPECT(a, kith_tracker_untrack(tracker, 7, t, k, NULL, NULL) == running);
    EXPECT(a, kith_tracker_list(tracker, t, listed, NULL) == running);
}

static void add_trackers(struct kith_server *s)
{
    struct kith_tracker *ignored;
    assert_int_equal(kith_server_tracker(NULL, &there, &ignored), KITH_BAD);
    assert_int_equal(kith_server_tracker(s, NULL, &ignored), KITH_BAD);
    assert_int_equal(kith_server_tracker(s, &there, NULL), KITH_BAD);
    assert_int_equal(kith_server_presence(NULL, &here, &ignored), KITH_BAD);
    assert_int_equal(kith_server_presence(s, NULL, &ignored), KITH_BAD);
    assert_int_equal(kith_server_presence(s, &here, NULL), KITH_BAD);
    assert_int_equal(kith_server_tracker(s, &there, &tracker), KITH_OK);
    assert_int_equal(kith_server_presence(s, &here, &presence), KITH_OK);
    for (int i = 2; i < 8; i++)
        assert_int_equal(kith_server_presence(s, &here, &ignored), KITH_OK);
    assert_int_equal(kith_server_presence(s, &here, &ignored), KITH_FULL);
}

static void what_is_called_from_any_thread_judges_what_it_gets(void **state)
{
    (void)state;
    app_make(&app, &(struct app_options){0});
    add_trackers(app.server);
    send_nonsense(&app, KITH_BAD); /* before it runs */
    track_nonsense(&app, KITH_BAD);
    assert_int_equal(kith_server_start(app.server, NULL), KITH_OK);
    app.port = kith_server_port(app.server);
    struct kith_tracker *late;
    assert_int_equal(kith_server_tracker(app.server, &there, &late), KITH_BAD);
    assert_int_equal(kith_server_presence(app.server, &here, &late), KITH_BAD);
    app_client(&app, &client, "user=1", "room:a");
    send_nonsense(&app, KITH_OK);
    track_nonsense(&app, KITH_OK);
    assert_true(client_is_there(&client));
    assert_false(client_heard(&client, "[null,null,'room:a'")); /* nothing of it came */
    client_close(&client);
    assert_int_equal(kith_server_stop(app.server, NULL), KITH_OK);
    send_nonsense(&app, KITH_BAD); /* after it ran */
    track_nonsense(&app, KITH_BAD);
    app_stop(&app);
}

static void a_reply_is_sent_once_with_json_while_the_server_runs(void **state)
{
    (void)state;
    app_start(&app, &(struct app_options){0});
    app_client(&app, &client, "user=1", "room:a");
    static const char *const payloads[] = {"{", "[1]"};
    for (int i = 0; i < 3; i++) {
        client_say(&client, "['1','2','room:a','later',{}]");
        struct kith_reply *r = app_take_reply(&app);
        assert_non_null(r);
        if (i == 2) assert_int_equal(kith_server_stop(app.server, NULL), KITH_OK);
        assert_int_equal(kith_reply_send(r, true, kith_json(kith_str(payloads[i % 2]))),
                         i == 1 ? KITH_OK : KITH_BAD);
        if (i == 1) assert_true(client_hears(&client, "'phx_reply',{'response':[1],"));
    }
    assert_true(client_is_closed(&client, 1012));
    client_close(&client);
    app_stop(&app);
}

/* In callbacks */

static kith_err list_of_channel(struct kith_channel *c, struct kith_list *l)
{
    (void)c, (void)l;
    return KITH_OK;
}

/* Without a channel, or socket. */
static void call_with_nothing(struct app *a)
{
    kith_slice e = KITH_LIT("e"), out;
    EXPECT(a, kith_channel_topic(NULL).len == 0 && kith_channel_subtopic(NULL).len == 0);
    EXPECT(a, kith_channel_user(NULL).len == 0 && !kith_channel_context(NULL));
    EXPECT(a, !kith_channel_server(NULL) && !kith_channel_assigns(NULL));
    EXPECT(a, kith_channel_self(NULL).client == 0 && !kith_channel_socket(NULL));
    kith_channel_assign(NULL, a);
    kith_channel_stop(NULL);
    EXPECT(a, kith_channel_reply(NULL, true, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_refuse(NULL, "no") == KITH_BAD);
    EXPECT(a, !kith_channel_reply_later(NULL));
    EXPECT(a, kith_channel_push(NULL, e, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_broadcast(NULL, e, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_broadcast_from(NULL, e, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_token(NULL, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_social_join(NULL, KITH_SOCIAL_FRIENDS, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_social_status(NULL, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_pubsub_subscribe(NULL, e, KITH_FASTLANE) == KITH_BAD);
    kith_pubsub_unsubscribe(NULL, e);
    EXPECT(a, kith_presence_track(NULL, presence, e, e, KITH_LIT("{}")) == KITH_BAD);
    EXPECT(a, kith_presence_update(NULL, presence, e, e, KITH_LIT("{}")) == KITH_BAD);
    EXPECT(a, kith_presence_untrack(NULL, presence, e, e) == KITH_BAD);
    EXPECT(a, kith_presence_push_state(NULL, presence, &e, 1) == KITH_BAD);
    EXPECT(a, kith_presence_enter(NULL, presence, e, KITH_LIT("{}")) == KITH_BAD);
    EXPECT(a, kith_presence_list(NULL, presence, e, list_of_channel) == KITH_BAD);
    EXPECT(a, kith_presence_get_by_key(NULL, presence, e, e, list_of_channel) == KITH_BAD);
    EXPECT(a, kith_socket_param(NULL, "a", &out) == KITH_BAD);
    EXPECT(a, kith_socket_set_user(NULL, e) == KITH_BAD);
    EXPECT(a, kith_socket_set_id(NULL, e) == KITH_BAD);
    EXPECT(a, kith_socket_user(NULL).len == 0 && kith_socket_id(NULL).len == 0);
    EXPECT(a, !kith_socket_assigns(NULL) && !kith_socket_context(NULL));
    EXPECT(a, !kith_socket_server(NULL));
    kith_socket_assign(NULL, a);
}

/* What a joined channel may ask, with nonsense. */
static void call_with_nonsense(struct app *a, struct kith_channel *c)
{
    kith_slice e = KITH_LIT("e"), m = KITH_LIT("{}"), long_topic = too_long(256), out;
    struct kith_socket *s = kith_channel_socket(c);
    EXPECT(a, kith_channel_server(c) == a->server && kith_socket_server(s) == a->server);
    EXPECT(a, kith_socket_param(s, "user", &out) == KITH_BAD); /* it is connected */
    EXPECT(a, kith_socket_set_user(s, e) == KITH_BAD);
    EXPECT(a, kith_socket_set_id(s, e) == KITH_BAD);
    EXPECT(a, kith_channel_push(c, none, KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_push(c, too_long(256), KITH_EMPTY) == KITH_BAD);
    EXPECT(a, kith_channel_broadcast(c, e, KITH_JSON("{]")) == KITH_BAD);
    EXPECT(a, kith_pubsub_subscribe(c, none, KITH_FASTLANE) == KITH_BAD);
    EXPECT(a, kith_pubsub_subscribe(c, e, (enum kith_delivery)9) == KITH_BAD);
    struct kith_tracker *const wrong[] = {NULL, foreign};
    for (int i = 0; i < 2; i++) {
        EXPECT(a, kith_presence_track(c, wrong[i], none, e, m) == KITH_BAD);
        EXPECT(a, kith_presence_update(c, wrong[i], none, e, m) == KITH_BAD);
        EXPECT(a, kith_presence_untrack(c, wrong[i], none, e) == KITH_BAD);
        EXPECT(a, kith_presence_push_state(c, wrong[i], &e, 1) == KITH_BAD);
        EXPECT(a, kith_presence_enter(c, wrong[i], e, m) == KITH_BAD);
        EXPECT(a, kith_presence_list(c, wrong[i], e, list_of_channel) == KITH_BAD);
        EXPECT(a, kith_presence_get_by_key(c, wrong[i], e, e, list_of_channel) == KITH_BAD);
    }
    EXPECT(a, kith_presence_track(c, presence, none, none, m) == KITH_BAD);
    EXPECT(a, kith_presence_track(c, presence, none, e, KITH_LIT("[]")) == KITH_BAD);
    EXPECT(a, kith_presence_update(c, presence, none, e, m) == KITH_NONE);
    EXPECT(a, kith_presence_push_state(c, presence, NULL, 1) == KITH_BAD);
    EXPECT(a, kith_presence_push_state(c, presence, &none, 1) == KITH_BAD);
    EXPECT(a, kith_presence_push_state(c, presence, &long_topic, 1) == KITH_BAD);
    EXPECT(a, kith_presence_push_state(c, tracker, &e, 1) == KITH_BAD); /* it is no presence */
    EXPECT(a, kith_presence_enter(c, tracker, e, m) == KITH_BAD);
    EXPECT(a, kith_presence_list(c, presence, e, NULL) == KITH_BAD);
}

/* What neither a join nor a channel at its end may ask. */
static void call_without_a_client(struct app *a, struct kith_channel *c)
{
    kith_slice e = KITH_LIT("e"), m = KITH_LIT("{}");
    EXPECT(a, kith_channel_push(c, e, KITH_EMPTY) == KITH_NONE);
    EXPECT(a, kith_channel_broadcast(c, e, KITH_EMPTY) == KITH_NONE);
    EXPECT(a, kith_channel_broadcast_from(c, e, KITH_EMPTY) == KITH_NONE);
    EXPECT(a, kith_pubsub_subscribe(c, e, KITH_TO_CHANNEL) == KITH_NONE);
    EXPECT(a, kith_presence_track(c, presence, none, e, m) == KITH_NONE);
    EXPECT(a, kith_presence_update(c, presence, none, e, m) == KITH_NONE);
    EXPECT(a, kith_presence_untrack(c, presence, none, e) == KITH_NONE);
    EXPECT(a, kith_presence_push_state(c, presence, &e, 1) == KITH_NONE);
    EXPECT(a, kith_presence_enter(c, presence, e, m) == KITH_NONE);
    EXPECT(a, kith_presence_list(c, presence, e, list_of_channel) == KITH_NONE);
    kith_pubsub_unsubscribe(c, e);
    kith_channel_stop(c);
}

static kith_err join_wrong(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    call_without_a_client(app_of(c), c);
    EXPECT(app_of(c), kith_social_status(c, KITH_EMPTY) == KITH_NONE);
    EXPECT(app_of(c), kith_channel_token(c, KITH_EMPTY) == KITH_NONE);
    EXPECT(app_of(c), kith_social_join(c, (enum kith_social_form)5, KITH_EMPTY) == KITH_BAD);
    EXPECT(app_of(c), kith_channel_send(app_of(c)->server, kith_channel_self(c), KITH_LIT("info"),
                                        KITH_EMPTY) == KITH_OK);
    return KITH_OK;
}

static kith_err in_wrong(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    struct app *a = app_of(c);
    kith_problem why;
    (void)event;
    call_with_nothing(a);
    call_with_nonsense(a, c);
    send_nonsense(a, KITH_OK);
    track_nonsense(a, KITH_OK);
    EXPECT(a, kith_server_stop(a->server, &why) == KITH_BAD);
    EXPECT(a, kith_server_start(a->server, &why) == KITH_BAD);
    kith_server_free(a->server); /* does nothing */
    EXPECT(a, kith_channel_refuse(c, "\xff") == KITH_BAD);
    EXPECT(a, kith_channel_refuse(c, NULL) == KITH_OK); /* {"reason":""} */
    EXPECT(a, kith_channel_reply(c, true, payload) == KITH_EXISTS);
    return KITH_OK;
}

static kith_err info_wrong(struct kith_channel *c, const struct kith_message *m)
{
    struct app *a = app_of(c);
    EXPECT(a, kith_channel_reply(c, true, m->payload) == KITH_NONE);
    EXPECT(a, kith_channel_refuse(c, "no") == KITH_NONE);
    EXPECT(a, !kith_channel_reply_later(c));
    EXPECT(a, kith_social_join(c, KITH_SOCIAL_USER, m->payload) == KITH_NONE);
    EXPECT(a, kith_social_status(c, m->payload) == KITH_NONE);
    EXPECT(a, kith_channel_token(c, m->payload) == KITH_NONE);
    return kith_channel_push(c, m->event, m->payload);
}

static void end_wrong(struct kith_channel *c)
{
    call_without_a_client(app_of(c), c);
    EXPECT(app_of(c), kith_channel_reply(c, true, KITH_EMPTY) == KITH_NONE);
    EXPECT(app_of(c), !kith_channel_reply_later(c));
    EXPECT(app_of(c), kith_channel_send(app_of(c)->server, kith_channel_self(c), KITH_LIT("x"),
                                        KITH_EMPTY) == KITH_OK);
}

static const struct kith_channel_behaviour wrong = {.topic = "wrong",
                                                    .join = join_wrong,
                                                    .handle_in = in_wrong,
                                                    .handle_info = info_wrong,
                                                    .terminate = end_wrong};

static void what_is_called_in_callbacks_judges_where_it_is(void **state)
{
    (void)state;
    struct app other;
    app_make(&other, &(struct app_options){0});
    assert_int_equal(kith_server_presence(other.server, &here, &foreign), KITH_OK);
    app_make(&app, &(struct app_options){.own = &wrong});
    add_trackers(app.server);
    assert_int_equal(kith_server_start(app.server, NULL), KITH_OK);
    app.port = kith_server_port(app.server);
    app_client(&app, &client, "user=1", "wrong");
    assert_true(client_hears(&client, "['1',null,'wrong','info',{}]"));
    client_say(&client, "['1','2','wrong','x',{}]");
    assert_true(client_hears(&client, "{'response':{'reason':''},'status':'error'}"));
    client_say(&client, "['1','3','wrong','phx_leave',{}]");
    assert_true(client_hears(&client, "'phx_close'"));
    assert_true(client_is_there(&client));
    client_close(&client);
    app_stop(&app);
    app_stop(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_called_from_any_thread_judges_what_it_gets),
        cmocka_unit_test(a_reply_is_sent_once_with_json_while_the_server_runs),
        cmocka_unit_test(what_is_called_in_callbacks_judges_where_it_is),
    };
    return cmocka_run_group_tests_name("calls", tests, prepare, NULL);
}
