/* shard/cluster_calls.c -- what operators ask of all nodes. */
#include "shard/cluster_calls.h"

#include "base/limits.h"
#include "shard/call.h"
#include "shard/cluster_state.h"
#include "shard/figures.h"
#include "wire/json.h"

/* As they travel: the same in all versions. */
enum { CALLED_PUSH = 1, CALLED_DISCONNECT = 2, CALLED_FIGURES = 3, CALLED_REFRESH = 4 };

static uint32_t kind_of(enum call_kind call)
{
    if (call == CALL_FIGURES) return CALLED_FIGURES;
    if (call == CALL_REFRESH) return CALLED_REFRESH;
    return call == CALL_PUSH ? CALLED_PUSH : CALLED_DISCONNECT;
}

/* False: none that shards are asked to do. */
static bool call_of(uint32_t kind, enum call_kind *out)
{
    switch (kind) {
    case CALLED_PUSH: *out = CALL_PUSH; return true;
    case CALLED_DISCONNECT: *out = CALL_DISCONNECT; return true;
    case CALLED_REFRESH: *out = CALL_REFRESH; return true;
    default: return false;
    }
}

static struct cluster_call *find(struct cluster *c, uint64_t id)
{
    struct cluster_call *call = &c->calls[id % CLUSTER_CALLS_MAX];
    return call->id == id ? call : NULL;
}

/* NULL: too many are under way. */
static struct cluster_call *begin(struct world *w)
{
    struct cluster *c = w->cluster;
    for (uint32_t i = 0; i < CLUSTER_CALLS_MAX; i++) {
        uint64_t id = ++c->call_serial;
        struct cluster_call *call = &c->calls[id % CLUSTER_CALLS_MAX];
        if (call->id) continue;
        *call = (struct cluster_call){.id = id, .until_ms = w->now.mono_ms + CLUSTER_CALL_MS};
        w->cluster->calls_due_ms = earlier(cluster_calls_due(w), call->until_ms);
        return call;
    }
    return NULL;
}

/* Asking others */

static void put_call(struct buf *out, uint64_t id, const struct mail *m)
{
    struct buf payload = {0};
    uint32_t lengths[2] = {m->a_len, m->b_len};
    buf_put(&payload, slice_of(lengths, sizeof lengths));
    buf_put(&payload, mail_a(m));
    buf_put(&payload, mail_b(m));
    buf_put(&payload, mail_c(m));
    out->failed |= payload.failed;
    node_put_call(out, &(struct node_call){.id = id,
                                           .kind = kind_of((enum call_kind)m->call),
                                           .payload = buf_slice(&payload)});
    buf_fini(&payload);
}

static void answer_with(struct world *w, const struct cluster_call *call, kith_err e,
                        uint64_t number, kith_slice a)
{
    struct mail *m = mail_new(MAIL_CALL_ANSWER, a, (kith_slice){0}, (kith_slice){0});
    if (!m) {
        w->stats.mails_lost++;
        return;
    }
    m->handle = call->handle;
    m->serial = call->serial;
    m->failed = e != KITH_OK;
    m->number = e ? (uint64_t)e : number;
    mail_append(&w->to_edge, m);
}

/* Of who says nothing of itself there is nothing to be shown, which is no failure. */
static void answer_for(struct world *w, const struct cluster_call *call, kith_err e,
                       uint64_t number)
{
    answer_with(w, call, call->figures ? KITH_OK : e, number, (kith_slice){0});
}

kith_err cluster_call(struct world *w, const struct mail *m, uint32_t *asked)
{
    struct cluster *c = w->cluster;
    struct peer_view peer;
    struct buf body = {0};
    struct cluster_call *call = begin(w);
    *asked = 0;
    if (!call) return KITH_FULL;
    put_call(&body, call->id, m);
    call->handle = m->handle;
    call->serial = m->serial;
    call->figures = m->call == CALL_FIGURES;
    for (uint32_t at = 0; membership_next_peer(c->membership, w->now.mono_ms, &at, &peer);) {
        bool asks = call->figures ? peer.state == PEER_UP : peer.state != PEER_DOWN;
        if (!asks || call->peer_count == PEERS_MAX) continue;
        cluster_put_frame(w, (struct cluster_post){NODE_CALL, peer.inc, false}, &body);
        call->peers[call->peer_count++] = peer.inc;
    }
    *asked = call->peer_count;
    buf_fini(&body);
    if (!*asked) call->id = 0;
    return KITH_OK;
}

/* What a node says of itself is shown as it says it: it must be whole. */
static bool is_object(kith_slice text)
{
    struct json object;
    return text.len <= NODE_FIGURES_BYTES && json_parse(text, &object) == KITH_OK &&
           object.type == JSON_OBJECT;
}

