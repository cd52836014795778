/* shard/replicate_peers.c -- what becomes of other nodes' streams as the nodes come, are lost and
 * go.
 */
#include "shard/replicate.h"

#include "base/limits.h"
#include "core/replica.h"
#include "shard/cluster.h"
#include "shard/home_state.h"
#include "shard/replicate_state.h"

#include <stdlib.h>

enum {
    PER_TURN =
        1000, /* entries that leave, come back or are forgotten: others' messages come between */
    RELAY_MS = 1000, /* how often who relays is asked for news */
    KNOWN_MS = 200,  /* until who is heard itself has been heard: then it is asked itself */
};

struct replicate_peer *replicate_peer(const struct replicate *r, uint64_t inc)
{
    for (uint32_t i = 0; i < r->peer_count; i++)
        if (r->peers[i].inc == inc) return &r->peers[i];
    return NULL;
}

static struct replicate_peer *make_peer(struct replicate *r, uint64_t inc)
{
    struct replicate_peer *found = replicate_peer(r, inc);
    if (found) return found;
    if (r->peer_count == STREAMS_MAX) return NULL;
    if (r->peer_count == r->peer_cap) {
        uint32_t cap = r->peer_cap * 2 + 4;
        struct replicate_peer *peers = realloc(r->peers, cap * sizeof *peers);
        if (!peers) return NULL;
        r->peers = peers;
        r->peer_cap = cap;
    }
    found = &r->peers[r->peer_count++];
    *found = (struct replicate_peer){.inc = inc, .leave_ms = UINT64_MAX, .shown = STREAM_NUMBERS};
    return found;
}

bool replicate_is_lost(const struct world *w, uint64_t inc)
{
    const struct replicate_peer *p = replicate_peer(w->replicate, inc);
    return !p || p->lost;
}

void replicate_probe(struct world *w, struct replicate_peer *p)
{
    p->relay_ms = w->now.mono_ms + RELAY_MS;
    for (uint32_t stream = 0; stream < STREAM_NUMBERS; stream++)
        if (stream_is_here(w, stream))
            pulls_probe(w->replicate->pulls, w->now.mono_ms, p->inc, stream);
}

static void know_streams(struct world *w, uint64_t inc)
{
    for (uint32_t stream = 0; stream < STREAM_NUMBERS; stream++) {
        if (!stream_is_here(w, stream)) continue;
        struct tracker *t = stream_tracker(w, stream);
        if (!t || replica_know(t, inc)) w->stats.mails_lost++;
    }
}

/* All its streams into view: those that it has are told as they come, and what was hidden of them
 * by replicate_fade. */
static void show_peer(struct world *w, struct replicate_peer *p, uint64_t via)
{
    struct replicate *r = w->replicate;
    p->leave_ms = UINT64_MAX;
    p->back_ms = w->now.mono_ms;
    p->lost = p->gone = p->ended = false;
    p->stream = p->shown = 0;
    p->via = via;
    if (pulls_source(r->pulls, p->inc, via ? via : p->inc)) w->stats.mails_lost++;
    know_streams(w, p->inc);
    replicate_probe(w, p);
}

/* Another node has it, and this one, which begins, does not hear it, or not yet: what it had is
 * asked for there, and leaves when it does there. */
static void know_peer(struct world *w, struct replicate_peer *p, const struct mail *m)
{
    struct replicate *r = w->replicate;
    p->lost = p->gone = true;
    p->leave_ms = w->now.mono_ms + m->stay_ms;
    if (pulls_source(r->pulls, p->inc, m->via)) w->stats.mails_lost++;
    know_streams(w, p->inc);
    for (uint32_t stream = 0; stream < STREAM_NUMBERS; stream++) {
        if (!stream_is_here(w, stream)) continue;
        pulls_later(r->pulls, w->now.mono_ms + KNOWN_MS,
                    &(struct pulls_at){.origin = p->inc, .stream = stream});
    }
}

static void lose_peer(struct world *w, struct replicate_peer *p, uint32_t after_ms)
{
    /* While this node is cut off they would stay for longer. */
    if (!p->lost) p->leave_ms = earlier(p->leave_ms, w->now.mono_ms + after_ms);
    p->lost = true;
    if (pulls_source(w->replicate->pulls, p->inc, 0)) w->stats.mails_lost++;
}

static uint32_t longer(uint32_t a, uint32_t b) { return a > b ? a : b; }

static void cut_off(struct world *w, bool stale)
{
    struct replicate *r = w->replicate;
    r->stale = stale;
    for (uint32_t i = 0; i < r->peer_count; i++) {
        struct replicate_peer *p = &r->peers[i];
        if (p->lost) continue;
        if (!stale)
            show_peer(w, p, p->via);
        else if (w->o.stale_hold_ms)
            p->leave_ms = w->now.mono_ms + w->o.stale_hold_ms;
    }
}

