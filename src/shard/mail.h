/* shard/mail.h -- what shards, and a shard and the store, say to each other: a record with up to
 * three byte strings of its own, never a pointer into somebody's state. Whoever holds a mail owns
 * it. */
#pragma once

#include "base/err.h"
#include "base/frame.h"
#include "base/ids.h"
#include "base/slice.h"

/* Why a socket is to be closed: it was asked for; another session has taken over; its user has
 * later ones, and too many; or elder ones, of which none is to make room yet. */
enum close_why { CLOSE_ASKED, CLOSE_TAKEN_OVER, CLOSE_CROWDED, CLOSE_FULL };

/* What each type has: first the strings a, b and c, then its numbers by their names in struct mail.
 * "-> X": it is answered with X, to the same handle and serial. */
enum mail_type {
    /* From a socket's shard to a user's home. handle, device: of the session */
    MAIL_LISTEN,   /* a ids; ids_count, pieces_max, serial -> MAIL_FRAGMENT */
    MAIL_UNLISTEN, /* a ids nobody here listens to any more; sights */
    MAIL_TRACK,    /* a user, b fields or empty; said */
    MAIL_STATUS,   /* a user, b fields, c the frame of MAIL_REPLY; said, c_body_at -> MAIL_REPLY */
    MAIL_LOST,     /* a user; linger_ms; or away */
    MAIL_SOCKET,   /* a user: one of its sockets begins, or has ended; begins */
    MAIL_HIDE,     /* a user, c ref; hiding, tracked, serial -> MAIL_ANSWER once all have been told,
                      see hiding.h; while it waits for them: unheard, notice */

    /* A session takes over the presence of another, see resume.h. sender: the one that takes
       (home_owner); serial: its gather's */
    MAIL_RESUME,  /* to the other's shard: a user; handle of the other, device, form */
    MAIL_TAKE,    /* from there to the user's home: as MAIL_LOST; unchanged */
    MAIL_RESUMED, /* to the one that takes: handle; unchanged */

    /* From a home to sockets' shards */
    MAIL_FRAGMENT, /* a pieces of state, or failed: there are too many this turn; handle, serial,
                      ids_count */
    MAIL_DIFF,     /* a user, b payload, empty where there was no memory for it; made_us */
    MAIL_REPLY,    /* c a finished frame; handle, c_body_at */
    MAIL_FULL,     /* to every shard: user_hash, until_ms; see full.h */
    MAIL_HIDDEN,   /* handle: the session has taken over a hidden entry */
    MAIL_TOLD,  /* as MAIL_DIFF, b empty: no more than to be heard; serial -> MAIL_HEARD. No state
                   on its way still shows what it takes away */
    MAIL_HEARD, /* serial */

    /* Topics: to their home, and out from it */
    MAIL_MARK,      /* a topic: somebody here listens; mark */
    MAIL_UNMARK,    /* a topic: nobody here does any more */
    MAIL_SAY,       /* from any thread: a topic, b node and event, c payload; node_bytes, sender,
                       serial of its channel, binary, local */
    MAIL_BROADCAST, /* a topic, b event, c payload; diff_of, sender, serial, binary, local */
    MAIL_PUBLISH,   /* the same, from the home; mark, the latest that it knew */

    /* Trackers of any topic, see tracking.h and tracking_mail.c */
    MAIL_TRACKING,       /* to the topic's home: a topic, b key, c meta; op, tracker, owner; handle,
                            serial; or outside, called, called_with */
    MAIL_TRACKING_STATE, /* from there to the channel's shard: a pieces; handle, serial */

    /* News for the edge, see world.news; from any thread. handle, serial: of the channel */
    MAIL_INFO,   /* a topic or empty, b event, c payload; binary: to handle_info */
    MAIL_OUT,    /* the same, of the channel's own topic: to handle_out */
    MAIL_ANSWER, /* a ref, b users asked for in vain, c response; failed: an error; binary;
                    over_budget */
    MAIL_LISTED, /* a pieces of state (list_put); listed */
    MAIL_JOINED, /* the channel's social join is answered, with a state of list_bytes; failed:
                    refused */
    MAIL_CLOSE,  /* the socket is to be closed; why */

