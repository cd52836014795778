/* core/tracker.c -- this node's own presence entries, and how all are read. */
#include "core/tracker.h"

#include "base/assert.h"
#include "base/limits.h"
#include "core/changes.h"
#include "core/table.h"

#include <stdlib.h>

enum { SCRATCH_BYTES = 64 }; /* user_presence: and 20 digits */

struct tracker *tracker_new(const struct tracker_options *o)
{
    struct tracker *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->o = *o;
    t->free_page = CELL_NONE;
    dots_init(&t->dots);
    t->feed = feed_new();
    t->metas = metas_new(&o->hash_key);
    t->streams = calloc(1, sizeof *t->streams);
    t->scratch = malloc(SCRATCH_BYTES);
    if (!t->feed || !t->metas || !t->streams || !t->scratch) {
        tracker_free(t);
        return NULL;
    }
    t->streams[OWN] = (struct stream){.inc = o->inc, .used = true};
    t->stream_count = 1;
    return t;
}

void tracker_free(struct tracker *t)
{
    if (!t) return;
    for (uint32_t i = 0; i < t->page_count; i++)
        free(t->pages[i].cells);
    for (uint32_t i = 0; i < t->stream_count; i++)
        free(t->streams[i].pages);
    free(t->pages);
    free(t->streams);
    free(t->scratch);
    map_fini(&t->topics);
    dots_fini(&t->dots);
    metas_free(t->metas);
    feed_free(t->feed);
    free(t);
}

/* Own entries */

static uint32_t find(const struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner)
{
    struct topic_name name = table_topic(t, topic);
    uint32_t at = table_first(t, &name);
    for (; at != CELL_NONE; at = table_cell(t, at)->next)
        if (table_page(t, at)->stream == OWN && table_cell(t, at)->word == owner &&
            table_is_key(t, at, &name, key))
            return at;
    return CELL_NONE;
}

static struct dot next_dot(const struct tracker *t)
{
    return (struct dot){t->o.inc, feed_seq(t->feed) + 1};
}

/* Puts an entry into the feed's next slot; `out` is told unless NULL. */
static kith_err put(struct tracker *t, uint64_t owner, const struct content *c, struct changes *out)
{
    uint32_t cell, slot = feed_peek(t->feed), told = out ? out->count : 0;
    uint64_t seq = next_dot(t).seq;
    kith_err e = slot > FEED_SLOT_MAX ? KITH_FULL : table_make_slot(t, OWN, slot, &cell);
    if (!e) e = table_fill(t, cell, seq, c);
    if (e) return e;
    struct meta now = table_meta_of(t, c);
    if (out) e = changes_add(out, c->topic, c->key, NULL, &now);
    if (e) goto empty;
    e = feed_put(t->feed, 0, &slot, &seq);
    if (e) goto untell;
    table_cell(t, cell)->word = owner;
    t->streams[OWN].live++;
    t->streams[OWN].digest ^= table_digest(slot, seq);
    t->shown++;
    return KITH_OK;

untell:
    if (out) changes_cut(out, told);
empty:
    table_empty(t, cell);
    return e;
}

static kith_err may_put(const struct tracker *t, const struct content *c, uint64_t owner)
{
    KITH_ASSERT(owner != 0);
    if (c->topic.len > TOPIC_BYTES_MAX || c->key.len > TOPIC_BYTES_MAX) return KITH_FULL;
    if (c->fields.len > META_BYTES_MAX) return KITH_FULL;
    if (find(t, c->topic, c->key, owner) != CELL_NONE) return KITH_EXISTS;
    return t->o.entries_max && t->shown >= t->o.entries_max ? KITH_FULL : KITH_OK;
}

kith_err tracker_track(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                       uint32_t online_at_s, kith_slice fields, struct changes *out)
{
    struct content c = {topic, key, fields, online_at_s, .ref = next_dot(t)};
    kith_err e = may_put(t, &c, owner);
    return e ? e : put(t, owner, &c, out);
}

kith_err tracker_restore(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                         const struct meta *meta, struct dot ref, struct dot prev)
{
    struct content c = {topic, key, meta->fields, meta->online_at_s, ref, prev};
    kith_err e = may_put(t, &c, owner);
    if (!e && ref.seq == 0) e = KITH_BAD;
    return e ? e : put(t, owner, &c, NULL);
}

/* The slot's change goes into the digest. */
static void restamp(struct tracker *t, uint32_t slot, uint64_t before, uint64_t after)
{
    t->streams[OWN].digest ^= table_digest(slot, before);
    if (after) t->streams[OWN].digest ^= table_digest(slot, after);
}

kith_err tracker_update(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                        kith_slice fields, struct changes *out)
{
    uint32_t cell = find(t, topic, key, owner), told = out->count;
    if (cell == CELL_NONE) return KITH_NONE;
    if (fields.len > META_BYTES_MAX) return KITH_FULL;
    struct content c = {topic, key, fields, table_cell(t, cell)->online_at_s, .ref = next_dot(t)};
    struct dot before_that;
    table_dots(t, cell, &c.prev, &before_that);
    struct meta old = table_meta(t, cell), now = table_meta_of(t, &c);
    kith_err e = changes_add(out, topic, key, &old, &now);
    if (e) return e;
    e = c.ref.seq > FEED_SEQ_MAX / 2 ? KITH_FULL : table_refill(t, cell, c.ref.seq, &c);
    if (e) {
        changes_cut(out, told);
        return e;
    }
    uint32_t slot = table_slot(t, cell);
    uint64_t before = feed_last(t->feed, slot);
    restamp(t, slot, before, feed_change(t->feed, slot));
    return KITH_OK;
}

