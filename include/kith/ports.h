/* kith/ports.h -- what a server asks of, and tells, the application around it: where friendships
 * come from, how other nodes are reached, and who hears of presence. The fourth port is
 * kith/channel.h. Each is set before the server starts, and must outlive it; KITH_BAD: it has
 * started. */
#pragma once

#include <kith/err.h>
#include <kith/slice.h>

struct kith_server;

/* Source: whom a user watches, instead of the store's own edges. It is asked at each join, and what
 * it names is seen: blocks and visibilities of the store do not count then, cannot be changed
 * (KITH_REFUSED), and are the source's to heed. */
struct kith_ids;
struct kith_source {
    /* Adds each id with kith_ids_add. On the store's thread: it may wait, and joins wait with it.
     * Anything but KITH_OK: the join is refused with "friends unavailable, try again". */
    kith_err (*watched)(void *context, kith_slice user, struct kith_ids *out);
    void *context;
};
/* Copies. KITH_BAD: no user id (1 to 128 bytes of UTF-8 without NUL). KITH_FULL: 5000 are there.
 * KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_ids_add(struct kith_ids *ids, kith_slice id);
/* KITH_BAD: it has started, or `watched` is NULL. */
KITH_API KITH_MUST_USE kith_err kith_server_source(struct kith_server *s,
                                                   const struct kith_source *source);

/* Bus: carries bytes between nodes, each of which has a name of its own. What is lost is lost:
 * broadcasts are at most once. */
struct kith_bus {
    const char *node; /* this node's name, at most 64 bytes */
    /* Hands `bytes` to kith_server_receive of the node `to`, or of every other node if it is empty.
     * On any of the server's threads; must not wait. An error is counted. */
    kith_err (*publish)(void *context, kith_slice to, kith_slice bytes);
    void *context;
};
KITH_API KITH_MUST_USE kith_err kith_server_bus(struct kith_server *s, const struct kith_bus *bus);
/* What another node has published, from any thread. Trusted as far as the bus is: whoever can write
 * to it can broadcast. KITH_BAD: not what a node sends, or the server does not run. KITH_NOMEM. */
KITH_API KITH_MUST_USE kith_err kith_server_receive(struct kith_server *s, kith_slice bytes);

/* Hook: a user's presence, as it changes. Also of sessions that nobody may see. */
enum kith_hook_kind {
    KITH_HOOK_ONLINE,  /* the user's first session */
    KITH_HOOK_OFFLINE, /* the last one has ended, its grace over */
    KITH_HOOK_STATUS,  /* a session came beside others, changed its status, or went */
};
struct kith_hook_event {
    enum kith_hook_kind kind;
    kith_slice user;
    kith_slice old, now; /* the session's meta before and after, as JSON; empty: none */
    uint64_t unix_ms;
    bool hidden; /* the session is one that nobody sees, or was when it went */
};
struct kith_hook {
    /* On the thread of the user's home, so in order for one user; must not wait. */
    void (*event)(void *context, const struct kith_hook_event *e);
    void *context;
};
KITH_API KITH_MUST_USE kith_err kith_server_hook(struct kith_server *s,
                                                 const struct kith_hook *hook);
