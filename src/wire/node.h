/* wire/node.h -- what nodes say to each other, as bytes. A frame is
 *
 *      0  magic 0xA7 | 1 version 1 | 2 type | 3 flags | 4 cluster u32 | 8 nid u64 | 16 inc u64
 *     24  length of the body u32 | 28 zeros u32
 *     32  to u64 | 40 number u64
 *     48  body
 *      +  MAC 16: SipHash-2-4 with 128 bits over all before, under the cluster's key
 *
 * little endian, NODE_FRAME_BYTES_MAX at most. The MAC is checked before a body is looked at. Who
 * listens to frames, and repeats them, gains nothing: a frame says for whom it is, and which of its
 * sender's it is (core/repeats.h); sections and questions for them are not numbered, for what they
 * say is. Numbers in bodies are varints (wire/pack.h), or fixed where they use all their bits.
 * Nodes of different versions talk to each other: who does not know a type or a flag passes over
 * it, and so with bytes behind what it knows of a body. Pure: no clock, no memory but the buffer
 * that is written to. */
#pragma once

#include "base/buf.h"
#include "base/limits.h"
#include "base/node.h"
#include "base/siphash.h"

enum node_type {
    NODE_HEARTBEAT = 1,
    NODE_SECTIONS, /* wire/sections.h */
    NODE_PULL,
    NODE_STALE,
    NODE_ASK,
    NODE_VOUCH,
    NODE_CLAIM,
    NODE_CLAIMED,
    NODE_BROADCAST, /* wire/repl.h */
    NODE_CALL,
    NODE_ANSWER,
    NODE_OTHERS,
    NODE_REST
};

enum { NODE_HEAD_BYTES = 48, NODE_MAC_BYTES = 16 };
enum { NODE_BODY_BYTES_MAX = NODE_FRAME_BYTES_MAX - NODE_HEAD_BYTES - NODE_MAC_BYTES };

/* Whose frame it is, and what of. */
struct node_head {
    uint8_t type, flags; /* any: a node of another version may send what is not known here */
    uint32_t cluster;    /* node_cluster of the cluster's name */
    uint64_t nid, inc;   /* of the sender: node_id of its name, and its incarnation */
    uint64_t to;         /* the incarnation that it is for; 0: all */
    uint64_t
        number; /* of those that its sender numbers, to all or to one: 1, 2 ...; 0: it does not */
};

/* 1 to NODE_NAME_BYTES_MAX letters, digits, '.', '-' and '_': what logs and subjects can carry. */
bool node_is_name(kith_slice name);
uint64_t node_id(kith_slice name); /* hashes that are the same everywhere */
uint32_t node_cluster(kith_slice name);

/* Frames. Between the two calls the caller appends the body to `out`:
 *
 *     size_t begun = node_begin(out);
 *     node_put_ask(out, inc);
 *     kith_err e = node_end(out, begun, &head, key);
 *
 * node_end: KITH_FULL (the body is above NODE_BODY_BYTES_MAX), KITH_NOMEM (now or while the body
 * was written): `out` ends where the frame began. */
size_t node_begin(struct buf *out);
KITH_MUST_USE kith_err node_end(struct buf *out, size_t begun, const struct node_head *head,
                                const struct siphash_key *key);
/* The same around a body that stands where it is to: `frame` has `len` bytes, those of head and MAC
 * to be written. KITH_FULL: nothing was. */
KITH_MUST_USE kith_err node_seal(uint8_t *frame, size_t len, const struct node_head *head,
                                 const struct siphash_key *key);

/* Why a frame is not taken, each to be counted: garbled (length, magic, zeros), of another version,
 * of another cluster, or not under the key. */
enum node_fault { NODE_GOOD, NODE_GARBLED, NODE_OTHER_VERSION, NODE_OTHER_CLUSTER, NODE_FORGED };

struct node_frame {
    struct node_head head;
    kith_slice body;
};

/* `bytes` are exactly one frame, from which *out borrows; *out is filled only with NODE_GOOD. */
KITH_MUST_USE enum node_fault node_decode(kith_slice bytes, uint32_t cluster,
                                          const struct siphash_key *key, struct node_frame *out);

/* Bodies. node_put_* appends one (a lack of memory sticks in `out`, node_end tells), node_get_*
 * reads one and borrows from it. KITH_BAD: cut, or something in it is not as it must be. */

/* A stream's number, and a number of a change in it. */
struct node_at {
    uint32_t stream; /* below STREAM_NUMBERS */
    uint64_t seq;
    uint64_t digest; /* of heartbeats only */
};

