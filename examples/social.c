/* examples/social.c -- presence for a social network, step by step: the channel that the article
 * "Phoenix Presence for social networks" ends with.
 *
 * Each user joins a private channel, user:<id>. It is tracked once, on a topic of its own that
 * nobody joins, user_presence:<id>; whoever watches it subscribes to that topic without joining it,
 * and gets its diffs straight from the fast lane: a change is encoded once, whatever the number of
 * friends. The client listens with socket.onMessage for presence_diff on user_presence:<friend>.
 *
 * What the article leaves open is closed by the one call that subscribes, lists and pushes: no
 * change falls between state and diffs. With rules, live changes and grace: kith/social.h. */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRIENDS_MAX = 1000, TOPIC_BYTES = 160 };

static struct kith_tracker *presence;

static kith_slice presence_topic(kith_slice user, char out[TOPIC_BYTES])
{
    int n = snprintf(out, TOPIC_BYTES, "user_presence:%.*s", (int)user.len, (const char *)user.ptr);
    return (kith_slice){(const uint8_t *)out, (size_t)n};
}

/* Step 1: only its own user may join. What is to be pushed comes behind the reply: the channel
 * sends itself a message. */
static kith_err join(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    if (!kith_equal(kith_channel_subtopic(c), kith_channel_user(c)))
        return kith_channel_refuse(c, "unauthorized");
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("after_join"),
                             KITH_EMPTY);
}

/* Step 2: the state of all friends, and from there on their diffs. */
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

/* Step 3: the user itself is tracked, once, on a topic of its own. */
static kith_err track_user(struct kith_channel *c)
{
    char name[TOPIC_BYTES], meta[64];
    kith_slice user = kith_channel_user(c);
    return kith_presence_track(c, presence, presence_topic(user, name), user, example_meta(meta));
}

static kith_err handle_info(struct kith_channel *c, const struct kith_message *m)
{
    (void)m;
    kith_err e = push_friends(c);
    return e ? e : track_user(c);
}

/* Step 4, for a client that tries: the topics of presence are not to be joined. */
static kith_err join_nobody(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return kith_channel_refuse(c, "unauthorized");
}

static const struct kith_channel_behaviour user_channel = {
    .topic = "user:*", .join = join, .handle_info = handle_info};
static const struct kith_channel_behaviour presence_channel = {.topic = "user_presence:*",
                                                               .join = join_nobody};
static const struct kith_channel_behaviour *const channels[] = {&user_channel, &presence_channel,
                                                                NULL};
static const struct kith_socket_behaviour socket = {
    .path = "/socket", .channels = channels, .connect = example_connect};

int main(int argc, char **argv)
{
    static const struct kith_presence_behaviour plain;
    struct example e = example_arguments(
        argc, argv, "Presence for a social network, as the article has it in the end.", "4021");
    struct kith_server *s = example_server(&e);
    if (kith_server_presence(s, &plain, &presence) != KITH_OK) return 1;
    return example_run(s, &socket);
}
