/* tests/shard/audience.h -- people who watch one other each or a few, thousands of them, on real
 * shards but without sockets: light enough to look at every frame that each is sent. */
#pragma once

#include "shard/shard.h"
#include "shard/social.h"

enum { AUDIENCE_SHARDS_MAX = 4, AUDIENCE_WATCHERS_MAX = 11000, AUDIENCE_OFFLINE = -1 };

struct watcher {
    unsigned shard;
    uint32_t slot;
    char user[16], watches[32]; /* ids, of one or of several with commas */
    bool stalled;               /* reads nothing */
    int sees;                   /* the number in the status of whom it watches */
    unsigned states, diffs;     /* received */
    unsigned heard_turn;        /* when it last got a frame */
};

struct audience {
    unsigned shards, turn;
    struct now now;
    struct world *world[AUDIENCE_SHARDS_MAX];
    struct watcher watchers[AUDIENCE_WATCHERS_MAX];
    unsigned count;
};

void audience_init(struct audience *a, unsigned shards, const struct world_options *o);
void audience_fini(struct audience *a);

/* One who joins "friends" as `user`, is there when all has been answered, and watches these. */
struct watcher *audience_add(struct audience *a, unsigned shard, const char *user,
                             const char *watches);
/* Status number `n`, with a note of so many bytes. */
void audience_status(struct audience *a, const struct watcher *who, int n, unsigned note_bytes);

/* One turn of each shard: mail, what is due, and what was sent is read. True: more is due now. */
bool audience_turn(struct audience *a);
/* As many as there are to do at this moment; returns how many. */
unsigned audience_settle(struct audience *a);
void audience_pass(struct audience *a, uint64_t ms);
