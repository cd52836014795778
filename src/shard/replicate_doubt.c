/* shard/replicate_doubt.c -- replaced entries that live. One that its node has kept for longer than
 * a lost session lingers is shown again; but that it has ended may only not have been heard here,
 * for the batch was lost, and heartbeats tell of it later. So the node is asked first. */
#include "shard/replicate_state.h"

#include "core/replica.h"
#include "shard/home_state.h"

enum {
    MARGIN_MS = 1500, /* a lost session's leave takes no longer to get here, */
    ANSWER_MS =
        500, /* and an answer not so long: who gives none is asked again in the next round */
    STALE_MS =
        2500, /* but behind a silence, for so long, what is heard may have been said before it */
};

static uint64_t bit(uint32_t stream) { return (uint64_t)1 << stream % PARTITIONS; }

void replicate_known(struct world *w, uint64_t inc, uint32_t stream)
{
    struct replicate_peer *p = w->replicate->doubts ? replicate_peer(w->replicate, inc) : NULL;
    if (p) p->known[stream / PARTITIONS] |= bit(stream);
}

static bool is_known(const struct replicate_peer *p, uint32_t stream)
{
    return p->known[stream / PARTITIONS] & bit(stream);
}

static void ask(struct world *w, struct tracker *t, struct replicate_peer *p, uint32_t stream)
{
    if (!replica_doubts(t, p->inc)) return;
    p->known[stream / PARTITIONS] &= ~bit(stream);
    pulls_probe(w->replicate->pulls, w->now.mono_ms, p->inc, stream);
}

static void decide(struct world *w, struct tracker *t, struct replicate_peer *p, uint32_t stream)
{
    if (replica_doubts(t, p->inc) && !is_known(p, stream)) return;
    if (w->now.mono_ms < p->back_ms + STALE_MS) return;
    if (replica_doubt(t, p->inc, &w->changes) == KITH_NOMEM) w->stats.mails_lost++;
    home_hear(w, stream_place(w, stream), false);
}

/* Of a node that is there each stream of which something is replaced. */
static void each(struct world *w,
                 void (*does)(struct world *, struct tracker *, struct replicate_peer *, uint32_t))
{
    struct replicate *r = w->replicate;
    for (uint32_t stream = 0; stream < STREAM_NUMBERS && !r->stale; stream++) {
        struct tracker *t = stream_known(w, stream);
        for (uint32_t i = 0; t && replica_doubtful(t) && i < r->peer_count; i++)
            if (!r->peers[i].lost) does(w, t, &r->peers[i], stream);
    }
}

void replicate_doubt(struct world *w)
{
    struct replicate *r = w->replicate;
    if (r->doubt_ms > w->now.mono_ms) return;
    r->doubts = !r->doubts;
    each(w, r->doubts ? ask : decide);
    r->doubt_ms = w->now.mono_ms + (r->doubts ? ANSWER_MS : w->o.grace_ms + MARGIN_MS - ANSWER_MS);
}
