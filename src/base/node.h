/* base/node.h -- what a node says of itself, and what others believe of it, in the words that all
 * rooms share. */
#pragma once

enum node_state {
    NODE_JOINING, /* learns what the others know; has no clients, and nothing to tell */
    NODE_UP,
    NODE_LEAVING, /* its clients are gone, and so is it in a moment */
};

/* What this node believes of another. */
enum peer_state { PEER_UP, PEER_SUSPECT, PEER_DOWN };
