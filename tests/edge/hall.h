/* tests/edge/hall.h -- a socket whose channels do what the test says, and a record of what they
 * were asked. As kith/channel.h has it, save that channel_... stands for kith_channel_.... */
#pragma once

#include "edge/channel_api.h"
#include "edge/heard.h"

/* At /socket, in place of rig_socket:
 *
 *     hall:*   a plain one            deaf:*    takes no news
 *     quiet:*  unsubscribed           gate:*    intercepts "secret" and "secrets"
 *     friends  likewise               sieve:*   intercepts "secret" without a handle_out
 *     user:*   not so */
extern const struct kith_socket_behaviour hall_socket;

/* What the callbacks do beside being recorded; NULL: return KITH_OK, and handle_in replies to
 * "echo" with the payload. */
struct hall {
    kith_err (*join)(struct kith_channel *c, kith_payload payload);
    kith_err (*handle_in)(struct kith_channel *c, kith_slice event, kith_payload payload);
    kith_err (*handle_info)(struct kith_channel *c, const struct kith_message *m);
    kith_err (*handle_out)(struct kith_channel *c, kith_slice event, kith_payload payload);
    void (*terminate)(struct kith_channel *c);
    struct kith_reply *reply; /* taken along by a callback; hall_fini drops it */
    kith_channel_id id;       /* of the latest join */
    int open;                 /* joins that were taken for one, and have not ended */
    struct buf did;           /* lines: "join hall:a", "in hall:a echo", "info hall:a ..".. */
};
extern struct hall hall;

/* A rig with the hall in it; fed as fed_how says. */
void hall_init(struct rig *r, unsigned shards, const char *graph);
/* All that joined must have ended. */
void hall_fini(struct rig *r);

/* hall.join: takes the reply along. */
kith_err join_later(struct kith_channel *c, kith_payload payload);
/* hall.handle_in likewise, for any event. */
kith_err answer_later(struct kith_channel *c, kith_slice event, kith_payload payload);
/* As kith_reply_send and kith_channel_send, then a turn. */
void reply_now(struct rig *r, bool ok, kith_payload response);
void send_info(struct rig *r, kith_channel_id to, const char *event, kith_payload payload);

/* What the channels were asked since the last look; exactly these. */
void assert_did(const char *const *lines, const char *file, int line);
#define DID(...)    assert_did((const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define DID_NOTHING assert_did((const char *const[]){NULL}, __FILE__, __LINE__)

/* What a client of hall:a, joined as '1', is answered. */
#define REPLY(join_ref, ref, what, how) REPLY_ON("'hall:a'", join_ref, ref, what, how)
#define REPLY_ON(topic, join_ref, ref, what, how)                                                  \
    "[" join_ref "," ref "," topic ",'phx_reply',{'response':" what ",'status':'" how "'}]"
#define JOINED  OK("'1'", "'1'", "'hall:a'")
#define CRASHED ERROR("'1'", "'1'", "'hall:a'", "join crashed")
