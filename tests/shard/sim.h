/* tests/shard/sim.h -- several shards in one thread, from a seed: the test decides which mail
 * arrives when. Clients apply what they get as phoenix.js' Presence does. */
#pragma once

#include "core/audience.h"
#include "shard/shard.h"
#include "shard/social.h"
#include "shard/subscriber.h"

#include <jansson.h>

enum {
    SIM_USERS_MAX = 200,
    SIM_CLIENTS_MAX = 512,
    SIM_TRANSCRIPT_MAX = 64,
    SIM_SIGHTS_MAX = 1024,
    SIM_HELD_MS = HOT_INTERVAL_MS_MAX,
    SIM_STORE = 4, /* as sim_deliver has it */
    SIM_GRACE_MS = 5000,
    SIM_NAMES = 64, /* see names */
    SIM_ANYBODY = UINT32_MAX
};

/* A change of who sees whom, on its way. */
struct sim_sight {
    unsigned watcher, user; /* or SIM_ANYBODY */
    uint32_t homes;
    int64_t shards;
    bool acknowledged;
    uint64_t client; /* whose question it is, with its shard and number; or 0 */
    unsigned shard;
    uint32_t question;
};

/* One client: what it has been sent, and the view it made of it. */
struct sim_client {
    bool open;
    unsigned shard;
    uint32_t slot;
    unsigned user;
    enum kith_social_form form;
    char join_ref[16], topic[64];
    char name[80]; /* the topic, and the join_ref behind it */
    char user_id[16];
    bool joined; /* got its ok reply */
    bool has_state;
    bool has_channel; /* beside the social ones: see sim_channel */
    uint32_t number, channel;
    json_t *view;                 /* key -> array of metas */
    json_t *pending;              /* diffs before the first state, or NULL */
    json_t *listed;               /* the latest list, as JSON */
    unsigned events;              /* frames received */
    unsigned answers;             /* to sim_hide */
    bool asks[SIM_USERS_MAX];     /* for whom it asks */
    uint32_t questions, answered; /* of sim_ask: the latest ones */
    char resume[64];              /* what the latest reply said, */
    bool resumes;                 /* with which it joins */
    bool resumed;                 /* its reply said so: it has its state */
    bool slow;                    /* does not read just now: for whoever calls sim_read_one */
    bool hides;                   /* joins hidden */
    unsigned answered_step;       /* see sim_judge */
    unsigned transcript_count;
    char transcript[SIM_TRANSCRIPT_MAX][96]; /* short words for the latest frames, in order */
};

struct sim {
    unsigned shards;
    bool hot;
    uint64_t random;
    struct now now;
    struct world *world[4];
    struct mail_queue wire[5][5]; /* [from][to]; the store is number 4 */
    bool as_node;                 /* of several: its worlds change only by what is called here, */
    uint64_t due[4];              /* so that this is when each has something to do */
    bool boxes; /* what goes to one place arrives in the order of posting, whoever posted it, as
                   with mailboxes; else only what one place posted to another does */
    struct sim_sight sights[SIM_SIGHTS_MAX];
    unsigned sight_count;
    uint64_t telling; /* the number of the change that is being told, or 0 */
    unsigned users;
    const unsigned *names; /* of the users: each is its number modulo SIM_NAMES. NULL: its number */
    bool watches[SIM_USERS_MAX][SIM_USERS_MAX], blocks[SIM_USERS_MAX][SIM_USERS_MAX];
    bool open[SIM_USERS_MAX];   /* to whoever asks */
    bool nobody[SIM_USERS_MAX]; /* sees them, whatever else was said */
    /* When all was acknowledged that had been said about a pair, and about a user; what was not */
    unsigned known_step[SIM_USERS_MAX][SIM_USERS_MAX], open_step[SIM_USERS_MAX];
    uint16_t unknown[SIM_USERS_MAX][SIM_USERS_MAX], open_unknown[SIM_USERS_MAX];
    unsigned step;   /* see sim_judge; 0: nothing is judged */
    bool heard;      /* in this step something was acknowledged */
    uint64_t frames; /* read by all clients */
    bool store_fails;
    void (*logged)(const struct mail *m); /* told of MAIL_SESSION and MAIL_ROLL; NULL: nobody is */
    uint32_t channels;                    /* ever opened */
    unsigned client_count;
    struct sim_client clients[SIM_CLIENTS_MAX]; /* the first client_count are set */
};

/* As it is begun. */
struct sim_options {
    unsigned shards, users;
    uint64_t seed;
    bool hot;                       /* see sim_init_hot */
    struct now now;                 /* {0}: some time */
    const unsigned *names;          /* see struct sim; borrowed */
    const struct world_options *as; /* a node of several, as shard_new; or NULL. id, count,
                                       hash_key and keys are the sim's */
};
void sim_begin(struct sim *s, const struct sim_options *o);
void sim_init(struct sim *s, unsigned shards, unsigned users, uint64_t seed);
/* The same, where a few watchers are many: changes wait, and announcements take several turns. */
void sim_init_hot(struct sim *s, unsigned shards, unsigned users, uint64_t seed);
void sim_fini(struct sim *s);
uint32_t sim_random(struct sim *s, uint32_t below);
unsigned sim_name(const struct sim *s, unsigned user);
unsigned sim_user(const struct sim *s, unsigned name);

