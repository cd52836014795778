/* app/serve.c -- what `kith serve` offers, built on the library's public port like anyone's. */
#include <kith/kith.h>

extern const struct kith_page kith_demo_pages[];
extern const size_t kith_demo_page_count;
extern const struct kith_page kith_console_pages[];
extern const size_t kith_console_page_count;

/* As app/commands.h has it, which is not public. */
kith_err serve_offer(struct kith_server *s, const struct kith_config *config, kith_problem *why);

/* Both topics take the same events. */
static kith_err handle_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (kith_equal(event, KITH_LIT("status"))) return kith_social_status(c, payload);
    if (kith_equal(event, KITH_LIT("visibility"))) return kith_social_visibility(c, payload);
    if (kith_equal(event, KITH_LIT("watch"))) return kith_social_ask(c, payload);
    if (kith_equal(event, KITH_LIT("unwatch"))) return kith_social_unask(c, payload);
    if (kith_equal(event, KITH_LIT("last_seen"))) return kith_social_last_seen(c, payload);
    if (kith_equal(event, KITH_LIT("token"))) return kith_channel_token(c, payload);
    return kith_channel_refuse(c, "unknown event");
}

/* What the back end pushes comes as news, and goes on to the client. */
static kith_err handle_info(struct kith_channel *c, const struct kith_message *m)
{
    return kith_channel_push(c, m->event, m->payload);
}

/* user:<id>, the private channel of its user: friends' diffs come on user_presence:<friend>. */
static kith_err join_user(struct kith_channel *c, kith_payload payload)
{
    if (!kith_equal(kith_channel_user(c), kith_channel_subtopic(c)))
        return kith_channel_refuse(c, "unauthorized");
    return kith_social_join(c, KITH_SOCIAL_USER, payload);
}

/* friends: the same stream on one topic, as Presence classes expect it. */
static kith_err join_friends(struct kith_channel *c, kith_payload payload)
{
    return kith_social_join(c, KITH_SOCIAL_FRIENDS, payload);
}

/* user_presence:<id> exists on the wire only; nobody joins it. */
static kith_err join_nobody(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return kith_channel_refuse(c, "unauthorized");
}

/* What friends do reaches a channel without a subscription of its own topic. */
static const struct kith_channel_behaviour user_channel = {.topic = "user:*",
                                                           .join = join_user,
                                                           .handle_in = handle_in,
                                                           .handle_info = handle_info,
                                                           .unsubscribed = true};
static const struct kith_channel_behaviour friends_channel = {.topic = "friends",
                                                              .join = join_friends,
                                                              .handle_in = handle_in,
                                                              .handle_info = handle_info,
                                                              .unsubscribed = true};
static const struct kith_channel_behaviour presence_channel = {.topic = "user_presence:*",
                                                               .join = join_nobody};
static const struct kith_channel_behaviour *const channels[] = {&user_channel, &friends_channel,
                                                                &presence_channel, NULL};

/* Who connects is whom its token names. */
static const struct kith_socket_behaviour user_socket = {.path = "/socket", .channels = channels};

/* The demo brings its own people: their graph is one of its pages. */
static kith_err set_up_demo(struct kith_server *s, kith_problem *why)
{
    kith_err e = kith_server_pages(s, kith_demo_pages, kith_demo_page_count);
    for (size_t i = 0; i < kith_demo_page_count && !e; i++)
        if (kith_equal(kith_str(kith_demo_pages[i].path), KITH_LIT("/demo/graph.txt")))
            e = kith_server_import(s, kith_demo_pages[i].bytes, why);
    return e;
}

kith_err serve_offer(struct kith_server *s, const struct kith_config *config, kith_problem *why)
{
    kith_err e = kith_server_socket(s, &user_socket);
    if (!e) e = kith_server_console(s, kith_console_pages, kith_console_page_count);
    bool demo = kith_equal(kith_str(kith_config_get(config, "server.demo")), KITH_LIT("on"));
    return !e && demo ? set_up_demo(s, why) : e;
}
