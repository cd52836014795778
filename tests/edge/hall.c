/* tests/edge/hall.c -- a socket whose channels do what the test says. */
#include "edge/hall.h"

#include <stdlib.h>

struct hall hall;

static void note(const char *what, const struct kith_channel *c, kith_slice event)
{
    buf_puts(&hall.did, what);
    buf_putc(&hall.did, ' ');
    buf_put(&hall.did, channel_topic(c));
    if (event.len) buf_putc(&hall.did, ' ');
    buf_put(&hall.did, event);
    buf_putc(&hall.did, '\n');
}

static kith_err on_join(struct kith_channel *c, kith_payload payload)
{
    note("join", c, (kith_slice){0});
    hall.id = channel_self(c);
    kith_err e = hall.join ? hall.join(c, payload) : KITH_OK;
    if (e == KITH_OK || e == KITH_LATER) hall.open++;
    return e;
}

static kith_err on_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    note("in", c, event);
    if (hall.handle_in) return hall.handle_in(c, event, payload);
    return slice_is(event, "echo") ? channel_reply(c, true, payload) : KITH_OK;
}

static kith_err on_info(struct kith_channel *c, const struct kith_message *m)
{
    note("info", c, m->event);
    return hall.handle_info ? hall.handle_info(c, m) : KITH_OK;
}

static kith_err on_out(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    note("out", c, event);
    return hall.handle_out ? hall.handle_out(c, event, payload) : KITH_OK;
}

static void on_terminate(struct kith_channel *c)
{
    note("terminate", c, (kith_slice){0});
    if (hall.terminate) hall.terminate(c);
    hall.open--;
}

static const char *const secrets[] = {"secret", "secrets", NULL};
static const char *const secret[] = {"secret", NULL};

#define USUAL .join = on_join, .handle_in = on_in, .terminate = on_terminate

static const struct kith_channel_behaviour behaviours[] = {
    {.topic = "hall:*", USUAL, .handle_info = on_info},
    {.topic = "quiet:*", USUAL, .handle_info = on_info, .unsubscribed = true},
    {.topic = "deaf:*", USUAL},
    {.topic = "gate:*", USUAL, .handle_info = on_info, .handle_out = on_out, .intercept = secrets},
    {.topic = "sieve:*", USUAL, .intercept = secret},
    {.topic = "friends", USUAL, .handle_info = on_info, .unsubscribed = true},
    {.topic = "user:*", USUAL, .handle_info = on_info},
};
static const struct kith_channel_behaviour *const channels[] = {
    &behaviours[0], &behaviours[1], &behaviours[2], &behaviours[3],
    &behaviours[4], &behaviours[5], &behaviours[6], NULL,
};
const struct kith_socket_behaviour hall_socket = {.path = "/socket", .channels = channels};

void hall_init(struct rig *r, unsigned shards, const char *graph)
{
    hall = (struct hall){0};
    assert_true(rig_init(r, shards, graph));
    r->mount.behaviour = &hall_socket;
    r->how = fed_how;
}

void hall_fini(struct rig *r)
{
    free(hall.reply);
    hall.reply = NULL;
    rig_fini(r);
    buf_fini(&hall.did);
    assert_int_equal(hall.open, 0);
}

kith_err join_later(struct kith_channel *c, kith_payload payload)
{
    (void)payload;
    hall.reply = channel_reply_later(c);
    return hall.reply ? KITH_LATER : KITH_NOMEM;
}

kith_err answer_later(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    (void)event;
    (void)join_later(c, payload);
    return KITH_OK;
}

static void deliver(struct rig *r, unsigned shard, struct mail *m)
{
    assert_non_null(m);
    shard_receive(r->worlds[shard], m);
    rig_turn(r);
}

void reply_now(struct rig *r, bool ok, kith_payload response)
{
    assert_non_null(hall.reply);
    unsigned shard = hall.reply->to.shard;
    struct mail *m = channel_answer_mail(hall.reply, ok, response);
    free(hall.reply);
    hall.reply = NULL;
    deliver(r, shard, m);
}

void send_info(struct rig *r, kith_channel_id to, const char *event, kith_payload payload)
{
    deliver(r, to.shard, channel_info_mail(to, slice_str(event), payload));
}

void assert_did(const char *const *lines, const char *file, int line)
{
    struct buf want = {0};
    for (; *lines; lines++)
        buf_printf(&want, "%s\n", *lines);
    bool same = slice_eq(buf_slice(&want), buf_slice(&hall.did));
    if (!same)
        print_error("should have been asked:\n%.*sbut was:\n%.*s\n", (int)want.len,
                    (const char *)want.ptr, (int)hall.did.len, (const char *)hall.did.ptr);
    buf_fini(&want);
    buf_clear(&hall.did);
    if (!same) _fail(file, line);
}
