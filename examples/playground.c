/* examples/playground.c -- a Phoenix application's channels on libkith, to be held against the real
 * thing: rooms with presence and every way in which a channel may answer, push, broadcast, fail and
 * end; and the social channel of the article "Phoenix Presence for social networks".
 *
 *   /socket   WebSocket and long-poll; user:* and room:*; no check of origins
 *   /strict   the same transports, rooms only, for pages of allowed.example alone
 *
 * It prints a line "ready" once it accepts, and where. */
#include "common.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FRIENDS_MAX = 5000, TOPIC_BYTES = 160, META_BYTES = 2048 };

static struct kith_tracker *presence;

static bool is(kith_slice s, const char *word) { return kith_equal(s, kith_str(word)); }

static kith_err after_join(struct kith_channel *c)
{
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("after_join"),
                             KITH_EMPTY);
}

/* Rooms */

/* {"hello": user, "params": what it joined with} */
static kith_err welcome(struct kith_channel *c, kith_slice params)
{
    size_t room = params.len + 1024;
    char *out = malloc(room), *at = out;
    if (!out) return KITH_NOMEM;
    at += sprintf(at, "{\"hello\":");
    at += kith_json_quote(kith_channel_user(c), at, room / 2);
    at += sprintf(at, ",\"params\":%.*s}", (int)params.len, (const char *)params.ptr);
    kith_slice hello = {(const uint8_t *)out, (size_t)(at - out)};
    kith_err e = kith_channel_reply(c, true, kith_json(hello));
    free(out);
    return e;
}

static kith_err join_room(struct kith_channel *c, kith_payload params)
{
    kith_slice name = kith_channel_subtopic(c);
    if (is(name, "private")) return kith_channel_refuse(c, "unauthorized");
    if (is(name, "joincrash")) return KITH_BAD;
    return is(name, "welcome") ? welcome(c, params.bytes) : after_join(c);
}

static kith_err enter_room(struct kith_channel *c, const struct kith_message *m)
{
    char meta[64];
    (void)m;
    return kith_presence_enter(c, presence, kith_channel_user(c), example_meta(meta));
}

static kith_err stop(struct kith_channel *c)
{
    kith_channel_stop(c);
    return KITH_OK;
}

static kith_err stop_reply(struct kith_channel *c, kith_payload payload)
{
    kith_channel_stop(c);
    return kith_channel_reply(c, true, payload);
}

/* Events whose payload is bytes. */
static kith_err handle_bytes(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (is(event, "bin")) return kith_channel_reply(c, true, payload);
    if (is(event, "bin_error")) return kith_channel_reply(c, false, payload);
    if (is(event, "push_bin")) return kith_channel_push(c, event, payload);
    if (is(event, "bcast_bin")) return kith_channel_broadcast(c, event, payload);
    return KITH_BAD; /* as `crash`, and as any event that has no handler */
}

static kith_err handle_room(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (is(event, "echo")) return kith_channel_reply(c, true, payload);
    if (is(event, "echo_error")) return kith_channel_reply(c, false, payload);
    if (is(event, "noreply")) return KITH_OK;
    if (is(event, "status_only")) return kith_channel_reply(c, true, KITH_EMPTY);
    if (is(event, "shout")) return kith_channel_broadcast(c, event, payload);
    if (is(event, "shout_from")) return kith_channel_broadcast_from(c, event, payload);
    if (is(event, "stop") || is(event, "stop_shutdown")) return stop(c);
    if (is(event, "stop_reply")) return stop_reply(c, payload);
    return payload.binary ? handle_bytes(c, event, payload) : KITH_BAD;
}

/* The social channel. Its assigns are the time since which its user is online. */

static kith_slice presence_topic(kith_slice user, char out[TOPIC_BYTES])
{
    int n = snprintf(out, TOPIC_BYTES, "user_presence:%.*s", (int)user.len, (const char *)user.ptr);
    return (kith_slice){(const uint8_t *)out, (size_t)n};
}

static kith_err join_user(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    if (!kith_equal(kith_channel_subtopic(c), kith_channel_user(c)))
        return kith_channel_refuse(c, "unauthorized");
    return after_join(c);
}

static kith_err join_nobody(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return kith_channel_refuse(c, "unauthorized");
}

