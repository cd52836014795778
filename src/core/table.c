/* core/table.c -- what a cell says, and the topics that list the cells. */
#include "core/table.h"

#include "base/assert.h"
#include "base/mix.h"

enum { BACK_MAX = (1u << 27) - 1 };

/* Names */

enum { PREFIX = sizeof TOPIC_NUMBER_PREFIX - 1, DIGITS_MAX = 20 };

static uint64_t hash_number(const struct tracker *t, uint64_t number)
{
    return siphash13(&t->hash_key, slice_of(&number, sizeof number));
}

struct name table_name(const struct tracker *t, kith_slice topic, kith_slice key)
{
    struct topic read = topic_read(topic);
    struct name n = table_topic(t, &read);
    n.key = key;
    n.numeric = n.numeric_topic && slice_eq(topic_number_text(topic), key);
    return n;
}

struct name table_topic(const struct tracker *t, const struct topic *topic)
{
    return (struct name){.topic = topic->text,
                         .hash = topic->numeric ? hash_number(t, topic->number)
                                                : siphash13(&t->hash_key, topic->text),
                         .number = topic->number,
                         .numeric_topic = topic->numeric};
}

struct name table_number(const struct tracker *t, uint64_t number)
{
    return (struct name){
        .number = number, .hash = hash_number(t, number), .numeric_topic = true, .numeric = true};
}

static kith_slice named_topic(const struct tracker *t, const struct cell *c)
{
    return metas_get(t->metas, (meta_id)(c->id >> 32));
}

static kith_slice named_key(const struct tracker *t, const struct cell *c)
{
    return metas_get(t->metas, (meta_id)c->id);
}

/* The key is left out: it doesn't go into the hash. */
static struct name name_of(const struct tracker *t, const struct cell *c)
{
    return c->named ? table_name(t, named_topic(t, c), (kith_slice){0}) : table_number(t, c->id);
}

static uint64_t hash_of(const void *owner, uint32_t cell)
{
    const struct tracker *t = owner;
    const struct cell *c = table_cell(t, cell);
    return c->named ? name_of(t, c).hash : hash_number(t, c->id);
}

static bool is_topic(const struct tracker *t, const struct cell *c, const struct name *n)
{
    if (!c->named) return n->numeric_topic && c->id == n->number;
    if (!n->numeric_topic) return slice_eq(named_topic(t, c), n->topic);
    struct name own = name_of(t, c);
    return own.numeric_topic && own.number == n->number;
}

/* An own entry is read from its cell and its slot of the feed; both are fetched at once. */
static void touch(const struct tracker *t, uint32_t cell)
{
    if (table_page(t, cell)->stream == OWN) feed_touch(t->feed, table_slot(t, cell));
}

uint32_t table_first(const struct tracker *t, const struct name *n)
{
    struct map_probe probe = map_probe(n->hash);
    for (uint32_t cell; (cell = map_next(&t->topics, &probe)) != MAP_NONE;) {
        touch(t, cell);
        if (is_topic(t, table_cell(t, cell), n)) return cell;
    }
    return CELL_NONE;
}

bool table_is(const struct tracker *t, uint32_t cell, const struct name *n)
{
    const struct cell *c = table_cell(t, cell);
    if (c->named == n->numeric || !is_topic(t, c, n)) return false;
    return n->numeric || slice_eq(named_key(t, c), n->key);
}

bool table_may_have(const struct tracker *t, const struct name *n)
{
    return n->numeric || metas_find(t->metas, n->key) != META_NONE;
}

bool table_may_have_two(const struct tracker *t, const struct name *n)
{
    return n->numeric || metas_is_shared(t->metas, metas_find(t->metas, n->key));
}

static kith_slice write_number(const struct tracker *t, uint64_t number)
{
    uint8_t digits[DIGITS_MAX], *at = digits + sizeof digits;
    do
        *--at = (uint8_t)('0' + number % 10);
    while (number /= 10);
    size_t len = (size_t)(digits + sizeof digits - at);
    memcpy(t->scratch, TOPIC_NUMBER_PREFIX, PREFIX);
    memcpy(t->scratch + PREFIX, at, len);
    return slice_of(t->scratch, PREFIX + len);
}