static kith_err tell_leave(struct tracker *t, uint32_t cell, struct changes *out)
{
    kith_slice topic, key;
    table_names(t, cell, &topic, &key);
    struct meta old = table_meta(t, cell);
    return changes_add(out, topic, key, &old, NULL);
}

/* Of an entry whose leave is told. */
static void drop(struct tracker *t, uint32_t cell)
{
    uint32_t slot = table_slot(t, cell);
    table_empty(t, cell);
    restamp(t, slot, feed_last(t->feed, slot), 0);
    (void)feed_clear(t->feed, slot);
    t->streams[OWN].live--;
    t->shown--;
}

kith_err tracker_untrack_number(struct tracker *t, uint32_t number, struct changes *out)
{
    kith_err e = tell_leave(t, number, out);
    if (!e) drop(t, number);
    return e;
}

kith_err tracker_untrack(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                         struct changes *out)
{
    uint32_t cell = find(t, topic, key, owner);
    return cell == CELL_NONE ? KITH_OK : tracker_untrack_number(t, cell, out);
}

static bool is_owned(const struct tracker *t, uint32_t slot, uint64_t owner, uint32_t *cell)
{
    *cell = table_find_slot(t, OWN, slot);
    return *cell != CELL_NONE && table_cell(t, *cell)->fields != META_NONE &&
           table_cell(t, *cell)->word == owner;
}

/* A search through all own entries: an index by owner would cost each of them 7 bytes. */
kith_err tracker_untrack_owner(struct tracker *t, uint64_t owner, struct changes *out)
{
    uint32_t cell, told = out->count, slots = t->streams[OWN].page_cap * PAGE_CELLS;
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (!is_owned(t, slot, owner, &cell)) continue;
        kith_err e = tell_leave(t, cell, out);
        if (e) {
            changes_cut(out, told);
            return e;
        }
    }
    for (uint32_t slot = 0; slot < slots; slot++)
        if (is_owned(t, slot, owner, &cell)) drop(t, cell);
    return KITH_OK;
}

kith_err tracker_adopt(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                       uint64_t new_owner)
{
    KITH_ASSERT(new_owner != 0);
    uint32_t cell = find(t, topic, key, owner);
    if (cell == CELL_NONE) return KITH_NONE;
    if (find(t, topic, key, new_owner) != CELL_NONE) return KITH_EXISTS;
    table_cell(t, cell)->word = new_owner;
    return KITH_OK;
}

kith_err tracker_give(struct tracker *t, uint32_t number, uint64_t new_owner)
{
    kith_slice topic, key;
    table_names(t, number, &topic, &key);
    return tracker_adopt(t, topic, key, table_cell(t, number)->word, new_owner);
}

uint32_t tracker_find(const struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner)
{
    return find(t, topic, key, owner);
}

uint64_t tracker_owner(const struct tracker *t, uint32_t number)
{
    if (number / PAGE_CELLS >= t->page_count || !table_page(t, number)->cells) return 0;
    const struct cell *c = table_cell(t, number);
    return table_page(t, number)->stream == OWN && c->fields != META_NONE ? c->word : 0;
}

uint32_t tracker_tag(const struct tracker *t, uint32_t number)
{
    return feed_value(t->feed, table_slot(t, number));
}

void tracker_set_tag(struct tracker *t, uint32_t number, uint32_t tag)
{
    feed_set_value(t->feed, table_slot(t, number), tag);
}

/* Reading */

static void read_entry(const struct tracker *t, uint32_t cell, struct entry *out)
{
    table_entry(t, cell, out);
    out->number = out->owner ? cell : TRACKER_NONE;
}

bool tracker_next(const struct tracker *t, kith_slice topic, struct tracker_walk *w,
                  struct entry *out)
{
    struct topic_name name = table_topic(t, topic);
    uint32_t at = w->started ? w->at : table_first(t, &name);
    while (at != CELL_NONE && table_stream(t, at)->hidden)
        at = table_cell(t, at)->next;
    w->started = true;
    w->at = at;
    if (at == CELL_NONE) return false;
    read_entry(t, at, out);
    const struct cell *c = table_cell(t, at);
    out->key = c->named ? metas_get(t->metas, (meta_id)c->id)
                        : slice_from(topic, sizeof "user_presence:" - 1);
    w->at = c->next;
    return true;
}

static bool is_shown(const struct tracker *t, uint32_t cell)
{
    return table_page(t, cell)->cells && table_cell(t, cell)->fields != META_NONE &&
           !table_stream(t, cell)->hidden;
}

bool tracker_next_any(const struct tracker *t, struct tracker_walk *w, kith_slice *topic,
                      struct entry *out)
{
    uint32_t end = t->page_count * PAGE_CELLS;
    while (w->at < end && !is_shown(t, w->at))
        w->at++;
    if (w->at >= end) return false;
    read_entry(t, w->at, out);
    table_names(t, w->at, topic, &out->key);
    w->at++;
    return true;
}

uint64_t tracker_count(const struct tracker *t) { return t->shown; }

uint64_t tracker_bytes(const struct tracker *t)
{
    uint64_t sum = sizeof *t + feed_bytes(t->feed) + metas_bytes(t->metas) + dots_bytes(&t->dots) +
                   heap_chunk(t->topics.cap * sizeof *t->topics.cells) +
                   heap_chunk(t->page_cap * sizeof *t->pages) +
                   heap_chunk(t->stream_count * sizeof *t->streams) + heap_chunk(SCRATCH_BYTES);
    for (uint32_t i = 0; i < t->page_count; i++)
        if (t->pages[i].cells) sum += heap_chunk(PAGE_CELLS * sizeof(struct cell));
    for (uint32_t i = 0; i < t->stream_count; i++)
        sum += heap_chunk(t->streams[i].page_cap * sizeof *t->streams[i].pages);
    return sum;
}
