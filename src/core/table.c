/* core/table.c -- the entries of one partition: cells, and the topics that list them. */
#include "core/table.h"

#include "base/assert.h"
#include "base/limits.h"
#include "core/ref.h"

#include <stdlib.h>

enum { BACK_MAX = (1u << 30) - 1 };

static const char numeric_prefix[] = "user_presence:";
enum { PREFIX = sizeof numeric_prefix - 1 };

static uint64_t hash_number(const struct tracker *t, uint64_t number)
{
    return siphash13(&t->o.hash_key, slice_of(&number, sizeof number));
}

struct topic_name table_topic(const struct tracker *t, kith_slice topic)
{
    struct topic_name n = {.bytes = topic};
    n.numeric = slice_starts(topic, slice_of(numeric_prefix, PREFIX)) &&
                slice_u64(slice_from(topic, PREFIX), &n.number);
    n.hash = n.numeric ? hash_number(t, n.number) : siphash13(&t->o.hash_key, topic);
    return n;
}

static kith_slice topic_of_named(const struct tracker *t, const struct cell *c)
{
    return metas_get(t->metas, (meta_id)(c->id >> 32));
}

static uint64_t hash_of(const void *owner, uint32_t cell)
{
    const struct tracker *t = owner;
    const struct cell *c = table_cell(t, cell);
    return c->named ? table_topic(t, topic_of_named(t, c)).hash : hash_number(t, c->id);
}

static bool is_topic(const struct tracker *t, const struct cell *c, const struct topic_name *topic)
{
    if (c->named) return slice_eq(topic_of_named(t, c), topic->bytes);
    return topic->numeric && c->id == topic->number;
}

uint32_t table_first(const struct tracker *t, const struct topic_name *topic)
{
    struct map_probe probe = map_probe(topic->hash);
    for (uint32_t cell; (cell = map_next(&t->topics, &probe)) != MAP_NONE;)
        if (is_topic(t, table_cell(t, cell), topic)) return cell;
    return CELL_NONE;
}

/* The key that the number of a numeric topic stands for, too. */
static kith_slice number_text(const struct topic_name *topic)
{
    return slice_from(topic->bytes, PREFIX);
}

static bool is_numeric(const struct topic_name *topic, kith_slice key)
{
    return topic->numeric && slice_eq(number_text(topic), key);
}

bool table_is_key(const struct tracker *t, uint32_t cell, const struct topic_name *topic,
                  kith_slice key)
{
    const struct cell *c = table_cell(t, cell);
    if (!c->named) return is_numeric(topic, key);
    return slice_eq(metas_get(t->metas, (meta_id)c->id), key);
}

void table_names(const struct tracker *t, uint32_t cell, kith_slice *topic, kith_slice *key)
{
    const struct cell *c = table_cell(t, cell);
    if (c->named) {
        *topic = topic_of_named(t, c);
        *key = metas_get(t->metas, (meta_id)c->id);
        return;
    }
    uint8_t digits[20], *at = digits + sizeof digits;
    uint64_t n = c->id;
    do
        *--at = (uint8_t)('0' + n % 10);
    while (n /= 10);
    size_t len = (size_t)(digits + sizeof digits - at);
    memcpy(t->scratch, numeric_prefix, PREFIX);
    memcpy(t->scratch + PREFIX, at, len);
    *topic = slice_of(t->scratch, PREFIX + len);
    *key = slice_from(*topic, PREFIX);
}

/* Pages */

uint32_t table_find_slot(const struct tracker *t, uint32_t stream, uint32_t slot)
{
    const struct stream *s = &t->streams[stream];
    if (slot / PAGE_CELLS >= s->page_cap) return CELL_NONE;
    uint32_t page = s->pages[slot / PAGE_CELLS];
    return page == CELL_NONE ? CELL_NONE : page * PAGE_CELLS + slot % PAGE_CELLS;
}

static kith_err make_directory(struct stream *s, uint32_t index)
{
    if (index < s->page_cap) return KITH_OK;
    uint32_t cap = index + index / 4 + 1;
    uint32_t *pages = realloc(s->pages, cap * sizeof *pages);
    if (!pages) return KITH_NOMEM;
    memset(pages + s->page_cap, 0xff, (cap - s->page_cap) * sizeof *pages);
    s->pages = pages;
    s->page_cap = cap;
    return KITH_OK;
}

