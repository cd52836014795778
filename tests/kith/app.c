/* tests/kith/app.c -- a server in this process, as somebody who embeds the library makes it. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct app *app_of_socket(const struct kith_socket *s) { return kith_socket_context(s); }

struct app *app_of(const struct kith_channel *c) { return app_of_socket(kith_channel_socket(c)); }

/* Sockets */

static kith_err on_connect(struct kith_socket *s)
{
    struct app *a = app_of_socket(s);
    kith_slice user = KITH_LIT("nobody"), id;
    kith_err e = kith_socket_param(s, "user", &user);
    if (!e || e == KITH_NONE) e = kith_socket_set_user(s, user);
    if (!e && kith_socket_param(s, "id", &id) == KITH_OK) e = kith_socket_set_id(s, id);
    if (e) return e;
    kith_socket_assign(s, malloc(1)); /* that a sanitizer sees who is not told of its end */
    a->connects++;
    return KITH_OK;
}

static void on_disconnect(struct kith_socket *s)
{
    free(kith_socket_assigns(s));
    app_of_socket(s)->disconnects++;
}

/* Channels */

static kith_err joined(struct kith_channel *c)
{
    struct app *a = app_of(c);
    kith_channel_assign(c, malloc(1));
    a->joins++;
    pthread_mutex_lock(&a->lock);
    a->ids[a->id_count++ % IDS_MAX] = kith_channel_self(c);
    pthread_mutex_unlock(&a->lock);
    return KITH_OK;
}

static void on_terminate(struct kith_channel *c)
{
    free(kith_channel_assigns(c));
    app_of(c)->terminates++;
}

static kith_err join_room(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return joined(c);
}

static kith_err join_friends(struct kith_channel *c, kith_payload payload)
{
    kith_err e = kith_social_join(c, KITH_SOCIAL_FRIENDS, payload);
    if (e == KITH_LATER) (void)joined(c);
    return e;
}

static void keep_reply(struct kith_channel *c)
{
    struct app *a = app_of(c);
    struct kith_reply *r = kith_channel_reply_later(c);
    EXPECT(a, r != NULL);
    pthread_mutex_lock(&a->lock);
    kith_reply_drop(a->reply);
    a->reply = r;
    pthread_mutex_unlock(&a->lock);
}

static kith_err room_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (kith_equal(event, KITH_LIT("later"))) keep_reply(c);
    if (kith_equal(event, KITH_LIT("stop"))) kith_channel_stop(c);
    if (kith_equal(event, KITH_LIT("watch"))) {
        kith_err e = kith_pubsub_subscribe(c, KITH_LIT("news"), KITH_TO_CHANNEL);
        return e ? e : kith_channel_reply(c, true, KITH_EMPTY);
    }
    return kith_equal(event, KITH_LIT("echo")) ? kith_channel_reply(c, true, payload) : KITH_OK;
}

static kith_err friends_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    return kith_equal(event, KITH_LIT("visibility")) ? kith_social_visibility(c, payload)
                                                     : kith_social_status(c, payload);
}

static kith_err room_info(struct kith_channel *c, const struct kith_message *m)
{
    return kith_channel_push(c, m->event, m->payload);
}

static const struct kith_channel_behaviour room = {.topic = "room:*",
                                                   .join = join_room,
                                                   .handle_in = room_in,
                                                   .handle_info = room_info,
                                                   .terminate = on_terminate};
static const struct kith_channel_behaviour friends = {
    .topic = "friends", .join = join_friends, .handle_in = friends_in, .terminate = on_terminate};

/* Its life. What the library borrows is kept until the app is stopped. */

struct offer {
    const struct kith_channel_behaviour *channels[4];
    struct kith_socket_behaviour socket;
};
static struct offer offers[2];

struct kith_config *app_config(const char *workers)
{
    static const char *const settings[][2] = {{"server.listen", "127.0.0.1:0"},
                                              {"server.api", "off"},
                                              {"server.data", ":memory:"},
                                              {"server.auth", "app"},
                                              {"presence.grace_s", "1"}};
    struct kith_config *c = kith_config_new();
    kith_problem why;
    assert_non_null(c);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        assert_int_equal(kith_config_set(c, settings[i][0], settings[i][1], &why), KITH_OK);
    assert_int_equal(kith_config_set(c, "server.workers", workers, &why), KITH_OK);
    return c;
}

