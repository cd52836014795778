/* examples/intercept.c -- the second naive way of the article "Phoenix Presence for social
 * networks": all users in one room, room:all, and the server filters. Each channel intercepts
 * presence_diff and sends on what concerns friends; the first state is filtered likewise.
 *
 * It keeps strangers' secrets, and pays for them: an interception takes the event off the fast
 * lane, so each change is a call for each user who is online, nearly all of which end in nothing.
 * The work grows with the square of the users. */
#include "common.h"

#include <stdlib.h>

enum { ID_BYTES_MAX = 128 };

static struct kith_tracker *presence;

static bool visible(const struct kith_channel *c, kith_slice key)
{
    return example_is_friend(kith_channel_user(c), key);
}

static kith_err join(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return kith_channel_send(kith_channel_server(c), kith_channel_self(c), KITH_LIT("after_join"),
                             KITH_EMPTY);
}

/* Whether the first key of {"key":{..}} is one that this channel's user may see. A diff has one. */
static bool side_visible(const struct kith_channel *c, kith_slice diff, const char *side)
{
    char text[ID_BYTES_MAX];
    size_t len;
    kith_slice object, key, value;
    struct kith_json_walk w;
    if (kith_json_get(diff, side, &object) != KITH_OK) return false;
    if (kith_json_walk(object, &w) != KITH_OK || !kith_json_next(&w, &key, &value)) return false;
    if (kith_json_text(key, text, sizeof text, &len) != KITH_OK) return false;
    return visible(c, (kith_slice){(const uint8_t *)text, len});
}

static kith_err handle_out(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (!side_visible(c, payload.bytes, "joins") && !side_visible(c, payload.bytes, "leaves"))
        return KITH_OK;
    return kith_channel_push(c, event, payload);
}

/* {"friend":{"metas":[..]},..} of the whole room's list. */
static kith_err push_visible(struct kith_channel *c, struct kith_list *l)
{
    kith_slice key, value, all = kith_list_json(l);
    char *out = malloc(all.len + 2), *at = out;
    if (!out) return KITH_NOMEM;
    *at++ = '{';
    while (kith_list_next(l, &key, &value)) {
        if (!visible(c, key)) continue;
        if (at > out + 1) *at++ = ',';
        at += kith_json_quote(key, at, (size_t)(out + all.len + 2 - at));
        *at++ = ':';
        memcpy(at, value.ptr, value.len);
        at += value.len;
    }
    *at++ = '}';
    kith_slice state = {(const uint8_t *)out, (size_t)(at - out)};
    kith_err e = kith_channel_push(c, KITH_LIT("presence_state"), kith_json(state));
    free(out);
    return e;
}

static kith_err handle_info(struct kith_channel *c, const struct kith_message *m)
{
    char meta[64];
    (void)m;
    kith_err e =
        kith_presence_track(c, presence, (kith_slice){0}, kith_channel_user(c), example_meta(meta));
    return e ? e : kith_presence_list(c, presence, (kith_slice){0}, push_visible);
}

static const char *const intercept[] = {"presence_diff", NULL};
static const struct kith_channel_behaviour room = {.topic = "room:all",
                                                   .join = join,
                                                   .handle_info = handle_info,
                                                   .handle_out = handle_out,
                                                   .intercept = intercept};
static const struct kith_channel_behaviour *const channels[] = {&room, NULL};
static const struct kith_socket_behaviour socket = {
    .path = "/socket", .channels = channels, .connect = example_connect};

int main(int argc, char **argv)
{
    static const struct kith_presence_behaviour plain;
    struct example e =
        example_arguments(argc, argv, "All users in one room, filtered by the server.", "4024");
    struct kith_server *s = example_server(&e);
    if (kith_server_presence(s, &plain, &presence) != KITH_OK) return 1;
    return example_run(s, &socket);
}