static kith_err take_page_number(struct tracker *t, uint32_t *out)
{
    if (t->free_page != CELL_NONE) {
        *out = t->free_page;
        t->free_page = t->pages[*out].first;
        return KITH_OK;
    }
    if (t->page_count == CELL_NONE / PAGE_CELLS) return KITH_FULL;
    if (t->page_count == t->page_cap) {
        uint32_t cap = t->page_cap + t->page_cap / 4 + 4;
        struct page *pages = realloc(t->pages, cap * sizeof *pages);
        if (!pages) return KITH_NOMEM;
        t->pages = pages;
        t->page_cap = cap;
    }
    *out = t->page_count++;
    return KITH_OK;
}

static struct cell *new_cells(void)
{
    struct cell *cells = calloc(PAGE_CELLS, sizeof *cells);
    for (uint32_t i = 0; cells && i < PAGE_CELLS; i++)
        cells[i].fields = META_NONE;
    return cells;
}

static kith_err make_page(struct tracker *t, uint32_t stream, uint32_t index)
{
    struct cell *cells = new_cells();
    uint32_t page;
    kith_err e = cells ? make_directory(&t->streams[stream], index) : KITH_NOMEM;
    if (!e) e = take_page_number(t, &page);
    if (e) {
        free(cells);
        return e;
    }
    t->pages[page] = (struct page){cells, index * PAGE_CELLS, stream};
    t->streams[stream].pages[index] = page;
    return KITH_OK;
}

kith_err table_make_slot(struct tracker *t, uint32_t stream, uint32_t slot, uint32_t *cell)
{
    *cell = table_find_slot(t, stream, slot);
    if (*cell != CELL_NONE) return KITH_OK;
    kith_err e = make_page(t, stream, slot / PAGE_CELLS);
    if (!e) *cell = table_find_slot(t, stream, slot);
    return e;
}

void table_free_pages(struct tracker *t, uint32_t stream)
{
    struct stream *s = &t->streams[stream];
    for (uint32_t i = 0; i < s->page_cap; i++) {
        uint32_t page = s->pages[i];
        if (page == CELL_NONE) continue;
        free(t->pages[page].cells);
        t->pages[page] = (struct page){.first = t->free_page};
        t->free_page = page;
    }
    free(s->pages);
    s->pages = NULL;
    s->page_cap = 0;
}

/* Dots */

uint64_t table_last(const struct tracker *t, uint32_t cell)
{
    if (table_page(t, cell)->stream == OWN) return feed_last(t->feed, table_slot(t, cell));
    return table_cell(t, cell)->word;
}

void table_dots(const struct tracker *t, uint32_t cell, struct dot *ref, struct dot *prev)
{
    const struct cell *c = table_cell(t, cell);
    if (c->odd) {
        dots_get(&t->dots, c->back, ref, prev);
        return;
    }
    *ref = (struct dot){table_stream(t, cell)->inc, table_last(t, cell)};
    *prev = c->back ? (struct dot){ref->inc, ref->seq - c->back} : (struct dot){0};
}

static bool is_plain(uint64_t inc, uint64_t last, const struct content *c)
{
    if (c->ref.inc != inc || c->ref.seq != last) return false;
    return c->prev.seq == 0 ||
           (c->prev.inc == inc && c->prev.seq < last && last - c->prev.seq <= BACK_MAX);
}

static kith_err make_back(struct tracker *t, uint32_t cell, uint64_t last, const struct content *c,
                          struct cell *out)
{
    out->odd = !is_plain(table_stream(t, cell)->inc, last, c);
    uint32_t back = 0;
    if (out->odd) {
        kith_err e = dots_take(&t->dots, c->ref, c->prev, &back);
        if (e) return e;
    } else if (c->prev.seq) {
        back = (uint32_t)(last - c->prev.seq);
    }
    KITH_ASSERT(back <= BACK_MAX); /* pairs are fewer than cells, and those fewer than 2^30 */
    out->back = back & BACK_MAX;
    return KITH_OK;
}

static void drop_back(struct tracker *t, const struct cell *c)
{
    if (c->odd) dots_drop(&t->dots, c->back);
}

/* Filling and emptying */

static kith_err take_names(struct tracker *t, const struct topic_name *topic, kith_slice key,
                           struct cell *out)
{
    out->named = !is_numeric(topic, key);
    out->id = topic->number;
    if (!out->named) return KITH_OK;
    meta_id topic_id, key_id;
    kith_err e = metas_take(t->metas, topic->bytes, &topic_id);
    if (e) return e;
    e = metas_take(t->metas, key, &key_id);
    if (e) metas_drop(t->metas, topic_id);
    out->id = (uint64_t)topic_id << 32 | key_id;
    return e;
}

static void drop_names(struct tracker *t, const struct cell *c)
{
    if (!c->named) return;
    metas_drop(t->metas, (meta_id)(c->id >> 32));
    metas_drop(t->metas, (meta_id)c->id);
}