static void offer(struct app *a, const struct app_options *o)
{
    struct offer *f = offers[0].socket.context ? &offers[1] : &offers[0];
    *f = (struct offer){.channels = {&room, &friends, o->own, NULL},
                        .socket = {.path = "/socket",
                                   .channels = f->channels,
                                   .connect = on_connect,
                                   .disconnect = on_disconnect,
                                   .context = a}};
    assert_int_equal(kith_server_socket(a->server, &f->socket), KITH_OK);
}

void app_make(struct app *a, const struct app_options *o)
{
    kith_problem why = {"no problem"};
    struct kith_config *c = app_config(o->workers ? o->workers : "2");
    if (o->listen) assert_int_equal(kith_config_set(c, "server.listen", o->listen, &why), KITH_OK);
    if (o->reciprocity)
        assert_int_equal(kith_config_set(c, "presence.reciprocity", o->reciprocity, &why), KITH_OK);
    memset(a, 0, sizeof *a);
    pthread_mutex_init(&a->lock, NULL);
    if (kith_server_new(c, &a->server, &why) != KITH_OK) fail_msg("%s", why.text);
    kith_config_free(c); /* takes nothing */
    offer(a, o);
    if (o->source) assert_int_equal(kith_server_source(a->server, o->source), KITH_OK);
    if (o->bus) assert_int_equal(kith_server_bus(a->server, o->bus), KITH_OK);
    if (o->hook) assert_int_equal(kith_server_hook(a->server, o->hook), KITH_OK);
}

void app_start(struct app *a, const struct app_options *o)
{
    kith_problem why = {"no problem"};
    app_make(a, o);
    if (kith_server_start(a->server, &why) != KITH_OK) fail_msg("%s", why.text);
    a->port = kith_server_port(a->server);
    assert_int_not_equal(a->port, 0);
}

void app_stop(struct app *a)
{
    kith_problem why = {"no problem"};
    if (kith_server_stop(a->server, &why) != KITH_OK) fail_msg("%s", why.text);
    kith_server_free(a->server);
    for (size_t i = 0; i < 2; i++)
        if (offers[i].socket.context == a) offers[i].socket.context = NULL;
    kith_reply_drop(a->reply);
    pthread_mutex_destroy(&a->lock);
    assert_int_equal(a->connects, a->disconnects);
    assert_int_equal(a->joins, a->terminates);
    assert_int_equal(a->mistakes, 0);
}

void app_client(struct app *a, struct client *c, const char *query, const char *topic)
{
    char target[256], text[160];
    snprintf(target, sizeof target, "/socket/websocket?vsn=2.0.0&%s", query);
    assert_true(client_open(c, a->port, target));
    if (!topic) return;
    snprintf(text, sizeof text, "['1','1','%s','phx_join',{}]", topic);
    client_say(c, text);
    snprintf(text, sizeof text, "['1','1','%s','phx_reply',{'response':{", topic);
    assert_true(client_hears(c, text)); /* and what it may come back with */
    strcat(text, "'reason'");
    assert_false(client_heard(c, text));
}

kith_channel_id app_latest(struct app *a)
{
    pthread_mutex_lock(&a->lock);
    kith_channel_id id = a->id_count ? a->ids[(a->id_count - 1) % IDS_MAX] : (kith_channel_id){0};
    pthread_mutex_unlock(&a->lock);
    return id;
}

struct kith_reply *app_take_reply(struct app *a)
{
    struct kith_reply *r = NULL;
    for (int tries = 0; !r && tries < 2000; tries++) {
        if (tries) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        pthread_mutex_lock(&a->lock);
        r = a->reply;
        a->reply = NULL;
        pthread_mutex_unlock(&a->lock);
    }
    return r;
}

void app_expect(struct app *a, bool yes, const char *text, const char *file, int line)
{
    if (yes) return;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
    a->mistakes++;
}