void table_texts(const struct tracker *t, uint32_t cell, kith_slice *topic, kith_slice *key)
{
    const struct cell *c = table_cell(t, cell);
    *topic = c->named ? named_topic(t, c) : write_number(t, c->id);
    *key = c->named ? named_key(t, c) : topic_number_text(*topic);
}

/* Refs */

uint64_t table_last(const struct tracker *t, uint32_t cell)
{
    if (table_page(t, cell)->stream == OWN) return feed_last(t->feed, table_slot(t, cell));
    return table_cell(t, cell)->word & (((uint64_t)1 << SEQ_BITS) - 1);
}

/* Of an own entry it is made of the caller's tag, which says as much. */
uint16_t table_device(const struct tracker *t, uint32_t cell)
{
    if (table_page(t, cell)->stream != OWN)
        return (uint16_t)(table_cell(t, cell)->word >> SEQ_BITS);
    uint32_t tag = feed_value(t->feed, table_slot(t, cell));
    return (uint16_t)(tag ^ tag >> 16);
}

static bool is_plain(uint64_t inc, uint64_t last, const struct refs *r)
{
    if (r->ref.inc != inc || r->ref.seq != last || r->replaces.seq) return false;
    return r->prev.seq == 0 ||
           (r->prev.inc == inc && r->prev.seq < last && last - r->prev.seq <= BACK_MAX);
}

/* Most refs are (this stream, last change), and the one before is a distance from it. */
static kith_err take_refs(struct tracker *t, uint32_t cell, uint64_t last, const struct refs *r,
                          struct cell *out)
{
    uint32_t back = 0;
    out->odd = !is_plain(table_stream(t, cell)->inc, last, r);
    if (out->odd) {
        kith_err e = dots_take(&t->dots, r, &back);
        if (e) return e;
    } else if (r->prev.seq) {
        back = (uint32_t)(last - r->prev.seq);
    }
    KITH_ASSERT(back <= BACK_MAX); /* there are fewer numbers in dots than cells */
    out->back = back & BACK_MAX;
    return KITH_OK;
}

static void drop_refs(struct tracker *t, const struct cell *c)
{
    if (c->odd) dots_drop(&t->dots, c->back);
}

static struct refs read_refs(const struct tracker *t, uint32_t cell)
{
    const struct cell *c = table_cell(t, cell);
    if (c->odd) return dots_get(&t->dots, c->back);
    struct refs r = {.ref = {table_stream(t, cell)->inc, table_last(t, cell)}};
    if (c->back) r.prev = (struct dot){r.ref.inc, r.ref.seq - c->back};
    return r;
}

/* Filling and emptying */

static kith_err take_names(struct tracker *t, const struct name *n, struct cell *out)
{
    out->named = !n->numeric;
    out->id = n->number;
    if (n->numeric) return KITH_OK;
    meta_id topic, key;
    kith_err e = metas_take(t->metas, n->topic, &topic);
    if (e) return e;
    e = metas_take(t->metas, n->key, &key);
    if (e) metas_drop(t->metas, topic);
    out->id = (uint64_t)topic << 32 | key;
    return e;
}

static void drop_names(struct tracker *t, const struct cell *c)
{
    if (!c->named) return;
    metas_drop(t->metas, (meta_id)(c->id >> 32));
    metas_drop(t->metas, (meta_id)c->id);
}

/* Where a search for the place of `cell` begins: who comes to a topic of many comes right behind
 * who came last, at its own node and where its stream is learnt. A user's topic has few, and they
 * may be renewed out of their order. */
static uint32_t begin_at(const struct tracker *t, uint32_t cell, uint32_t first,
                         const struct name *n)
{
    uint32_t last = t->listed_last;
    if (n->numeric_topic || last == cell || last / PAGE_CELLS >= t->page_count) return first;
    if (!table_is_live(t, last) || !is_topic(t, table_cell(t, last), n)) return first;
    return table_cell(t, last)->online_at_s <= table_cell(t, cell)->online_at_s ? last : first;
}

