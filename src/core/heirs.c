/* core/heirs.c -- one session in two streams: which of its entries is shown. */
#include "core/heirs.h"

#include "base/mutant.h"
#include <stdlib.h>

enum { REPLACED = 1, REPLACED_LONG };

/* No ref has the number 0. */
static bool same(struct dot a, struct dot b) { return a.seq && a.seq == b.seq && a.inc == b.inc; }

static bool is_other(const struct tracker *t, uint32_t cell, uint32_t stream, const struct name *n)
{
    return table_page(t, cell)->stream != stream && table_is(t, cell, n);
}

/* The first of the topic, if any of it can be another of this name, which the stream has. */
static uint32_t first_of(const struct tracker *t, const struct name *n)
{
    return table_may_have_two(t, n) ? table_first(t, n) : CELL_NONE;
}

/* Of two entries under one ref the later incarnation's is the one. */
bool heirs_has_heir(const struct tracker *t, uint32_t stream, const struct name *n, struct dot ref)
{
    for (uint32_t at = first_of(t, n); at != CELL_NONE; at = table_cell(t, at)->next) {
        if (!is_other(t, at, stream, n) || MUTANT(REPLACED_SHOWN)) continue;
        struct refs r = table_content(t, at).refs;
        if (same(r.prev, ref) || same(r.replaces, ref)) return true;
        if (same(r.ref, ref) && table_stream(t, at)->inc > t->streams[stream].inc) return true;
    }
    return false;
}

/* The entry that one with these refs continues, or CELL_NONE. */
static uint32_t find_replaced(const struct tracker *t, uint32_t stream, const struct name *n,
                              const struct refs *r)
{
    for (uint32_t at = first_of(t, n); at != CELL_NONE; at = table_cell(t, at)->next) {
        if (table_cell(t, at)->replaced || !is_other(t, at, stream, n)) continue;
        if (MUTANT(REPLACED_SHOWN)) continue;
        struct dot ref = table_content(t, at).refs.ref;
        if (same(ref, r->ref) || same(ref, r->prev) || same(ref, r->replaces)) return at;
    }
    return CELL_NONE;
}

bool heirs_replaces(const struct tracker *t, uint32_t stream, const struct name *n, struct dot ref)
{
    return ref.seq && find_replaced(t, stream, n, &(struct refs){.replaces = ref}) != CELL_NONE;
}

/* Another stream's entry of the cell's name, under this ref, that has been replaced. */
static bool stands(const struct tracker *t, uint32_t cell, struct dot ref)
{
    if (ref.seq == 0 || ref.inc == table_stream(t, cell)->inc) return false;
    kith_slice topic, key;
    table_texts(t, cell, &topic, &key);
    struct name n = table_name(t, topic, key);
    for (uint32_t at = table_first(t, &n); at != CELL_NONE; at = table_cell(t, at)->next)
        if (table_cell(t, at)->replaced && is_other(t, at, OWN, &n) &&
            same(table_content(t, at).refs.ref, ref))
            return true;
    return false;
}

struct refs heirs_next_refs(const struct tracker *t, uint32_t cell, struct dot prev)
{
    struct refs old = table_content(t, cell).refs, next = {.ref = table_next_dot(t), .prev = prev};
    if (stands(t, cell, old.prev))
        next.replaces = old.prev;
    else if (stands(t, cell, old.replaces))
        next.replaces = old.replaces;
    return next;
}

static kith_err tell(struct tracker *t, uint32_t cell, const struct content *old,
                     const struct content *now, struct changes *out)
{
    kith_slice topic, key;
    table_texts(t, cell, &topic, &key);
    struct meta now_meta, old_meta;
    if (now) now_meta = table_meta(t, now);
    if (old) old_meta = table_meta(t, old);
    return changes_add(out, topic, key, old ? &old_meta : NULL, now ? &now_meta : NULL);
}

/* It lives, and whoever takes it for replaced is to hear so: by a change, of which those here are
 * told as of any. */
static kith_err insist(struct tracker *t, uint32_t cell, struct changes *out)
{
    uint32_t told = out->count;
    struct content old = table_content(t, cell);
    struct content now = {old.fields, old.online_at_s, heirs_next_refs(t, cell, old.refs.ref)};
    kith_err e = tell(t, cell, &old, &now, out);
    if (!e) e = table_change(t, cell, &now);
    if (e)
        changes_cut(out, told);
    else
        out->items[told].own = true;
    return e;
}

static bool is_alive(const struct tracker *t, uint32_t cell)
{
    return table_page(t, cell)->stream == OWN && !(table_cell(t, cell)->word & OWNER_LOST);
}