    /* Long-polls (edge/polls.h), between the shard of a session and that of a connection. handle:
       whom it is for; poll; serial: which of the connection's requests */
    MAIL_POLL,        /* a query, b token of the connect; mount, crowd, connection; handle 0: no
                         session yet */
    MAIL_POLL_POST,   /* c a POST's body; of_lines, connection */
    MAIL_POLL_GONE,   /* the connection that waited ended; connection */
    MAIL_POLL_ANSWER, /* c body; status, taken_by, anew */
    MAIL_POLL_TAKEN,  /* it was, or failed; taken_by */

    /* Who may see whom, see sight.h and sight_mail.h. serial: the store's */
    MAIL_SIGHT,      /* to a user's home: a user, b lists of watchers; list_bytes, changes, rules_at
                        -> MAIL_APPLIED, to the store */
    MAIL_SIGHT_HERE, /* from there to a shard: the same, c diffs */
    MAIL_GRANT, /* to the home of those whom a session asks to see, or no more: a ids, or shades
                   of those whom it may not see; asks, shard, handle -> MAIL_APPLIED, to the
                   store */
    MAIL_GRANT_HERE, /* from there to its shard: a of each of them the id, and its diffs as
                        diffs_put_list has them; asks, handle */

    /* What operators ask, see call.h. handle, serial: the connection, and which of its requests */
    MAIL_CALL,        /* call, and what that says -> MAIL_CALL_ANSWER */
    MAIL_CALL_ANSWER, /* what the call says; number; or failed, err */

    /* Other nodes, see replicate.h. inc: of the node that it is about or from */
    MAIL_PEER,      /* what has become of a node; peer, via, stay_ms */
    MAIL_SECTION,   /* a a section as bytes (wire/sections.h); stream */
    MAIL_POSITIONS, /* a struct node_at of each: how far its streams go. From a shard to the
                       cluster: of this node's own; behind */
    MAIL_PULL,      /* a struct node_at of each: streams, and from where on; origin, bytes_max,
                       question */
    MAIL_REST,      /* a struct node_rest */
    MAIL_CLAIM,     /* a struct node_claim, b its user */
    MAIL_CLAIMED,   /* a struct node_claimed */
    MAIL_FRAME, /* from a shard to the cluster, see envelope.h: a a frame, b the name of the node
                   that it is for, or empty; frame, bulk; inc: to whom, 0: to all */

    MAIL_BAR,         /* from the store, to every shard: a user, whom another node bars; until_s */
    MAIL_RULES_HEARD, /* from the store: all changes of the rules up to rules_at have come */

    MAIL_STATS, /* a struct stats of the sender, for whoever answers /metrics */

