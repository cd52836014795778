/* core/replica.c -- the streams of other nodes: into view, out of it, and what their sections
 * change. Why a section may be lost, repeated or late: docs/tracker.md. */
#include "core/replica.h"

#include "base/limits.h"
#include "base/mutant.h"
#include "core/heirs.h"
#include "core/table.h"

#include <stdlib.h>

enum { STREAM_NONE = UINT32_MAX };

/* A replicated stream; there are as many as nodes, so a search through all does. */
static uint32_t find(const struct tracker *t, uint64_t inc)
{
    for (uint32_t i = OWN + 1; i < t->stream_count; i++)
        if (t->streams[i].used && t->streams[i].inc == inc) return i;
    return STREAM_NONE;
}

static kith_err add(struct tracker *t, uint64_t inc)
{
    uint32_t i = OWN + 1;
    while (i < t->stream_count && (t->streams[i].used || t->streams[i].going))
        i++;
    if (i == STREAMS_MAX) return KITH_FULL;
    if (i == t->stream_count) {
        struct stream *streams = realloc(t->streams, (i + 1) * sizeof *streams);
        if (!streams) return KITH_NOMEM;
        t->streams = streams;
        t->stream_count++;
    }
    t->streams[i] = (struct stream){.inc = inc, .used = true};
    return KITH_OK;
}

/* Telling */

static kith_err tell(struct tracker *t, uint32_t cell, bool join, struct changes *out)
{
    kith_slice topic, key;
    table_texts(t, cell, &topic, &key);
    struct content c = table_content(t, cell);
    struct meta meta = table_meta(t, &c);
    return changes_add(out, topic, key, join ? NULL : &meta, join ? &meta : NULL);
}

/* Of the slots [first, end) those that are not replaced: all or none. */
static kith_err tell_joins(struct tracker *t, uint32_t stream, uint32_t first, uint32_t end,
                           struct changes *out)
{
    uint32_t cell, told = out->count;
    for (uint32_t slot = first; table_next_live(t, stream, &slot, &cell) && slot <= end;) {
        if (table_cell(t, cell)->replaced) continue;
        kith_err e = tell(t, cell, true, out);
        if (e) {
            changes_cut(out, told);
            return e;
        }
    }
    t->shown += out->count - told;
    return KITH_OK;
}

kith_err replica_know(struct tracker *t, uint64_t inc)
{
    if (inc == t->streams[OWN].inc) return KITH_EXISTS;
    return find(t, inc) == STREAM_NONE ? add(t, inc) : KITH_OK;
}

/* The hidden slots are the lower ones: the last page of them first. */
kith_err replica_show(struct tracker *t, uint64_t inc, uint32_t max, struct changes *out,
                      bool *more)
{
    uint32_t i = find(t, inc);
    if (i == STREAM_NONE) return KITH_NONE;
    struct stream *s = &t->streams[i];
    uint32_t slots = s->page_cap * PAGE_CELLS;
    if (s->faded > slots) s->faded = slots;
    *more = true;
    for (uint32_t seen = 0; s->faded && seen < max; seen += PAGE_CELLS) {
        uint32_t first = (s->faded - 1) / PAGE_CELLS * PAGE_CELLS;
        kith_err e = tell_joins(t, i, first, s->faded, out);
        if (e) return e;
        s->faded = first;
    }
    *more = s->faded > 0;
    return KITH_OK;
}

kith_err replica_up(struct tracker *t, uint64_t inc, struct changes *out)
{
    bool more;
    kith_err e = replica_know(t, inc);
    return e ? e : replica_show(t, inc, FADED, out, &more);
}

kith_err replica_fade(struct tracker *t, uint64_t inc, uint32_t max, struct changes *out,
                      bool *more)
{
    uint32_t i = find(t, inc), cell;
    if (i == STREAM_NONE) return KITH_NONE;
    struct stream *s = &t->streams[i];
    *more = true;
    for (uint32_t slot = s->faded; max && table_next_live(t, i, &slot, &cell); max--) {
        if (!table_cell(t, cell)->replaced) {
            kith_err e = tell(t, cell, false, out);
            if (e) return e;
            t->shown--;
        }
        s->faded = slot;
    }
    if (!max) return KITH_OK;
    s->faded = FADED;
    *more = false;
    return KITH_OK;
}

kith_err replica_down(struct tracker *t, uint64_t inc, struct changes *out)
{
    bool more;
    return replica_fade(t, inc, UINT32_MAX, out, &more);
}

