/* io/nodes_log.h -- lines on the log about other nodes: one when a node is lost or goes, and one
 * when it is back. */
#pragma once

#include "base/limits.h"
#include "core/member.h"

struct node_said {
    uint64_t nid;     /* a node's name; 0: free */
    uint64_t gone_ms; /* since when the log has it gone; 0: it is there */
};

struct nodes_log {
    struct node_said said[PEERS_MAX];
    uint32_t next; /* which is given up where all are taken */
    uint64_t minute_ms;
    uint32_t lines; /* in this minute */
};                  /* {0} is one that has said nothing */

/* How a node is, now: to be told of each, again and again. At most NODES_LINES_MAX lines a minute.
 */
void nodes_log_note(struct nodes_log *l, const struct peer_view *p, uint64_t now_ms);
