/* shard/cluster.c -- a node's part in the cluster: what membership wants, and what the shards send.
 */
#include "shard/cluster.h"

#include "shard/cluster_calls.h"
#include "shard/cluster_state.h"
#include "shard/envelope.h"
#include "shard/replicate.h"

#include <stdlib.h>

enum {
    LISTEN_MS = 400, /* for who answers a first heartbeat, before anything is thought complete */
    ENDED_TURN_MS = 3000, /* until the next node says that one has ended */
    ALONE_MS = 2000,      /* without the engine: its own users are served meanwhile */
};

#define NO_FEATURES 0

static struct membership_options membership_of(const struct world *w,
                                               const struct cluster_options *o)
{
    kith_slice name = slice_str(w->o.node);
    return (struct membership_options){.name = name,
                                       .nid = node_id(name),
                                       .inc = w->o.inc,
                                       .heartbeat_ms = o->heartbeat_ms,
                                       .suspect_ms = o->suspect_ms,
                                       .down_ms = o->down_ms,
                                       .gone_ms = o->gone_ms,
                                       .features = NO_FEATURES,
                                       .seed = o->seed};
}

kith_err cluster_begin(struct world *w, const struct cluster_options *o, kith_problem *why)
{
    struct membership_options m = membership_of(w, o);
    if (!node_is_name(slice_str(o->name)) || !node_is_name(m.name))
        return problem(KITH_BAD, why,
                       "names of nodes and clusters are letters, digits, '.', '-' "
                       "and '_'");
    kith_err e = membership_check(&m, why);
    if (e) return e;
    struct cluster *c = calloc(1, sizeof *c);
    if (c) c->membership = membership_new(&m);
    if (!c || !c->membership) {
        free(c);
        return problem(KITH_NOMEM, why, "out of memory");
    }
    c->o = *o;
    c->head =
        (struct node_head){.cluster = node_cluster(slice_str(o->name)), .nid = m.nid, .inc = m.inc};
    c->began_ms = w->now.mono_ms;
    c->isolated_ms = c->began_ms;
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++)
        c->own[i].stream = i;
    w->cluster = c;
    return KITH_OK;
}

void cluster_free(struct cluster *c)
{
    if (!c) return;
    membership_free(c->membership);
    mail_queue_fini(&c->out);
    mail_free(c->sent);
    free(c);
}

/* Frames out */

/* A section, or a question for some and what its answer leaves out, may come twice, and behind what
 * was sent later. */
static bool is_numbered(enum node_type type)
{
    return type != NODE_SECTIONS && type != NODE_PULL && type != NODE_REST;
}

/* Takes it. */
static void put_envelope(struct world *w, struct mail *m)
{
    struct cluster *c = w->cluster;
    struct node_head head = c->head;
    if (m && is_numbered((enum node_type)m->frame)) head.number = ++c->numbered[m->inc != 0];
    if (!m || envelope_seal(m, &head, &c->o.key)) {
        w->stats.mails_lost++;
        mail_free(m);
        return;
    }
    c->view.frames_out++;
    c->view.bytes_out += m->a_len;
    mail_append(&c->out, m);
}

void cluster_put_frame(struct world *w, struct cluster_post post, const struct buf *body)
{
    struct mail *m = body->failed ? NULL
                                  : envelope_new(post.type, buf_slice(body), (kith_slice){0});
    if (m) {
        m->inc = post.to;
        m->bulk = post.bulk;
    }
    put_envelope(w, m);
}

bool cluster_next(struct world *w, struct cluster_frame *out)
{
    struct cluster *c = w->cluster;
    mail_free(c->sent);
    c->sent = mail_take(&c->out);
    if (!c->sent) return false;
    *out = (struct cluster_frame){.to = c->sent->inc,
                                  .heartbeat = c->sent->frame == NODE_HEARTBEAT,
                                  .bulk = c->sent->bulk,
                                  .bytes = mail_a(c->sent)};
    return true;
}

struct mail *cluster_take(struct world *w)
{
    struct mail *m = w->cluster->sent;
    w->cluster->sent = NULL;
    return m;
}

/* Heartbeats: what has changed since the last one, and an eighth of the rest in turn; all of it to
 * one who asks. */

enum { PARTS = 8 };

static uint32_t pick(struct cluster *c, bool all, struct node_at out[STREAM_NUMBERS])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < STREAM_NUMBERS; i++)
        if (all || c->moved[i] || i % PARTS == c->part) out[n++] = c->own[i];
    if (all) return n;
    memset(c->moved, 0, sizeof c->moved);
    c->part = (c->part + 1) % PARTS;
    return n;
}

