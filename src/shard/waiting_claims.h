/* shard/waiting_claims.h -- the sessions for which another node has been asked (shard/claims.h): by
 * session, by the question's number, and in the order in which they came, which is that in which
 * their time is up. All of it O(1). */
#pragma once

#include "base/ids.h"
#include "base/limits.h"
#include "base/map.h"
#include "core/tracker.h"

struct claim {
    uint64_t serial; /* from 1, by shard */
    uint64_t owner, device, until_ms;
    uint8_t hiding;     /* enum hiding */
    uint32_t stream;    /* of the entry that it seems to have on the node which is asked, */
    struct place place; /* and where */
    uint16_t fields_len;
    uint8_t user_len, user[USER_ID_BYTES_MAX];
    uint8_t fields[META_BYTES_MAX];
};

struct claims {
    struct claim **ring; /* by serial, modulo cap, which is a power of two; NULL: settled */
    uint32_t cap;
    uint64_t first, last; /* serials: those in [first, last) may wait */
    struct map owners;    /* of serials' low bits */
};

/* {0} is a valid empty one; whoever still waits is freed. */
void claims_fini(struct claims *c);

/* Takes the claim, and gives it its serial. KITH_NOMEM: it is the caller's still. */
KITH_MUST_USE kith_err claims_add(struct claims *c, struct claim *claim);
/* It does not wait any more, and is the caller's. */
void claims_remove(struct claims *c, const struct claim *claim);

/* NULL: none */
struct claim *claims_of_owner(const struct claims *c, uint64_t owner);
struct claim *claims_of_serial(const struct claims *c, uint64_t serial);
struct claim *claims_oldest(const struct claims *c);
