/* tests/core/cluster.h -- a few nodes with clocks of their own, and an engine between them that
 * loses, delays and cuts, on a seed. What each believes is followed, and held to what may be. */
#pragma once

#include "chance.h"
#include "members.h"

enum { NODES_MAX = 7, RUNS_MAX = 256, MESSAGES_MAX = 8192, STEP_MS = 10 };

enum belief { UNKNOWN, BELIEVED_UP, BELIEVED_DOWN };

struct node {
    struct membership *m; /* NULL: it does not run */
    struct membership_options o;
    uint64_t base_ms, rate; /* its clock: base + time * rate / 1000 */
    uint64_t due_ms, paused_until, paused_ms;
    bool connected, stopped;
    enum belief believes[RUNS_MAX]; /* by incarnation */
    uint64_t heard_ms[RUNS_MAX];
};

struct message {
    uint64_t at_ms, order;
    uint32_t from, to;
    uint64_t from_inc, to_inc; /* to_inc 0: to all */
    struct membership_out out;
};

struct cluster {
    struct node nodes[NODES_MAX];
    uint32_t count;
    uint64_t now_ms, seed, next_inc, order;
    uint32_t loss_percent, delay_ms;
    bool cut[NODES_MAX][NODES_MAX];
    struct message messages[MESSAGES_MAX];
    uint32_t message_count;
    uint64_t transcript; /* of all that was put out, as one number */
};

static inline uint64_t local_ms(const struct cluster *c, const struct node *n)
{
    return n->base_ms + c->now_ms * n->rate / 1000;
}

/* Of a running node with this incarnation; NODES_MAX: none. */
static inline uint32_t index_of(const struct cluster *c, uint64_t inc)
{
    uint32_t i = 0;
    while (i < c->count && !(c->nodes[i].m && c->nodes[i].o.inc == inc))
        i++;
    return i < c->count ? i : NODES_MAX;
}

static inline void post(struct cluster *c, uint32_t from, uint32_t to,
                        const struct membership_out *o)
{
    if (from != to && chance_below(&c->seed, 100) < c->loss_percent) return;
    assert_true(c->message_count < MESSAGES_MAX);
    uint32_t late = chance_below(&c->seed, (from == to ? c->delay_ms / 4 : c->delay_ms) + 1);
    c->messages[c->message_count++] = (struct message){.at_ms = c->now_ms + 1 + late,
                                                       .order = c->order++,
                                                       .from = from,
                                                       .to = to,
                                                       .from_inc = c->nodes[from].o.inc,
                                                       .to_inc = o->to,
                                                       .out = *o};
}

static inline void note(struct cluster *c, const struct membership_out *o, uint32_t who)
{
    uint64_t words[] = {c->now_ms, who, o->kind, o->to, o->about, o->via, o->age_ms};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        c->transcript = (c->transcript ^ words[i]) * 0x100000001b3u;
}

/* A run that has not been replaced by a later one. */
static inline bool runs(const struct cluster *c, uint64_t inc)
{
    uint32_t i = index_of(c, inc);
    for (uint32_t k = 0; k < c->count && i < NODES_MAX; k++)
        if (c->nodes[k].m && c->nodes[k].o.nid == c->nodes[i].o.nid && c->nodes[k].o.inc > inc)
            return false;
    return i < NODES_MAX;
}

