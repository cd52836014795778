/* core/tracker.c -- this node's own presence entries, and how all are read. */
#include "core/tracker.h"

#include "base/assert.h"
#include "base/limits.h"
#include "core/heirs.h"
#include "core/table.h"

#include <stdlib.h>

_Static_assert(OWNER_LOST == TRACKER_LOST, "one bit under two names");

enum { SCRATCH_BYTES = 64 }; /* user_presence: and 20 digits */

struct tracker *tracker_new(const struct tracker_options *o)
{
    struct tracker *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->partition = o->partition;
    t->entries_max = o->entries_max;
    t->ref_key = o->ref_key;
    t->hash_key = o->hash_key;
    t->news = o->news;
    t->news_bit = (uint64_t)1 << o->news_bit % 64;
    t->free_page = CELL_NONE;
    t->listed_last = CELL_NONE;
    t->topics.mask = 2 * CELLS_MAX - 1; /* any cell may become its topic's first */
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
    free(t->replaced.items);
    free(t->scratch);
    map_fini(&t->topics);
    dots_fini(&t->dots);
    metas_free(t->metas);
    feed_free(t->feed);
    free(t);
}

/* Own entries */

static uint32_t find(const struct tracker *t, const struct name *n, uint64_t owner)
{
    uint32_t at = table_may_have(t, n) ? table_first(t, n) : CELL_NONE;
    for (; at != CELL_NONE; at = table_cell(t, at)->next)
        if (table_page(t, at)->stream == OWN && table_cell(t, at)->word == owner &&
            table_is(t, at, n))
            return at;
    return CELL_NONE;
}

uint32_t tracker_find(const struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner)
{
    struct name n = table_name(t, topic, key);
    return find(t, &n, owner);
}

static uint32_t first_of(const struct tracker *t, kith_slice topic)
{
    struct name n = table_name(t, topic, (kith_slice){0});
    return table_first(t, &n);
}

/* Puts an entry into the feed's next slot, and tells it unless `out` is NULL. */
static kith_err put(struct tracker *t, const struct name *n, uint64_t owner,
                    const struct content *c, struct changes *out)
{
    uint32_t cell, slot = feed_peek(t->feed);
    uint64_t seq = table_next_dot(t).seq;
    if (slot > FEED_SLOT_MAX) return KITH_FULL;
    kith_err e = table_make_slot(t, OWN, slot, &cell);
    if (!e) e = table_fill(t, cell, n, seq, c);
    if (e) return e;
    e = feed_put(t->feed, 0, &slot, &seq);
    if (e) goto empty;
    table_has_news(t);
    table_cell(t, cell)->word = owner;
    if (out) e = heirs_show(t, cell, n, out);
    if (e) goto clear;
    t->shown += !out;
    t->streams[OWN].digest ^= table_digest(slot, seq);
    t->streams[OWN].live++;
    return KITH_OK;

clear: /* its number stands for nothing */
    (void)feed_clear(t->feed, slot);
empty:
    table_empty(t, cell);
    return e;
}

static kith_err may_put(const struct tracker *t, const struct name *n, uint64_t owner,
                        kith_slice fields)
{
    KITH_ASSERT(owner != 0);
    if (n->topic.len > TOPIC_BYTES_MAX || n->key.len > TOPIC_BYTES_MAX) return KITH_FULL;
    if (fields.len > META_BYTES_MAX) return KITH_FULL;
    if (find(t, n, owner) != CELL_NONE) return KITH_EXISTS;
    return t->entries_max && t->shown >= t->entries_max ? KITH_FULL : KITH_OK;
}

kith_err tracker_track(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                       uint32_t online_at_s, kith_slice fields, struct changes *out)
{
    struct name n = table_name(t, topic, key);
    struct content c = {fields, online_at_s, {.ref = table_next_dot(t)}};
    kith_err e = may_put(t, &n, owner, fields);
    return e ? e : put(t, &n, owner, &c, out);
}

