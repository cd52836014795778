/* io/host.c -- the process: brings everything up, and what others hear of it. */
#include "io/host.h"

#include "base/assert.h"
#include "io/host_state.h"
#include "io/keeper.h"
#include "io/listener.h"
#include "io/system.h"
#include "io/worker.h"
#include "shard/bars.h"
#include "shard/cluster.h"
#include "shard/hook.h"
#include "shard/shard.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Listeners */

static kith_err open_listeners(struct host *h, kith_problem *why)
{
    char address[160];
    kith_err e = listener_open(h->o.listen, h->count > 1 ? LISTENER_FIRST : LISTENER_ALONE,
                               &h->public_fds[0], why);
    if (e) return e;
    listener_with_port(h->o.listen, listener_port(h->public_fds[0]), address, sizeof address);
    for (unsigned i = 1; i < h->count && !e; i++)
        e = listener_open(address, LISTENER_NEXT, &h->public_fds[i], why);
    if (!e && h->o.api) e = listener_open(h->o.api, LISTENER_ALONE, &h->api_fd, why);
    if (e) return e;
    h->public_port = listener_port(h->public_fds[0]);
    if (h->o.api) h->api_port = listener_port(h->api_fd);
    return KITH_OK;
}

/* Shards, and the presence of before the restart */

static kith_err restore_one(void *ctx, const struct saved_session *s)
{
    struct host *h = ctx;
    if (s->saved_at_ms + RESTORE_AGE_MS < h->start_unix_ms || s->saved_at_ms > h->start_unix_ms)
        return KITH_OK;
    struct entry e = {.key = s->user,
                      .meta = {.fields = s->fields, .online_at_s = s->online_at_s},
                      .ref = {s->ref_inc, s->ref_seq},
                      .prev = {s->prev_inc, s->prev_seq}};
    return shard_restore(h->worlds[world_home(h->worlds[0], s->user)], &e, s->device,
                         h->start_mono_ms + h->o.restart_grace_ms, s->hidden);
}

static kith_err restore(struct host *h)
{
    kith_err e = store_each_session(h->o.store, restore_one, h);
    for (unsigned i = 0; i < h->count && !e && h->o.events; i++)
        hook_roll_all(h->worlds[i]); /* they have not ended */
    if (!e) e = store_begin_aside(h->o.store);
    if (!e) e = store_clear_sessions(h->o.store);
    return e ? e : store_commit(h->o.store);
}

/* Users who are barred, of which every shard knows. */
static kith_err bar_one(void *ctx, kith_slice user, uint64_t until_s)
{
    struct host *h = ctx;
    kith_err e = KITH_OK;
    for (unsigned i = 0; i < h->count && !e; i++) {
        h->worlds[i]->now.unix_ms = h->start_unix_ms;
        e = bars_set(h->worlds[i], user, until_s);
    }
    return e;
}

static kith_err identity(struct host *h)
{
    uint64_t epoch;
    uint32_t random;
    system_random(&random, sizeof random);
    kith_err e = store_epoch(h->o.store, h->start_unix_ms / 1000, &epoch);
    if (!e) e = store_secret(h->o.store, "phx_ref", (uint8_t *)&h->ref_key, sizeof h->ref_key);
    if (!e)
        e = store_secret(h->o.store, "resume", (uint8_t *)&h->resume_keys, sizeof h->resume_keys);
    h->inc = epoch << 24 | (random & 0xffffff);
    return e;
}

static const char *node_name(const struct host *h)
{
    if (h->o.cluster) return h->o.cluster->node;
    return h->o.bus ? h->o.bus->node : "local";
}

static kith_err make_shards(struct host *h)
{
    struct siphash_key hash_key = system_random_key();
    uint32_t grace = h->o.cluster ? h->o.cluster->node_grace_ms : 0;
    uint32_t hold = h->o.cluster ? h->o.cluster->stale_hold_ms : 0;
    for (unsigned i = 0; i < h->count; i++) {
        h->worlds[i] = shard_new(&(struct world_options){.id = i,
                                                         .count = h->count,
                                                         .node = node_name(h),
                                                         .inc = h->inc,
                                                         .ref_key = h->ref_key,
                                                         .hash_key = hash_key,
                                                         .resume_keys = h->resume_keys,
                                                         .grace_ms = h->o.edge->grace_ms,
                                                         .join_wait_ms = JOIN_WAIT_MS,
                                                         .outbox_bytes_max = h->o.outbox_bytes_max,
                                                         .per_user_max = h->o.edge->per_user_max,
                                                         .bus = h->o.bus,
                                                         .hook = h->o.hook,
                                                         .events = h->o.events != NULL,
                                                         .clustered = h->o.cluster != NULL,
                                                         .node_grace_ms = grace,
                                                         .stale_hold_ms = hold});
        if (!h->worlds[i]) return KITH_NOMEM;
        h->worlds[i]->now = (struct now){.mono_ms = h->start_mono_ms, .unix_ms = h->start_unix_ms};
    }
    return KITH_OK;
}

