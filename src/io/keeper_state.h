/* io/keeper_state.h -- inside the store's thread. Only the files keeper*.c include it. */
#pragma once

#include "io/budget.h"
#include "io/calls.h"
#include "io/delivery.h"
#include "io/events.h"
#include "io/keeper_options.h"
#include "io/lost.h"
#include "io/reading.h"
#include "io/ruling.h"
#include "io/saving.h"
#include "io/seens.h"
#include "io/waiting.h"

#include <pthread.h>

enum {
    ANSWER_BYTES =
        65536,    /* go out at once: short lists share a wake-up, a long one does not wait */
    TURN_MS = 20, /* of lists, changes or questions at once: then come the others, and who is new */
};

struct keeper {
    struct keeper_options o;
    struct ruling *ruling;
    struct reading *reading;   /* of the application's own tables; NULL: there are none */
    struct events *events;     /* the log of them; NULL: there is none */
    struct delivery *delivery; /* to the back end; NULL: none */
    struct told {              /* of both, to whoever answers /metrics */
        struct event_stats events;
        struct hook_stats hooks;
        uint64_t at_ms;
    } told;
    struct seens seens;
    struct lost away;      /* a database that is */
    struct budget *budget; /* of those who ask; NULL: there is none */
    pthread_t thread;
    atomic_bool stop;
    struct mail_queue answers[SHARDS_MAX];
    size_t answer_bytes; /* in them */
    uint32_t step_us;    /* in which they leave */
    struct buf ids;
    struct waiting *lists;   /* of whom users watch, which joins wait for */
    struct waiting *rules;   /* changes that are not made yet */
    struct waiting *asks;    /* whom sessions ask to see, and when they were last seen */
    struct waiting *calls;   /* of operators, long ones */
    struct mail_queue pages; /* of the log of events, which are asked for */
    struct long_call call;   /* the one of them that is being answered */
    struct saving saving;
    uint64_t follow_ms; /* when changes of other nodes are looked for without a sign of them */
    bool lost;          /* they cannot be told any more */
};

/* An answer to a shard, takes it; and all answers on their way. */
void keeper_give(struct keeper *k, unsigned shard, struct mail *answer);
void keeper_post(struct keeper *k);

/* Commits the changes that wait, and tells of them: behind the answers that were made before, so
 * that a shard knows whom a user watches before it hears how that has changed. */
void keeper_commit(struct keeper *k);

uint64_t keeper_end_of_turn(void);
bool keeper_is_over(uint64_t end_ms);

/* keeper_asks.c: what users and operators ask. */

void keeper_take_ask(struct keeper *k, struct mail *m, struct waiting *w); /* to w; takes it */
void keeper_take_call(struct keeper *k, struct mail *m); /* a MAIL_CALL; takes it */
void keeper_refuse_rest(struct keeper *k, struct waiting *w);
void keeper_look_at_limits(struct keeper *k); /* as a reload may have set them */
/* Some of what waits, so that nobody else waits for all; true: there was any. */
bool keeper_make_rules(struct keeper *k);
bool keeper_judge_asks(struct keeper *k);
bool keeper_answer_calls(struct keeper *k);

/* keeper_lists.c: whom users watch, which joins wait for. */

void keeper_take_list(struct keeper *k, struct mail *m); /* a MAIL_WANT_WATCHED; takes it */
bool keeper_answer_lists(struct keeper *k);              /* some of them; true: any */
/* Edges from the application's own tables: what was read is a change of the rules, and behind it
 * who joins is told. Likewise. */
bool keeper_read_edges(struct keeper *k);

/* keeper_events.c: the log of events, where there is one, and its delivery. */

KITH_MUST_USE kith_err keeper_begin_events(struct keeper *k);
void keeper_end_events(struct keeper *k);                       /* what waits is written */
void keeper_log_before(struct keeper *k, const struct rule *r); /* what it would change is in it */
void keeper_take_event(struct keeper *k, struct mail *m); /* SESSION, ROLL or HOOK; takes it */
bool keeper_tell_events(struct keeper *k);        /* a page of the log; true: there was one */
bool keeper_log_events(struct keeper *k);         /* some of what is due; true: any */
int keeper_events_due_ms(const struct keeper *k); /* -1: when something comes */
