/* tests/kith/test_callbacks.c -- callbacks that return what they should not, fail, or are left out:
 * what comes of it for whoever called, and that nothing does for anybody else. */
#include "app.h"

#include <stdio.h>
#include <time.h>

static struct app app;
static struct client clients[4];
static struct kith_tracker *presence;

static kith_slice empty;

/* A number that is no error, or one that says something else here. */
static kith_err odd(kith_slice which)
{
    return kith_equal(which, KITH_LIT("unknown"))    ? (kith_err)99
           : kith_equal(which, KITH_LIT("negative")) ? (kith_err)-1
           : kith_equal(which, KITH_LIT("later"))    ? KITH_LATER
           : kith_equal(which, KITH_LIT("refused"))  ? KITH_REFUSED
           : kith_equal(which, KITH_LIT("fails"))    ? KITH_IO
                                                     : KITH_OK;
}
static const char *const odds[] = {"unknown", "negative", "later", "refused", "fails"};
enum { ODDS = sizeof odds / sizeof odds[0] };

/* hall:NAME: the join returns what the name says; who is in is there under its user's name. Events,
 * news and what is listed return what the event says. */
static kith_err join_hall(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    kith_err e = odd(kith_channel_subtopic(c));
    if (e) return e;
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("enter"),
                             KITH_EMPTY);
}

static kith_err fail_list(struct kith_channel *c, struct kith_list *l)
{
    (void)c;
    return kith_list_json(l).len ? (kith_err)99 : KITH_OK;
}

static kith_err hall_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (kith_equal(event, KITH_LIT("echo"))) return kith_channel_reply(c, true, payload);
    if (kith_equal(event, KITH_LIT("list")))
        return kith_presence_list(c, presence, empty, fail_list);
    if (!kith_equal(event, KITH_LIT("tell"))) return odd(event);
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("fails"),
                             KITH_EMPTY);
}

static kith_err hall_info(struct kith_channel *c, const struct kith_message *m)
{
    return kith_equal(m->event, KITH_LIT("enter"))
               ? kith_presence_enter(c, presence, kith_channel_user(c), KITH_LIT("{}"))
               : odd(m->event);
}

static kith_err hall_out(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    /* Of those who hear it one fails. */
    if (kith_equal(kith_channel_user(c), KITH_LIT("3"))) return KITH_IO;
    return kith_channel_push(c, event, payload);
}

static const char *const intercepted[] = {"alarm", NULL};
static const struct kith_channel_behaviour hall = {.topic = "hall:*",
                                                   .join = join_hall,
                                                   .handle_in = hall_in,
                                                   .handle_info = hall_info,
                                                   .handle_out = hall_out,
                                                   .intercept = intercepted};

/* No JSON; a member that is taken; more than there is room for. */
static size_t fetch_badly(void *context, kith_slice topic, kith_slice key, char *out, size_t room)
{
    (void)context, (void)topic;
    if (kith_equal(key, KITH_LIT("1"))) return (size_t)snprintf(out, room, "\"user\":");
    if (kith_equal(key, KITH_LIT("2"))) return (size_t)snprintf(out, room, "\"metas\":[]");
    return room + 1;
}

static kith_err watch_in_vain(void *context, kith_slice user, struct kith_ids *out)
{
    (void)context;
    if (kith_equal(user, KITH_LIT("1"))) return kith_ids_add(out, KITH_LIT("2"));
    return kith_equal(user, KITH_LIT("2")) ? KITH_OK : (kith_err)99;
}

static void begin(void)
{
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        clients[i].fd = -1;
    assert_int_equal(kith_server_start(app.server, NULL), KITH_OK);
    app.port = kith_server_port(app.server);
}

static int start(void **state)
{
    (void)state;
    static const struct kith_presence_behaviour here = {.fetch = fetch_badly};
    static const struct kith_source source = {.watched = watch_in_vain};
    app_make(&app, &(struct app_options){.own = &hall, .source = &source});
    assert_int_equal(kith_server_presence(app.server, &here, &presence), KITH_OK);
    begin();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        client_close(&clients[i]);
    app_stop(&app);
    return 0;
}

/* The client of this number, as that user, in hall:a. */
static void come(int i)
{
    char query[16], own[64];
    snprintf(query, sizeof query, "user=%d", i);
    snprintf(own, sizeof own, "'presence_diff',{'joins':{'%d':{'metas':[{", i);
    app_client(&app, &clients[i], query, "hall:a");
    assert_true(client_hears(&clients[i], own));
}

static void say(int i, const char *ref, const char *event)
{
    char text[96];
    snprintf(text, sizeof text, "['1','%s','hall:a','%s',{}]", ref, event);
    client_say(&clients[i], text);
}

static void c22_a_join_that_returns_what_it_may_not_is_refused(void **state)
{
    (void)state;
    char text[96], want[96];
    app_client(&app, &clients[1], "user=1", NULL);
    for (int i = 0; i < ODDS; i++) {
        snprintf(text, sizeof text, "['1','%d','hall:%s','phx_join',{}]", i, odds[i]);
        snprintf(want, sizeof want,
                 "['1','%d','hall:%s','phx_reply',{'response':{'reason':'join crashed'},"
                 "'status':'error'}]",
                 i, odds[i]);
        client_say(&clients[1], text);
        assert_true(client_hears(&clients[1], want));
    }
    assert_true(client_is_there(&clients[1]));
}