/* Nobody is taken for dead who was heard, nor by who can't hear; and a life has its order. */
static inline void follow(struct cluster *c, struct node *n, const struct membership_out *o)
{
    enum belief *b = &n->believes[o->about];
    assert_true(o->about < RUNS_MAX);
    if (o->kind == MEMBERSHIP_CAME) {
        assert_int_equal(*b, UNKNOWN);
        *b = BELIEVED_UP;
    } else if (o->kind == MEMBERSHIP_DOWN) {
        assert_int_equal(*b, BELIEVED_UP);
        *b = BELIEVED_DOWN;
        if (!o->left && runs(c, o->about)) {
            assert_true(local_ms(c, n) - n->heard_ms[o->about] >= n->o.down_ms);
            assert_false(membership_isolated(n->m));
        }
    } else if (o->kind == MEMBERSHIP_BACK) {
        assert_int_equal(*b, BELIEVED_DOWN);
        *b = BELIEVED_UP;
    } else if (o->kind == MEMBERSHIP_GONE) {
        assert_int_equal(*b, BELIEVED_DOWN);
        *b = UNKNOWN;
    } else if (o->kind == MEMBERSHIP_RELAYED || o->kind == MEMBERSHIP_MISSED) {
        assert_int_equal(*b, BELIEVED_UP);
    } else if (o->kind == MEMBERSHIP_REPLACED || o->kind == MEMBERSHIP_NAME_TAKEN) {
        n->stopped = true;
    }
}

static inline void take(struct cluster *c, uint32_t i)
{
    struct membership_out o;
    while (membership_next(c->nodes[i].m, &o)) {
        note(c, &o, i);
        if (o.kind > MEMBERSHIP_VOUCH) {
            follow(c, &c->nodes[i], &o);
            continue;
        }
        assert_true(c->nodes[i].connected);
        for (uint32_t to = 0; to < c->count; to++)
            if (o.to == 0 || (c->nodes[to].m && c->nodes[to].o.inc == o.to)) post(c, i, to, &o);
    }
}

static inline void tick(struct cluster *c, uint32_t i)
{
    c->nodes[i].due_ms = membership_tick(c->nodes[i].m, local_ms(c, &c->nodes[i]));
    take(c, i);
}

static inline void connect_node(struct cluster *c, uint32_t i, bool connected)
{
    struct node *n = &c->nodes[i];
    n->connected = connected;
    if (!n->m) return;
    membership_connected(n->m, local_ms(c, n), connected);
    take(c, i);
    tick(c, i);
}

/* A new run of the name. It is up a second later: see cluster_pass. */
static inline void start(struct cluster *c, uint32_t i, char name)
{
    struct node *n = &c->nodes[i];
    assert_true(c->next_inc < RUNS_MAX);
    *n = (struct node){.o = options_of(name, c->next_inc++),
                       .base_ms = 1000000 + chance_below(&c->seed, 1000000000),
                       .rate = 900 + chance_below(&c->seed, 201),
                       .connected = n->connected};
    n->m = membership_new(&n->o);
    assert_non_null(n->m);
    if (n->connected) connect_node(c, i, true);
}

static inline void crash(struct cluster *c, uint32_t i)
{
    membership_free(c->nodes[i].m);
    c->nodes[i].m = NULL;
}

static inline void leave(struct cluster *c, uint32_t i)
{
    membership_leave(c->nodes[i].m, local_ms(c, &c->nodes[i]));
    take(c, i);
    tick(c, i);
}

static inline void ready(struct cluster *c, uint32_t i)
{
    membership_ready(c->nodes[i].m, local_ms(c, &c->nodes[i]));
    take(c, i);
}

static inline void deliver(struct cluster *c, const struct message *msg)
{
    struct node *n = &c->nodes[msg->to];
    const struct membership_out *o = &msg->out;
    if (!n->m || !n->connected || c->cut[msg->from][msg->to]) return;
    if (msg->to_inc && msg->to_inc != n->o.inc) return;
    uint64_t now = local_ms(c, n);
    if (o->kind == MEMBERSHIP_HEARTBEAT) {
        struct membership_options from = c->nodes[msg->from].o;
        struct heartbeat h = heartbeat_of(&from, o->state);
        h.inc = msg->from_inc;
        h.want_reply = o->want_reply;
        h.answers = o->answers;
        h.to_inbox = msg->to_inc != 0;
        n->heard_ms[h.inc] = now;
        membership_heartbeat(n->m, now, &h);
    } else if (o->kind == MEMBERSHIP_STALE) {
        assert_int_equal(o->nid, n->o.nid);
        membership_stale(n->m, now, o->about);
    } else if (o->kind == MEMBERSHIP_ASK) {
        membership_ask(n->m, now, msg->from_inc, o->about);
    } else {
        membership_vouch(n->m, now, &(struct vouch){msg->from_inc, o->about, o->age_ms});
    }
    take(c, msg->to);
    tick(c, msg->to);
}