static void answer_figures(struct world *w, const struct cluster_call *call, uint64_t from,
                           kith_slice object)
{
    struct buf member = {0};
    struct peer_view peer;
    for (uint32_t at = 0;
         membership_next_peer(w->cluster->membership, w->now.mono_ms, &at, &peer);) {
        if (peer.inc != from || !is_object(object)) continue;
        json_put_quoted(&member, peer.name);
        buf_putc(&member, ':');
        buf_put(&member, object);
        buf_putc(&member, ',');
        break;
    }
    answer_with(w, call, KITH_OK, 0, member.failed ? (kith_slice){0} : buf_slice(&member));
    buf_fini(&member);
}

kith_err cluster_answered(struct world *w, uint64_t from, kith_slice body)
{
    struct node_answer a;
    kith_err e = node_get_answer(body, &a);
    struct cluster_call *call = e ? NULL : find(w->cluster, a.id);
    for (uint32_t i = 0; call && i < call->peer_count; i++) {
        if (call->peers[i] != from) continue;
        if (call->figures)
            answer_figures(w, call, from, a.payload);
        else
            answer_for(w, call, a.failed ? KITH_LATER : KITH_OK, a.number);
        call->peers[i] = call->peers[--call->peer_count];
        if (!call->peer_count) call->id = 0;
        break;
    }
    return e;
}

/* Being asked: all shards are, and their answers come back under a handle that no client has. */

static bool read_call(const struct node_call *c, kith_slice *a, kith_slice *b, kith_slice *rest)
{
    uint32_t lengths[2];
    kith_slice p = c->payload;
    if (p.len < sizeof lengths) return false;
    memcpy(lengths, p.ptr, sizeof lengths);
    p = slice_from(p, sizeof lengths);
    if ((uint64_t)lengths[0] + lengths[1] > p.len || lengths[0] > USER_ID_BYTES_MAX) return false;
    *a = slice_head(p, lengths[0]);
    *b = slice_head(slice_from(p, lengths[0]), lengths[1]);
    *rest = slice_from(p, (size_t)lengths[0] + lengths[1]);
    return true;
}

static void answer_peer(struct world *w, struct cluster_call *call)
{
    struct buf body = {0};
    node_put_answer(&body, &(struct node_answer){.id = call->theirs,
                                                 .failed = call->failed,
                                                 .number = (uint32_t)call->sum});
    cluster_put_frame(w, (struct cluster_post){NODE_ANSWER, call->asker, false}, &body);
    buf_fini(&body);
    call->id = 0;
}

/* At once: what the shards count has come together already. */
static void tell_figures(struct world *w, uint64_t asker, uint64_t id)
{
    struct buf body = {0}, figures = {0};
    figures_put(w, &figures);
    node_put_answer(&body, &(struct node_answer){
                               .id = id, .failed = figures.failed, .payload = buf_slice(&figures)});
    cluster_put_frame(w, (struct cluster_post){NODE_ANSWER, asker, false}, &body);
    buf_fini(&figures);
    buf_fini(&body);
}

kith_err cluster_called(struct world *w, uint64_t from, kith_slice body)
{
    struct node_call asked;
    kith_slice a, b, rest;
    kith_err e = node_get_call(body, &asked);
    if (e || !read_call(&asked, &a, &b, &rest)) return KITH_BAD;
    if (asked.kind == CALLED_FIGURES) {
        tell_figures(w, from, asked.id);
        return KITH_OK;
    }
    enum call_kind kind;
    struct cluster_call *call = call_of(asked.kind, &kind) ? begin(w) : NULL;
    if (!call) return KITH_OK; /* who asks waits in vain, and hears that it did */
    call->theirs = asked.id;
    call->asker = from;
    for (unsigned shard = 0; shard < w->o.count; shard++) {
        struct mail *m = mail_new(MAIL_CALL, a, b, rest);
        if (m) {
            m->call = kind;
            m->handle = CALL_FROM_PEER | call->id;
        }
        if (call_send(w, shard, m))
            call->shards++;
        else
            call->failed = true;
    }
    if (!call->shards) answer_peer(w, call);
    return KITH_OK;
}

void cluster_shard_answered(struct world *w, struct mail *m)
{
    struct cluster_call *call = find(w->cluster, m->handle & ~CALL_FROM_PEER);
    if (call && call->shards) {
        call->failed |= m->failed;
        call->sum += m->failed ? 0 : m->number;
        if (--call->shards == 0) answer_peer(w, call);
    }
    mail_free(m);
}

/* Time */

void cluster_calls_tick(struct world *w)
{
    struct cluster *c = w->cluster;
    if (cluster_calls_due(w) > w->now.mono_ms) return;
    c->calls_due_ms = 0;
    for (uint32_t i = 0; i < CLUSTER_CALLS_MAX; i++) {
        struct cluster_call *call = &c->calls[i];
        if (call->id && call->until_ms <= w->now.mono_ms) {
            for (uint32_t k = 0; k < call->peer_count; k++)
                answer_for(w, call, KITH_LATER, 0);
            call->id = 0;
        }
        if (call->id) c->calls_due_ms = earlier(cluster_calls_due(w), call->until_ms);
    }
}

uint64_t cluster_calls_due(const struct world *w)
{
    return w->cluster->calls_due_ms ? w->cluster->calls_due_ms : UINT64_MAX;
}
