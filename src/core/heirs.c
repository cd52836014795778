/* core/heirs.c -- one session in two streams: which of its entries is shown. */
#include "core/heirs.h"

#include <stdlib.h>

enum { REPLACED = 1, REPLACED_LONG };

static bool same(struct dot a, struct dot b) { return a.seq == b.seq && a.inc == b.inc; }

static bool is_other(const struct tracker *t, uint32_t cell, uint32_t stream, const struct name *n)
{
    return table_page(t, cell)->stream != stream && table_is(t, cell, n);
}

/* Of two entries under one ref the later incarnation's is the one. */
bool heirs_replace(const struct tracker *t, uint32_t stream, const struct name *n, struct dot ref)
{
    for (uint32_t at = table_first(t, n); at != CELL_NONE; at = table_cell(t, at)->next) {
        if (!is_other(t, at, stream, n)) continue;
        struct content c = table_content(t, at);
        if (c.prev.seq && same(c.prev, ref)) return true;
        if (same(c.ref, ref) && table_stream(t, at)->inc > t->streams[stream].inc) return true;
    }
    return false;
}

/* The entry that `c` continues, or CELL_NONE. */
static uint32_t find_replaced(const struct tracker *t, uint32_t stream, const struct name *n,
                              const struct content *c)
{
    for (uint32_t at = table_first(t, n); at != CELL_NONE; at = table_cell(t, at)->next) {
        if (table_cell(t, at)->replaced || !is_other(t, at, stream, n)) continue;
        struct dot ref = table_content(t, at).ref;
        if (same(ref, c->ref) || (c->prev.seq && same(ref, c->prev))) return at;
    }
    return CELL_NONE;
}

static kith_err tell(struct tracker *t, uint32_t cell, const struct content *old,
                     const struct content *now, struct changes *out)
{
    kith_slice topic, key;
    table_texts(t, cell, &topic, &key);
    struct meta now_meta = table_meta(t, now), old_meta;
    if (old) old_meta = table_meta(t, old);
    return changes_add(out, topic, key, old ? &old_meta : NULL, &now_meta);
}

/* It lives, and whoever takes it for replaced is to hear so: by a change, of which those here are
 * told as of any. */
static kith_err insist(struct tracker *t, uint32_t cell, struct changes *out)
{
    uint32_t told = out->count;
    struct content old = table_content(t, cell);
    struct content now = {old.fields, old.online_at_s, table_next_dot(t), old.ref};
    kith_err e = tell(t, cell, &old, &now, out);
    if (!e) e = table_change(t, cell, old.fields, old.ref);
    if (e) changes_cut(out, told);
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

kith_err heirs_show(struct tracker *t, uint32_t cell, const struct name *n, struct changes *out)
{
    uint32_t stream = table_page(t, cell)->stream;
    struct content now = table_content(t, cell), old;
    kith_err e = reserve(&t->replaced);
    if (!e && heirs_replace(t, stream, n, now.ref)) replace(t, cell);
    if (e || table_is_hidden(t, cell)) return e;
    uint32_t before = find_replaced(t, stream, n, &now);
    if (before != CELL_NONE && is_alive(t, before)) {
        e = insist(t, before, out);
        before = CELL_NONE;
    }
    bool shown = before != CELL_NONE && !table_is_hidden(t, before);
    if (shown) old = table_content(t, before);
    bool twins = shown && same(old.ref, now.ref);
    if (!e && !twins) e = tell(t, cell, shown ? &old : NULL, &now, out);
    if (e) return e;
    if (before != CELL_NONE) replace(t, before);
    t->shown += !shown;
    return KITH_OK;
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
