/* wire/etf.h -- Erlang's external term format, as far as a Phoenix.Token needs it. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

/* The payload of a Phoenix.Token: who, when, for how long. */
struct etf_token {
    kith_slice user; /* the user's id as text, in the scratch buffer: integers in decimal */
    int64_t signed_at_ms;
    bool never_expires; /* max_age is infinity */
    double max_age_s;
};

/* Reads {data, signed_at_ms, max_age_s}, and the legacy forms {data, signed} and
 * %{data: .., signed: ..}, both with max_age 86400. The user is `data` itself (integer, binary,
 * charlist, atom), or stands inside it: `path` names the map key or keyword ("id"; binaries and
 * atoms match alike), or "0".. the place in a tuple; several steps are parted by dots; NULL: data
 * itself. A charlist's characters are below 256. KITH_BAD: anything else, also compressed terms,
 * functions, pids, references, depth above 8, bytes left over, a key that stands twice, and the
 * atoms nil, undefined, true and false, which name nobody. KITH_NOMEM. O(bytes) a step. */
KITH_MUST_USE kith_err etf_token(kith_slice bytes, const char *path, struct buf *scratch,
                                 struct etf_token *out);

/* Writes {data, signed_at_ms, max_age_s}: `user` as a binary, inside a map for each step of `path`
 * (NULL: none), so that etf_token finds it there. */
void etf_put_token(struct buf *b, kith_slice user, const char *path, uint64_t signed_at_ms,
                   uint32_t max_age_s);