    /* To and from the store */
    MAIL_WANT_WATCHED, /* a user; handle, serial, until_ms (mono) -> MAIL_WATCHED until then */
    MAIL_WATCHED,      /* a ids and shades (rules_watched), or failed; handle, serial, cut */
    MAIL_RULE,    /* a change of the rules, b ids, c ref, see rule.h; rule; and of who asks: handle
                     and serial of a channel -> MAIL_ANSWER; the same of a connection, operators
                     -> MAIL_CALL_ANSWER; or done, done_arg */
    MAIL_ASK,     /* a session asks to see users, or no more: a its user, b ids, if no more with
                     shades of those whom it asked for in vain, c ref; asks; handle, serial of the
                     channel -> MAIL_ANSWER; over_budget */
    MAIL_ASKERS,  /* counts as MAIL_APPLIED: a user who is public now, b users with sessions here
                     that ask for it; serial, judged */
    MAIL_APPLIED, /* a MAIL_SIGHT or MAIL_GRANT of this serial is; shards */
    MAIL_LAST_SEEN, /* a user; seen_s, gone */
    MAIL_SESSION,   /* for the log of events: a user, b its metas before and after, c a struct
                       session_refs; old_bytes, at_ms, hidden; failed: some before it are missing */
    MAIL_ROLL, /* every session there, as MAIL_SESSIONs: a part of them, from slot on -> the same
                  behind them, with the slot of the next; 0: that was all */
    MAIL_NODE_ENDED, /* a node's sessions have ended: inc; stay_ms: others that come before this one
                        may say so for so long */
    MAIL_HOOK,       /* to the thread that delivers them: a an id, c a body -> MAIL_HOOK, status; or
                        failed, and b why */
    MAIL_EVENTS,    /* a struct event_stats, for whoever answers /metrics; b a struct hook_stats, if
                       they are delivered */
    MAIL_SEEN_WHEN, /* to the store, which puts shades in the places of those who may not be seen;
                       from home to home, and to the store again: a user who asks, b ids, and a byte
                       for each: whether it is online; c ref; ids_bytes, homes, asker; handle,
                       serial of the channel -> MAIL_ANSWER */
    /* The application's own tables, see io/tables.h */
    MAIL_READ,   /* to a reader: a user, or empty: only whether they are there; serial -> the same,
                    with b ids, sorted; failed, lost, c words; cut */
    MAIL_HINT,   /* from the one that listens: a ids whose edges may have changed; or empty, then
                    anybody's. failed: it does not listen; c why, if the server would not */
    MAIL_SOURCE, /* a struct source_stats, for whoever answers /metrics */
    MAIL_HERE,   /* a ids -> those of them that have sessions on that shard; or page, slot -> ids of
                    those who have, from there on, and slot of the next part, 0: that was all */
    MAIL_SAVE,   /* a user, b fields, c struct saved_dots; device, online_at_s, hidden */
    MAIL_SAVED,  /* the last MAIL_SAVE of a shard is behind this */

    /* Between a worker and the lanes of its link, see io/lane.h */
    MAIL_LANE, /* c a message; where, inbox, serial: of the connection. From a lane also b, what has
                  become of it, with c empty */
};

/* What a session has said of itself: whether it is hidden. */
enum hiding { HIDING_UNSAID, HIDING_NO, HIDING_YES };

