/* tests/edge/rig.h -- a worker or two without their sockets: clients whose bytes the test gives and
 * reads, a clock that it turns, and a store that answers when it is told to. It allocates nothing
 * of its own, so that allocations can be made to fail, and knows no test framework, so that the
 * fuzz target can drive it. */
#pragma once

#include "cut.h"
#include "edge/edge.h"
#include "edge/session.h"
#include "shard/shard.h"

enum {
    RIG_SHARDS_MAX = 2,
    RIG_CLIENTS_MAX = 8,
    RIG_IN_MAX = (1 << 20) + (1 << 18),
    RIG_OUT_MAX = 1 << 22,
};

struct rig_client {
    bool open;     /* its socket is */
    bool upgraded; /* what it hears now are frames */
    bool stuck;    /* its system takes nothing more: what is sent waits */
    bool mute;     /* what it is sent is thrown away */
    bool held;     /* what its edge could not use waits for an answer */
    unsigned shard;
    uint64_t due_ms; /* of its edge's tick */
    struct edge edge;
    size_t in_len;          /* its edge could not use yet */
    size_t out_at, out_len; /* sent to it, and not looked at: [out_at, out_len) */
    uint8_t in[RIG_IN_MAX]; /* at the end, so that a sanitizer sees a read beyond it */
    uint8_t out[RIG_OUT_MAX];
};

struct rig {
    struct edge_options options;
    struct edge_mount mount;
    struct edge_context contexts[RIG_SHARDS_MAX][2]; /* of each shard: the public, the operators' */
    struct world *worlds[RIG_SHARDS_MAX];
    struct polls *polls[RIG_SHARDS_MAX];
    struct token_keys *keys;
    unsigned shards;
    struct now now;
    const char *graph; /* lines "<watcher> <watched>" */
    bool store_waits;  /* wants are kept for rig_answer */
    bool store_fails;
    struct mail_queue wants;
    /* What the store answers to a question of the API, or a change, which is taken; NULL: nothing.
     * Without it none comes. */
    struct mail *(*asked)(struct mail *m);
    /* Whether the store takes what else is said to it, and answers. NULL: it does not. */
    bool (*taken)(struct mail *m);
    int how; /* how input is cut, see cut.h */
    struct rig_client clients[RIG_CLIENTS_MAX];
};

/* With `auth = none` and the channels of rig_rooms.h. Far too large for a stack. False: no memory.
 */
bool rig_init(struct rig *r, unsigned shards, const char *graph);
void rig_fini(struct rig *r);

/* From now on the user is whom the token names. rig_token appends one to `out`. */
void rig_want_tokens(struct rig *r);
void rig_token(struct rig *r, const char *user, uint32_t ttl_s, struct buf *out);

/* A client's socket; `api`: on the operators' listener. False: no memory. */
bool rig_open(struct rig *r, unsigned client, unsigned shard, bool api);
/* The socket is gone: cut off, or reset. */
void rig_drop(struct rig *r, unsigned client);

/* What the client sends, cut as r->how says; each piece is a turn. */
void rig_feed(struct rig *r, unsigned client, kith_slice bytes);
/* A masked frame. `first` is its first byte. */
void rig_frame(struct rig *r, unsigned client, uint8_t first, kith_slice payload);
/* A text message, with ' for ". */
void rig_say(struct rig *r, unsigned client, const char *text);
/* The same as bytes, appended at `at`, whose end is returned: 14 more than the payload at most. */
uint8_t *rig_put_frame(uint8_t *at, uint8_t first, kith_slice payload);

/* The end of a turn: mail goes round, the store answers, outboxes are read. */
void rig_turn(struct rig *r);
/* The oldest want gets its answer. False: there was none. */
bool rig_answer(struct rig *r);
/* Time goes by; each edge and shard is woken exactly when it asked to be. */
void rig_wait(struct rig *r, uint64_t ms);