/* There is room for two more after it: a new cell and what that replaces. */
static kith_err reserve(struct cells *c)
{
    if (c->count + 2 <= c->cap) return KITH_OK;
    uint32_t cap = c->cap * 2 + 4;
    uint32_t *items = realloc(c->items, cap * sizeof *items);
    if (!items) return KITH_NOMEM;
    c->items = items;
    c->cap = cap;
    return KITH_OK;
}

static void replace(struct tracker *t, uint32_t cell)
{
    struct cell *c = table_cell(t, cell);
    if (!c->listed) t->replaced.items[t->replaced.count++] = cell;
    c->listed = true;
    c->replaced = REPLACED;
}

/* It is replaced by one that is known; or, as somebody said, by one that is not: then only if it
 * has nobody's place to take, for its heir may be long in coming. */
static void mark(struct tracker *t, uint32_t cell, const struct name *n, bool has_place)
{
    struct cell *c = table_cell(t, cell);
    bool said = c->replaced && !has_place;
    c->replaced = 0;
    struct dot ref = table_content(t, cell).refs.ref;
    if (said || heirs_has_heir(t, table_page(t, cell)->stream, n, ref)) replace(t, cell);
}

/* `cell` in the place of `before`, or of none: with either shown or hidden. */
static kith_err pass_on(struct tracker *t, uint32_t before, uint32_t cell, struct changes *out)
{
    struct content now = table_content(t, cell), old;
    bool shown = !table_is_hidden(t, cell);
    bool was = before != CELL_NONE && !table_is_hidden(t, before);
    if (was) old = table_content(t, before);
    bool twins = was && shown && same(old.refs.ref, now.refs.ref);
    if ((was || shown) && !twins) {
        kith_err e = tell(t, cell, was ? &old : NULL, shown ? &now : NULL, out);
        if (e) return e;
    }
    if (before != CELL_NONE) replace(t, before);
    t->shown += (uint64_t)shown - was;
    return KITH_OK;
}

kith_err heirs_show(struct tracker *t, uint32_t cell, const struct name *n, struct changes *out)
{
    struct refs refs = table_content(t, cell).refs;
    kith_err e = reserve(&t->replaced);
    if (e) return e;
    uint32_t before = find_replaced(t, table_page(t, cell)->stream, n, &refs);
    mark(t, cell, n, before != CELL_NONE);
    if (before != CELL_NONE && is_alive(t, before)) {
        e = insist(t, before, out);
        before = CELL_NONE;
    }
    return e ? e : pass_on(t, before, cell, out);
}

/* Whether it stays in the list. */
static kith_err doubt(struct tracker *t, uint32_t cell, uint32_t stream, struct changes *out,
                      bool *stays)
{
    struct cell *c = table_cell(t, cell);
    *stays = true;
    if (table_page(t, cell)->stream != stream) return KITH_OK;
    if (c->replaced == REPLACED) {
        c->replaced = REPLACED_LONG;
        return KITH_OK;
    }
    struct content now = table_content(t, cell);
    bool shown = table_slot(t, cell) >= t->streams[stream].faded;
    kith_err e = shown ? tell(t, cell, NULL, &now, out) : KITH_OK;
    if (e) return e;
    c->replaced = 0;
    t->shown += shown;
    *stays = false;
    return KITH_OK;
}

static bool is_replaced(const struct tracker *t, uint32_t cell)
{
    return table_is_live(t, cell) && table_cell(t, cell)->replaced;
}

bool heirs_doubts(const struct tracker *t, uint32_t stream)
{
    for (uint32_t i = 0; i < t->replaced.count; i++) {
        uint32_t cell = t->replaced.items[i];
        if (is_replaced(t, cell) && table_cell(t, cell)->replaced == REPLACED_LONG &&
            table_page(t, cell)->stream == stream)
            return true;
    }
    return false;
}

kith_err heirs_doubt(struct tracker *t, uint32_t stream, struct changes *out)
{
    struct cells *c = &t->replaced;
    kith_err e = KITH_OK;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        bool stays = is_replaced(t, c->items[i]);
        if (stays && !e) e = doubt(t, c->items[i], stream, out, &stays);
        if (stays)
            c->items[kept++] = c->items[i];
        else
            table_cell(t, c->items[i])->listed = false;
    }
    c->count = kept;
    return e;
}

kith_err heirs_hide(struct tracker *t, const struct name *n)
{
    for (uint32_t at = table_first(t, n); at != CELL_NONE; at = table_cell(t, at)->next) {
        if (!is_other(t, at, OWN, n) || table_cell(t, at)->replaced) continue;
        kith_err e = reserve(&t->replaced);
        if (e) return e;
        t->shown -= !table_is_hidden(t, at);
        replace(t, at);
    }
    return KITH_OK;
}

void heirs_forget(struct tracker *t, uint32_t stream)
{
    struct cells *c = &t->replaced;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->count; i++)
        if (table_page(t, c->items[i])->stream != stream) c->items[kept++] = c->items[i];
    c->count = kept;
}