kith_err replica_let_go(struct tracker *t, uint64_t inc, struct changes *out)
{
    kith_err e = replica_down(t, inc, out);
    if (e) return e;
    uint32_t i = find(t, inc);
    heirs_forget(t, i);
    t->streams[i].used = false;
    t->streams[i].going = true;
    return KITH_OK;
}

static void reap_page(struct tracker *t, uint32_t stream)
{
    uint32_t index = --t->streams[stream].page_cap, page = t->streams[stream].pages[index];
    for (uint32_t i = 0; page != CELL_NONE && i < PAGE_CELLS; i++)
        if (table_is_live(t, page * PAGE_CELLS + i)) table_empty(t, page * PAGE_CELLS + i);
    table_free_page(t, stream, index);
}

bool replica_reap(struct tracker *t, uint32_t max)
{
    uint32_t seen = 0;
    for (uint32_t i = OWN + 1; i < t->stream_count; i++) {
        struct stream *s = &t->streams[i];
        if (!s->going) continue;
        for (; s->page_cap && seen < max; seen += PAGE_CELLS)
            reap_page(t, i);
        if (s->page_cap) return true;
        free(s->pages);
        *s = (struct stream){0};
    }
    return false;
}

kith_err replica_forget(struct tracker *t, uint64_t inc, struct changes *out)
{
    kith_err e = replica_let_go(t, inc, out);
    if (!e) (void)replica_reap(t, UINT32_MAX);
    return e;
}

/* Applying */

static bool is_record(const struct record *r, uint64_t after, uint64_t last)
{
    if (r->seq <= after || r->seq > last || r->slot > FEED_SLOT_MAX) return false;
    if (r->empty) return true;
    return r->ref.seq != 0 && r->ref.seq <= DOT_SEQ_MAX && r->prev.seq <= DOT_SEQ_MAX &&
           r->replaces.seq <= DOT_SEQ_MAX && r->topic.len <= TOPIC_BYTES_MAX &&
           r->key.len <= TOPIC_BYTES_MAX && r->fields.len <= META_BYTES_MAX;
}

static bool is_section(const struct section *s)
{
    if (s->last < s->base || s->top < s->last || s->top > FEED_SEQ_MAX) return false;
    uint64_t after = s->base;
    for (uint32_t i = 0; i < s->count; after = s->records[i++].seq)
        if (!is_record(&s->records[i], after, s->last)) return false;
    return true;
}

/* One slot of a replica, and what a record makes of it. */
struct turn {
    struct tracker *t;
    struct stream *s;
    uint32_t cell;
    const struct record *r;
    struct changes *out;
};

/* What is shown is counted where it is told: here, what its stream holds. */
static void count_in(const struct turn *n)
{
    n->s->digest ^= table_digest(n->r->slot, n->r->seq);
    n->s->live++;
}

static void count_out(const struct turn *n)
{
    n->s->digest ^= table_digest(n->r->slot, table_last(n->t, n->cell));
    n->s->live--;
}

/* Leaves the slot as if nothing of it were known, should what follows fail. */
static kith_err leave(const struct turn *n)
{
    bool shown = !table_is_hidden(n->t, n->cell);
    kith_err e = shown ? tell(n->t, n->cell, false, n->out) : KITH_OK;
    if (e) return e;
    count_out(n);
    n->t->shown -= shown;
    table_empty(n->t, n->cell);
    table_cell(n->t, n->cell)->word = 0;
    return KITH_OK;
}

static kith_err join(const struct turn *n, const struct name *name, const struct content *c)
{
    uint64_t *word = &table_cell(n->t, n->cell)->word, before = *word;
    kith_err e = table_fill(n->t, n->cell, name, n->r->seq, c);
    if (e) return e;
    *word = table_word(n->r->seq, n->r->device);
    table_cell(n->t, n->cell)->replaced = n->r->replaced;
    e = heirs_show(n->t, n->cell, name, n->out);
    if (e) {
        table_empty(n->t, n->cell);
        *word = before;
        return e;
    }
    count_in(n);
    return KITH_OK;
}

