/* shard/world.h -- all that one thread owns: its sockets' outboxes, the people they listen to, and
 * the presence of those users whose home it is. Nothing in it locks, waits or reads a clock. */
#pragma once

#include "base/buf.h"
#include "base/heap.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/notes.h"
#include "base/now.h"
#include "base/sealed.h"
#include "base/stats.h"
#include "core/pool.h"
#include "core/presence.h"
#include "core/pubsub.h"
#include "shard/busiest.h"
#include "shard/client.h"
#include "shard/mail.h"
#include "shard/refusals.h"
#include "shard/waiting_claims.h"

#include <kith/ports.h>
#include <kith/social.h>

struct world_options {
    unsigned id, count;          /* this shard among how many; count <= SHARDS_MAX */
    const char *node;            /* its name, as other nodes call it; borrowed */
    uint64_t inc;                /* the node's incarnation */
    struct siphash_key ref_key;  /* of phx_ref: the same on every node and after a restart */
    struct siphash_key hash_key; /* of the tables: random */
    struct sealed_keys resume_keys;
    uint32_t grace_ms, join_wait_ms, outbox_bytes_max;
    uint32_t per_user_max;                                    /* sockets; 0: any number */
    uint32_t hot_audience, hot_deliveries_s, spread_per_turn; /* 0: as base/limits.h has it */
    uint32_t ended_per_turn, left_at_once;                    /* the same */
    uint64_t large_states_bytes;                              /* the same */
    const struct kith_bus *bus;                               /* to other nodes, or NULL */
    const struct kith_hook *hook;                             /* who hears of presence, or NULL */
    bool events;    /* the store keeps a log of them: it hears of presence, too */
    bool clustered; /* there are other nodes */
    uint32_t node_grace_ms, stale_hold_ms;        /* see replicate.h */
    uint32_t section_records_max, pull_bytes_max; /* likewise; 0: base/limits.h */
};

struct subscribers;
struct trackers;
struct replicate;
struct cluster;

struct pacing {        /* shard/pacing.h */
    struct pool users; /* announced a short while ago, and watched by many */
    struct map index;  /* of their ids */
    struct heap due;   /* of (when, number): one for each */
};

struct sight_slices { /* shard/sight_slices.h */
    struct under_way *first, *last;
};

struct rule_number;
struct rule_numbers {                 /* shard/rule_numbers.h */
    struct rule_number *now, *before; /* hash tables of the users of this while, and of the last */
    uint32_t count;                   /* in now */
    uint64_t latest_now, latest_before;
    uint64_t floor; /* of whoever is in neither */
    uint64_t turn_ms;
    uint64_t heard; /* all changes up to this one */
};

struct spreads { /* shard/spread.h */
    struct spread *first, *last;
    uint32_t count;
    uint64_t turn_ms; /* when some were last told */
};

struct ended_all { /* shard/ended.h */
    struct ended *first, *last;
    uint64_t count; /* of subscriptions */
};

struct large_state {
    uint64_t handle, since_ms; /* of a client; mono */
    uint32_t bytes;
};

struct large_states {          /* shard/large_states.h */
    struct large_state *items; /* in outboxes, the eldest first; LARGE_STATES_MAX, or NULL */
    uint32_t count;
    uint64_t waiting;  /* bytes of them: as last counted, and what came since */
    uint64_t gathered; /* of pieces of all states on their way, small ones too */
    struct heap line;  /* of (when a join or catching up ends at the latest, client handle) */
};

struct per_user { /* shard/per_user.h */
    struct pool sockets;
    struct map eldest;   /* of each user */
    struct map by_owner; /* each of them */
};

struct coalesce {              /* shard/coalesce.h */
    uint64_t joins, joined_ms; /* that have been answered, and when last */
};

struct pushes {                /* shard/push.h */
    struct mail_queue waiting; /* to all sessions here; the first is under way */
    uint32_t slot;             /* the next client that is to be told */
    uint64_t sessions;         /* that have been */
};

struct marks {      /* shard/marks.h */
    uint64_t *sent; /* the number of the mark that stands for a topic, by topic_id */
    uint32_t cap;
    uint64_t latest;            /* ever sent */
    uint64_t heard[SHARDS_MAX]; /* the latest that came from each shard */
};

struct bars { /* shard/bars.h */
    struct bar *items;
    uint32_t count, cap;
    struct map index; /* by user */
};

struct full_user;

struct lost_view { /* shard/resume.h */
    uint64_t handle;
    unsigned forms; /* a bit each */
};

