/* shard/gather.h -- one state on its way to one channel: pieces come from each home, and the diffs
 * that overtake it are held until it is sent. This is what makes state and diffs one sequence:
 *
 *     asked ---- piece of home A ---- piece of home B ---- reply, state, held diffs ---- live
 *      diffs of A: in the piece, skip | held                                           | deliver
 *      diffs of B: in the piece, skip        in the piece, skip | held                  | deliver
 *
 * A home answers and announces in one order on one queue, so what comes before its piece is in it.
 */
#pragma once

#include "base/buf.h"
#include "base/frame.h"
#include "shard/mail.h"
#include "wire/phx.h"

enum gather_phase {
    GATHER_EDGES,  /* the store was asked whom the user watches */
    GATHER_QUEUED, /* the homes are to be asked when its turn comes */
    GATHER_ASKED,
    GATHER_IN_LINE, /* it is too large for the room that there is, see large_states.h */
};

struct gather {
    uint64_t wanted, seen; /* a bit for each home */
    uint64_t busy;         /* likewise: those that are to be asked again */
    uint64_t deadline_ms;
    uint64_t since_us; /* when it was begun (monotonic) */
    uint32_t serial;   /* answers to an older one are dropped */
    enum gather_phase phase;
    bool its_turn;  /* it was the first in line */
    bool answers;   /* a join waits for its reply; else a socket that fell behind is caught up */
    bool bare;      /* the join had no join_ref: nor has its reply */
    struct buf ref; /* of the join, raw JSON */
    struct frame *after_reply; /* goes between reply and state, or NULL */
    struct mail_queue news;    /* for the channel, from before it is joined */
    struct buf pieces;         /* list_put */
    uint64_t *all; /* where the pieces of all that are under way are counted, in bytes */
    struct frame **held;
    uint32_t held_count, held_cap;
    uint32_t resume_serial;  /* of the question to the session that it resumes; 0: none is out */
    bool unchanged;          /* that session's client has what was shown with its join */
    uint64_t resumed_digest; /* of that */
    bool stale; /* once complete it is asked for again: who is watched has changed, or more was held
                   than a socket may owe */
};

/* `all` outlives it. NULL: out of memory. */
struct gather *gather_new(uint32_t serial, uint64_t deadline_ms, uint64_t *all);
void gather_free(struct gather *g); /* NULL is welcome */

/* Starts over with the pieces: nothing seen, nothing held. */
void gather_restart(struct gather *g, uint32_t serial);

/* A diff of home `home`, as the channel would get it; NULL: there was no memory for it. Keeps a
 * reference of its own where it must. */
void gather_hold(struct gather *g, unsigned home, struct frame *diff);

/* Who is watched is another one now. */
void gather_spoil(struct gather *g);

/* Home `home` has answered. KITH_NOMEM; KITH_FULL: the state is more than STATE_BYTES_MAX. */
KITH_MUST_USE kith_err gather_pieces(struct gather *g, unsigned home, kith_slice pieces);

static inline bool gather_complete(const struct gather *g)
{
    return g->phase == GATHER_ASKED && g->seen == g->wanted && !g->resume_serial;
}

/* presence_state with all pieces, for the client of a channel. NULL: out of memory. */
struct frame *gather_state(const struct gather *g, enum phx_vsn vsn, kith_slice topic,
                           kith_slice join_ref);
