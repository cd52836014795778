/* core/table.h -- the entries of one partition as they lie in memory, for the files that make up
 * the tracker: tracker.c (own entries), replica.c (those of other nodes), section.c (cutting).
 *
 * Each node's entries are a stream of numbered slots; a slot is a cell of 32 bytes. Cells lie in
 * pages of one stream each, so that a cell's number tells its stream and slot, and need not say:
 *
 *     streams[0] own       pages: 0 2        cells: |0 .. 63|64 .. 127|128 .. 191|192 .. 255|
 *     streams[1] node B    pages: 1 3        page:      0        1          2          3
 *
 * An own cell's last change and tag lie in the feed; a replicated cell holds its last change in
 * itself, where an own one has its owner. */
#pragma once

#include "base/map.h"
#include "core/dots.h"
#include "core/feed.h"
#include "core/metas.h"
#include "core/topic.h"

enum {
    CELL_NONE = UINT32_MAX,
    CELL_BITS = 24, /* of a cell's number: 16 million in one partition, a billion in 64 */
    CELLS_MAX = 1 << CELL_BITS,
    PAGE_CELLS = 64,
    OWN = 0,       /* the stream of this node */
    SEQ_BITS = 48, /* of a replicated cell's word */
};
#define FADED      UINT32_MAX
#define OWNER_LOST ((uint64_t)1 << 63) /* of an own cell's owner: see tracker.h */

struct cell {
    uint64_t id;    /* numeric: the user's; named: two meta_ids, topic << 32 | key */
    uint64_t word;  /* own: the owner; replicated: the slot's last change, and 16 bits of device */
    uint32_t next;  /* the next cell of the topic, online no earlier */
    meta_id fields; /* META_NONE: the slot is empty */
    uint32_t online_at_s;
    uint32_t
        back : 27;    /* how far behind the last change the previous ref is, 0: none; or see odd */
    uint32_t odd : 1; /* the refs are number `back` in dots */
    uint32_t named : 1;
    uint32_t replaced : 2; /* another stream's entry continues it: see heirs.h */
    uint32_t listed : 1;   /* among those that are, or were */
};
_Static_assert(sizeof(struct cell) == 32, "half a cache line");

struct page {
    struct cell *cells; /* NULL: the number is free */
    uint32_t first;     /* the slot of cells[0]; of a free number: the next free one */
    uint32_t stream;
};

struct stream {
    uint64_t inc;
    uint64_t cursor, top; /* of a replica */
    uint64_t digest;
    uint32_t *pages; /* by slot / PAGE_CELLS; CELL_NONE: no slot there is known */
    uint32_t page_cap;
    uint32_t live;  /* slots that hold an entry */
    uint32_t faded; /* slots below it are hidden; FADED: all */
    bool used;
    bool going; /* not used any more: all of it is hidden, and its pages are given back, last first
                 */
};

struct cells {
    uint32_t *items;
    uint32_t count, cap;
};

struct tracker {
    uint16_t partition;
    uint32_t entries_max; /* 0: no bound */
    struct siphash_key ref_key, hash_key;
    uint64_t *news, news_bit; /* or'd into *news with each number that the feed gives */
    struct feed *feed;
    struct metas *metas;
    struct dots dots;
    struct map topics; /* the first cell of each topic */
    struct page *pages;
    uint32_t page_count, page_cap, free_page;
    struct stream *streams;
    uint32_t stream_count;
    uint64_t shown;        /* entries that are not hidden */
    struct cells replaced; /* and some that were */
    uint8_t *scratch;      /* a numeric topic's text */
    uint32_t listed_last;  /* the cell that was listed last, whatever has become of it since */
};

/* What an entry is called. Topic user_presence:<number> with key <number> is only the number: the
 * texts are there if a caller gave them. Another key under such a topic has texts. */
struct name {
    kith_slice topic, key;
    uint64_t hash, number;
    bool numeric_topic, numeric;
};
struct name table_name(const struct tracker *t, kith_slice topic, kith_slice key);
struct name table_topic(const struct tracker *t, const struct topic *topic); /* of any key */
struct name table_number(const struct tracker *t, uint64_t number);

/* What an entry says, wherever it comes from. */
struct content {
    kith_slice fields;
    uint32_t online_at_s;
    struct refs refs;
};