struct world {
    struct world_options o;
    struct now now;
    struct stats stats;
    struct notes *notes;        /* for the log, the worker's; NULL: there is none */
    struct source_stats source; /* where edges are read from the application's own tables */
    bool reads_tables;
    struct event_stats events; /* of the log of events */
    bool logs_events;
    struct hook_stats hooks; /* of their delivery */
    bool delivers_events;
    bool events_missed;   /* one for the log found no memory */
    struct stats *others; /* what each shard last reported, o.count of them */
    struct clients *clients;
    struct pubsub *topics;     /* what channels here have subscribed to; marks likewise */
    struct marks marks;        /* of topics */
    struct pubsub *people;     /* user ids somebody here listens to; marks: other shards that do */
    struct pubsub *asking;     /* user ids that sessions here ask to see, whoever listens to them */
    struct presence *presence; /* entries of users whose home is here */
    struct presence *hidden;   /* likewise, of hidden sessions: watchers hear nothing of them */
    struct mail_queue unheard; /* changes of theirs that not all shards have heard of */
    struct trackers *trackers; /* entries of any topic whose home is here */
    struct subscribers *subscribers; /* channels here that listen to topics */
    struct pacing pacing;            /* of users whose home is here */
    struct per_user per_user;        /* likewise: their sockets, wherever on this node */
    struct full_user *full;          /* shard/full.h; NULL: there are none */
    struct coalesce coalesce;
    struct pushes pushes;   /* of operators, to all */
    struct spreads spreads; /* announcements that not all here have been told yet */
    struct ended_all ended; /* sessions whose subscriptions are still here */
    struct changes changes; /* scratch */
    struct buf scratch;
    uint32_t made_us;      /* when the change that is being told was made, at its home (mono) */
    uint32_t written_us;   /* when the kernel had what sockets here were last written (mono) */
    uint64_t expire_at_ms; /* when presence_expire has work */
    struct heap join_deadlines; /* of (time, client handle); stale ones are looked at and dropped */
    struct heap state_deadlines; /* likewise, of (time, subscribers_handle) */
    struct heap starts;          /* of (when, client handle): states that are to be asked for */
    uint64_t state_bytes;        /* of states, read and written in this turn */
    struct large_states large_states;
    uint32_t state_ids_out;                      /* of whom other homes have not told us yet */
    uint64_t state_ids_ms;                       /* when they were last asked */
    uint32_t serial;                             /* the latest that was given out */
    struct lost_view lost_views[LOST_VIEWS_MAX]; /* a ring: lost_count % LOST_VIEWS_MAX is next */
    uint32_t lost_count;
    struct mail_queue out[SHARDS_MAX]; /* to other shards */
    struct bars bars;
    struct map sessions;              /* by user: the slots of those that have a social side */
    struct sight_slices slices;       /* changes that not all here have been told yet */
    struct mail_queue late_sights;    /* changes of sight that found no memory */
    uint32_t sights_sent[SHARDS_MAX]; /* changes of sight told to each shard */
    uint32_t sights_seen[SHARDS_MAX]; /* and heard from each */
    struct mail_queue wants;          /* to the store */
    struct mail_queue news;           /* to channels here: the edge takes it after each message */
    struct replicate *replicate;      /* this shard's part in the cluster; NULL: there is none */
    struct cluster *cluster;          /* the node's, which the first shard has */
    struct busiest busiest;           /* for operators, of users whom sessions here watch */
    struct refusals refusals;         /* likewise, of sessions here */
    struct process_stats process;     /* of the whole process, a second old at most; the API's */
    struct rule_numbers rule_numbers; /* changes of the rules that all nodes make */
    struct claims claims;             /* sessions that may be on another node */
    struct mail_queue self;           /* mail of this shard to itself */
    struct mail_queue to_cluster;     /* what it is told, and what its shards send to other nodes */
    struct mail_queue to_edge;        /* to connections and long-polls here: the edge takes it each
                                         turn */
};

/* The shard that is home to a topic, of so many. */
unsigned topic_home(kith_slice topic, unsigned shards);
unsigned world_topic_home(const struct world *w, kith_slice topic);
/* A number for a gather, a question or a channel; never 0, which names none. */
uint32_t world_serial(struct world *w);

/* The shard that is home to `user`, of so many. */
unsigned user_home(kith_slice user, unsigned shards);
unsigned world_home(const struct world *w, kith_slice user);

/* How many sessions the user of this presence topic has here, hidden ones with them. */
uint32_t world_sessions(const struct world *w, kith_slice topic);

/* "user_presence:" and the id, in `out`; ids are at most USER_ID_BYTES_MAX. */
enum { PRESENCE_PREFIX_BYTES = 14 };
struct presence_topic {
    uint8_t bytes[PRESENCE_PREFIX_BYTES + USER_ID_BYTES_MAX];
    size_t len;
};
kith_slice presence_topic(struct presence_topic *out, kith_slice user);

/* Posts `m` (may be NULL: out of memory, counted) to another shard, to the store, or to a channel
 * here. Takes it. */
void world_post(struct world *w, unsigned shard, struct mail *m);
void world_send(struct world *w, unsigned shard, struct mail *m); /* to this shard, too */
void world_want(struct world *w, struct mail *m);
void world_cluster(struct world *w, struct mail *m); /* to the node's cluster */
void world_tell(struct world *w, struct mail *m);
