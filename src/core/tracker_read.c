/* core/tracker_read.c -- how the entries of a topic are read, this node's own and all others. */
#include "core/table.h"
#include "core/tracker.h"

static void read_entry(const struct tracker *t, uint32_t cell, struct entry *out)
{
    bool own = table_page(t, cell)->stream == OWN;
    struct content c = table_content(t, cell);
    out->number = own ? cell : TRACKER_NONE;
    out->owner = own ? table_cell(t, cell)->word : 0;
    out->meta = table_meta(t, &c);
    out->ref = c.refs.ref;
    out->prev = c.refs.prev;
    out->place = (struct place){table_stream(t, cell)->inc, table_slot(t, cell)};
    out->device = table_device(t, cell);
}

bool tracker_next_own(const struct tracker *t, kith_slice topic, kith_slice key,
                      struct tracker_walk *w, uint32_t *number)
{
    struct name n = table_name(t, topic, key);
    uint32_t at = w->started ? w->at : table_first(t, &n);
    while (at != CELL_NONE && !(table_is_shown_own(t, at) && table_is(t, at, &n)))
        at = table_cell(t, at)->next;
    *number = at;
    *w = (struct tracker_walk){at == CELL_NONE ? CELL_NONE : table_cell(t, at)->next, true};
    return at != CELL_NONE;
}

static uint32_t first_named(const struct tracker *t, const struct topic *topic)
{
    struct name n = table_topic(t, topic);
    return table_first(t, &n);
}

bool tracker_next_of(const struct tracker *t, const struct topic *topic, struct tracker_walk *w,
                     struct entry *out)
{
    uint32_t at = w->started ? w->at : first_named(t, topic);
    while (at != CELL_NONE && table_is_hidden(t, at))
        at = table_cell(t, at)->next;
    *w = (struct tracker_walk){at, true};
    if (at == CELL_NONE) return false;
    const struct cell *c = table_cell(t, at);
    w->at = c->next;
    read_entry(t, at, out);
    out->key = c->named ? metas_get(t->metas, (meta_id)c->id) : topic_number_text(topic->text);
    return true;
}

bool tracker_next(const struct tracker *t, kith_slice topic, struct tracker_walk *w,
                  struct entry *out)
{
    struct topic read = w->started ? (struct topic){.text = topic} : topic_read(topic);
    return tracker_next_of(t, &read, w, out);
}

bool tracker_next_any(const struct tracker *t, struct tracker_walk *w, kith_slice *topic,
                      struct entry *out)
{
    uint32_t end = t->page_count * PAGE_CELLS;
    while (w->at < end && !(table_is_live(t, w->at) && !table_is_hidden(t, w->at)))
        w->at++;
    if (w->at >= end) return false;
    read_entry(t, w->at, out);
    table_texts(t, w->at++, topic, &out->key);
    return true;
}