/* Behind all of the topic that came online no later: so the order is the same on every node. */
static kith_err list(struct tracker *t, uint32_t cell, const struct name *n)
{
    struct cell *c = table_cell(t, cell);
    uint32_t first = table_first(t, n), begin;
    c->next = first;
    if (first == CELL_NONE) return map_add(&t->topics, n->hash, cell, hash_of, t);
    if (table_cell(t, first)->online_at_s > c->online_at_s) {
        map_replace(&t->topics, n->hash, first, cell);
        return KITH_OK;
    }
    begin = begin_at(t, cell, first, n);
    t->listed_last = cell;
    struct cell *before = table_cell(t, begin), *next;
    while (before->next != CELL_NONE &&
           (next = table_cell(t, before->next))->online_at_s <= c->online_at_s)
        before = next;
    c->next = before->next;
    before->next = cell;
    return KITH_OK;
}

static void unlist(struct tracker *t, uint32_t cell)
{
    struct name n = name_of(t, table_cell(t, cell));
    uint32_t at = table_first(t, &n), next = table_cell(t, cell)->next;
    if (at != cell) {
        while (table_cell(t, at)->next != cell)
            at = table_cell(t, at)->next;
        table_cell(t, at)->next = next;
    } else if (next == CELL_NONE) {
        map_remove(&t->topics, n.hash, cell);
    } else {
        map_replace(&t->topics, n.hash, cell, next);
    }
}

kith_err table_fill(struct tracker *t, uint32_t cell, const struct name *n, uint64_t last,
                    const struct content *c)
{
    struct cell *to = table_cell(t, cell), before = *to;
    struct cell filled = {.word = to->word, .online_at_s = c->online_at_s, .listed = to->listed};
    kith_err e = take_names(t, n, &filled);
    if (e) return e;
    e = metas_take(t->metas, c->fields, &filled.fields);
    if (e) goto drop_names;
    e = take_refs(t, cell, last, &c->refs, &filled);
    if (e) goto drop_fields;
    *to = filled;
    e = list(t, cell, n);
    if (e) goto drop_refs;
    return KITH_OK;

drop_refs:
    *to = before;
    drop_refs(t, &filled);
drop_fields:
    metas_drop(t->metas, filled.fields);
drop_names:
    drop_names(t, &filled);
    return e;
}

kith_err table_refill(struct tracker *t, uint32_t cell, uint64_t last, const struct content *c)
{
    struct cell *to = table_cell(t, cell), changed = *to;
    kith_err e = metas_take(t->metas, c->fields, &changed.fields);
    if (e) return e;
    e = take_refs(t, cell, last, &c->refs, &changed);
    if (e) {
        metas_drop(t->metas, changed.fields);
        return e;
    }
    drop_refs(t, to);
    metas_drop(t->metas, to->fields);
    *to = changed;
    return KITH_OK;
}

void table_empty(struct tracker *t, uint32_t cell)
{
    struct cell *c = table_cell(t, cell);
    unlist(t, cell);
    drop_refs(t, c);
    metas_drop(t->metas, c->fields);
    drop_names(t, c);
    *c = (struct cell){.word = c->word, .fields = META_NONE, .listed = c->listed};
}

kith_err table_change(struct tracker *t, uint32_t cell, const struct content *now)
{
    uint32_t slot = table_slot(t, cell);
    uint64_t before = feed_last(t->feed, slot), seq = now->refs.ref.seq;
    KITH_ASSERT(seq == feed_seq(t->feed) + 1);
    if (seq > FEED_SEQ_MAX / 2) return KITH_FULL;
    kith_err e = table_refill(t, cell, seq, now);
    if (e) return e;
    t->streams[OWN].digest ^= table_digest(slot, before) ^
                              table_digest(slot, feed_change(t->feed, slot));
    table_has_news(t);
    return KITH_OK;
}

/* Reading */

struct content table_content(const struct tracker *t, uint32_t cell)
{
    const struct cell *c = table_cell(t, cell);
    return (struct content){metas_get(t->metas, c->fields), c->online_at_s, read_refs(t, cell)};
}

struct meta table_meta(const struct tracker *t, const struct content *c)
{
    struct meta m = {
        .fields = c->fields, .online_at_s = c->online_at_s, .has_prev = c->refs.prev.seq != 0};
    dot_ref(&t->ref_key, t->partition, c->refs.ref, m.ref);
    if (m.has_prev) dot_ref(&t->ref_key, t->partition, c->refs.prev, m.prev);
    return m;
}

uint64_t table_digest(uint32_t slot, uint64_t last)
{
    return mix64((last * 0x9e3779b97f4a7c15u) ^ slot);
}
