/* shard/hook.h -- the application, and the log of events, hear of users' presence, at their homes.
 */
#pragma once

#include "shard/world.h"

/* A change that has been made and announced, and none after it: what is there now tells the
 * application whether it was the first or the last session; the log finds that out by itself. Where
 * neither is to hear it costs nothing. */
void hook_tell(struct world *w, const struct change *c, bool hidden);
/* A session was hidden, or is seen again: its leave and its join are one event. */
void hook_moved(struct world *w, const struct change moved[2], bool hidden);

/* A session is back at what it had left here, and nothing has changed: where there are other nodes
 * one that is cut off may have told the log, and not this one, that it went on there. */
void hook_adopted(struct world *w, const struct presence *place, const struct presence_session *s);

/* All of a user's sessions are about to get new refs, of which nobody is told; and have got them,
 * or some have. */
struct hook_noted {
    struct {
        uint32_t number;
        struct meta meta; /* without its fields, which stay */
    } of[SESSIONS_MAX];
    uint32_t count;
};
void hook_note(const struct world *w, kith_slice topic, struct hook_noted *out);
void hook_tell_noted(struct world *w, kith_slice topic, const struct hook_noted *noted);

/* What a MAIL_SESSION says of the entry: what it was known by, and is; zeros: it was not there, is
 * not any more. */
struct session_refs {
    char old[REF_BYTES], now[REF_BYTES];
};

/* The log is to hear of every session here, since it may have missed some: MAIL_ROLL, which is
 * taken. Some thousand at a time. */
void hook_roll(struct world *w, struct mail *m);
/* All of them at once, of before a restart. */
void hook_roll_all(struct world *w);
