/* shard/cluster_receive.c -- frames of other nodes: read, and passed to whom they are for. */
#include "shard/cluster.h"

#include "shard/broadcast.h"
#include "shard/bus.h"
#include "shard/cluster_calls.h"
#include "shard/cluster_state.h"
#include "shard/replicate.h"
#include "wire/sections.h"

struct incoming {
    struct world *w;
    const struct node_frame *frame;
    bool to_inbox;
};

static unsigned shard_of(const struct world *w, uint32_t stream)
{
    return stream % PARTITIONS % w->o.count;
}

static struct mail *mail_from(const struct incoming *in, enum mail_type type, kith_slice a)
{
    struct mail *m = mail_new(type, a, (kith_slice){0}, (kith_slice){0});
    if (m) m->inc = in->frame->head.inc;
    return m;
}

/* Streams by shard: each gets its own. */
static void split(const struct incoming *in, kith_slice streams,
                  bool (*next)(kith_slice *, struct node_at *), const struct node_pull *pull)
{
    struct buf parts[SHARDS_MAX] = {0};
    struct node_at at;
    while (next(&streams, &at))
        buf_put(&parts[shard_of(in->w, at.stream)], slice_of(&at, sizeof at));
    for (unsigned shard = 0; shard < in->w->o.count; shard++) {
        if (parts[shard].len == 0) continue;
        struct mail *m = mail_from(in, pull ? MAIL_PULL : MAIL_POSITIONS, buf_slice(&parts[shard]));
        if (m && pull) {
            m->origin = pull->origin;
            m->bytes_max = pull->bytes_max;
            m->question = pull->question;
        }
        world_send(in->w, shard, m);
        buf_fini(&parts[shard]);
    }
}

/* How long what it has would be shown, were it never heard again. An earlier run of the name that
 * begins is over when this is up: about a heartbeat. */
static uint64_t stay_of(const struct world *w, const struct peer_view *p, uint64_t nid)
{
    const struct cluster_options *o = &w->cluster->o;
    uint64_t lives_ms = p->silent_ms < o->down_ms ? o->down_ms - p->silent_ms : 0;
    return w->o.node_grace_ms + (p->nid == nid ? o->heartbeat_ms : lives_ms);
}

/* Whoever says more is mistaken, and nobody is to be shown for ever since somebody was. */
static uint64_t stay_max(const struct world *w)
{
    return (uint64_t)w->o.node_grace_ms + w->o.grace_ms + w->o.stale_hold_ms +
           w->cluster->o.down_ms;
}

static uint64_t at_most(uint64_t ms, uint64_t most_ms) { return ms < most_ms ? ms : most_ms; }

enum { OTHERS_MAX = 2 * PEERS_MAX }; /* in one frame */

/* To who begins: whom this node hears, and whom it has lost, but shows. */
static void tell_others(struct world *w, const struct node_head *to)
{
    struct node_other list[OTHERS_MAX], *next = list;
    struct peer_view peer;
    struct buf body = {0};
    for (uint32_t at = 0; cluster_next_peer(w, &at, &peer);)
        if (peer.state != PEER_DOWN && peer.inc != to->inc)
            *next++ = (struct node_other){peer.inc, stay_of(w, &peer, to->nid)};
    for (uint32_t at = 0;
         next < list + OTHERS_MAX && replicate_next_lost(w, &at, &next->inc, &next->stay_ms);)
        next++;
    node_put_others(&body, list, (uint32_t)(next - list));
    cluster_put_frame(w, (struct cluster_post){NODE_OTHERS, to->inc, false}, &body);
    buf_fini(&body);
}