void replicate_change_peer(struct world *w, const struct mail *m)
{
    if (m->peer == PEER_KNOWN && replicate_peer(w->replicate, m->inc)) return;
    struct replicate_peer *p = m->inc ? make_peer(w->replicate, m->inc) : NULL;
    if (m->inc && !p) {
        w->stats.mails_lost++;
        return;
    }
    switch ((enum peer_event)m->peer) {
    case PEER_CAME: show_peer(w, p, m->via); break;
    case PEER_LOST: lose_peer(w, p, w->o.node_grace_ms); break;
    case PEER_LEFT: lose_peer(w, p, longer(w->o.node_grace_ms, w->o.grace_ms)); break;
    case PEER_GONE:
        lose_peer(w, p, w->o.node_grace_ms);
        p->gone = true;
        break;
    case PEER_KNOWN: know_peer(w, p, m); break;
    case PEERS_STALE: cut_off(w, true); break;
    case PEERS_FRESH: cut_off(w, false); break;
    }
}

static void forget_peer(struct world *w, struct replicate_peer *p)
{
    struct replicate *r = w->replicate;
    pulls_forget(r->pulls, p->inc);
    for (uint32_t stream = 0; stream < STREAM_NUMBERS; stream++) {
        if (!stream_is_here(w, stream)) continue;
        struct tracker *t = stream_tracker(w, stream);
        if (t && replica_let_go(t, p->inc, &w->changes)) w->stats.mails_lost++;
        home_hear(w, stream_place(w, stream), true);
        r->going[stream / PARTITIONS] |= (uint64_t)1 << stream % PARTITIONS;
    }
    *p = r->peers[--r->peer_count];
}

/* The next entries of one that is lost leave. False: all have. */
static bool fade_peer(struct world *w, struct replicate_peer *p)
{
    for (; p->stream < STREAM_NUMBERS; p->stream++) {
        bool more = false;
        struct tracker *t = stream_is_here(w, p->stream) ? stream_tracker(w, p->stream) : NULL;
        if (!t) continue;
        if (replica_fade(t, p->inc, PER_TURN, &w->changes, &more) == KITH_NOMEM) more = true;
        bool any = w->changes.count > 0;
        home_hear(w, stream_place(w, p->stream), true);
        if (more || any) return true;
    }
    return false;
}

/* The next entries of one that is back are shown. False: all are. */
static bool show_more(struct world *w, struct replicate_peer *p)
{
    for (; p->shown < STREAM_NUMBERS; p->shown++) {
        bool more = false;
        struct tracker *t = stream_is_here(w, p->shown) ? stream_tracker(w, p->shown) : NULL;
        if (!t) continue;
        if (replica_show(t, p->inc, PER_TURN, &w->changes, &more) == KITH_NOMEM) more = true;
        bool any = w->changes.count > 0;
        home_hear(w, stream_place(w, p->shown), false);
        if (more || any) return true;
    }
    return false;
}

/* The next slots of a stream that has gone are given back. */
static void reap(struct world *w)
{
    for (uint32_t half = 0; half < 2; half++) {
        uint64_t *going = &w->replicate->going[half];
        if (!*going) continue;
        struct tracker *t = stream_known(w, half * PARTITIONS + (uint32_t)__builtin_ctzll(*going));
        if (!t || !replica_reap(t, PER_TURN)) *going &= *going - 1;
        return;
    }
}

/* Not while this node is cut off: then it is the others that know. */
static void tell_log(struct world *w, struct replicate_peer *p)
{
    if (p->ended || !p->lost || w->replicate->stale) return;
    p->ended = true;
    if (w->cluster && w->o.events) cluster_tell_ended(w, p->inc);
}

void replicate_fade(struct world *w)
{
    struct replicate *r = w->replicate;
    reap(w);
    for (uint32_t i = 0; i < r->peer_count; i++) {
        struct replicate_peer *p = &r->peers[i];
        bool leaves = p->leave_ms <= w->now.mono_ms;
        if (leaves) p->shown = STREAM_NUMBERS;
        if (leaves) tell_log(w, p);
        if (show_more(w, p)) return;
        if (!leaves || (p->stream == STREAM_NUMBERS && !p->gone)) continue;
        if (fade_peer(w, p)) return; /* the others in their turn */
        if (!p->gone) continue;
        forget_peer(w, p);
        i--;
    }
}

uint64_t replicate_fade_due(const struct world *w)
{
    const struct replicate *r = w->replicate;
    uint64_t due = r->going[0] || r->going[1] ? 0 : UINT64_MAX;
    for (uint32_t i = 0; i < r->peer_count; i++) {
        const struct replicate_peer *p = &r->peers[i];
        if (p->shown < STREAM_NUMBERS) due = 0;
        if (p->stream < STREAM_NUMBERS || p->gone) due = earlier(due, p->leave_ms);
        if (p->via && !p->lost) due = earlier(due, p->relay_ms);
    }
    return due;
}

bool replicate_next_lost(const struct world *w, uint32_t *at, uint64_t *inc, uint64_t *stay_ms)
{
    const struct replicate *r = w->replicate;
    for (; *at < r->peer_count; ++*at) {
        const struct replicate_peer *p = &r->peers[*at];
        if (!p->lost || p->leave_ms <= w->now.mono_ms) continue;
        *inc = p->inc;
        *stay_ms = p->leave_ms - w->now.mono_ms;
        ++*at;
        return true;
    }
    return false;
}
