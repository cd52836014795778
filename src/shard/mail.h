/* shard/mail.h -- what shards, and a shard and the store, say to each other: a record with up to
 * three byte strings of its own, never a pointer into somebody's state. Whoever holds a mail owns
 * it. */
#pragma once

#include "base/err.h"
#include "base/frame.h"
#include "base/ids.h"
#include "base/slice.h"

enum mail_type {
    /* From a socket's shard to a user's home */
    MAIL_LISTEN,   /* a = ids, at = how many; answered with MAIL_FRAGMENT to handle and serial */
    MAIL_UNLISTEN, /* a = ids nobody here listens to any more */
    MAIL_TRACK,    /* a = user, b = fields or empty; handle, device; serial = enum hiding */
    MAIL_STATUS,   /* a = user, b = fields, c = the frame of MAIL_REPLY; handle, device, serial as
                      before */
    MAIL_LOST, /* a = user; handle, device; at = how long to linger, ms; 0: gone; local: it lingers
                  already, and is gone */
    MAIL_HIDE, /* a = user, c = ref; handle, device; at = enum hiding; sender 0: its join is under
                  way; answered with MAIL_ANSWER to the channel `serial` once all who were to be
                  told have been, see hiding.h */

    /* A session takes over the presence of another, see resume.h. sender = the one that takes
       (home_owner), serial = its question */
    MAIL_RESUME,  /* to the other's shard: a = user; handle, device = of the one that takes, at =
                     form */
    MAIL_TAKE,    /* from there to the user's home: MAIL_LOST, and MAIL_RESUMED when it is done;
                     binary = what that is to say */
    MAIL_RESUMED, /* to the one that takes: handle, serial; binary: what the other's client was
                     shown is what it has */

    /* From a home to sockets' shards */
    MAIL_FRAGMENT, /* a = pieces of state; handle, serial, at = of how many ids */
    MAIL_DIFF,     /* a = user, b = payload, empty where there was no memory for it */
    MAIL_REPLY,    /* c = a finished frame; handle */
    MAIL_HIDDEN,   /* handle: the session has taken over a hidden entry */
    MAIL_TOLD,     /* as MAIL_DIFF (b empty: nothing but the question) and answered with MAIL_HEARD
                      of the same serial; no state on its way still shows what it takes away */
    MAIL_HEARD,

    /* Topics: to their home, and out from it */
    MAIL_MARK,      /* a = topic: somebody here listens; handle, see marks.h */
    MAIL_UNMARK,    /* a = topic: nobody here does any more */
    MAIL_SAY,       /* from any thread: a = topic, b = node and event, at = bytes of the node,
                       c = payload; sender, serial = its channel's number, binary, local */
    MAIL_BROADCAST, /* a = topic, b = event, c = payload; the same */
    MAIL_PUBLISH,   /* the same, from the home; handle = the latest mark it knew */

    /* Trackers of any topic, see tracking.h */
    MAIL_TRACKING,       /* to the topic's home */
    MAIL_TRACKING_STATE, /* from there to the channel's shard */

    /* News for the edge, see world.news; from any thread. handle, serial = the channel's number */
    MAIL_INFO,   /* a = topic or empty, b = event, c = payload; binary: to handle_info */
    MAIL_OUT,    /* the same, of the channel's own topic: to handle_out */
    MAIL_ANSWER, /* a = ref, b = users asked for in vain, c = response; failed: an error; binary */
    MAIL_LISTED, /* a = pieces of state (list_put); at = the kith_channel_listed */
    MAIL_JOINED, /* the channel's social join is answered; failed: refused */
    MAIL_CLOSE,  /* the socket is to be closed; at: another has taken its presence over */

    /* Long-polls (edge/polls.h), between the shard of a session and that of a connection. handle =
       whom it is for; device = the session's number; sender, serial = the connection, and which of
       its requests */
    MAIL_POLL,        /* a = query, b = token of the connect, at = which mount; handle 0: no session
                         yet */
    MAIL_POLL_POST,   /* c = a POST's body; at: it has a message a line */
    MAIL_POLL_GONE,   /* the connection that waited ended */
    MAIL_POLL_ANSWER, /* c = body; at = HTTP's status; sender = the session's client that wants to
                         know whether it was given, or 0 */
    MAIL_POLL_TAKEN,  /* it was, or failed */

