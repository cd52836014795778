/* shard/cluster_state.h -- what the files of shard/cluster share. */
#pragma once

#include "core/membership.h"
#include "core/repeats.h"
#include "shard/nodes.h"
#include "shard/world.h"
#include "wire/node.h"

/* One that this node asks others, or is asked by one. */
struct cluster_call {
    uint64_t id; /* 0: free */
    uint64_t until_ms;
    uint64_t handle; /* of the operator's connection, which asks */
    uint32_t serial;
    uint32_t peer_count; /* that have not answered */
    uint64_t peers[PEERS_MAX];
    uint64_t asker, theirs; /* or the peer's incarnation, and its number of it */
    uint32_t shards;        /* that have not answered */
    uint64_t sum;
    bool failed;
    bool figures; /* CALL_FIGURES: what they say of themselves */
};

struct cluster {
    struct cluster_options o;
    struct membership *membership;
    struct node_head head; /* of every frame, save its type, for whom it is and its number */
    /* Frames to all, and those to one, which may overtake each other: two orders. */
    uint64_t numbered[2]; /* sent so far */
    struct repeats heard[2];
    struct node_at own[STREAM_NUMBERS];
    bool moved[STREAM_NUMBERS]; /* since the last heartbeat to all */
    uint32_t part;              /* of the rest, which one is next */
    struct mail_queue out;
    struct mail *sent;
    uint64_t began_ms, heard_ms, due_ms;
    uint64_t isolated_ms;   /* since when it is, or is no more */
    uint64_t behind;        /* a bit for each shard that has not got all */
    enum cluster_state end; /* 0, or how it has ended */
    uint64_t call_serial;
    struct cluster_call calls[CLUSTER_CALLS_MAX];
    uint64_t calls_due_ms; /* when the first of them may be over; 0: there is none */
    struct cluster_view view;
};

struct cluster_post {
    enum node_type type;
    uint64_t to; /* 0: all */
    bool bulk;
};

/* A frame of this body is to be published. */
void cluster_put_frame(struct world *w, struct cluster_post post, const struct buf *body);
/* What has become of another node. */
struct peer_news {
    enum peer_event event;
    uint64_t inc, via, stay_ms;
};
void cluster_tell_shards(struct world *w, const struct peer_news *n);
/* Does what membership has put out. */
void cluster_act(struct world *w);
