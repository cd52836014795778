/* edge/poll_token.h -- the name of a long-poll session, as its client carries it from request to
 * request: sealed, so that nobody can make one up, and veiled, so that it tells nothing. */
#pragma once

#include "base/sealed.h"

struct poll_name {
    unsigned mount;  /* where it was begun: one of the server's sockets (context.h) */
    unsigned shard;  /* where it lives */
    uint64_t handle; /* its client there (shard/client.h) */
    uint64_t number; /* of 56 bits: never the same twice on a shard, as a handle may be */
};

#define POLL_TOKEN_LEN 43 /* base64url of 32 bytes */

/* The keys are random, and of one start: a session does not outlive the process. */
void poll_token_write(const struct sealed_keys *k, const struct poll_name *n,
                      char out[POLL_TOKEN_LEN]);
/* False: it was not written with these keys. Takes the same time whatever is wrong with it. */
bool poll_token_read(const struct sealed_keys *k, kith_slice token, struct poll_name *out);