    /* Who may see whom, see sight.h and sight_mail.h. serial: the store's */
    MAIL_SIGHT,      /* to a user's home: a = user, b = lists of watchers */
    MAIL_SIGHT_HERE, /* from there to a shard: the same, c = diffs */
    MAIL_GRANT,      /* to the home of those whom a session asks to see, or no more: a = ids,
                        or shades of those whom it may not see; device = its shard, handle, at =
                        whether it asks */
    MAIL_GRANT_HERE, /* from there to its shard: a = of each of them the id, and its diffs as
                        diffs_put_list has them; handle, at */

    /* What operators ask, see call.h. handle, serial = the connection, and which of its requests */
    MAIL_CALL,        /* at = enum call_kind */
    MAIL_CALL_ANSWER, /* failed: there is none, at = a kith_err */

    MAIL_STATS, /* a = struct stats of the sender, for whoever answers /metrics */

    /* To and from the store */
    MAIL_WANT_WATCHED, /* a = user; handle, serial; answered with MAIL_WATCHED until `at` (mono ms)
                        */
    MAIL_WATCHED,      /* a = ids and shades (rules_watched), or failed; handle, serial */
    MAIL_RULE,         /* a change of the rules, see rule.h */
    MAIL_ASK,          /* a session asks to see users, or no more: a = its user, b = ids, c = ref of
                          the message; handle, serial = the channel's number; at = whether it asks; if
                          not, b has shades of those whom it asked for in vain */
    MAIL_ASKERS,    /* counts as MAIL_APPLIED: a = a user who is public now, b = users with sessions
                       here that ask for it; serial */
    MAIL_APPLIED,   /* a MAIL_SIGHT of this serial is applied; from the home, at = 1 + how many
                    shards are still to say so; from them, 0 */
    MAIL_LAST_SEEN, /* a = user, at = unix s: it was visible until then; local: and is to nobody now
                     */
    MAIL_SEEN_WHEN, /* a = user who asks, b = ids, and a byte for each: whether it is online; c =
                       ref; device = bytes of the ids; at = a bit for each home that is still to
                       say; sender = the asker's shard; answered with MAIL_ANSWER, handle, serial */
    MAIL_SAVE,  /* a = user, b = fields, c = struct saved_dots; device, at = online_at_s; serial 1:
                   hidden */
    MAIL_SAVED, /* the last MAIL_SAVE of a shard is behind this */
};

/* What a session has said of itself: whether it is hidden. */
enum hiding { HIDING_UNSAID, HIDING_NO, HIDING_YES };

struct mail {
    struct mail *next;
    uint8_t type;
    uint8_t from; /* the shard that wrote it */
    bool failed;  /* an answer that is none: the store could not say */
    bool binary;  /* c is bytes, not JSON */
    bool cut;     /* an answer of which only the first WATCHES_MAX ids are there; or to one who has
                     asked for more users than it may */
    bool local;   /* a broadcast that is not for other nodes */
    uint32_t serial; /* the asker's; comes back with the answer */
    uint64_t handle; /* of a client, as its own shard knows it */
    uint64_t device, at;
    uint64_t sender; /* the owner (home_owner) whom a broadcast skips; 0: nobody */
    uint32_t a_len, b_len, c_len;
    uint32_t c_body_at;   /* of the frame in c */
    struct frame *shared; /* news may share their bytes, as they stay on one thread; else NULL */
    uint8_t bytes[];      /* a, b, c, unless they are shared */
};

/* Copies what it is given. NULL: out of memory. */
struct mail *mail_new(enum mail_type type, kith_slice a, kith_slice b, kith_slice c);
void mail_free(struct mail *m); /* NULL is welcome; only this one */

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
