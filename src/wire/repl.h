/* wire/repl.h -- one broadcast as bytes, for those who listen on another node. Numbers are big
 * endian, and nothing follows the payload:
 *
 *     1  version     1       topic length    2     topic
 *     1  flags: 1 = binary   event length    1     event
 *                            payload length  4     payload
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

struct repl {
    kith_slice topic;   /* 1 to TOPIC_BYTES_MAX bytes of UTF-8 */
    kith_slice event;   /* 1 to 255 bytes of UTF-8 */
    kith_slice payload; /* JSON, empty for {}; binary: any bytes */
    bool binary;
};

/* Appends it. KITH_FULL: a field is longer than it may be. KITH_NOMEM. */
KITH_MUST_USE kith_err repl_encode(const struct repl *m, struct buf *out);

/* `bytes` are exactly one message; *out borrows from them. KITH_BAD otherwise: another version, an
 * unknown flag, cut short, something behind, or a field that is not as above. */
KITH_MUST_USE kith_err repl_decode(kith_slice bytes, struct repl *out);