static inline struct page *table_page(const struct tracker *t, uint32_t cell)
{
    return &t->pages[cell / PAGE_CELLS];
}
static inline struct cell *table_cell(const struct tracker *t, uint32_t cell)
{
    return &table_page(t, cell)->cells[cell % PAGE_CELLS];
}
static inline struct stream *table_stream(const struct tracker *t, uint32_t cell)
{
    return &t->streams[table_page(t, cell)->stream];
}
static inline uint32_t table_slot(const struct tracker *t, uint32_t cell)
{
    return table_page(t, cell)->first + cell % PAGE_CELLS;
}
static inline bool table_is_live(const struct tracker *t, uint32_t cell)
{
    return table_page(t, cell)->cells && table_cell(t, cell)->fields != META_NONE;
}
/* It stands in its stream, and is not shown. */
static inline bool table_is_hidden(const struct tracker *t, uint32_t cell)
{
    return table_cell(t, cell)->replaced || table_slot(t, cell) < table_stream(t, cell)->faded;
}
/* Of this node, and no other of its topic and key is shown in its place. */
static inline bool table_is_shown_own(const struct tracker *t, uint32_t cell)
{
    return table_page(t, cell)->stream == OWN && !table_cell(t, cell)->replaced;
}
static inline uint64_t table_word(uint64_t seq, uint16_t device)
{
    return seq | (uint64_t)device << SEQ_BITS;
}

/* The cell of a slot, CELL_NONE if its page isn't there. */
uint32_t table_find_slot(const struct tracker *t, uint32_t stream, uint32_t slot);
/* The same, with the page made: empty cells, last change 0. KITH_NOMEM, KITH_FULL. */
KITH_MUST_USE kith_err table_make_slot(struct tracker *t, uint32_t stream, uint32_t slot,
                                       uint32_t *cell);
/* A walk over a stream's live cells: from slot *slot, which it moves on. False: that was all. */
bool table_next_live(const struct tracker *t, uint32_t stream, uint32_t *slot, uint32_t *cell);
void table_free_page(struct tracker *t, uint32_t stream, uint32_t index);
uint64_t table_page_bytes(const struct tracker *t);

/* Fills an empty cell, whose slot's last change is or will be `last`, and lists it under its topic.
 * KITH_NOMEM, KITH_FULL, KITH_BAD: nothing changed. */
KITH_MUST_USE kith_err table_fill(struct tracker *t, uint32_t cell, const struct name *n,
                                  uint64_t last, const struct content *c);
/* Other fields, ref and prev; `last` as above. online_at stays. */
KITH_MUST_USE kith_err table_refill(struct tracker *t, uint32_t cell, uint64_t last,
                                    const struct content *c);
void table_empty(struct tracker *t, uint32_t cell);
/* An own entry takes the next number of the feed, which is that of the ref in `now`. KITH_FULL,
 * KITH_NOMEM: nothing changed. */
KITH_MUST_USE kith_err table_change(struct tracker *t, uint32_t cell, const struct content *now);
/* The feed has given a number. */
static inline void table_has_news(const struct tracker *t)
{
    if (t->news) *t->news |= t->news_bit;
}
static inline struct dot table_next_dot(const struct tracker *t)
{
    return (struct dot){t->streams[OWN].inc, feed_seq(t->feed) + 1};
}

/* The cells of a topic, oldest first: the first, then cell->next. CELL_NONE: none. */
uint32_t table_first(const struct tracker *t, const struct name *n);
bool table_is(const struct tracker *t, uint32_t cell, const struct name *n);
/* False: no cell is of this name; and, of one that is, no other. Neither looks at the cells: a
 * topic may have 100,000. True: there may be one. */
bool table_may_have(const struct tracker *t, const struct name *n);
bool table_may_have_two(const struct tracker *t, const struct name *n);
/* Numeric ones lie in t->scratch. */
void table_texts(const struct tracker *t, uint32_t cell, kith_slice *topic, kith_slice *key);

uint64_t table_last(const struct tracker *t, uint32_t cell);
uint16_t table_device(const struct tracker *t, uint32_t cell);
struct content table_content(const struct tracker *t, uint32_t cell);
struct meta table_meta(const struct tracker *t, const struct content *c);

/* What a live slot adds to the digest of its stream. */
uint64_t table_digest(uint32_t slot, uint64_t last);
