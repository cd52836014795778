/* shard/pacing.h -- how often a user whom many watch is announced, at its home: at most once in an
 * interval that grows with the audience, and one such for each session that was told of. A change
 * that comes sooner waits, and a newer one of the same session takes its place. It is not made
 * before it is announced, so that whatever is read of the user is what was announced last. Leaves
 * do not wait, nor does who hides; who is seen again does. */
#pragma once

#include "shard/world.h"

/* A change that waits. */
struct paced {
    struct paced *next;
    uint64_t owner, device;
    struct dot ref; /* of the entry that is to change, whoever owns it by then; seq 0: none yet */
    bool joins;     /* fields that are there already are no news */
    bool shows;     /* a hidden session is to be seen, as it is by then; seq 0, no fields */
    uint32_t at_s;  /* when it came (unix) */
    uint16_t len;
    uint8_t fields[];
};

static inline kith_slice paced_fields(const struct paced *p) { return slice_of(p->fields, p->len); }

void pacing_init(struct pacing *p); /* allocates nothing */
void pacing_fini(struct pacing *p);

/* A change of the user's has been announced to so many: the next one waits. Without memory to note
 * it, that one does not. */
void pacing_announced(struct world *w, kith_slice user, uint32_t audience);

/* Whether the user's next change has to wait. O(1). */
bool pacing_waits(const struct world *w, kith_slice user);

/* Keeps a change of such a user, in place of an older one of the same entry, or of the same owner's
 * that has none; of those that join at most `joins_max` wait, and SESSIONS_MAX of the others.
 * KITH_NOMEM, KITH_FULL: it is not kept. O(those that wait). */
KITH_MUST_USE kith_err pacing_keep(struct world *w, kith_slice user, const struct paced *p,
                                   uint32_t joins_max, kith_slice fields);
/* The owner is gone: what it was to be shown as is dropped. None is fine. */
void pacing_forget(struct world *w, kith_slice user, uint64_t owner);
/* It is not to be seen after all. False: that did not wait. */
bool pacing_unshow(struct world *w, kith_slice user, uint64_t owner);

/* What waits of a session is the caller's (pacing_free): of the entry with this ref, or with seq 0
 * what the owner was to be shown as. NULL: nothing does. */
struct paced *pacing_take(struct world *w, kith_slice user, uint64_t owner, struct dot ref);

/* Of those that were taken from a user one goes back, behind the others. */
void pacing_put_back(struct world *w, kith_slice user, struct paced *p);

struct paced *pacing_take_all(struct world *w, kith_slice user); /* the same of all its sessions */

/* A user whose interval is over at `now_ms` and the changes that waited, in the order in which they
 * came; the caller's (pacing_free). The user may change at once then. False: there is no such. */
struct pacing_due {
    uint8_t user[USER_ID_BYTES_MAX];
    size_t user_len;
    struct paced *changes;
};
bool pacing_next(struct world *w, uint64_t now_ms, struct pacing_due *out);
void pacing_free(struct paced *changes);

uint64_t pacing_next_due(const struct world *w); /* as shard_due */