/* The other node's entry, if it is shown and of this name. */
static uint32_t find_place(const struct tracker *t, const struct name *n, const struct place *from)
{
    for (uint32_t i = OWN + 1; i < t->stream_count; i++) {
        if (!t->streams[i].used || t->streams[i].inc != from->inc) continue;
        uint32_t cell = table_find_slot(t, i, from->slot);
        bool good = cell != CELL_NONE && table_is_live(t, cell) && !table_is_hidden(t, cell);
        return good && table_is(t, cell, n) ? cell : CELL_NONE;
    }
    return CELL_NONE;
}

kith_err tracker_take_over(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                           const struct place *from, kith_slice fields, struct changes *out)
{
    struct name n = table_name(t, topic, key);
    uint32_t cell = find_place(t, &n, from);
    if (cell == CELL_NONE) return KITH_NONE;
    struct content old = table_content(t, cell);
    struct content c = {fields.len ? fields : old.fields,
                        old.online_at_s,
                        {.ref = table_next_dot(t), .prev = old.refs.ref}};
    kith_err e = may_put(t, &n, owner, c.fields);
    return e ? e : put(t, &n, owner, &c, out);
}

kith_err tracker_restore(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                         const struct meta *meta, struct dot ref, struct dot prev)
{
    if (ref.seq == 0) return KITH_BAD;
    struct name n = table_name(t, topic, key);
    struct content c = {meta->fields, meta->online_at_s, {.ref = ref, .prev = prev}};
    kith_err e = may_put(t, &n, owner, c.fields);
    return e ? e : put(t, &n, owner, &c, NULL);
}

static kith_err tell_update(struct tracker *t, uint32_t cell, const struct content *old,
                            const struct content *now, struct changes *out)
{
    kith_slice topic, key;
    table_texts(t, cell, &topic, &key);
    struct meta old_meta = table_meta(t, old), now_meta = table_meta(t, now);
    return changes_add(out, topic, key, &old_meta, &now_meta);
}

kith_err tracker_update_number(struct tracker *t, uint32_t number, kith_slice fields,
                               struct changes *out)
{
    if (fields.len > META_BYTES_MAX) return KITH_FULL;
    struct content old = table_content(t, number);
    struct content now = {fields, old.online_at_s, heirs_next_refs(t, number, old.refs.ref)};
    uint32_t told = out->count;
    kith_err e = tell_update(t, number, &old, &now, out);
    if (!e) e = table_change(t, number, &now);
    if (e) changes_cut(out, told);
    return e;
}

kith_err tracker_update(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                        kith_slice fields, struct changes *out)
{
    uint32_t number = tracker_find(t, topic, key, owner);
    return number == CELL_NONE ? KITH_NONE : tracker_update_number(t, number, fields, out);
}

static kith_err tell_leave(struct tracker *t, uint32_t cell, struct changes *out)
{
    kith_slice topic, key;
    bool hidden = table_is_hidden(t, cell);
    if (hidden && !out->of_replaced) return KITH_OK;
    table_texts(t, cell, &topic, &key);
    struct content old = table_content(t, cell);
    struct meta meta = table_meta(t, &old);
    kith_err e = changes_add(out, topic, key, &meta, NULL);
    if (!e) out->items[out->count - 1].replaced = hidden;
    return e;
}

/* Of an entry whose leave is told. */
static void drop(struct tracker *t, uint32_t cell)
{
    uint32_t slot = table_slot(t, cell);
    t->shown -= !table_is_hidden(t, cell);
    table_empty(t, cell);
    t->streams[OWN].digest ^= table_digest(slot, feed_last(t->feed, slot));
    (void)feed_clear(t->feed, slot);
    table_has_news(t);
    t->streams[OWN].live--;
}

kith_err tracker_untrack_number(struct tracker *t, uint32_t number, struct changes *out)
{
    kith_err e = tell_leave(t, number, out);
    if (!e) drop(t, number);
    return e;
}

kith_err tracker_move(struct tracker *t, uint32_t number, struct tracker *to, uint32_t now_s,
                      struct changes *out)
{
    KITH_ASSERT(t != to);
    kith_slice topic, key;
    uint64_t owner = table_cell(t, number)->word;
    uint32_t told = out->count, tag = tracker_tag(t, number);
    kith_err e = tell_leave(t, number, out);
    table_texts(t, number, &topic, &key);
    if (!e) e = tracker_track(to, topic, key, owner, now_s, tracker_fields(t, number), out);
    if (e) {
        changes_cut(out, told);
        return e;
    }
    tracker_set_tag(to, tracker_find(to, topic, key, owner), tag);
    drop(t, number);
    return KITH_OK;
}