/* From the cluster's secret and one that the database keeps: nodes of two databases, each with its
 * own rules, do not hear each other. */
static struct siphash_key frames_key(const struct host *h)
{
    struct siphash_key key;
    siphash24_128(&h->o.cluster->cluster.key, slice_of(&h->ref_key, sizeof h->ref_key),
                  (uint8_t *)&key);
    return key;
}

/* The first shard has the node's part in the cluster. */
static kith_err join_cluster(struct host *h, kith_problem *why)
{
    if (!h->o.cluster) return KITH_OK;
    struct cluster_options o = h->o.cluster->cluster;
    struct siphash_key seed = system_random_key();
    o.seed = seed.k0;
    o.key = frames_key(h);
    atomic_store(&h->nodes, (int)CLUSTER_JOINING);
    return cluster_begin(h->worlds[0], &o, why);
}

static kith_err open_link(struct host *h, struct link **out, kith_problem *why)
{
    *out = NULL;
    if (!h->o.cluster) return KITH_OK;
    struct link_options o = h->o.cluster->link;
    o.inc = h->inc;
    return link_open(&o, out, why);
}

/* Up */

static kith_err start_workers(struct host *h, struct link *link)
{
    for (unsigned i = 0; i < h->count; i++) {
        kith_err e = worker_start(
            &(struct worker_options){.edge = h->o.edge,
                                     .world = h->worlds[i],
                                     .boxes = h->boxes,
                                     .store_box = host_store_box(h),
                                     .phase = &h->phase,
                                     .rounds = &h->rounds,
                                     .go = &h->go,
                                     .reached = &h->reached,
                                     .left = &h->left,
                                     .public_fd = h->public_fds[i],
                                     .api_fd = i == 0 ? h->api_fd : -1,
                                     .public_tls = h->o.listen_tls,
                                     .api_tls = h->o.api_tls,
                                     .connections = &h->connections,
                                     .connections_max = h->connections_max,
                                     .together = h->o.together,
                                     .restart_grace_ms = h->o.cluster ? h->o.edge->grace_ms
                                                                      : h->o.restart_grace_ms,
                                     .store_lost_ms = &h->store_lost_ms,
                                     .link = i == 0 ? link : NULL,
                                     .nodes = h->o.cluster ? &h->nodes : NULL,
                                     .drain_ms = h->o.drain_ms,
                                     .leave_ms = h->o.cluster ? h->o.cluster->leave_ms : 0},
            &h->workers[i]);
        if (e) return e;
        h->worlds[i] = NULL;
        h->public_fds[i] = -1;
        if (i == 0) h->api_fd = -1;
        h->started++;
    }
    return KITH_OK;
}

/* *heard comes first: who is barred while they are read is heard of. */
static kith_err fill_shards(struct host *h, uint64_t *heard)
{
    kith_err e = identity(h);
    if (!e) e = make_shards(h);
    if (!e && !h->o.cluster) e = restore(h);
    if (!e && h->o.cluster) e = store_latest_change(h->o.store, heard);
    return e ? e : store_each_bar(h->o.store, h->start_unix_ms / 1000, bar_one, h);
}

static kith_err bring_up(struct host *h, kith_problem *why)
{
    uint64_t heard = 0;
    kith_err e = open_listeners(h, why);
    if (e) return e;
    store_tell_port(h->o.store, h->api_port);
    for (unsigned i = 0; i <= h->count && !e; i++)
        e = mailbox_init(&h->boxes[i]);
    if (e) return problem(e, why, "cannot start: %s", kith_err_text(e));
    e = fill_shards(h, &heard);
    if (e) return store_problem(h->o.store, e, "cannot start", why);
    struct link *link;
    e = join_cluster(h, why);
    if (!e) e = open_link(h, &link, why);
    if (e) return e;
    e = keeper_start(&(struct keeper_options){.store = h->o.store,
                                              .source = h->o.source,
                                              .tables = h->o.tables,
                                              .sweep_ms = h->o.sweep_ms,
                                              .reciprocal = h->o.reciprocal,
                                              .numbered = h->o.cluster != NULL,
                                              .heard = heard,
                                              .last_seen_s = h->o.last_seen_s,
                                              .watch_budget = h->o.watch_budget,
                                              .limits = &h->keeper_limits,
                                              .events = h->o.events,
                                              .hook = h->o.delivery,
                                              .run = h->inc >> STORE_RUN_BITS << STORE_RUN_BITS,
                                              .box = host_store_box(h),
                                              .boxes = h->boxes,
                                              .shards = h->count,
                                              .lost_ms = &h->store_lost_ms,
                                              .tid = &h->keeper_tid},
                     &h->keeper);
    if (!e) e = start_workers(h, link);
    if (h->started == 0) link_close(link);
    return e ? problem(e, why, "cannot start threads: %s", kith_err_text(e)) : KITH_OK;
}