static void c22_a_handler_that_returns_what_it_may_not_ends_its_channel(void **state)
{
    (void)state;
    static const char *const events[] = {"unknown", "negative", "later", "refused",
                                         "fails",   "tell",     "list"};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        come(1);
        say(1, "2", events[i]);
        assert_true(client_hears(&clients[1], "['1','1','hall:a','phx_error',{}]"));
        say(1, "3", "echo");
        assert_true(client_hears(&clients[1], "{'reason':'unmatched topic'}"));
        client_close(&clients[1]);
    }
}

static void c23_whoever_returns_well_is_handed_all_that_comes(void **state)
{
    (void)state;
    come(1);
    for (int i = 0; i < 3; i++) {
        say(1, "2", "nothing");
        say(1, "3", "echo");
        assert_true(client_hears(&clients[1], "['1','3','hall:a','phx_reply',{'response':{},"));
    }
    assert_false(client_heard(&clients[1], "phx_error"));
}

/* Two stay, and hear of the third that it leaves and comes; nobody hears anything of the two. */
static void n08_who_is_tracked_outlives_another_ones_callback_that_fails(void **state)
{
    (void)state;
    static const char *const ways[] = {"fails", "tell", "list", "alarm"};
    come(1);
    come(2);
    assert_true(client_hears(&clients[1], "'joins':{'2':{'metas':"));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        come(3);
        const struct kith_message alarm = {.topic = KITH_LIT("hall:a"), .event = KITH_LIT("alarm")};
        if (i < 3)
            say(3, "2", ways[i]);
        else
            assert_int_equal(kith_pubsub_broadcast(app.server, &alarm), KITH_OK);
        assert_true(client_hears(&clients[3], "'phx_error'"));
        for (int other = 1; other <= 2; other++) {
            assert_true(client_hears(&clients[other], "'joins':{'3':{'metas':"));
            assert_true(client_hears(&clients[other], "'leaves':{'3':{'metas':"));
        }
        client_close(&clients[3]);
    }
    come(3); /* to whom all are listed */
    assert_true(client_heard(&clients[3], "'presence_state',{'1':{'metas':[{"));
    assert_true(client_heard(&clients[3], "'2':{'metas':[{"));
    for (int other = 1; other <= 2; other++) {
        assert_true(client_is_there(&clients[other]));
        assert_false(client_heard(&clients[other], "'leaves':{'1'"));
        assert_false(client_heard(&clients[other], "'leaves':{'2'"));
        assert_false(client_heard(&clients[other], "phx_error"));
    }
}

/* The friends of one whose source fails are as they were, and so is who watches. */
static void n08_friends_outlive_a_source_that_fails(void **state)
{
    (void)state;
    app_client(&app, &clients[1], "user=1", "friends");
    app_client(&app, &clients[2], "user=2", "friends");
    assert_true(client_hears(&clients[1], "'joins':{'2':{'metas':"));
    app_client(&app, &clients[3], "user=3", NULL);
    client_say(&clients[3], "['1','1','friends','phx_join',{}]");
    assert_true(client_hears(&clients[3], "'friends unavailable, try again'},'status':'error'"));
    app_client(&app, &clients[0], "user=1", "friends");
    assert_true(client_hears(&clients[0], "'presence_state',{'2':{'metas':[{"));
    assert_true(client_is_there(&clients[1]));
    assert_false(client_heard(&clients[1], "'leaves':{'2'"));
}

static atomic_int told;

static void on_listed(void *arg, struct kith_list *l)
{
    kith_slice key, value;
    EXPECT(arg, kith_list_next(l, &key, &value) && kith_equal(key, KITH_LIT("key")));
    EXPECT(arg, !kith_list_next(l, &key, &value));
    told = 1;
}

static void c24_callbacks_that_are_left_out_have_defaults(void **state)
{
    static const struct kith_presence_behaviour plain;
    static const struct kith_tracker_behaviour bare;
    struct kith_tracker *tracker;
    kith_slice topic = KITH_LIT("topic"), key = KITH_LIT("key"), meta = KITH_LIT("{}");
    app_make(&app, &(struct app_options){.own = &hall});
    assert_int_equal(kith_server_presence(app.server, &plain, &presence), KITH_OK);
    assert_int_equal(kith_server_tracker(app.server, &bare, &tracker), KITH_OK);
    begin();
    come(1);
    assert_int_equal(kith_tracker_track(tracker, 1, topic, key, meta, NULL, NULL), KITH_OK);
    assert_int_equal(kith_tracker_list(tracker, topic, on_listed, &app), KITH_OK);
    for (int i = 0; i < 1000 && !told; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_int_equal(told, 1);
    stop(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(c22_a_join_that_returns_what_it_may_not_is_refused),
        TEST(c22_a_handler_that_returns_what_it_may_not_ends_its_channel),
        TEST(c23_whoever_returns_well_is_handed_all_that_comes),
        TEST(n08_who_is_tracked_outlives_another_ones_callback_that_fails),
        TEST(n08_friends_outlive_a_source_that_fails),
        cmocka_unit_test(c24_callbacks_that_are_left_out_have_defaults),
    };
    return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
