/* shard/call.h -- what the REST API asks of users' homes, of shards, and of the store. A call
 * goes as MAIL_CALL to each that is to answer; each answers once, with MAIL_CALL_ANSWER. */
#pragma once

#include "shard/call_answer.h" // IWYU pragma: export

enum call_kind {
    /* Of the home of all ids: a = those that are listed, b = others, which are looked up likewise
       and left out; hidden_too: hidden sessions, too. Answer: a = pieces of state (list_put), b =
       those of hidden sessions */
    CALL_PRESENCE,
    /* Of every shard. Answer: number = how many sessions it was */
    CALL_PUSH,       /* a = user, or empty: all; b = event, c = payload */
    CALL_DISCONNECT, /* a = user; b = until when it is barred (unix s, uint64_t), or empty; the edge
                        does it, and the user's home answers */
    CALL_DISCONNECTED, /* from there to the home: no session of a is here any more; sessions = how
                          many were; asker. Answer: number = that */

    /* Of every shard of this node. Answer: a, b, c as figures_put_noted has them; behind a
       MAIL_STATS, so that the figures are of the same moment */
    CALL_NOTED,
    /* Of every other node: what it counts. Answer, from each: a = its name as a JSON key, and one
       object, with a comma behind it; or empty: it did not say */
    CALL_FIGURES,

    CALL_REFRESH, /* a = user: its edges may have changed where the application keeps them */

    /* Of a user's home: a = user, shard: to which it goes on. Answer from there: all
       that the home had said of the user by then has been told to clients there */
    CALL_FENCE,
    CALL_FENCED, /* from there to that shard; asker */

    /* Of the store */
    CALL_VISIBILITY, /* a = user. Answer: number = enum visibility, and in a second byte enum
                        last_seen; a = ids of its list */
    CALL_BAR,        /* a = user, b = until when, as above; now_s */
    CALL_VISIBLE,  /* a = viewer, b = ids. Answer: a = those that it may see, by asking too, b = the
                      others */
    CALL_AUDIENCE, /* a = user, b = the id behind which to begin, or empty. Answer: number = enum
                     visibility, a = who watches it: an id (ids_put) and a byte, enum
                     audience_rule, each; b = the last of them if there are more, else empty */
    CALL_VERDICT,  /* a = user, b = viewer. Answer: number = enum audience_rule; with a second byte:
                     if it asked for a while; and what that comes of: stance_byte of the viewer, and
                     of the user; and enum reciprocity */
    CALL_EVENTS,   /* a = struct call_events. Answer: c = what is said, as JSON; number = enum
                      call_events_end */
    CALL_EXPORT,   /* a, b = the edge behind which to begin, or empty; ndjson. Answer:
                     c = a graph text; a, b = the last edge of it if there are more, else empty */
};

/* Of the log of events those behind `after`. */
struct call_events {
    uint64_t after;
    uint32_t max;
    enum call_events_from { EVENTS_FROM_OLDEST, EVENTS_AFTER, EVENTS_FROM_NOW } from;
};
enum call_events_end {
    EVENTS_TOLD,
    EVENTS_FORGOTTEN, /* some behind `after` are not kept any more, or it has never been */
    EVENTS_NOT_KEPT,  /* there is no log */
};

/* A call of shard `shard`, this one too. NULL (no memory) is counted, and not answered: false.
 */
bool call_send(struct world *w, unsigned shard, struct mail *m);

/* On the shard that was asked; takes the mail. */
void call_receive(struct world *w, struct mail *m);

/* A CALL_DISCONNECT has ended `sessions` here: what lingers ends at the home, behind what this
 * shard has said of them, and who asked is answered from there. Takes the mail. */
void call_disconnected(struct world *w, struct mail *m, uint64_t sessions);