struct node_heartbeat {
    kith_slice name; /* node_is_name; that its hash is the frame's nid is the reader's to check */
    enum node_state state;
    bool want_reply, answers; /* it answers one that wanted a reply */
    uint32_t period_ms;       /* until the next one */
    uint64_t features;        /* one bit each */
    uint64_t said;            /* the number of its latest frame to all; 0: that is not told */
    uint32_t count;           /* of its streams that are told of */
    kith_slice streams;       /* filled when read: node_next_stream */
};

/* `streams` are h->count; h->streams is ignored. */
void node_put_heartbeat(struct buf *out, const struct node_heartbeat *h,
                        const struct node_at *streams);
KITH_MUST_USE kith_err node_get_heartbeat(kith_slice body, struct node_heartbeat *out);
/* Takes the next one off *streams; false: there is none. */
bool node_next_stream(kith_slice *streams, struct node_at *out);

/* "Send me what changed in these streams of `origin` since": to the origin, or to who relays. */
struct node_pull {
    uint64_t origin;   /* incarnation */
    uint64_t question; /* its number, for node_rest */
    uint64_t bytes_max;
    uint32_t count;
    kith_slice streams; /* filled when read: node_next_pull */
};

void node_put_pull(struct buf *out, const struct node_pull *p, const struct node_at *from);
KITH_MUST_USE kith_err node_get_pull(kith_slice body, struct node_pull *out);
bool node_next_pull(kith_slice *streams, struct node_at *out); /* seq: what is known already */

/* "Of what you asked these streams found no room in my answer, or not to their end." Behind it. */
struct node_rest {
    uint64_t origin, question; /* as they stood in the question */
    uint64_t wait_ms;          /* before they are asked for again */
    uint64_t streams[2];       /* a bit for each: of visible entries, and of hidden ones */
};

void node_put_rest(struct buf *out, const struct node_rest *l);
KITH_MUST_USE kith_err node_get_rest(kith_slice body, struct node_rest *out);

/* "Of your name I know a later incarnation." */
struct node_stale {
    uint64_t nid; /* the name's */
    uint64_t inc; /* the later one */
};

void node_put_stale(struct buf *out, const struct node_stale *s);
KITH_MUST_USE kith_err node_get_stale(kith_slice body, struct node_stale *out);

/* "Have you heard of it?" */
void node_put_ask(struct buf *out, uint64_t inc);
KITH_MUST_USE kith_err node_get_ask(kith_slice body, uint64_t *inc);

/* "I heard of it, so long ago." */
struct node_vouch {
    uint64_t inc, age_ms;
};

void node_put_vouch(struct buf *out, const struct node_vouch *v);
KITH_MUST_USE kith_err node_get_vouch(kith_slice body, struct node_vouch *out);

/* "These I know, too." To who begins and may not hear them: a node that has just ended, or was not
 * missed yet, is in nobody else's words. */
struct node_other {
    uint64_t inc;
    uint64_t stay_ms; /* what it had is shown for so long, if nothing more is heard of it */
};

void node_put_others(struct buf *out, const struct node_other *list, uint32_t count);
KITH_MUST_USE kith_err node_get_others(kith_slice body, kith_slice *others);
bool node_next_other(kith_slice *others, struct node_other *out); /* as node_next_stream */

/* "A session of this user and device is here. You had one." */
struct node_claim {
    uint32_t stream; /* where the asker knows its entry */
    uint64_t device;
    uint64_t id; /* the asker's, to know the answer by */
    kith_slice user;
};

void node_put_claim(struct buf *out, const struct node_claim *c);
KITH_MUST_USE kith_err node_get_claim(kith_slice body, struct node_claim *out);

enum node_left {
    NODE_LEFT_NONE,  /* it has gone: what the asker knows of it is all that there is */
    NODE_LEFT_LIVES, /* it is another one */
    NODE_LEFT_LOST   /* its entry waits for it: in this slot of this stream */
};

struct node_claimed {
    uint64_t id;
    enum node_left left;
    uint32_t stream, slot; /* with NODE_LEFT_LOST */
};

void node_put_claimed(struct buf *out, const struct node_claimed *c);
KITH_MUST_USE kith_err node_get_claimed(kith_slice body, struct node_claimed *out);

/* "Do this with your sessions." What kinds there are, and what a payload means, is the caller's
 * (shard/cluster_calls.c). */
struct node_call {
    uint64_t id;
    uint32_t kind;
    kith_slice payload;
};

void node_put_call(struct buf *out, const struct node_call *c);
KITH_MUST_USE kith_err node_get_call(kith_slice body, struct node_call *out);

/* "It is done", or not on all shards. */
struct node_answer {
    uint64_t id; /* of the call */
    bool failed;
    uint32_t number;    /* what the shards where it was done have answered, together */
    kith_slice payload; /* what else there is to say, to who asked for that; mostly empty */
};

void node_put_answer(struct buf *out, const struct node_answer *a);
KITH_MUST_USE kith_err node_get_answer(kith_slice body, struct node_answer *out);
