/* bench/article.c -- the channel of the article, as app/serve.c has it. */
#include "article.h"

#include "base/limits.h"
#include "edge/channel_api.h"
#include "edge/session.h"

enum { HOUR_MS = 3600000 };

static kith_err join_user(struct kith_channel *c, kith_payload payload)
{
    if (!slice_eq(socket_user(&c->session->socket), slice_from(channel_topic(c), c->subtopic_at)))
        return channel_refuse(c, "unauthorized");
    return channel_social_join(c, KITH_SOCIAL_USER, payload);
}

static kith_err handle_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (slice_is(event, "status")) return channel_social_status(c, payload);
    return channel_refuse(c, "unknown event");
}

static const struct kith_channel_behaviour user_channel = {
    .topic = "user:*", .join = join_user, .handle_in = handle_in, .unsubscribed = true};
static const struct kith_channel_behaviour *const channels[] = {&user_channel, NULL};
static const struct kith_socket_behaviour user_socket = {.path = "/socket", .channels = channels};
static const struct edge_mount mount = {.behaviour = &user_socket};

struct edge_options article_options(void)
{
    return (struct edge_options){.auth_none = true,
                                 .mounts = &mount,
                                 .mount_count = 1,
                                 .device_key = {5, 6},
                                 .poll_keys = {{7, 8}, {9, 10}},
                                 .handshake_ms = HOUR_MS,
                                 .longpoll_ms = LONGPOLL_MS,
                                 .ping_ms = HOUR_MS,
                                 .idle_ms = HOUR_MS,
                                 .message_bytes_max = MESSAGE_BYTES_MAX};
}
