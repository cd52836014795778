/* edge/poll.h -- one long-poll session: what its client has posted and what waits for it, and the
 * answers to its requests. */
#pragma once

#include "edge/context.h"
#include "edge/socket.h"

/* Posts `m` (NULL: no memory, counted: false) to the long-polls of a shard, this one too. */
bool poll_pass(struct world *w, unsigned shard, struct mail *m);

/* The request of a connection that is to be answered; handle 0: none. */
struct asker {
    uint64_t handle;
    uint32_t serial;
    unsigned shard;
    bool anew; /* there is no session that it could have asked */
};
struct asker asker_of(const struct mail *m);
struct asker asker_anew(const struct mail *m);

struct poll {
    struct session *session;
    uint32_t slot;
    uint32_t flight;           /* bytes of the outbox, whole frames, that are on their way */
    uint64_t number;           /* of its token */
    uint64_t until_ms, due_ms; /* it ends then unless polled; when that is looked at */
    struct asker waiter;       /* the latest GET */
    uint64_t waits_until_ms;
    struct mail_queue posts; /* not taken yet: the client has to take its answers first */
    size_t posts_bytes;
    size_t post_at;      /* so much of the first has been taken */
    uint32_t post_count; /* messages of it */
    uint32_t crowd;      /* where its address is counted; 0: nowhere */
};

/* {"status":S} */
void poll_answer_status(struct edge_context *ctx, struct asker a, int status);
/* HTTP's 503. */
void poll_answer_busy(struct edge_context *ctx, struct asker a);
/* 410 and its token: so a session begins. */
void poll_answer_token(struct edge_context *ctx, const struct poll *poll, struct asker a);

/* A GET waits for news now. */
bool poll_waits(const struct edge_context *ctx, const struct poll *poll);
/* Gives it what waits in the outbox, as many messages as fit into an answer. False: no memory. */
KITH_MUST_USE bool poll_answer_news(struct edge_context *ctx, struct poll *poll);

/* Takes m. KITH_FULL: too much waits already, of this session or of all. */
KITH_MUST_USE kith_err poll_post(struct edge_context *ctx, struct poll *poll, struct mail *m);
/* The first of what waits, which is the caller's then; NULL: nothing does. */
struct mail *poll_drop_post(struct edge_context *ctx, struct poll *poll);
/* Looks at what was posted, as far as the client takes its answers. KITH_BAD, KITH_NOMEM: the
 * session has to end. */
KITH_MUST_USE kith_err poll_take_posts(struct edge_context *ctx, struct poll *poll);
