/* core/member.h -- the words of membership: what it is told, what it puts out, and how a peer looks
 * from here. */
#pragma once

#include "base/node.h"
#include "base/slice.h"

struct membership_options {
    kith_slice name; /* [1, NODE_NAME_BYTES_MAX] bytes; stable over restarts */
    uint64_t nid;    /* a hash of the name, the same on every node */
    uint64_t inc;    /* this run's incarnation: not 0, and greater than of any run before */
    uint32_t heartbeat_ms;
    uint32_t suspect_ms; /* silent for so long, others are asked about it */
    uint32_t down_ms;    /* for so long, it is taken for dead */
    uint64_t gone_ms;    /* for so long, it is forgotten */
    uint64_t features;   /* what this program understands, a bit each */
    uint64_t seed;       /* of whom it asks */
};

/* What comes in */

struct heartbeat {
    uint64_t nid, inc;
    kith_slice name;
    enum node_state state;
    uint64_t features;
    bool want_reply;
    bool answers;  /* it was sent since somebody wanted a reply */
    bool to_inbox; /* it is for this incarnation alone, not for all */
};

/* The node `from` says that it heard `about` so long ago. */
struct vouch {
    uint64_t from, about;
    uint64_t age_ms;
};

/* What goes out. A peer's life is CAME (DOWN BACK)* DOWN GONE, and an incarnation that is GONE does
 * not come again, save one that was only silent. */
enum membership_kind {
    MEMBERSHIP_HEARTBEAT,  /* send one: to all, or to `to` */
    MEMBERSHIP_STALE,      /* send: tell `to` that its name, `nid`, has a later run, `about` */
    MEMBERSHIP_ASK,        /* send: ask `to` when it heard `about` */
    MEMBERSHIP_VOUCH,      /* send: tell `to` that `about` was heard `age_ms` ago */
    MEMBERSHIP_CAME,       /* the peer `about` is up. An earlier run of its name was GONE before */
    MEMBERSHIP_DOWN,       /* it is taken for dead; left: it said that it goes */
    MEMBERSHIP_BACK,       /* it wasn't dead */
    MEMBERSHIP_MISSED,     /* heard again after a silence: what it said meanwhile may be missed */
    MEMBERSHIP_GONE,       /* to be forgotten, once its entries have left */
    MEMBERSHIP_RELAYED,    /* only `via` hears it now; via 0: it is heard directly again */
    MEMBERSHIP_ISOLATED,   /* this node can't judge the others: its own link is at fault; or,
                              `isolated` false, it can again */
    MEMBERSHIP_REPLACED,   /* a later run of this name is up, `about`: stop. The last output */
    MEMBERSHIP_NAME_TAKEN, /* a node of this name, `about`, is running: do not start. The last */
};
struct membership_out {
    enum membership_kind kind;
    uint64_t to; /* an incarnation; 0: all */
    uint64_t about, via, nid;
    uint64_t age_ms;
    enum node_state state; /* of a heartbeat */
    bool want_reply, answers, left, isolated;
};

/* For metrics */

struct peer_view {
    kith_slice name;
    uint64_t nid, inc;
    enum peer_state state;
    uint64_t silent_ms; /* since anybody heard it, as far as is known here */
    uint64_t via;       /* 0: heard directly */
    uint64_t features;
    bool leaving; /* it has said that it goes */
};
