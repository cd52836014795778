/* examples/single_room.c -- the first naive way of the article "Phoenix Presence for social
 * networks": all users in one room, room:all. Everybody gets everybody's state and diffs; the
 * client shows its friends and forgets the rest.
 *
 * Two lines of code, and both of its faults are of principle: what reaches a client grows with all
 * users who are online, not with its friends, and it learns of each stranger's coming and going. */
#include "common.h"

static struct kith_tracker *presence;

static kith_err join(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
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
    .topic = "room:all", .join = join, .handle_info = handle_info};
static const struct kith_channel_behaviour *const channels[] = {&room, NULL};
static const struct kith_socket_behaviour socket = {
    .path = "/socket", .channels = channels, .connect = example_connect};

int main(int argc, char **argv)
{
    static const struct kith_presence_behaviour plain;
    struct example e = example_arguments(
        argc, argv, "All users in one room: everybody is told about everybody.", "4023");
    struct kith_server *s = example_server(&e);
    if (kith_server_presence(s, &plain, &presence) != KITH_OK) return 1;
    return example_run(s, &socket);
}