static void send_heartbeat(struct world *w, const struct membership_out *o)
{
    struct cluster *c = w->cluster;
    struct buf body = {0};
    struct node_at at[STREAM_NUMBERS];
    struct node_heartbeat h = {.name = slice_str(w->o.node),
                               .state = o->state,
                               .want_reply = o->want_reply,
                               .answers = o->answers,
                               .period_ms = c->o.heartbeat_ms,
                               .features = NO_FEATURES,
                               .said = o->to ? c->numbered[0] : 0};
    h.count = pick(c, o->to != 0 || o->want_reply, at);
    node_put_heartbeat(&body, &h, at);
    cluster_put_frame(w, (struct cluster_post){NODE_HEARTBEAT, o->to, false}, &body);
    buf_fini(&body);
}

/* What membership says */

void cluster_tell_shards(struct world *w, const struct peer_news *n)
{
    for (unsigned shard = 0; shard < w->o.count; shard++) {
        struct mail *m = mail_new(MAIL_PEER, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
        if (m) {
            m->inc = n->inc;
            m->via = n->via;
            m->peer = n->event;
            m->stay_ms = n->stay_ms;
        }
        world_send(w, shard, m);
    }
}

static void tell_shards(struct world *w, enum peer_event event, uint64_t inc, uint64_t via)
{
    cluster_tell_shards(w, &(struct peer_news){.event = event, .inc = inc, .via = via});
}

static void send_small(struct world *w, const struct membership_out *o)
{
    struct buf body = {0};
    struct cluster_post post = {.to = o->to};
    switch (o->kind) {
    case MEMBERSHIP_STALE:
        post.type = NODE_STALE;
        node_put_stale(&body, &(struct node_stale){o->nid, o->about});
        break;
    case MEMBERSHIP_ASK:
        post.type = NODE_ASK;
        node_put_ask(&body, o->about);
        break;
    default:
        post.type = NODE_VOUCH;
        node_put_vouch(&body, &(struct node_vouch){o->about, o->age_ms});
        break;
    }
    cluster_put_frame(w, post, &body);
    buf_fini(&body);
}

static void isolate(struct world *w, bool isolated)
{
    struct cluster *c = w->cluster;
    c->isolated_ms = w->now.mono_ms;
    if (!isolated && !c->heard_ms) c->heard_ms = w->now.mono_ms;
    tell_shards(w, isolated ? PEERS_STALE : PEERS_FRESH, 0, 0);
}

static void act(struct world *w, const struct membership_out *o)
{
    struct cluster *c = w->cluster;
    switch (o->kind) {
    case MEMBERSHIP_HEARTBEAT: send_heartbeat(w, o); break;
    case MEMBERSHIP_STALE:
    case MEMBERSHIP_ASK:
    case MEMBERSHIP_VOUCH: send_small(w, o); break;
    case MEMBERSHIP_CAME:
    case MEMBERSHIP_BACK:
    case MEMBERSHIP_MISSED: tell_shards(w, PEER_CAME, o->about, 0); break;
    case MEMBERSHIP_DOWN: tell_shards(w, o->left ? PEER_LEFT : PEER_LOST, o->about, 0); break;
    case MEMBERSHIP_GONE: tell_shards(w, PEER_GONE, o->about, 0); break;
    case MEMBERSHIP_RELAYED: tell_shards(w, PEER_CAME, o->about, o->via); break;
    case MEMBERSHIP_ISOLATED: isolate(w, o->isolated); break;
    case MEMBERSHIP_REPLACED: c->end = CLUSTER_REPLACED; break;
    case MEMBERSHIP_NAME_TAKEN: c->end = CLUSTER_NAME_TAKEN; break;
    }
}

void cluster_act(struct world *w)
{
    struct membership_out out;
    while (membership_next(w->cluster->membership, &out))
        act(w, &out);
}

void cluster_connected(struct world *w, bool connected)
{
    membership_connected(w->cluster->membership, w->now.mono_ms, connected);
    cluster_act(w);
}

void cluster_stalled(struct world *w, uint64_t stood_ms)
{
    membership_stalled(w->cluster->membership, w->now.mono_ms, stood_ms);
    cluster_act(w);
}

void cluster_leave(struct world *w)
{
    membership_leave(w->cluster->membership, w->now.mono_ms);
    cluster_act(w);
}

/* What shards say */

static void note_positions(struct cluster *c, const struct mail *m)
{
    struct node_at at;
    for (kith_slice rest = mail_a(m); rest.len >= sizeof at; rest = slice_from(rest, sizeof at)) {
        memcpy(&at, rest.ptr, sizeof at);
        c->own[at.stream] = at;
        c->moved[at.stream] = true;
    }
    if (m->a_len) return;
    uint64_t bit = (uint64_t)1 << m->from;
    c->behind = m->behind ? c->behind | bit : c->behind & ~bit;
}

/* Of that name; none is fine. */
static bool find_node(const struct world *w, kith_slice name, uint64_t *inc)
{
    struct peer_view peer;
    for (uint32_t at = 0; cluster_next_peer(w, &at, &peer);)
        if (slice_eq(peer.name, name)) {
            *inc = peer.inc;
            return true;
        }
    return false;
}

static void pass_frame(struct world *w, struct mail *m)
{
    if (m->b_len && !find_node(w, mail_b(m), &m->inc)) {
        mail_free(m);
        return;
    }
    m->b_len = 0;
    put_envelope(w, m);
}

static void take_mail(struct world *w)
{
    for (struct mail *m; (m = mail_take(&w->to_cluster));)
        switch ((enum mail_type)m->type) {
        case MAIL_CALL_ANSWER: cluster_shard_answered(w, m); break;
        case MAIL_FRAME: pass_frame(w, m); break;
        default: note_positions(w->cluster, m); mail_free(m);
        }
}

/* It takes clients when it has heard who is there, and knows what they do; or when that takes too
 * long. */
static bool is_complete(const struct world *w)
{
    const struct cluster *c = w->cluster;
    uint64_t waited_ms = w->now.mono_ms - c->began_ms;
    if (waited_ms >= c->o.join_ms || (!c->heard_ms && waited_ms >= ALONE_MS)) return true;
    return c->heard_ms && w->now.mono_ms - c->heard_ms >= LISTEN_MS && !c->behind;
}

void cluster_tick(struct world *w)
{
    struct cluster *c = w->cluster;
    if (!c) return;
    take_mail(w);
    cluster_calls_tick(w);
    c->due_ms = membership_tick(c->membership, w->now.mono_ms);
    cluster_act(w);
    if (c->due_ms == UINT64_MAX && !c->end) c->end = CLUSTER_LEFT;
    if (!c->end && membership_state(c->membership) == NODE_JOINING && is_complete(w)) {
        membership_ready(c->membership, w->now.mono_ms);
        cluster_act(w);
        c->due_ms = w->now.mono_ms;
    }
}

uint64_t cluster_due(const struct world *w)
{
    const struct cluster *c = w->cluster;
    if (!c) return UINT64_MAX;
    if (w->to_cluster.first) return w->now.mono_ms;
    uint64_t due = earlier(c->due_ms, cluster_calls_due(w));
    if (c->end || membership_state(c->membership) != NODE_JOINING) return due;
    due = earlier(due, c->began_ms + (c->heard_ms ? c->o.join_ms : ALONE_MS));
    return c->heard_ms ? earlier(due, w->now.mono_ms + LISTEN_MS / 10) : due;
}

enum cluster_state cluster_state(const struct world *w)
{
    const struct cluster *c = w->cluster;
    if (c->end) return c->end;
    switch (membership_state(c->membership)) {
    case NODE_JOINING: return CLUSTER_JOINING;
    case NODE_UP: return CLUSTER_UP;
    case NODE_LEAVING: return CLUSTER_LEAVING;
    }
    return CLUSTER_UP;
}

void cluster_look(const struct world *w, struct cluster_view *out)
{
    const struct cluster *c = w->cluster;
    *out = c->view;
    out->name = c->o.name;
    out->isolated = membership_isolated(c->membership);
    out->isolated_ms = out->isolated ? w->now.mono_ms - c->isolated_ms : 0;
    out->refused = membership_refused(c->membership);
}

bool cluster_next_peer(const struct world *w, uint32_t *at, struct peer_view *out)
{
    return membership_next_peer(w->cluster->membership, w->now.mono_ms, at, out);
}

static uint32_t nodes_before(const struct world *w)
{
    struct peer_view peer;
    uint32_t count = 0;
    for (uint32_t at = 0; cluster_next_peer(w, &at, &peer);)
        count += peer.state == PEER_UP && slice_cmp(peer.name, slice_str(w->o.node)) < 0;
    return count;
}

void cluster_tell_ended(struct world *w, uint64_t inc)
{
    struct mail *m = mail_new(MAIL_NODE_ENDED, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (m) {
        m->inc = inc;
        m->stay_ms = (uint64_t)nodes_before(w) * ENDED_TURN_MS;
    }
    world_want(w, m);
}