static kith_err others(const struct incoming *in)
{
    kith_slice list;
    struct node_other o;
    struct cluster *c = in->w->cluster;
    uint64_t most_ms = stay_max(in->w);
    kith_err e = node_get_others(in->frame->body, &list);
    if (e || membership_state(c->membership) != NODE_JOINING) return e;
    for (uint32_t i = 0; i < OTHERS_MAX && node_next_other(&list, &o); i++)
        if (o.inc && o.inc != c->head.inc) /* 0 is nobody, and would be news of none */
            cluster_tell_shards(in->w, &(struct peer_news){.event = PEER_KNOWN,
                                                           .inc = o.inc,
                                                           .via = in->frame->head.inc,
                                                           .stay_ms = at_most(o.stay_ms, most_ms)});
    return KITH_OK;
}

static bool find_run(const struct incoming *in, struct peer_view *out)
{
    for (uint32_t at = 0; cluster_next_peer(in->w, &at, out);)
        if (out->inc == in->frame->head.inc) return true;
    return false;
}

static kith_err heartbeat(const struct incoming *in)
{
    struct node_heartbeat h;
    struct peer_view peer;
    struct cluster *c = in->w->cluster;
    bool known = find_run(in, &peer);
    kith_err e = node_get_heartbeat(in->frame->body, &h);
    if (e || node_id(h.name) != in->frame->head.nid) return KITH_BAD;
    membership_heartbeat(c->membership, in->w->now.mono_ms,
                         &(struct heartbeat){.nid = in->frame->head.nid,
                                             .inc = in->frame->head.inc,
                                             .name = h.name,
                                             .state = h.state,
                                             .features = h.features,
                                             .want_reply = h.want_reply,
                                             .answers = h.answers,
                                             .to_inbox = in->to_inbox && in->frame->head.to});
    cluster_act(in->w);
    if (in->frame->head.inc == c->head.inc) return KITH_OK;
    if (!known && find_run(in, &peer)) repeats_begin(&c->heard[0], peer.inc, h.said);
    split(in, h.streams, node_next_stream, NULL);
    if (h.state == NODE_JOINING && h.want_reply) tell_others(in->w, &in->frame->head);
    return KITH_OK;
}

static kith_err sections(const struct incoming *in)
{
    struct sections all;
    struct sections_piece piece;
    kith_err e = sections_open(in->frame->body, &all);
    if (e || all.inc == in->w->cluster->head.inc) return e;
    while ((e = sections_next(&all, &piece)) == KITH_OK) {
        struct mail *m = mail_new(MAIL_SECTION, piece.bytes, (kith_slice){0}, (kith_slice){0});
        if (m) {
            m->inc = piece.inc;
            m->stream = piece.stream;
        }
        world_send(in->w, shard_of(in->w, piece.stream), m);
    }
    return e == KITH_NONE ? KITH_OK : e;
}

static kith_err pull(const struct incoming *in)
{
    struct node_pull p;
    kith_err e = node_get_pull(in->frame->body, &p);
    if (!e) split(in, p.streams, node_next_pull, &p);
    return e;
}

/* Each shard knows what it has asked. */
static kith_err left_out(const struct incoming *in)
{
    struct node_rest r;
    kith_err e = node_get_rest(in->frame->body, &r);
    for (unsigned shard = 0; shard < in->w->o.count && !e; shard++)
        world_send(in->w, shard, mail_from(in, MAIL_REST, slice_of(&r, sizeof r)));
    return e;
}

/* Of another name it may be, where somebody repeats it. */
static kith_err stale(const struct incoming *in)
{
    struct node_stale s;
    struct cluster *c = in->w->cluster;
    kith_err e = node_get_stale(in->frame->body, &s);
    if (!e && s.nid == c->head.nid) membership_stale(c->membership, in->w->now.mono_ms, s.inc);
    cluster_act(in->w);
    return e;
}

static kith_err ask(const struct incoming *in)
{
    uint64_t about;
    struct cluster *c = in->w->cluster;
    kith_err e = node_get_ask(in->frame->body, &about);
    if (!e) membership_ask(c->membership, in->w->now.mono_ms, in->frame->head.inc, about);
    cluster_act(in->w);
    return e;
}

