/* examples/before_social.c -- where the article "Phoenix Presence for social networks" begins: each
 * user in a private channel, user:<id>, tracked on that channel's own topic, as the generated code
 * of Phoenix.Presence does it.
 *
 * It works, and nobody sees anybody: only the user itself is let into the topic, so its state and
 * its diffs reach no friend. Compare examples/social.c. */
#include "common.h"

static struct kith_tracker *presence;

static kith_err join(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    if (!kith_equal(kith_channel_subtopic(c), kith_channel_user(c)))
        return kith_channel_refuse(c, "unauthorized");
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("after_join"),
                             KITH_EMPTY);
}

/* The state comes first, and then its own join. */
static kith_err handle_info(struct kith_channel *c, const struct kith_message *m)
{
    char meta[64];
    kith_slice own = kith_channel_topic(c);
    (void)m;
    kith_err e = kith_presence_push_state(c, presence, &own, 1);
    return e ? e : kith_presence_track(c, presence, own, kith_channel_user(c), example_meta(meta));
}

static const struct kith_channel_behaviour user_channel = {
    .topic = "user:*", .join = join, .handle_info = handle_info};
static const struct kith_channel_behaviour *const channels[] = {&user_channel, NULL};
static const struct kith_socket_behaviour socket = {
    .path = "/socket", .channels = channels, .connect = example_connect};

int main(int argc, char **argv)
{
    static const struct kith_presence_behaviour plain;
    struct example e = example_arguments(
        argc, argv, "Presence on a private channel: nobody sees anybody.", "4022");
    struct kith_server *s = example_server(&e);
    if (kith_server_presence(s, &plain, &presence) != KITH_OK) return 1;
    return example_run(s, &socket);
}