/* The times first, which cannot fail: the entries of a topic stand in their order. */
kith_err tracker_renew(struct tracker *t, kith_slice topic, uint32_t now_s)
{
    kith_err e = KITH_OK;
    uint32_t first = first_of(t, topic);
    for (uint32_t at = first; at != CELL_NONE; at = table_cell(t, at)->next)
        if (table_is_shown_own(t, at)) table_cell(t, at)->online_at_s = now_s;
    for (uint32_t at = first; at != CELL_NONE && !e; at = table_cell(t, at)->next) {
        if (!table_is_shown_own(t, at)) continue;
        struct refs refs = heirs_next_refs(t, at, (struct dot){0});
        e = table_change(t, at, &(struct content){tracker_fields(t, at), now_s, refs});
    }
    return e;
}

kith_err tracker_untrack(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                         struct changes *out)
{
    uint32_t cell = tracker_find(t, topic, key, owner);
    return cell == CELL_NONE ? KITH_OK : tracker_untrack_number(t, cell, out);
}

/* A search through all own entries: an index by owner would cost each of them 7 bytes. */
kith_err tracker_untrack_owner(struct tracker *t, uint64_t owner, struct changes *out)
{
    uint32_t cell, told = out->count;
    bool any = false;
    for (uint32_t slot = 0; table_next_live(t, OWN, &slot, &cell);) {
        if (table_cell(t, cell)->word != owner) continue;
        kith_err e = tell_leave(t, cell, out);
        any = true;
        if (e) {
            changes_cut(out, told);
            return e;
        }
    }
    for (uint32_t slot = 0; any && table_next_live(t, OWN, &slot, &cell);)
        if (table_cell(t, cell)->word == owner) drop(t, cell);
    return KITH_OK;
}

kith_err tracker_adopt(struct tracker *t, kith_slice topic, kith_slice key, uint64_t owner,
                       uint64_t new_owner)
{
    KITH_ASSERT(new_owner != 0);
    struct name n = table_name(t, topic, key);
    uint32_t cell = find(t, &n, owner);
    if (cell == CELL_NONE) return KITH_NONE;
    if (find(t, &n, new_owner) != CELL_NONE) return KITH_EXISTS;
    table_cell(t, cell)->word = new_owner;
    return KITH_OK;
}

kith_err tracker_give(struct tracker *t, uint32_t number, uint64_t new_owner)
{
    kith_slice topic, key;
    table_texts(t, number, &topic, &key);
    return tracker_adopt(t, topic, key, table_cell(t, number)->word, new_owner);
}

uint64_t tracker_owner(const struct tracker *t, uint32_t number)
{
    if (number / PAGE_CELLS >= t->page_count || !table_is_live(t, number)) return 0;
    return table_page(t, number)->stream == OWN ? table_cell(t, number)->word : 0;
}

uint32_t tracker_slot(const struct tracker *t, uint32_t number) { return table_slot(t, number); }

uint32_t tracker_tag(const struct tracker *t, uint32_t number)
{
    return feed_value(t->feed, table_slot(t, number));
}

kith_slice tracker_fields(const struct tracker *t, uint32_t number)
{
    return metas_get(t->metas, table_cell(t, number)->fields);
}

void tracker_set_tag(struct tracker *t, uint32_t number, uint32_t tag)
{
    feed_set_value(t->feed, table_slot(t, number), tag);
}

uint64_t tracker_count(const struct tracker *t) { return t->shown; }

uint64_t tracker_bytes(const struct tracker *t)
{
    return sizeof *t + SCRATCH_BYTES + feed_bytes(t->feed) + metas_bytes(t->metas) +
           dots_bytes(&t->dots) + heap_chunk(t->replaced.cap * sizeof *t->replaced.items) +
           heap_chunk(t->topics.cap * sizeof *t->topics.cells) + table_page_bytes(t);
}
