/* shard/resume_token.h -- what the reply to a join gives its client to come back with: which
 * session it was, and a digest of the state that the join brought. Sealed, and bound to this run of
 * the server, to the user, and to the channel's form: any other is no token. */
#pragma once

#include "shard/social_state.h"

#define RESUME_TOKEN_LEN 43 /* base64url of 32 bytes */

struct resume_name {
    uint64_t owner;  /* home_owner */
    uint64_t digest; /* list_digest */
};

void resume_token_write(const struct world *w, kith_slice user, unsigned form,
                        const struct resume_name *n, char out[RESUME_TOKEN_LEN]);
bool resume_token_read(const struct world *w, kith_slice user, unsigned form, kith_slice token,
                       struct resume_name *out);