/* The next message whose time has come, to somebody who is not standing still. */
static inline bool deliver_one(struct cluster *c)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 0; i < c->message_count; i++) {
        const struct message *m = &c->messages[i], *f = &c->messages[first % MESSAGES_MAX];
        if (m->at_ms > c->now_ms || c->nodes[m->to].paused_until > c->now_ms) continue;
        if (first == UINT32_MAX || m->at_ms < f->at_ms ||
            (m->at_ms == f->at_ms && m->order < f->order))
            first = i;
    }
    if (first == UINT32_MAX) return false;
    struct message msg = c->messages[first];
    c->messages[first] = c->messages[--c->message_count];
    deliver(c, &msg);
    return true;
}

static inline void wake(struct cluster *c, struct node *n, uint32_t i)
{
    if (!n->paused_ms) return;
    membership_stalled(n->m, local_ms(c, n), n->paused_ms * n->rate / 1000);
    n->paused_ms = 0;
    take(c, i);
}

static inline void cluster_pass(struct cluster *c, uint64_t ms)
{
    for (uint64_t end = c->now_ms + ms; c->now_ms < end; c->now_ms += STEP_MS) {
        for (uint32_t i = 0; i < c->count; i++)
            if (c->nodes[i].m && c->nodes[i].paused_until <= c->now_ms) wake(c, &c->nodes[i], i);
        while (deliver_one(c))
            continue;
        for (uint32_t i = 0; i < c->count; i++) {
            struct node *n = &c->nodes[i];
            if (!n->m || n->paused_until > c->now_ms || n->due_ms > local_ms(c, n)) continue;
            tick(c, i);
        }
    }
}

static inline void pause_node(struct cluster *c, uint32_t i, uint64_t ms)
{
    struct node *n = &c->nodes[i];
    if (!n->m || n->paused_until > c->now_ms) return;
    n->paused_until = c->now_ms + ms;
    n->paused_ms = ms;
}

/* `count` nodes a, b, c ..., all up and known to each other. */
static inline struct cluster *cluster_new(uint32_t count, uint64_t seed)
{
    struct cluster *c = calloc(1, sizeof *c);
    assert_non_null(c);
    c->seed = seed;
    c->count = count;
    c->next_inc = 1;
    c->delay_ms = 20;
    for (uint32_t i = 0; i < count; i++) {
        c->nodes[i].connected = true;
        start(c, i, (char)('a' + i));
    }
    cluster_pass(c, 500);
    for (uint32_t i = 0; i < count; i++)
        ready(c, i);
    cluster_pass(c, 2000);
    return c;
}

static inline void cluster_free(struct cluster *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        membership_free(c->nodes[i].m);
    free(c);
}

static inline void cut_link(struct cluster *c, uint32_t a, uint32_t b, bool cut)
{
    c->cut[a][b] = c->cut[b][a] = cut;
}

/* Every running node believes all others to be up, and hears them itself. */
static inline void assert_all_up(struct cluster *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct node *n = &c->nodes[i];
        struct peer_view v;
        uint32_t up = 0, running = 0;
        if (!n->m) continue;
        assert_false(n->stopped);
        assert_false(membership_isolated(n->m));
        for (uint32_t k = 0; k < c->count; k++)
            running += k != i && c->nodes[k].m;
        for (uint32_t at = 0; membership_next_peer(n->m, local_ms(c, n), &at, &v);) {
            if (v.state == PEER_DOWN) continue;
            assert_int_equal(v.state, PEER_UP);
            assert_int_equal(v.via, 0);
            assert_int_not_equal(index_of(c, v.inc), NODES_MAX);
            assert_int_equal(n->believes[v.inc], BELIEVED_UP);
            up++;
        }
        assert_int_equal(up, running);
    }
}