/* Behind all of the topic that came online no later: the same order on every node. */
static kith_err list(struct tracker *t, uint32_t cell, const struct topic_name *topic)
{
    struct cell *c = table_cell(t, cell);
    uint32_t first = table_first(t, topic);
    if (first == CELL_NONE) {
        c->next = CELL_NONE;
        return map_add(&t->topics, topic->hash, cell, hash_of, t);
    }
    if (table_cell(t, first)->online_at_s > c->online_at_s) {
        c->next = first;
        map_replace(&t->topics, topic->hash, first, cell);
        return KITH_OK;
    }
    struct cell *before = table_cell(t, first);
    while (before->next != CELL_NONE && table_cell(t, before->next)->online_at_s <= c->online_at_s)
        before = table_cell(t, before->next);
    c->next = before->next;
    before->next = cell;
    return KITH_OK;
}

static void unlist(struct tracker *t, uint32_t cell)
{
    kith_slice topic_bytes, key;
    table_names(t, cell, &topic_bytes, &key);
    struct topic_name topic = table_topic(t, topic_bytes);
    uint32_t at = table_first(t, &topic), next = table_cell(t, cell)->next;
    if (at == cell) {
        if (next == CELL_NONE)
            map_remove(&t->topics, topic.hash, cell);
        else
            map_replace(&t->topics, topic.hash, cell, next);
        return;
    }
    while (table_cell(t, at)->next != cell)
        at = table_cell(t, at)->next;
    table_cell(t, at)->next = next;
}

kith_err table_fill(struct tracker *t, uint32_t cell, uint64_t last, const struct content *c)
{
    struct topic_name topic = table_topic(t, c->topic);
    struct cell *to = table_cell(t, cell);
    struct cell filled = {.word = to->word, .online_at_s = c->online_at_s};
    kith_err e = take_names(t, &topic, c->key, &filled);
    if (e) return e;
    e = metas_take(t->metas, c->fields, &filled.fields);
    if (e) goto drop_names;
    e = make_back(t, cell, last, c, &filled);
    if (e) goto drop_fields;
    *to = filled;
    e = list(t, cell, &topic);
    if (e) goto drop_back;
    return KITH_OK;

drop_back:
    drop_back(t, &filled);
    to->fields = META_NONE;
drop_fields:
    metas_drop(t->metas, filled.fields);
drop_names:
    drop_names(t, &filled);
    return e;
}

kith_err table_refill(struct tracker *t, uint32_t cell, uint64_t last, const struct content *c)
{
    struct cell *to = table_cell(t, cell);
    struct cell changed = *to;
    kith_err e = metas_take(t->metas, c->fields, &changed.fields);
    if (e) return e;
    e = make_back(t, cell, last, c, &changed);
    if (e) {
        metas_drop(t->metas, changed.fields);
        return e;
    }
    drop_back(t, to);
    metas_drop(t->metas, to->fields);
    *to = changed;
    return KITH_OK;
}

void table_empty(struct tracker *t, uint32_t cell)
{
    struct cell *c = table_cell(t, cell);
    unlist(t, cell);
    drop_back(t, c);
    metas_drop(t->metas, c->fields);
    drop_names(t, c);
    *c = (struct cell){.word = c->word, .fields = META_NONE};
}

/* What is told */

struct meta table_meta_of(const struct tracker *t, const struct content *c)
{
    struct meta m = {
        .fields = c->fields, .online_at_s = c->online_at_s, .has_prev = c->prev.seq != 0};
    ref_text(&t->o.ref_key, t->o.partition, c->ref, m.ref);
    if (m.has_prev) ref_text(&t->o.ref_key, t->o.partition, c->prev, m.prev);
    return m;
}

struct meta table_meta(const struct tracker *t, uint32_t cell)
{
    const struct cell *c = table_cell(t, cell);
    struct content content = {.fields = metas_get(t->metas, c->fields),
                              .online_at_s = c->online_at_s};
    table_dots(t, cell, &content.ref, &content.prev);
    return table_meta_of(t, &content);
}

void table_entry(const struct tracker *t, uint32_t cell, struct entry *out)
{
    *out = (struct entry){.meta = table_meta(t, cell)};
    if (table_page(t, cell)->stream == OWN) out->owner = table_cell(t, cell)->word;
    table_dots(t, cell, &out->ref, &out->prev);
}

/* A mixer after Stafford: what differs in any bit differs in about half of the result's. */
uint64_t table_digest(uint32_t slot, uint64_t last)
{
    uint64_t x = last * 0x9e3779b97f4a7c15u ^ slot;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}
