/* tests/sim/told.c -- what origins have sent of their streams. */
#include "sim/told.h"

#include "core/replica.h"
#include "shard/replicate_state.h"
#include "sim/nodes.h"
#include "support/must.h"
#include "wire/node.h"

#include <stdlib.h>
#include <string.h>

struct fact {
    uint64_t seq; /* 0: free */
    uint64_t hash, rules;
    uint32_t run, stream;
};

struct told {
    struct fact *facts; /* a hash table */
    uint32_t count, cap;
    struct sections_room room;
    uint64_t cursors[NODES_MAX][RUNS_MAX][STREAM_NUMBERS];
};

void told_init(struct trial *t)
{
    t->told = calloc(1, sizeof *t->told);
    must(t->told);
    t->told->cap = 4096;
    t->told->facts = calloc(t->told->cap, sizeof *t->told->facts);
    must(t->told->facts);
}

void told_free(struct trial *t)
{
    if (!t->told) return;
    sections_room_fini(&t->told->room);
    free(t->told->facts);
    free(t->told);
    t->told = NULL;
}

void told_forget(struct trial *t, unsigned node, unsigned run)
{
    memset(t->told->cursors[node][run], 0, sizeof t->told->cursors[node][run]);
}

/* Facts */

static struct fact *find(struct told *all, const struct fact *f)
{
    uint64_t h = (f->seq * 0x9e3779b97f4a7c15u) ^ ((uint64_t)f->run << 32 | f->stream);
    h *= 0xbf58476d1ce4e5b9u;
    for (h >>= 20;; h++) {
        struct fact *at = &all->facts[h % all->cap];
        if (!at->seq) return at;
        if (at->seq == f->seq && at->run == f->run && at->stream == f->stream) return at;
    }
}

static void grow(struct told *all)
{
    struct fact *before = all->facts;
    uint32_t cap = all->cap;
    all->cap *= 2;
    all->facts = calloc(all->cap, sizeof *all->facts);
    must(all->facts);
    for (uint32_t i = 0; i < cap; i++)
        if (before[i].seq) *find(all, &before[i]) = before[i];
    free(before);
}

uint64_t told_hash(const struct record *r)
{
    static const struct siphash_key key = {3, 4};
    uint64_t words[] = {r->slot, r->empty, 0, 0, 0, 0, 0};
    if (!r->empty) {
        words[2] = r->numeric ? r->user : siphash13(&key, r->key);
        words[3] = siphash13(&key, r->fields);
        words[4] = r->ref.inc;
        words[5] = r->ref.seq;
        words[6] = (uint64_t)r->device << 32 | r->online_at_s;
    }
    return siphash13(&key, slice_of(words, sizeof words));
}

static struct fact fact_of(unsigned run, uint32_t stream, const struct record *r)
{
    return (struct fact){r->seq, told_hash(r), r->empty ? 0 : r->rules, run, stream};
}

/* The record was sent by its origin, and is as that sent it. */
static const struct fact *check(struct trial *t, unsigned node, const struct fact *f)
{
    const struct fact *known = find(t->told, f);
    if (!known->seq)
        trial_fail(t, NOBODY, node, "run %u never sent number %u of stream %u", f->run,
                   (unsigned)f->seq, f->stream);
    if (known->hash != f->hash)
        trial_fail(t, NOBODY, node, "number %u of run %u's stream %u is not what that sent",
                   (unsigned)f->seq, f->run, f->stream);
    return known;
}

static void note(struct trial *t, unsigned from, const struct section *s, uint32_t stream)
{
    unsigned run = trial_run(t, s->inc);
    must(run != NOBODY);
    for (uint32_t i = 0; i < s->count; i++) {
        struct fact f = fact_of(run, stream, &s->records[i]);
        if (t->nodes[from].run == run && !find(t->told, &f)->seq) {
            if (++t->told->count > t->told->cap / 2) grow(t->told);
            *find(t->told, &f) = f;
        }
        check(t, from, &f);
    }
}

/* Frames */

static bool open_frame(kith_slice bytes, struct sections *out)
{
    static const struct siphash_key key = {7, 8};
    struct node_frame frame;
    must(node_decode(bytes, node_cluster(KITH_LIT("people")), &key, &frame) == NODE_GOOD);
    if (frame.head.type != NODE_SECTIONS) return false;
    must(sections_open(frame.body, out) == KITH_OK);
    return true;
}

void told_note(struct trial *t, unsigned from, kith_slice bytes)
{
    struct sections all;
    struct sections_piece piece;
    struct section s;
    if (bytes.ptr[2] != NODE_SECTIONS || !open_frame(bytes, &all)) return;
    while (sections_next(&all, &piece) == KITH_OK) {
        must(sections_read(&piece, &t->told->room, &s) == KITH_OK);
        note(t, from, &s, piece.stream);
    }
}

/* What has been applied since the cursor was there. */
static void check_applied(struct trial *t, unsigned node, const struct tracker *tracker,
                          const struct sections_piece *piece, uint64_t before)
{
    struct section s;
    bool more;
    struct replica_position at;
    const struct sim *sim = t->nodes[node].sim;
    uint64_t heard = sim->world[piece->stream % PARTITIONS % sim->shards]->rule_numbers.heard;
    must(replica_position(tracker, piece->inc, &at) == KITH_OK);
    must(replica_cut(tracker, piece->inc, before, SECTION_RECORDS_MAX, &s, &more) == KITH_OK);
    for (uint32_t i = 0; i < s.count; i++) {
        struct fact f = fact_of(trial_run(t, piece->inc), piece->stream, &s.records[i]);
        const struct fact *known = check(t, node, &f);
        if (known->rules > heard)
            trial_fail(t, NOBODY, node,
                       "number %u of run %u's stream %u goes by rules %u, here it is %u",
                       (unsigned)f.seq, f.run, f.stream, (unsigned)known->rules, (unsigned)heard);
    }
    section_fini(&s);
}

void told_check(struct trial *t, unsigned node, kith_slice bytes)
{
    struct sections all;
    struct sections_piece piece;
    struct replica_position at;
    const struct node *n = &t->nodes[node];
    if (!n->runs || bytes.ptr[2] != NODE_SECTIONS || !open_frame(bytes, &all)) return;
    if (all.inc == t->runs[n->run].inc) return;
    while (sections_next(&all, &piece) == KITH_OK) {
        const struct world *w = n->sim->world[piece.stream % PARTITIONS % n->sim->shards];
        const struct tracker *tracker = stream_known(w, piece.stream);
        if (!tracker || replica_position(tracker, piece.inc, &at)) continue;
        uint64_t *cursor = &t->told->cursors[node][trial_run(t, piece.inc)][piece.stream];
        if (at.cursor < *cursor)
            trial_fail(t, NOBODY, node, "the cursor of run %u's stream %u went back from %u to %u",
                       trial_run(t, piece.inc), piece.stream, (unsigned)*cursor,
                       (unsigned)at.cursor);
        if (at.cursor > *cursor) check_applied(t, node, tracker, &piece, *cursor);
        *cursor = at.cursor;
    }
}
