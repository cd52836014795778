/* shard/replicate_state.h -- what the files of shard/replicate share. */
#pragma once

#include "core/pulls.h"
#include "shard/nodes.h"
#include "shard/world.h"
#include "wire/node.h"
#include "wire/sections.h"

struct replicate_peer {
    uint64_t inc;
    uint64_t via;      /* who relays it; 0: it is heard */
    uint64_t relay_ms; /* when that one is asked again */
    uint64_t leave_ms; /* when its entries leave; UINT64_MAX: it is there */
    uint64_t back_ms;  /* when it was first heard, or heard again */
    uint32_t stream;   /* they are hidden up to this one */
    uint32_t shown;    /* or shown again, what was hidden; STREAM_NUMBERS: all of them */
    uint64_t known[2]; /* a bit for each stream: its end, since there were doubts */
    bool lost;         /* nobody answers there */
    bool gone;         /* forgotten behind its last leave */
    bool ended;        /* the log of events has been told that its sessions have */
};

struct replicate {
    struct pulls *pulls;
    struct replicate_peer *peers;
    uint32_t peer_count, peer_cap;
    bool stale; /* this node is cut off */
    struct sections_room room;
    struct buf body;                  /* of the frame that is being written */
    uint64_t flushed[STREAM_NUMBERS]; /* of this node's streams: sent to all up to here */
    uint64_t news[2];    /* a bit for each that could not be, visible and hidden ones */
    uint64_t flushed_ms; /* when */
    uint32_t period_ms;  /* until the next; 0: there was none yet */
    uint64_t going[2];   /* a bit for each stream where memory is to be given back */
    uint64_t doubt_ms;   /* when replaced entries are looked at again, */
    bool doubts;         /* or those who have kept some have answered whether they still do */
    uint32_t behind;     /* as the cluster was told */
    uint64_t reply_bytes, reply_ms;
};

struct presence *stream_place(const struct world *w, uint32_t stream);
/* NULL: it is not this shard's, or has no entry yet. */
struct tracker *stream_known(const struct world *w, uint32_t stream);
/* The same, made. NULL: no memory. */
struct tracker *stream_tracker(const struct world *w, uint32_t stream);
bool stream_is_here(const struct world *w, uint32_t stream);

/* MAIL_PEER. */
void replicate_change_peer(struct world *w, const struct mail *m);
void replicate_probe(struct world *w,
                     struct replicate_peer *p); /* whether its streams have news is asked */
/* The next entries of who is lost leave, of who is back are shown, and of who is forgotten are no
 * more. */
void replicate_fade(struct world *w);
uint64_t replicate_fade_due(const struct world *w);

/* Replaced entries that their nodes keep for longer than lost sessions linger are shown again. */
void replicate_doubt(struct world *w);
/* All that the node has of the stream is known, as of now. */
void replicate_known(struct world *w, uint64_t inc, uint32_t stream);

struct replicate_peer *replicate_peer(const struct replicate *r,
                                      uint64_t inc); /* NULL: none. O(peers) */

/* A frame for other nodes; `body` is taken. */
void replicate_send(struct world *w, enum node_type type, uint64_t to, bool bulk, struct buf *body);

/* Batches of what has changed here since the last one, if they are due. */
void replicate_flush(struct world *w);
uint64_t replicate_flush_due(const struct world *w);
/* MAIL_PULL. */
void replicate_answer(struct world *w, const struct mail *m);