/* What was told here before is what the new ref follows, whatever came between at the origin. */
static kith_err update(const struct turn *n, struct content *now)
{
    struct tracker *t = n->t;
    uint32_t told = n->out->count;
    struct content old = table_content(t, n->cell);
    now->refs.prev = old.refs.ref;
    kith_err e = KITH_OK;
    if (!table_is_hidden(t, n->cell)) {
        kith_slice topic, key;
        table_texts(t, n->cell, &topic, &key);
        struct meta old_meta = table_meta(t, &old), now_meta = table_meta(t, now);
        e = changes_add(n->out, topic, key, &old_meta, &now_meta);
    }
    if (!e) e = table_refill(t, n->cell, n->r->seq, now);
    if (e) {
        changes_cut(n->out, told);
        return e;
    }
    count_out(n);
    table_cell(t, n->cell)->word = table_word(n->r->seq, n->r->device);
    count_in(n);
    return KITH_OK;
}

/* The slot holds what the record says more of; and neither is a part of another stream's story. */
static bool updates(const struct turn *n, const struct name *name)
{
    uint32_t stream = table_page(n->t, n->cell)->stream;
    const struct cell *c = table_cell(n->t, n->cell);
    if (c->replaced || !table_is(n->t, n->cell, name)) return false;
    if (c->online_at_s != n->r->online_at_s) return false; /* another one, in the same slot */
    if (n->r->prev.seq && n->r->prev.inc != n->s->inc) return false;
    return !heirs_has_heir(n->t, stream, name, n->r->ref) &&
           !heirs_replaces(n->t, stream, name, n->r->replaces);
}

static kith_err put(const struct turn *n)
{
    const struct record *r = n->r;
    struct name name = r->numeric ? table_number(n->t, r->user)
                                  : table_name(n->t, r->topic, r->key);
    struct content c = {r->fields, r->online_at_s, {r->ref, r->prev, r->replaces}};
    if (!table_is_live(n->t, n->cell)) return join(n, &name, &c);
    if (updates(n, &name)) return update(n, &c);
    kith_err e = leave(n);
    return e ? e : join(n, &name, &c);
}

static kith_err apply(struct tracker *t, uint32_t stream, const struct record *r,
                      struct changes *out)
{
    struct turn n = {t, &t->streams[stream], CELL_NONE, r, out};
    kith_err e = table_make_slot(t, stream, r->slot, &n.cell);
    if (e || r->seq <= table_last(t, n.cell)) return e;
    if (!r->empty) return put(&n);
    if (table_is_live(t, n.cell)) e = leave(&n);
    if (!e) table_cell(t, n.cell)->word = r->seq;
    return e;
}

kith_err replica_apply(struct tracker *t, const struct section *s, struct changes *out)
{
    uint32_t i = find(t, s->inc);
    if (i == STREAM_NONE) return KITH_NONE;
    struct stream *stream = &t->streams[i];
    if (!is_section(s)) return KITH_BAD;
    if (s->last <= stream->cursor) return KITH_OK;
    if (s->base > stream->cursor && !MUTANT(NO_BASE_CHECK)) return KITH_LATER;
    for (uint32_t k = 0; k < s->count; k++) {
        kith_err e = apply(t, i, &s->records[k], out);
        if (e) return e;
        /* A section ends well behind any of its records. */
        if (s->records[k].seq > stream->cursor) stream->cursor = s->records[k].seq;
    }
    stream->cursor = s->last;
    if (s->top > stream->top) stream->top = s->top;
    return KITH_OK;
}

kith_err replica_doubt(struct tracker *t, uint64_t inc, struct changes *out)
{
    uint32_t i = find(t, inc);
    return i == STREAM_NONE ? KITH_NONE : heirs_doubt(t, i, out);
}

bool replica_doubts(const struct tracker *t, uint64_t inc)
{
    uint32_t i = find(t, inc);
    return i != STREAM_NONE && heirs_doubts(t, i);
}

kith_err replica_hide(struct tracker *t, kith_slice topic, kith_slice key)
{
    struct name n = table_name(t, topic, key);
    return heirs_hide(t, &n);
}

bool replica_doubtful(const struct tracker *t) { return t->replaced.count > 0; }

kith_err replica_position(const struct tracker *t, uint64_t inc, struct replica_position *out)
{
    if (inc == t->streams[OWN].inc) {
        uint64_t seq = feed_seq(t->feed);
        *out = (struct replica_position){seq, seq, t->streams[OWN].digest};
        return KITH_OK;
    }
    uint32_t i = find(t, inc);
    if (i == STREAM_NONE) return KITH_NONE;
    const struct stream *s = &t->streams[i];
    *out = (struct replica_position){s->cursor, s->top, s->digest};
    return KITH_OK;
}
