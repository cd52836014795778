/* tests/edge/rig_rooms.c -- the channels of the rig. */
#include "edge/rig_rooms.h"

#include "base/assert.h"
#include "base/buf.h"
#include "edge/channel_api.h"
#include "wire/json.h"

int rig_rooms_open;

static kith_slice star(const struct kith_channel *c)
{
    return slice_from(channel_topic(c), c->subtopic_at);
}

/* As app/serve.c has them */

static kith_err social_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (slice_is(event, "status")) return channel_social_status(c, payload);
    if (slice_is(event, "visibility")) return channel_visibility(c, payload);
    if (slice_is(event, "watch")) return channel_ask(c, payload, true);
    if (slice_is(event, "unwatch")) return channel_ask(c, payload, false);
    if (slice_is(event, "last_seen")) return channel_last_seen(c, payload);
    if (slice_is(event, "token")) return channel_token(c, payload);
    return channel_refuse(c, "unknown event");
}

static kith_err social_info(struct kith_channel *c, const struct kith_message *m)
{
    return channel_push(c, m->event, m->payload);
}

static kith_err join_user(struct kith_channel *c, kith_payload payload)
{
    if (!slice_eq(socket_user(&c->session->socket), star(c)))
        return channel_refuse(c, "unauthorized");
    return channel_social_join(c, KITH_SOCIAL_USER, payload);
}

static kith_err join_friends(struct kith_channel *c, kith_payload payload)
{
    return channel_social_join(c, KITH_SOCIAL_FRIENDS, payload);
}

static kith_err join_nobody(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    return channel_refuse(c, "unauthorized");
}

/* Rooms */

static void ended(struct kith_channel *c)
{
    (void)c;
    rig_rooms_open--;
}

static kith_err joined(void)
{
    rig_rooms_open++;
    return KITH_OK;
}

static kith_err reply_hello(struct kith_channel *c, kith_payload payload)
{
    struct buf b = {0};
    buf_puts(&b, "{\"hello\":");
    json_put_quoted(&b, socket_user(&c->session->socket));
    buf_puts(&b, ",\"params\":");
    buf_put(&b, payload.bytes);
    buf_putc(&b, '}');
    kith_err e = b.failed ? KITH_NOMEM : channel_reply(c, true, kith_json(buf_slice(&b)));
    buf_fini(&b);
    return e;
}

static kith_err join_room(struct kith_channel *c, kith_payload payload)
{
    kith_err e = KITH_OK;
    if (slice_is(star(c), "private")) return channel_refuse(c, "unauthorized");
    if (slice_is(star(c), "joincrash")) return KITH_BAD;
    if (slice_is(star(c), "welcome")) e = reply_hello(c, payload);
    if (slice_is(star(c), "pushing"))
        KITH_ASSERT(channel_push(c, KITH_LIT("hello"), KITH_EMPTY) == KITH_NONE);
    return e ? e : joined();
}

static kith_err reply_where(struct kith_channel *c)
{
    struct buf b = {0};
    buf_putc(&b, '[');
    json_put_quoted(&b, channel_topic(c));
    buf_putc(&b, ',');
    json_put_quoted(&b, star(c));
    buf_putc(&b, ']');
    kith_err e = b.failed ? KITH_NOMEM : channel_reply(c, true, kith_json(buf_slice(&b)));
    buf_fini(&b);
    return e;
}

static kith_err reply_twice(struct kith_channel *c)
{
    kith_err e = channel_reply(c, true, KITH_JSON("1"));
    KITH_ASSERT(channel_reply(c, true, KITH_JSON("2")) == KITH_EXISTS);
    return e;
}

static kith_err room_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (payload.binary) payload = KITH_JSON("\"bytes\"");
    if (slice_is(event, "echo")) return channel_reply(c, true, payload);
    if (slice_is(event, "echo_error")) return channel_reply(c, false, payload);
    if (slice_is(event, "noreply")) return KITH_OK;
    if (slice_is(event, "empty")) return channel_reply(c, true, KITH_EMPTY);
    if (slice_is(event, "twice")) return reply_twice(c);
    if (slice_is(event, "refuse")) return channel_refuse(c, "not \"today\"");
    if (slice_is(event, "where")) return reply_where(c);
    if (!slice_is(event, "push")) return KITH_BAD;
    kith_err e = channel_push(c, KITH_LIT("pushed"), payload);
    return e ? e : channel_reply(c, true, KITH_EMPTY);
}

static kith_err join_vip(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    kith_err e = channel_reply(c, true, KITH_JSON("{\"pattern\":\"room:vip:*\"}"));
    return e ? e : joined();
}

static kith_err join_vip_one(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    kith_err e = channel_reply(c, true, KITH_JSON("{\"pattern\":\"room:vip:one\"}"));
    return e ? e : joined();
}

static kith_err join_silent(struct kith_channel *c, kith_payload payload)
{
    (void)c, (void)payload;
    return KITH_OK;
}

const struct kith_channel_behaviour rig_channels[RIG_CHANNELS] = {
    {.topic = "user:*",
     .join = join_user,
     .handle_in = social_in,
     .handle_info = social_info,
     .unsubscribed = true},
    {.topic = "friends",
     .join = join_friends,
     .handle_in = social_in,
     .handle_info = social_info,
     .unsubscribed = true},
    {.topic = "user_presence:*", .join = join_nobody},
    {.topic = "room:*", .join = join_room, .handle_in = room_in, .terminate = ended},
    {.topic = "room:vip:*", .join = join_vip, .handle_in = room_in, .terminate = ended},
    {.topic = "room:vip:one", .join = join_vip_one, .handle_in = room_in, .terminate = ended},
    {.topic = "silent", .join = join_silent},
};

static const struct kith_channel_behaviour *const rooms[] = {
    &rig_channels[0], &rig_channels[1], &rig_channels[2], &rig_channels[3],
    &rig_channels[4], &rig_channels[5], &rig_channels[6], NULL,
};
const struct kith_socket_behaviour rig_socket = {.path = "/socket", .channels = rooms};