/* Each union is one number under the names that the types have for it. */
struct mail {
    struct mail *next;
    uint8_t type;
    uint8_t from; /* the shard that wrote it */
    bool failed;  /* an answer that is none: who was asked could not say */
    union {
        bool binary;    /* c is bytes, not JSON */
        bool unchanged; /* RESUMED: what the other's client was shown is what it has */
        bool bulk;      /* FRAME: others do not wait for it */
        bool known;     /* WATCHED: as it was told last, while the database is lost */
    };
    union {
        bool cut;         /* WATCHED: only the first WATCHES_MAX ids are there */
        bool over_budget; /* ASK, SEEN_WHEN, ANSWER: its user asks about too many */
    };
    union {
        bool local;     /* SAY to PUBLISH: not for other nodes */
        bool away;      /* LOST: it lingers already, and is gone */
        bool outside;   /* TRACKING: whoever asks is no channel */
        bool operators; /* RULE: whoever asks is a connection */
        bool gone;      /* LAST_SEEN: it is visible to nobody any more, though online */
        bool lost;      /* READ that failed: there is no connection */
        bool page;      /* HERE: of all that are there */
        bool anew;      /* POLL_ANSWER: there was no session to ask */
    };
    union {
        uint32_t serial; /* the asker's; comes back with the answer */
        uint32_t said;   /* TRACK, STATUS: enum hiding */
        uint32_t hidden; /* SAVE, SESSION: its session is */
        uint32_t read;   /* RULE that nobody's channel or connection asks for: see rule.h */
    };
    union {
        uint64_t handle;      /* of a client, as its own shard knows it */
        uint64_t mark;        /* MARK, PUBLISH: see marks.h */
        uint64_t called_with; /* TRACKING from outside: the argument of what is called */
        uint64_t inbox;       /* LANE: whose, where it is one's */
        uint64_t inc;         /* PEER to FRAME */
        uint64_t user_hash;   /* FULL */
    };
    union {
        uint64_t device;     /* of a session: what its next one adopts it by */
        uint64_t pieces_max; /* LISTEN: bytes of the answer */
        uint64_t owner;      /* TRACKING: of the entry */
        uint64_t poll;       /* POLL*: the session's number */
        uint64_t changes;    /* SIGHT: enums publicity and invisibility */
        uint64_t shard;      /* GRANT: of the session that asks */
        uint64_t
            new_bytes; /* ASK, ANSWER to it with a b: so many of that were not asked for before */
        uint64_t ids_bytes;  /* SEEN_WHEN: so many of b are ids */
        uint64_t done_arg;   /* RULE: what `done` is called with */
        uint64_t sessions;   /* CALL_DISCONNECTED: so many have ended there */
        uint64_t hidden_too; /* CALL_PRESENCE: hidden sessions as well */
        uint64_t now_s;      /* CALL_BAR: what time it is, unix */
        uint64_t ndjson;     /* CALL_EXPORT: the form of the text */
        uint64_t via;        /* PEER: who relays its streams; 0: itself */
        uint64_t origin;     /* PULL: whose streams */
        uint64_t old_bytes;  /* SESSION: so many of b are the meta before */
        uint64_t behind;     /* POSITIONS: streams of others that are not known to their end */
    };
    union {
        uint64_t number;     /* CALL_ANSWER: what it comes to */
        uint64_t err;        /* CALL_ANSWER that failed: a kith_err */
        uint64_t call;       /* CALL: enum call_kind */
        uint64_t ids_count;  /* LISTEN, FRAGMENT: of how many ids */
        uint64_t sights;     /* UNLISTEN: how many changes of sight were heard from that home */
        uint64_t linger_ms;  /* LOST, TAKE; 0: gone at once */
        uint64_t hiding;     /* HIDE: enum hiding */
        uint64_t unheard;    /* HIDE that waits: so many shards are still to say that they heard */
        uint64_t form;       /* RESUME: of the channel that resumes */
        uint64_t node_bytes; /* SAY: so many of b are the node's name */
        uint64_t diff_of;    /* BROADCAST, PUBLISH: see broadcast.h */
        uint64_t tracker;    /* TRACKING: a const struct kith_tracker * */
        uint64_t listed;     /* LISTED: the kith_channel_listed to call */
        uint64_t why;        /* CLOSE: enum close_why */
        uint64_t begins;     /* SOCKET: or it has ended */
        uint64_t mount;      /* POLL: which one */
        uint64_t of_lines;   /* POLL_POST: it has a message a line */
        uint64_t status;     /* POLL_ANSWER, HOOK: HTTP's */
        uint64_t list_bytes; /* SIGHT: where the lists in b end; JOINED: of the state */
        uint64_t asks;       /* ASK, GRANT: or it asks no more */
        uint64_t until_ms;   /* WANT_WATCHED, FULL */
        uint64_t rule;       /* RULE: what kind, and how, see rule.c */
        uint64_t judged;     /* ASKERS: so many bytes of b have been */
        uint64_t shards;     /* APPLIED: by a home, 1 + how many shards are still to say so; by them
                                0 */
        uint64_t seen_s;     /* LAST_SEEN: until then, unix */
        uint64_t homes;      /* SEEN_WHEN: a bit for each that is still to say; 0: all have */
        uint64_t online_at_s; /* SAVE: unix */
        uint64_t where;       /* LANE: enum link_where */
        uint64_t peer;        /* PEER: enum peer_event */
        uint64_t stream;      /* SECTION */
        uint64_t bytes_max;   /* PULL: of the answer */
        uint64_t frame;       /* FRAME: enum node_type */
        uint64_t slot;        /* HERE */
        uint64_t at_ms;       /* SESSION: unix */
    };
    union {
        uint64_t sender;  /* the owner (home_owner) whom a broadcast skips, or 0; RESUME to RESUMED:
                             who takes */
        uint64_t called;  /* TRACKING: what is called with the answer */
        uint64_t tracked; /* HIDE: or its join is under way */
        uint64_t notice;  /* HIDE that waits: the serial of what is to be heard */
        uint64_t connection; /* POLL*: the handle of the one that asks */
        uint64_t taken_by;   /* POLL_ANSWER, POLL_TAKEN: the session's client that wants to know
                                whether it was given, or 0 */
        uint64_t asker;      /* SEEN_WHEN, CALL: the shard that asks, where it has gone further */
        uint64_t done;       /* RULE: the kith_ruled to call, or 0 */
        uint64_t stay_ms;    /* PEER that is known: its entries stay for so long */
        uint64_t question;   /* PULL: its number */
        uint64_t until_s;    /* BAR: unix */
        uint64_t made_us;    /* DIFF: when the change was made; the low bits of a time (mono) */
        uint64_t rules_at;   /* SIGHT, RULES_HEARD: the number of a change; 0: they have none */
    };
    uint32_t a_len, b_len, c_len;
    union {
        uint32_t c_body_at; /* STATUS, REPLY: of the frame in c */
        uint32_t op;        /* TRACKING: enum tracking_op */
        uint32_t crowd;     /* POLL: where its address is counted (edge/crowds.h); 0: nowhere */
    };
    struct frame *shared; /* news may share their bytes, as they stay on one thread; else NULL */
    uint8_t bytes[];      /* a, b, c, unless they are shared */
};

