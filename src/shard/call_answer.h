/* shard/call_answer.h -- what is answered to a call (shard/call.h). */
#pragma once

#include "shard/world.h"

/* The answer to a call, which is taken: without memory for it the call itself becomes one
 * that failed. Never NULL. */
struct mail *call_answer(struct mail *call, kith_slice a, kith_slice b, kith_slice c);
struct mail *call_answer_failed(struct mail *call, kith_err e);
struct mail *call_answer_number(struct mail *call, uint64_t at);
/* The handle of whoever asks is another node's question, and no connection. */
#define CALL_FROM_PEER ((uint64_t)1 << 63)
/* An answer that has come to the shard that asked: to the connection, or the cluster. Takes it. */
void call_take_answer(struct world *w, struct mail *answer);
/* To the shard that asked. */
void call_reply(struct world *w, unsigned shard, struct mail *answer);
