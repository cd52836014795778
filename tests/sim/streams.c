/* tests/sim/streams.c -- what nodes know of each other's streams. */
#include "sim/streams.h"

#include "core/replica.h"
#include "shard/replicate_state.h"
#include "sim/nodes.h"
#include "sim/told.h"
#include "support/must.h"

#include <string.h>

enum { SLOTS_MAX = 512 };

void streams_begin(struct trial *t, unsigned node)
{
    for (unsigned run = 0; run < RUNS_MAX; run++)
        told_forget(t, node, run);
    memset(&t->knows[node], 0, sizeof t->knows[node]);
}

/* Incarnations */

/* Of each name the latest run that was up here. */
static void note_runs(struct trial *t, unsigned node)
{
    struct knows *k = &t->knows[node];
    struct peer_view p;
    for (uint32_t at = 0; cluster_next_peer(t->nodes[node].sim->world[0], &at, &p);) {
        unsigned run = trial_run(t, p.inc), name = t->runs[run].name;
        if (k->latest[name] > run + 1)
            trial_fail(t, NOBODY, node, "run %u of %s is a peer again, after run %u", run,
                       nodes_name(name), k->latest[name] - 1);
        k->latest[name] = run + 1;
    }
}

/* Who begins is told of runs that have ended. */
static void note_kept(struct trial *t, unsigned node, unsigned shard)
{
    struct knows *k = &t->knows[node];
    const struct replicate *r = t->nodes[node].sim->world[shard]->replicate;
    uint64_t kept = 0;
    for (uint32_t i = 0; i < r->peer_count; i++)
        kept |= (uint64_t)1 << trial_run(t, r->peers[i].inc);
    for (uint64_t lost = k->kept[shard] & ~kept; lost; lost &= lost - 1)
        told_forget(t, node, (unsigned)__builtin_ctzll(lost));
    for (uint64_t fresh = kept & ~k->kept[shard]; fresh; fresh &= fresh - 1) {
        unsigned run = (unsigned)__builtin_ctzll(fresh), name = t->runs[run].name;
        if (k->latest[name] > run + 1 && t->nodes[node].state > CLUSTER_JOINING)
            trial_fail(t, NOBODY, node, "streams of run %u of %s are known again, after run %u",
                       run, nodes_name(name), k->latest[name] - 1);
    }
    k->kept[shard] = kept;
}

void streams_step(struct trial *t, unsigned node)
{
    const struct sim *s = t->nodes[node].sim;
    note_runs(t, node);
    for (unsigned i = 0; i < s->shards; i++) {
        note_kept(t, node, i);
        if (s->world[i]->stats.cluster_digest_mismatches)
            trial_fail(t, NOBODY, node, "two nodes know a stream alike, and not the same");
    }
}

/* Origin and replica */

struct slots {
    uint32_t end;
    struct {
        uint64_t seq, hash;
    } at[SLOTS_MAX];
};

static void read_slots(const struct tracker *t, uint64_t inc, struct slots *out)
{
    uint64_t from = 0;
    bool more = true;
    out->end = 0;
    while (more) {
        struct section s;
        must(replica_cut(t, inc, from, SECTION_RECORDS_MAX, &s, &more) == KITH_OK);
        for (uint32_t i = 0; i < s.count; i++) {
            const struct record *r = &s.records[i];
            must(r->slot < SLOTS_MAX);
            while (out->end <= r->slot)
                out->at[out->end++].seq = 0;
            out->at[r->slot].seq = r->seq;
            out->at[r->slot].hash = told_hash(r);
        }
        from = s.last;
        section_fini(&s);
    }
}

static void check_stream(struct trial *t, unsigned node, unsigned origin, uint32_t stream)
{
    const struct sim *here = t->nodes[node].sim, *there = t->nodes[origin].sim;
    uint64_t inc = t->runs[t->nodes[origin].run].inc;
    const struct tracker *own =
        stream_known(there->world[stream % PARTITIONS % there->shards], stream);
    const struct tracker *replica =
        stream_known(here->world[stream % PARTITIONS % here->shards], stream);
    struct replica_position at, end;
    static struct slots a, b;
    if (!own || !replica || replica_position(replica, inc, &at)) return;
    must(replica_position(own, inc, &end) == KITH_OK);
    if (at.cursor > end.cursor)
        trial_fail(t, NOBODY, node, "knows run %u's stream %u up to %u, that is at %u",
                   t->nodes[origin].run, stream, (unsigned)at.cursor, (unsigned)end.cursor);
    if (at.cursor == 0) return;
    if (at.cursor == end.cursor && at.cursor >= at.top && at.digest != end.digest)
        trial_fail(t, NOBODY, node, "run %u's stream %u at %u has another digest",
                   t->nodes[origin].run, stream, (unsigned)at.cursor);
    read_slots(own, inc, &a);
    read_slots(replica, inc, &b);
    while (a.end < b.end)
        a.at[a.end++].seq = 0;
    while (b.end < a.end)
        b.at[b.end++].seq = 0;
    for (uint32_t slot = 0; slot < a.end; slot++) {
        if (a.at[slot].seq > at.cursor || b.at[slot].seq > at.cursor) continue;
        if (a.at[slot].seq != b.at[slot].seq ||
            (a.at[slot].seq && a.at[slot].hash != b.at[slot].hash))
            trial_fail(t, NOBODY, node, "run %u's stream %u, slot %u: at %u there, %u here, of %u",
                       t->nodes[origin].run, stream, slot, (unsigned)a.at[slot].seq,
                       (unsigned)b.at[slot].seq, (unsigned)at.cursor);
    }
}

void streams_check(struct trial *t)
{
    for (unsigned node = 0; node < t->node_count; node++)
        for (unsigned origin = 0; origin < t->node_count; origin++) {
            if (node == origin || !t->nodes[node].runs || !t->nodes[origin].runs) continue;
            if (!(t->knows[node].kept[0] >> t->nodes[origin].run & 1)) continue;
            for (uint32_t stream = 0; stream < STREAM_NUMBERS; stream++)
                check_stream(t, node, origin, stream);
        }
}

void streams_check_gone(struct trial *t)
{
    uint64_t live = 0;
    for (unsigned i = 0; i < t->node_count; i++)
        if (t->core[i]) live |= (uint64_t)1 << t->nodes[i].run;
    for (unsigned i = 0; i < t->node_count; i++)
        for (unsigned shard = 0; t->core[i] && shard < t->nodes[i].sim->shards; shard++)
            if (t->knows[i].kept[shard] & ~live)
                trial_fail(t, NOBODY, i, "something is kept of runs %llx",
                           (unsigned long long)(t->knows[i].kept[shard] & ~live));
}
