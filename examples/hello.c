/* examples/hello.c -- a server of your own: everybody who has joined a room hears what one of them
 * says. Try it with phoenix.js: new Socket("ws://127.0.0.1:4020/socket", {params: {user_id:
 * "ann"}}), socket.channel("room:one").join(), and channel.push("say", {text: "hello"}). */
#include <kith/kith.h>

#include <stdio.h>
#include <sysexits.h>

static kith_err join(struct kith_channel *c, kith_payload payload)
{
    return kith_channel_reply(c, true, payload); /* what it came with is its welcome */
}

static kith_err handle_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    kith_err e = kith_channel_broadcast(c, event, payload);
    return e ? e : kith_channel_reply(c, true, KITH_EMPTY);
}

static const struct kith_channel_behaviour room = {
    .topic = "room:*", .join = join, .handle_in = handle_in};
static const struct kith_channel_behaviour *const channels[] = {&room, NULL};
static const struct kith_socket_behaviour socket = {.path = "/socket", .channels = channels};

static int usage(bool asked)
{
    fputs("Usage: hello [ADDRESS:PORT]\n", asked ? stdout : stderr);
    return asked ? EX_OK : EX_USAGE;
}

int main(int argc, char **argv)
{
    const char *listen = argc > 1 ? argv[1] : "127.0.0.1:4020";
    if (argc > 2 || *listen == '-') return usage(strcmp(listen, "--help") == 0);
    kith_problem why = {.text = "out of memory"};
    struct kith_config *config = kith_config_new();
    struct kith_server *server = NULL;
    kith_err e = config ? kith_config_set(config, "server.auth", "none", &why) : KITH_NOMEM;
    if (!e) e = kith_config_set(config, "server.listen", listen, &why);
    if (!e) e = kith_config_set(config, "server.api", "off", &why);
    if (!e) e = kith_config_set(config, "server.data", ":memory:", &why);
    if (!e) e = kith_server_new(config, &server, &why);
    if (!e) e = kith_server_socket(server, &socket);
    if (!e) e = kith_server_run(server, &why);
    if (e) fprintf(stderr, "hello: %s\n", why.text);
    kith_server_free(server);
    kith_config_free(config);
    return e ? EX_UNAVAILABLE : EX_OK;
}
