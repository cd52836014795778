/* edge/polls.h -- the long-poll sessions of one shard: a client's slot with a session and an outbox
 * each, as a socket's, but no connection. Their requests come on connections of any shard, so they
 * come as mail (shard/mail.h), from this shard too, and so do the answers:
 *
 *     MAIL_POLL        -> MAIL_POLL_ANSWER as soon as there is news; else the connection gives up
 *     MAIL_POLL_POST   -> MAIL_POLL_ANSWER once the session has taken it
 *     MAIL_POLL_ANSWER -> MAIL_POLL_TAKEN if it had messages: they stay in the outbox until then,
 *                         so that an answer that finds its connection gone loses none
 *
 * A session ends when it has not been polled for long, and its presence lingers as a socket's. */
#pragma once

#include "edge/context.h"

struct polls;

struct polls *polls_new(struct edge_context *ctx); /* NULL: no memory */
void polls_free(struct polls *p);                  /* all sessions have ended */

/* A request, or what became of an answer. Takes it. */
void polls_receive(struct polls *p, struct mail *m);

/* The slot has something to write, and is no connection's: answers a poll that waits. */
void polls_flush(struct polls *p, uint32_t slot);

/* Ends what is over, some in a turn; returns when it is next needed (monotonic ms). */
uint64_t polls_tick(struct polls *p);

/* Ends all sessions; their presence lingers for `grace_ms`. */
void polls_end(struct polls *p, uint32_t grace_ms);

uint32_t polls_count(const struct polls *p);