static kith_err vouch(const struct incoming *in)
{
    struct node_vouch v;
    struct cluster *c = in->w->cluster;
    kith_err e = node_get_vouch(in->frame->body, &v);
    if (!e)
        membership_vouch(c->membership, in->w->now.mono_ms,
                         &(struct vouch){in->frame->head.inc, v.inc, v.age_ms});
    cluster_act(in->w);
    return e;
}

static kith_err claim(const struct incoming *in)
{
    struct node_claim c;
    kith_err e = node_get_claim(in->frame->body, &c);
    if (e) return e;
    struct mail *m = mail_new(MAIL_CLAIM, slice_of(&c, sizeof c), c.user, (kith_slice){0});
    if (m) m->inc = in->frame->head.inc;
    world_send(in->w, shard_of(in->w, c.stream), m);
    return KITH_OK;
}

/* Its number tells which shard asked. */
static kith_err claimed(const struct incoming *in)
{
    struct node_claimed c;
    kith_err e = node_get_claimed(in->frame->body, &c);
    unsigned shard = (unsigned)(c.id >> 56);
    if (e || shard >= in->w->o.count) return KITH_BAD;
    world_send(in->w, shard, mail_from(in, MAIL_CLAIMED, slice_of(&c, sizeof c)));
    return KITH_OK;
}

/* It becomes one of this node alone, at the topic's home. Of a run that has not proved to this one
 * that it lives somebody else may say it, who has heard it long ago. */
static kith_err heard_broadcast(const struct incoming *in)
{
    struct broadcast b;
    struct peer_view peer;
    unsigned home;
    if (!find_run(in, &peer) || peer.state == PEER_DOWN) {
        in->w->cluster->view.repeated++;
        return KITH_OK;
    }
    kith_err e = bus_read(in->frame->body, &b);
    if (!e) {
        struct mail *m = broadcast_mail(&b, in->w->o.count, &home);
        world_send(in->w, home, m);
    }
    return e;
}

static kith_err read_body(const struct incoming *in)
{
    switch (in->frame->head.type) {
    case NODE_HEARTBEAT: return heartbeat(in);
    case NODE_SECTIONS: return sections(in);
    case NODE_PULL: return pull(in);
    case NODE_REST: return left_out(in);
    case NODE_STALE: return stale(in);
    case NODE_ASK: return ask(in);
    case NODE_VOUCH: return vouch(in);
    case NODE_CLAIM: return claim(in);
    case NODE_CLAIMED: return claimed(in);
    case NODE_BROADCAST: return heard_broadcast(in);
    case NODE_CALL: return cluster_called(in->w, in->frame->head.inc, in->frame->body);
    case NODE_OTHERS: return others(in);
    case NODE_ANSWER: return cluster_answered(in->w, in->frame->head.inc, in->frame->body);
    default: in->w->cluster->view.unknown++; return KITH_OK;
    }
}

/* Not one for another node, nor one that has been heard: somebody who has no secret can say either.
 */
static bool is_meant(struct cluster *c, const struct node_head *h)
{
    return (!h->to || h->to == c->head.inc) &&
           repeats_new(&c->heard[h->to != 0], h->inc, h->number);
}

void cluster_receive(struct world *w, bool to_inbox, kith_slice bytes)
{
    struct cluster *c = w->cluster;
    struct node_frame frame;
    switch (node_decode(bytes, c->head.cluster, &c->o.key, &frame)) {
    case NODE_GOOD: break;
    case NODE_GARBLED: c->view.garbled++; return;
    case NODE_OTHER_VERSION: c->view.other_version++; return;
    case NODE_OTHER_CLUSTER: c->view.other_cluster++; return;
    case NODE_FORGED: c->view.forged++; return;
    }
    if (!is_meant(c, &frame.head)) {
        c->view.repeated++;
        return;
    }
    bool own = frame.head.inc == c->head.inc;
    c->view.frames_in += !own;
    c->view.bytes_in += own ? 0 : bytes.len;
    if (own && frame.head.type != NODE_HEARTBEAT) return;
    if (read_body(&(struct incoming){w, &frame, to_inbox})) c->view.garbled++;
}
