/* io/link.h -- messages to other nodes and from them, by way of NATS: at most once, and with no
 * notion of what they mean. One thread uses a link, and never waits for NATS in it: each of the two
 * connections (lanes) has a thread of its own, which connects, reads and writes (io/lane.h).
 *
 *     p.<cluster>.hb        LINK_HEARTBEAT  to all nodes, who sends it too
 *     p.<cluster>.d         LINK_ALL        to all nodes, who sends it too
 *     p.<cluster>.n.<inc>   LINK_INBOX      to one, in the lane LINK_LIVE
 *     p.<cluster>.b.<inc>   LINK_INBOX      to one, in the lane LINK_BULK
 *
 * <inc> is 16 hex digits. What one node publishes in one lane arrives in its order, save that an
 * inbox and the other two may overtake each other. */
#pragma once

#include "base/err.h"
#include "base/now.h"
#include "io/link_options.h" // IWYU pragma: export

#include <stdbool.h>
#include <stdint.h>

struct link_stats {
    uint64_t in, out, in_bytes, out_bytes; /* messages that came and that left */
    uint64_t refused;                      /* publishes that were answered KITH_LATER */
    uint64_t lost;   /* taken, but not sent, since the connection ended; or no memory */
    uint64_t huge;   /* that came with more than LINK_BYTES_MAX */
    uint64_t losses; /* connections that ended */
};

struct link_message {
    enum link_where where;
    enum link_lane lane;
    kith_slice bytes; /* not empty */
};

struct link;
struct mail;

/* Connects in the background, for as long as it is open. KITH_BAD: a file cannot be used, or a name
 * cannot be a subject's; KITH_NOMEM, KITH_IO. */
KITH_MUST_USE kith_err link_open(const struct link_options *o, struct link **out,
                                 kith_problem *why);
/* NULL is welcome. What was published is sent, if that takes no longer than LINK_CLOSE_MS. */
void link_close(struct link *l);

int link_fd(const struct link *l); /* readable: link_serve has something to do */
/* Takes what has come, for link_next to give it all; says on the log what has become of NATS. To be
 * called when link_fd is readable and at link_due; never waits. */
void link_serve(struct link *l, struct now now);
uint64_t link_due(const struct link *l); /* mono ms */

/* The next message that link_serve took; its bytes are good until the next call. */
bool link_next(struct link *l, struct link_message *out);

/* KITH_LATER: not connected, or too much is on its way already; it is not sent, nor ever will be.
 * KITH_BAD: it is empty, or has more than LINK_BYTES_MAX. KITH_NOMEM. `inc` counts for LINK_INBOX
 * alone. Leaves with link_flush, a system call for all that a turn has published. */
KITH_MUST_USE kith_err link_publish(struct link *l, enum link_lane lane, enum link_where where,
                                    uint64_t inc, kith_slice bytes);
/* The same of a mail whose a is the message, without a copy. Takes the mail, whatever comes of it.
 */
KITH_MUST_USE kith_err link_post(struct link *l, enum link_lane lane, enum link_where where,
                                 uint64_t inc, struct mail *m);
void link_flush(struct link *l);

/* This lane reaches NATS and has heard itself through it: what is published now has a way out, and
 * all that others send it in. */
bool link_connected(const struct link *l, enum link_lane lane);
struct link_stats link_stats(const struct link *l);