/* Copies what it is given. NULL: out of memory. */
struct mail *mail_new(enum mail_type type, kith_slice a, kith_slice b, kith_slice c);
void mail_free(struct mail *m); /* NULL is welcome; only this one */
/* The same with room for a, which the caller writes. */
struct mail *mail_room(enum mail_type type, size_t a_len, kith_slice b);

/* News of one thing to many: its bytes once, and a mail for each that keeps a reference to them.
 * NULL: out of memory, and so for `bytes` NULL. */
struct frame *mail_bytes(kith_slice a, kith_slice b, kith_slice c);
struct mail *mail_sharing(enum mail_type type, struct frame *bytes, size_t a_len, size_t b_len);

static inline const uint8_t *mail_text(const struct mail *m)
{
    return m->shared ? m->shared->bytes : m->bytes;
}
static inline kith_slice mail_a(const struct mail *m) { return slice_of(mail_text(m), m->a_len); }
static inline kith_slice mail_b(const struct mail *m)
{
    return slice_of(mail_text(m) + m->a_len, m->b_len);
}
static inline kith_slice mail_c(const struct mail *m)
{
    return slice_of(mail_text(m) + m->a_len + m->b_len, m->c_len);
}

static inline size_t mail_size(const struct mail *m)
{
    return sizeof *m + m->a_len + m->b_len + m->c_len;
}

/* A question of a channel, whose ref is c, becomes its answer, {}. For it there is always memory.
 */
void mail_answer(struct mail *asker);
/* The same, and b stays. */
void mail_answer_with(struct mail *asker);

static inline bool mail_is_news(const struct mail *m)
{
    return m->type >= MAIL_INFO && m->type <= MAIL_CLOSE;
}

/* In order of posting; taken as a whole by io/, which carries it over. */
struct mail_queue {
    struct mail *first, *last;
};
void mail_append(struct mail_queue *q, struct mail *m); /* takes m */
/* All of `before` comes in front of what `q` holds, and is taken. */
void mail_prepend(struct mail_queue *q, struct mail_queue *before);
struct mail *mail_take(struct mail_queue *q); /* the first, or NULL; the caller's */
void mail_queue_fini(struct mail_queue *q);
