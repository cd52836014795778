/* tests/fuzz/fuzz_rooms.c -- the channels of the fuzzed edge. */
#include "fuzz_rooms.h"

#include "base/assert.h"
#include "edge/channel_api.h"
#include "edge/rig_rooms.h"
#include "shard/broadcast.h"
#include "shard/trackers.h"

#include <stdlib.h>

enum { REPLIES_MAX = 4 };

int fuzz_halls_open;
static struct kith_reply *replies[REPLIES_MAX]; /* the oldest first */
static const struct kith_presence_behaviour presence;
static struct kith_tracker tracker = {.presence = &presence};

/* Replies that were taken along */

static void forget_oldest(void)
{
    free(replies[0]);
    memmove(replies, replies + 1, sizeof replies - sizeof replies[0]);
    replies[REPLIES_MAX - 1] = NULL;
}

void fuzz_rooms_forget(void)
{
    for (int i = 0; i < REPLIES_MAX; i++)
        forget_oldest();
}

static bool take_reply(struct kith_channel *c)
{
    struct kith_reply *r = channel_reply_later(c);
    int i = 0;
    if (!r) return false;
    if (replies[REPLIES_MAX - 1]) forget_oldest();
    while (replies[i])
        i++;
    replies[i] = r;
    return true;
}

bool fuzz_rooms_answer(struct rig *r, bool ok)
{
    if (!replies[0]) return false;
    unsigned shard = replies[0]->to.shard;
    shard_receive(r->worlds[shard], channel_answer_mail(replies[0], ok, KITH_JSON("{\"late\":1}")));
    forget_oldest();
    return true;
}

/* News */

static void send_self(struct kith_channel *c, kith_payload payload)
{
    struct mail *m = channel_info_mail(channel_self(c), KITH_LIT("info"), payload);
    if (m) shard_receive(session_world(c->session), m);
}

static kith_err on_info(struct kith_channel *c, const struct kith_message *m)
{
    KITH_ASSERT(channel_reply(c, true, KITH_EMPTY) == KITH_NONE);
    if (m->topic.len) return channel_push(c, KITH_LIT("told"), m->payload);
    if (m->payload.bytes.len > 1)
        send_self(c, kith_binary(slice_head(m->payload.bytes, m->payload.bytes.len / 2)));
    return channel_push(c, KITH_LIT("info"), KITH_EMPTY);
}

static kith_err on_out(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    KITH_ASSERT(slice_is(event, "secret"));
    kith_err e = channel_push(c, KITH_LIT("open"), payload);
    return payload.binary ? KITH_OK : e; /* which a client of V1 does not get */
}

static kith_err on_list(struct kith_channel *c, struct kith_list *l)
{
    (void)l;
    return channel_push(c, KITH_LIT("listed"), KITH_EMPTY);
}

/* Messages */

static kith_err track(struct kith_channel *c, kith_slice event)
{
    static const kith_slice topics[] = {KITH_LIT("hall:a"), KITH_LIT("hall:b")};
    kith_slice key = KITH_LIT("key"), none = {0}, meta = KITH_LIT("{\"m\":1}");
    kith_err e = KITH_OK;
    if (slice_is(event, "enter")) e = channel_enter(c, &tracker, key, meta);
    if (slice_is(event, "track")) e = channel_track(c, &tracker, none, KITH_LIT("b"), meta);
    if (slice_is(event, "update")) e = channel_update(c, &tracker, none, key, meta);
    if (slice_is(event, "untrack")) e = channel_untrack(c, &tracker, none, key);
    if (slice_is(event, "list")) e = channel_list(c, &tracker, none, NULL, on_list);
    if (slice_is(event, "state")) e = channel_push_state(c, &tracker, topics, 2);
    KITH_ASSERT(e != KITH_BAD);
    return KITH_OK; /* the rest may be so */
}

static kith_err talk_to_others(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    if (slice_is(event, "others")) {
        broadcast(session_world(c->session), &(struct broadcast){.topic = KITH_LIT("news"),
                                                                 .event = event,
                                                                 .payload = payload.bytes,
                                                                 .binary = payload.binary,
                                                                 .from = channel_self(c)});
        return KITH_OK;
    }
    if (slice_is(event, "listen")) return channel_subscribe(c, KITH_LIT("news"), KITH_FASTLANE);
    if (slice_is(event, "hear")) return channel_subscribe(c, KITH_LIT("news"), KITH_TO_CHANNEL);
    channel_unsubscribe(c, KITH_LIT("news"));
    return KITH_OK;
}

static bool is_one_of(kith_slice event, const char *const *names)
{
    while (*names && !slice_is(event, *names))
        names++;
    return *names;
}

static kith_err on_in(struct kith_channel *c, kith_slice event, kith_payload payload)
{
    static const char *const to_track[] = {"enter", "track", "update", "untrack",
                                           "list",  "state", NULL};
    static const char *const to_others[] = {"others", "listen", "hear", "ignore", NULL};
    if (is_one_of(event, to_track)) return track(c, event);
    if (is_one_of(event, to_others)) return talk_to_others(c, event, payload);
    if (slice_is(event, "cast") || slice_is(event, "secret"))
        return channel_broadcast(c, slice_is(event, "cast"), event, payload);
    if (slice_is(event, "info")) send_self(c, payload);
    if (slice_is(event, "later")) (void)take_reply(c);
    if (slice_is(event, "stop")) channel_stop(c);
    if (slice_is(event, "crash")) return KITH_BAD;
    kith_err e = payload.binary ? KITH_OK : channel_reply(c, true, payload);
    return e == KITH_EXISTS ? KITH_OK : e;
}

static kith_err on_join(struct kith_channel *c, kith_payload payload)
{
    kith_slice name = slice_from(channel_topic(c), c->subtopic_at);
    KITH_ASSERT(channel_push(c, KITH_LIT("early"), payload) == KITH_NONE);
    if (slice_starts(name, KITH_LIT("news"))) send_self(c, payload);
    bool later = slice_starts(name, KITH_LIT("later")) && take_reply(c);
    fuzz_halls_open++;
    return later ? KITH_LATER : KITH_OK;
}

static void on_end(struct kith_channel *c)
{
    KITH_ASSERT(channel_push(c, KITH_LIT("late"), KITH_EMPTY) == KITH_NONE);
    fuzz_halls_open--;
}

static const char *const secret[] = {"secret", NULL};
static const struct kith_channel_behaviour hall = {.topic = "hall:*",
                                                   .join = on_join,
                                                   .handle_in = on_in,
                                                   .handle_info = on_info,
                                                   .handle_out = on_out,
                                                   .intercept = secret,
                                                   .terminate = on_end};
static const struct kith_channel_behaviour *const channels[] = {&hall,
                                                                &rig_channels[0],
                                                                &rig_channels[1],
                                                                &rig_channels[2],
                                                                &rig_channels[3],
                                                                &rig_channels[4],
                                                                &rig_channels[5],
                                                                &rig_channels[6],
                                                                NULL};
const struct kith_socket_behaviour fuzz_socket = {.path = "/socket", .channels = channels};
