/* wire/event.h -- events of users' presence as JSON, as their back end reads them. */
#pragma once

#include "base/buf.h"

enum event_kind {
    EVENT_ONLINE,  /* the user's first session */
    EVENT_OFFLINE, /* the last one has ended */
    EVENT_STATUS,  /* a session came beside others, changed, or went */
};

struct event {
    uint64_t id; /* they only grow */
    enum event_kind kind;
    kith_slice user;
    uint64_t at_ms;      /* unix */
    bool hidden;         /* nobody sees the session, or nobody sees the user */
    kith_slice old, now; /* the session's meta before and after, as JSON; empty: none */
};

/* {"id":7,"event":"online","user":"ann","at_ms":1764512345678,"hidden":false,"old":null,"now":{..}}
 */
void event_put(struct buf *b, const struct event *e);
