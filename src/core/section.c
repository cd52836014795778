/* core/section.c -- cutting a stream's changes into sections: of this node's feed, which has them
 * in order, and of a replica, whose slots are searched. */
#include "core/replica.h"

#include "base/assert.h"
#include "base/mutant.h"
#include "core/table.h"

#include <stdlib.h>

void section_fini(struct section *s)
{
    free(s->records);
    *s = (struct section){0};
}

static struct record make_record(const struct tracker *t, uint32_t cell, uint32_t slot,
                                 uint64_t seq)
{
    struct record r = {.seq = seq, .slot = slot, .empty = !table_is_live(t, cell)};
    if (r.empty) return r;
    const struct cell *c = table_cell(t, cell);
    struct content content = table_content(t, cell);
    r.numeric = !c->named;
    if (r.numeric)
        r.user = c->id;
    else
        table_texts(t, cell, &r.topic, &r.key);
    r.fields = content.fields;
    r.online_at_s = content.online_at_s;
    r.ref = content.refs.ref;
    r.prev = content.refs.prev;
    r.replaces = content.refs.replaces;
    r.device = table_device(t, cell);
    r.replaced = c->replaced;
    return r;
}

static kith_err grow(struct section *s, uint32_t *cap)
{
    if (s->count < *cap) return KITH_OK;
    uint32_t more = *cap ? *cap * 2 : 8;
    struct record *records = realloc(s->records, more * sizeof *records);
    if (!records) return KITH_NOMEM;
    s->records = records;
    *cap = more;
    return KITH_OK;
}

static kith_err cut_own(const struct tracker *t, uint32_t records_max, struct section *s,
                        bool *more)
{
    uint32_t cap = 0;
    struct feed_item item;
    for (struct feed_walk w = feed_since(t->feed, s->base); feed_next(t->feed, &w, &item);) {
        if (s->count == records_max) {
            *more = true;
            return KITH_OK;
        }
        kith_err e = grow(s, &cap);
        if (e) return e;
        s->records[s->count] =
            make_record(t, table_find_slot(t, OWN, item.slot), item.slot, item.seq);
        s->count += !(MUTANT(NO_TOMBSTONES) && s->records[s->count].empty);
    }
    return KITH_OK;
}

/* The slots of a replica that changed since, in order. */
struct change_at {
    uint64_t seq;
    uint32_t slot;
};

static int earlier(const void *a, const void *b)
{
    uint64_t x = ((const struct change_at *)a)->seq, y = ((const struct change_at *)b)->seq;
    return (x > y) - (x < y);
}

/* How many; `out` may be NULL. */
static uint32_t find_changes(const struct tracker *t, uint32_t stream, uint64_t from,
                             struct change_at *out)
{
    const struct stream *s = &t->streams[stream];
    uint32_t n = 0;
    for (uint32_t page = 0; page < s->page_cap; page++) {
        if (s->pages[page] == CELL_NONE) continue;
        for (uint32_t i = 0; i < PAGE_CELLS; i++) {
            uint32_t cell = s->pages[page] * PAGE_CELLS + i;
            uint64_t seq = table_last(t, cell);
            if (seq <= from) continue;
            if (out) out[n] = (struct change_at){seq, page * PAGE_CELLS + i};
            n++;
        }
    }
    return n;
}

/* Each number once, as its node gives them: one that gave two slots the same is mistaken, which is
 * not to be passed on. How many are left. */
static uint32_t drop_twins(struct change_at *changed, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!kept || changed[i].seq > changed[kept - 1].seq) changed[kept++] = changed[i];
    return kept;
}

static kith_err cut_replica(const struct tracker *t, uint32_t stream, uint32_t records_max,
                            struct section *s, bool *more)
{
    if (s->base >= t->streams[stream].cursor) return KITH_OK; /* mostly so: no slot is newer */
    uint32_t n = find_changes(t, stream, s->base, NULL), count = n < records_max ? n : records_max;
    struct change_at *changed = malloc((n + 1) * sizeof *changed);
    s->records = malloc((count + 1) * sizeof *s->records);
    if (!changed || !s->records) {
        free(changed);
        return KITH_NOMEM;
    }
    (void)find_changes(t, stream, s->base, changed);
    qsort(changed, n, sizeof *changed, earlier);
    n = drop_twins(changed, n);
    count = n < records_max ? n : records_max;
    for (uint32_t i = 0; i < count; i++)
        s->records[i] = make_record(t, table_find_slot(t, stream, changed[i].slot), changed[i].slot,
                                    changed[i].seq);
    s->count = count;
    *more = count < n;
    free(changed);
    return KITH_OK;
}

static kith_err find_stream(const struct tracker *t, uint64_t inc, uint32_t *out)
{
    for (*out = OWN; *out < t->stream_count; ++*out)
        if (t->streams[*out].used && t->streams[*out].inc == inc) return KITH_OK;
    return KITH_NONE;
}

kith_err replica_cut(const struct tracker *t, uint64_t inc, uint64_t from, uint32_t records_max,
                     struct section *out, bool *more)
{
    KITH_ASSERT(records_max > 0);
    uint32_t stream;
    kith_err e = find_stream(t, inc, &stream);
    if (e) return e;
    const struct stream *s = &t->streams[stream];
    uint64_t seq = stream == OWN ? feed_seq(t->feed) : s->cursor;
    *out = (struct section){.inc = inc, .base = from, .last = from > seq ? from : seq};
    out->top = s->top > out->last ? s->top : out->last;
    *more = false;
    e = stream == OWN ? cut_own(t, records_max, out, more)
                      : cut_replica(t, stream, records_max, out, more);
    if (e) section_fini(out);
    if (!e && *more && !MUTANT(CUT_ENDS_LATE)) out->last = out->records[out->count - 1].seq;
    return e;
}
