/* io/reading_state.h -- inside io/reading.h: its readers, and how a sweep goes. Only its own files
 * include it. */
#pragma once

#include "base/limits.h"
#include "base/stats.h"
#include "io/fresh.h"
#include "io/reading_options.h"
#include "io/wants.h"

/* What one of the tables' threads is at. */
struct reader {
    bool busy;
    enum wants_line line; /* where `want` stood */
    struct want *want;    /* NULL: it only looks whether the tables are there */
};

/* All who are here are read again, a part at a time. */
struct sweep {
    uint64_t due_ms;   /* when the next begins */
    uint64_t begun_ms; /* 0: none is under way */
    bool again;        /* another one follows at once: what changes meanwhile may be missed */
    unsigned shard;    /* whose sessions are next, */
    uint64_t slot;     /* and from where on */
    uint64_t asked_ms; /* when that was asked for; 0: it is not out */
};

struct reading {
    struct reading_options o;
    struct tables *tables;
    struct wants *wants;
    struct fresh *fresh; /* who was read lately */
    struct reader readers[SOURCE_CONNECTIONS_MAX];
    struct mail_queue read;  /* MAIL_READs that are not made changes of yet */
    struct mail_queue ready; /* joins that can be answered */
    struct sweep sweep;
    uint64_t probe_ms;    /* when they are looked for next */
    bool probe;           /* at once, though nobody has said that they are lost */
    uint64_t answered_ms; /* when a reader was told something last */
    uint64_t release_ms;  /* when it is looked for joins that wait too long */
    bool presumed; /* lost, as was found before it began: until it is asked about one in vain it is
                      asked about all who join */
    struct source_stats stats;
    struct source_stats told; /* of them, to whoever answers /metrics */
    uint64_t told_ms;         /* and when */
    /* When the log was last told of a list that failed, of one that was cut, and of no notices. */
    uint64_t said_ms, said_cut_ms, said_deaf_ms;
};

/* It is to be read again in that line. False: there is no room for it. */
bool reading_put(struct reading *r, kith_slice user, enum wants_line line);
/* All of these joins are answered by what the store holds. */
void reading_answer(struct reading *r, struct mail_queue *joins, bool known);
int reading_idle(const struct reading *r); /* a reader that is; -1: none */
/* Has it read the user; of an empty one, look whether the tables are there. False: no memory. */
bool reading_give(struct reading *r, int reader, kith_slice user);

/* reading_hints.c */
void reading_take_hint(struct reading *r, struct mail *m); /* of whoever listens; takes it */
void reading_take_here(struct reading *r, struct mail *m); /* a shard's answer; takes it */
/* Posts `m` (NULL: no memory, a sweep repairs it) to a shard. */
void reading_ask_shard(struct reading *r, unsigned shard, struct mail *m);

/* reading_lost.c */
static inline bool reading_is_lost(const struct reading *r)
{
    return r->stats.lost_ms && !r->presumed;
}
void reading_tell(struct reading *r, uint64_t now_ms); /* how it is, if that has changed */
uint64_t reading_tell_due(const struct reading *r);
void reading_lost(struct reading *r, kith_slice words); /* again is fine, and so is */
void reading_back(struct reading *r);
void reading_say_cannot(struct reading *r, kith_slice user, kith_slice words);
void reading_say_deaf(struct reading *r, kith_slice words);
void reading_say_cut(struct reading *r, kith_slice user);
void reading_look(struct reading *r, uint64_t now_ms); /* for tables that are lost, if it is due */

/* sweep.c */
void sweep_begin_soon(struct reading *r);
void sweep_take(struct reading *r, const struct mail *m); /* an answer to a MAIL_HERE of a page */
void sweep_go_on(struct reading *r, uint64_t now_ms);
uint64_t sweep_due(const struct reading *r); /* when that has something to do */