static kith_err push_friends(struct kith_channel *c)
{
    struct {
        kith_slice friends[FRIENDS_MAX], topics[FRIENDS_MAX];
        char names[FRIENDS_MAX][TOPIC_BYTES];
    } *list = malloc(sizeof *list);
    if (!list) return KITH_NOMEM;
    size_t count = example_friends(kith_channel_user(c), list->friends, FRIENDS_MAX);
    for (size_t i = 0; i < count; i++)
        list->topics[i] = presence_topic(list->friends[i], list->names[i]);
    kith_err e = kith_presence_push_state(c, presence, list->topics, count);
    free(list);
    return e;
}

static kith_slice meta(const struct kith_channel *c, kith_slice status, char out[META_BYTES])
{
    int n = snprintf(out, META_BYTES, "{\"online_at\":\"%" PRIuPTR "\",\"status\":%.*s}",
                     (uintptr_t)kith_channel_assigns(c), (int)status.len, (const char *)status.ptr);
    return (kith_slice){(const uint8_t *)out, n > 0 && n < META_BYTES ? (size_t)n : 0};
}

static kith_err appear(struct kith_channel *c, const struct kith_message *m)
{
    char name[TOPIC_BYTES], text[META_BYTES];
    kith_slice user = kith_channel_user(c);
    (void)m;
    kith_err e = push_friends(c);
    if (e) return e;
    kith_channel_assign(c, (void *)(uintptr_t)time(NULL));
    return kith_presence_track(c, presence, presence_topic(user, name), user,
                               meta(c, KITH_LIT("\"online\""), text));
}

/* `status` {"status": anything}; without it, and with any other event, the handler fails. */
static kith_err handle_user(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    char name[TOPIC_BYTES], text[META_BYTES];
    kith_slice status, user = kith_channel_user(c);
    if (!is(event, "status") || payload.binary) return KITH_BAD;
    kith_err e = kith_json_get(payload.bytes, "status", &status);
    if (!e)
        e = kith_presence_update(c, presence, presence_topic(user, name), user,
                                 meta(c, status, text));
    return e ? e : kith_channel_reply(c, true, KITH_EMPTY);
}

/* What is offered */

static const struct kith_channel_behaviour room = {
    .topic = "room:*", .join = join_room, .handle_in = handle_room, .handle_info = enter_room};
static const struct kith_channel_behaviour user = {
    .topic = "user:*", .join = join_user, .handle_in = handle_user, .handle_info = appear};
static const struct kith_channel_behaviour nobody = {.topic = "user_presence:*",
                                                     .join = join_nobody};
static const struct kith_channel_behaviour *const all[] = {&room, &user, &nobody, NULL};
static const struct kith_channel_behaviour *const rooms[] = {&room, NULL};
static const char *const allowed[] = {"//allowed.example", NULL};
static const struct kith_socket_behaviour socket = {
    .path = "/socket", .channels = all, .connect = example_connect, .any_origin = true};
static const struct kith_socket_behaviour strict = {.path = "/strict",
                                                    .channels = rooms,
                                                    .connect = example_connect,
                                                    .origins = allowed,
                                                    .listed_origin = true};

static kith_err serve(struct kith_server *s, kith_problem *why)
{
    static const struct kith_presence_behaviour plain;
    sigset_t ends;
    int signal;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    kith_err e = kith_server_presence(s, &plain, &presence);
    if (!e) e = kith_server_socket(s, &socket);
    if (!e) e = kith_server_socket(s, &strict);
    if (!e) e = kith_server_start(s, why);
    if (e) return e;
    printf("ready\nws://127.0.0.1:%u/socket/websocket\n", kith_server_port(s));
    fflush(stdout);
    sigwait(&ends, &signal);
    return kith_server_stop(s, why);
}

int main(int argc, char **argv)
{
    kith_problem why = {.text = "it cannot offer what it should"};
    struct example e =
        example_arguments(argc, argv, "The channels of a Phoenix application, to compare.", "4010");
    struct kith_server *s = example_server(&e);
    kith_err err = serve(s, &why);
    if (err) fprintf(stderr, "playground: %s\n", why.text);
    kith_server_free(s);
    return err != KITH_OK;
}