/* A new client of `user` on `shard`; sim_join asks to join with one of the two forms. */
unsigned sim_connect(struct sim *s, unsigned user, unsigned shard);
void sim_join(struct sim *s, unsigned client, enum kith_social_form form, const char *fields,
              uint64_t device);
void sim_part(struct sim *s, unsigned client);
/* The client's channel `topic`, as a subscriber of its shard: broadcasts that it listens to are
 * words of the transcript, and so are news for it, as info:<event>, out:<event>, listed and close.
 */
void sim_channel(struct sim *s, unsigned client, const char *topic, bool listens,
                 const char *const *intercept);
void sim_channel_end(struct sim *s, unsigned client);
kith_channel_id sim_channel_id(const struct sim *s, unsigned client);
void sim_lose(struct sim *s, unsigned client, uint32_t grace_ms);
void sim_status(struct sim *s, unsigned client, const char *fields);

/* That session alone; the answer is a word: hidden, or refused. */
void sim_hide(struct sim *s, unsigned client, bool hidden);

/* The store says that `watcher` sees `user` by an edge, or no more; that it may not see it whatever
 * there is; that whoever asks may see it. */
void sim_sight(struct sim *s, unsigned watcher, unsigned user, bool sees);
void sim_block(struct sim *s, unsigned watcher, unsigned user, bool blocks);
void sim_publicity(struct sim *s, unsigned user, bool open);
void sim_nobody(struct sim *s, unsigned user,
                bool nobody); /* nobody may see it, or who might before */
/* Changes that several nodes make, one after the other: what a node's store says is changed at
 * once, and its shards are told when it gets there. */
enum sim_change_kind { SIM_WATCH, SIM_BLOCK, SIM_NOBODY };
struct sim_change {
    enum sim_change_kind kind;
    unsigned watcher, user; /* NOBODY: no watcher */
    bool on;
    uint64_t number;
    /* What comes of it, where it is committed: */
    enum audience_sight sight; /* of the pair */
    uint64_t watchers;         /* of the user, a bit each; NOBODY */
};
void sim_commit(struct sim *s, struct sim_change *c);
/* It is not known here from now on, until sim_tell has told of it and that is acknowledged. */
unsigned sim_await(struct sim *s, const struct sim_change *c);
void sim_tell(struct sim *s, const struct sim_change *c, unsigned awaited);
void sim_heard(struct sim *s, uint64_t number); /* all up to this one have been told */

/* The client, which is joined, asks to see `user`, or no more. */
void sim_ask(struct sim *s, unsigned client, unsigned user, bool on);
bool sim_may_see(const struct sim *s, unsigned client, unsigned user);
/* Whether all that was said about the two is acknowledged. */
bool sim_known(const struct sim *s, unsigned watcher, unsigned user);

/* From the first call on every frame is judged: it tells of nobody whom its reader may not see.
 * What was taken back may still be told until that is acknowledged, and in the outbox by then; that
 * is read here: so a heartbeat sent after the acknowledgement is answered behind it. To be called
 * after each step. */
void sim_judge(struct sim *s);
void sim_judge_read(struct sim *s); /* the same, of what has been read; slow ones are not judged */
/* That it has been told of this user is an error. */
bool sim_must_not_see(const struct sim *s, const struct sim_client *c, unsigned user);

/* For sim_store.c: posts mail; takes what is for the store. */
void sim_send(struct sim *s, unsigned from, unsigned to, struct mail *m);
void sim_store_receive(struct sim *s, const struct mail *m);

/* Delivers the oldest mail from one to another (store = 4). False: there was none. */
bool sim_deliver(struct sim *s, unsigned from, unsigned to);
void sim_take_news(struct sim *s, unsigned shard);
void sim_post(struct sim *s, unsigned shard); /* what a turn's end does: mail goes on its way */
bool sim_deliver_any(struct sim *s);          /* of a random pair */
void sim_settle(struct sim *s);               /* until nothing is under way */
void sim_work(struct sim *s);                 /* the same, but clients do not read */
uint64_t sim_due(const struct sim *s, unsigned shard); /* when it has something to do by itself */
bool sim_busy(const struct sim *s);                    /* something is under way */
void sim_settle_hot(struct sim *s); /* nor waits to be announced: time passes, if so */
void sim_tick(struct sim *s, uint64_t ms);

/* Is shown each frame as it is read, unless it is NULL. */
extern void (*sim_watch)(const struct sim_client *c, json_t *message);

/* Reads what waits in every outbox. */
void sim_read(struct sim *s);
void sim_read_one(struct sim *s, unsigned client);
void sim_forget_parsed(void); /* sim_fini does */

/* The words of a client's frames since the last look, parted by blanks. */
const char *sim_transcript(struct sim *s, unsigned client, char out[2048]);