void host_go(struct host *h)
{
    h->going = true;
    for (unsigned i = 0; i < h->started; i++)
        sem_post(&h->go);
}

bool host_joins(const struct host *h)
{
    return h->o.cluster && atomic_load(&h->nodes) == (int)CLUSTER_JOINING;
}

kith_err host_await(struct host *h, kith_problem *why)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    while (host_joins(h))
        nanosleep(&pause, NULL);
    if (atomic_load(&h->nodes) != (int)CLUSTER_NAME_TAKEN) return KITH_OK;
    return problem(
        KITH_EXISTS, why,
        "a node named %s is running; stop it, or give this one another name (cluster.node)",
        h->o.cluster->node);
}

/* What others hear of it */

uint16_t host_port(const struct host *h) { return h->public_port; }

void host_print_ready(const struct host *h)
{
    char public[160], api[160];
    listener_with_port(h->o.listen, h->public_port, public, sizeof public);
    printf("ready %s://%s%s/websocket", h->o.listen_tls ? "wss" : "ws", public,
           h->o.edge->mounts[0].behaviour->path);
    if (h->o.api) {
        listener_with_port(h->o.api, h->api_port, api, sizeof api);
        printf(" api %s://%s", h->o.api_tls ? "https" : "http", api);
    }
    printf("\n");
    fflush(stdout);
    if (h->o.edge->demo)
        fprintf(stderr, "open %s://%s/demo/\n", h->o.listen_tls ? "https" : "http", public);
}

bool host_running(const struct host *h) { return !atomic_load(&h->stopped); }

static struct worker *worker_here(const struct host *h)
{
    for (unsigned i = 0; i < h->started; i++)
        if (worker_is_here(h->workers[i])) return h->workers[i];
    return NULL;
}

bool host_is_here(const struct host *h)
{
    return host_running(h) && (worker_here(h) || atomic_load(&h->keeper_tid) == gettid());
}

struct world *host_world_here(struct host *h)
{
    struct worker *w = atomic_load(&h->stopping) ? NULL : worker_here(h);
    return w ? worker_world(w) : NULL;
}

void host_post(struct host *h, unsigned shard, struct mail *m)
{
    struct world *here = host_world_here(h);
    KITH_ASSERT(shard < h->count);
    if (here) m->from = (uint8_t)here->o.id;
    if (here && here->o.id == shard && mail_is_news(m)) {
        world_tell(here, m);
    } else if (here && here->o.id != shard) {
        world_post(here, shard, m);
    } else {
        mailbox_post_one(&h->boxes[shard], m);
    }
}

void host_post_store(struct host *h, struct mail *m)
{
    struct world *here = host_world_here(h);
    if (here)
        world_want(here, m);
    else
        mailbox_post_one(host_store_box(h), m);
}

unsigned host_shards(const struct host *h) { return h->count; }

static unsigned worker_count(unsigned asked)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = asked ? asked : cores > 0 ? (unsigned)cores : 1;
    return n > SHARDS_MAX ? SHARDS_MAX : n;
}

static struct host *host_new(const struct host_options *o)
{
    struct host *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    h->o = *o;
    h->count = worker_count(o->workers);
    h->api_fd = -1;
    for (unsigned i = 0; i <= SHARDS_MAX; i++) {
        h->boxes[i].event_fd = -1;
        if (i < SHARDS_MAX) h->public_fds[i] = -1;
    }
    struct now now = system_now();
    h->start_mono_ms = now.mono_ms;
    h->start_unix_ms = now.unix_ms;
    atomic_init(&h->phase, WORKER_RUN);
    atomic_init(&h->keeper_limits.watch_budget, o->watch_budget);
    atomic_init(&h->keeper_limits.last_seen_s, o->last_seen_s ? o->last_seen_s : 90 * 86400);
    atomic_init(&h->stopping, false);
    atomic_init(&h->stopped, false);
    pthread_mutex_init(&h->stop, NULL);
    sem_init(&h->go, 0, 0);
    sem_init(&h->reached, 0, 0);
    return h;
}

/* Threads inherit what their maker has blocked: signals are the caller's to handle. */
static kith_err bring_up_quietly(struct host *h, kith_problem *why)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    kith_err e = bring_up(h, why);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

kith_err host_start(const struct host_options *o, struct host **out, kith_problem *why)
{
    struct host *h = host_new(o);
    *out = NULL;
    if (!h) {
        store_close(o->store);
        return problem(KITH_NOMEM, why, "cannot start: out of memory");
    }
    h->connections_max = host_connections_max(o->connections_max);
    kith_err e = bring_up_quietly(h, why);
    if (e)
        host_free(h);
    else
        *out = h;
    return e;
}
