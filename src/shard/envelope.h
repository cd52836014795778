/* shard/envelope.h -- a frame for other nodes as mail: its body where it will stand, with room
 * around it for head and MAC. So it is copied once on its way from a shard to the connection:
 * whoever seals it, and whoever publishes it, does so in place. */
#pragma once

#include "shard/mail.h"
#include "wire/node.h"

/* MAIL_FRAME to all nodes: others say so in inc and bulk. `node`: the name of the one that it is
 * for, or empty. NULL: out of memory. */
struct mail *envelope_new(enum node_type type, kith_slice body, kith_slice node);

/* Head and MAC; of `head` all but type and to, which the mail says. KITH_FULL: the body is above
 * NODE_BODY_BYTES_MAX. */
KITH_MUST_USE kith_err envelope_seal(struct mail *m, const struct node_head *head,
                                     const struct siphash_key *key);
