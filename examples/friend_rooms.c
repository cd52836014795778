/* examples/friend_rooms.c -- the third naive way of the article "Phoenix Presence for social
 * networks": a room for each friendship, friends:<a>:<b> with the lesser id first. A client joins
 * one for each of its friends.
 *
 * Nobody learns of strangers and nothing is filtered, but a user with N friends has N channels on
 * each side of the wire, and is tracked N times. */
#include "common.h"

static struct kith_tracker *presence;

static int compare(kith_slice a, kith_slice b)
{
    size_t min = a.len < b.len ? a.len : b.len;
    int by_bytes = memcmp(a.ptr, b.ptr, min);
    return by_bytes ? by_bytes : (a.len > b.len) - (a.len < b.len);
}

/* Splits <a>:<b> at the colon; false where it is none, or in the wrong order. */
static bool split(kith_slice pair, kith_slice *a, kith_slice *b)
{
    const uint8_t *colon = pair.len ? memchr(pair.ptr, ':', pair.len) : NULL;
    if (!colon) return false;
    *a = (kith_slice){pair.ptr, (size_t)(colon - pair.ptr)};
    *b = (kith_slice){colon + 1, pair.len - a->len - 1};
    return compare(*a, *b) < 0;
}

/* Only the two friends may join their room. */
static kith_err join(struct kith_channel *c, kith_payload payload)
{
    kith_slice a, b, user = kith_channel_user(c);
    (void)payload;
    bool member = split(kith_channel_subtopic(c), &a, &b) &&
                  ((kith_equal(user, a) && example_is_friend(a, b)) ||
                   (kith_equal(user, b) && example_is_friend(b, a)));
    if (!member) return kith_channel_refuse(c, "unauthorized");
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("after_join"),
                             KITH_EMPTY);
}

static kith_err handle_info(struct kith_channel *c, const struct kith_message *m)
{
    char meta[64];
    (void)m;
    return kith_presence_enter(c, presence, kith_channel_user(c), example_meta(meta));
}

static const struct kith_channel_behaviour room = {
    .topic = "friends:*", .join = join, .handle_info = handle_info};
static const struct kith_channel_behaviour *const channels[] = {&room, NULL};
static const struct kith_socket_behaviour socket = {
    .path = "/socket", .channels = channels, .connect = example_connect};

int main(int argc, char **argv)
{
    static const struct kith_presence_behaviour plain;
    struct example e = example_arguments(argc, argv, "A room for each friendship.", "4025");
    struct kith_server *s = example_server(&e);
    if (kith_server_presence(s, &plain, &presence) != KITH_OK) return 1;
    return example_run(s, &socket);
}
