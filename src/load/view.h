/* load/view.h -- what the clients of one process have been told, held against what they had to be:
 * four bytes for each edge. Pure. */
#pragma once

#include "load/facts.h"
#include "load/graph.h"
#include "load/plan.h"
#include "load/tally.h"

/* What is known of an edge, by the watcher. */
struct view_cell {
    uint16_t sessions : 2; /* of whom it watches, as it was shown; 3: three or more */
    uint16_t gone : 1;     /* told in this phase */
    uint16_t came : 1;
    uint16_t turn : 12;  /* of the status shown */
    uint16_t refs : 15;  /* as of view_sessions, of the sessions shown */
    uint16_t stated : 1; /* by a state in this phase, and no diff since */
};

struct view {
    const struct graph *graph;
    const struct user_order *order;
    const struct fact *facts;
    const struct phase *phase; /* NULL: none has begun */
    struct tally *tally;
    uint32_t process, processes; /* its users are those u with u % processes == process */
    uint64_t stated_us;          /* when the state came that is shown, set before it is */
    bool held;    /* what is told was held back until the state, which may have said it already */
    uint32_t hot; /* users whom so many watch may skip statuses */
    uint32_t beside; /* a user with sessions that are not ours: what is told of it is counted, and
                        not judged. UINT32_MAX: there is none */
    uint64_t *first; /* of own user u: its cells begin at first[u / processes] */
    struct view_cell *cells;
};

/* `v` with all above `first` set. KITH_NOMEM. */
KITH_MUST_USE kith_err view_init(struct view *v);
void view_fini(struct view *v);

/* Forgets what was told in an earlier phase. O(cells). */
void view_begin(struct view *v, const struct phase *phase);

/* A status that was shown: the flip that set it, or none of ours. */
struct view_status {
    bool ours;
    uint64_t flip;
};

/* Sessions, as metas show them. Clients tell them apart by phx_ref: what is shown is not added
 * again, and what is not shown is not taken away. */
enum { VIEW_REFS = 1 << 15 };
struct view_sessions {
    uint32_t count;
    uint16_t refs; /* of one a number from 1 to VIEW_REFS - 1 that stands for its ref, 0 where it
                      has none; of several theirs by exclusive or */
};

/* A presence_state, which came at `stated_us`: first the viewer's people are all gone, then those
 * in it are shown. */
void view_state(struct view *v, uint32_t viewer);
void view_shown(struct view *v, uint32_t viewer, uint32_t about, struct view_sessions sessions,
                struct view_status status);

/* A presence_diff: `about` has the sessions `left` less, and `joined` more. */
struct view_news {
    uint32_t about;
    struct view_sessions left, joined;
    struct view_status status; /* of who joined */
    uint64_t now_us;
};
void view_told(struct view *v, uint32_t viewer, const struct view_news *n);

/* Holds the views against the facts: sets what the tally has of how it stands. O(cells). True:
 * all is as it should be, and nothing is still to come. */
bool view_audit(const struct view *v, struct tally *out);
