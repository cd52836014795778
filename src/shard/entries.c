/* shard/entries.c -- as what a channel is tracked. */
#include "shard/entries.h"

#include "shard/home.h"
#include "shard/subscriber_table.h"

struct tracking_entry entries_name(const struct world *w, uint32_t number,
                                   const struct kith_tracker *t, kith_slice topic, kith_slice key)
{
    const struct subscriber *s = subscribers_at(w->subscribers, number);
    return (struct tracking_entry){
        .tracker = t,
        .owner = home_owner(w->o.id, subscribers_handle(w->subscribers, number)),
        .topic = topic.len ? topic : s->topic,
        .key = key};
}

static bool is(const struct mail *m, const struct tracking_entry *e)
{
    return m->tracker == (uintptr_t)e->tracker && slice_eq(mail_b(m), e->key) &&
           slice_eq(mail_a(m), e->topic);
}

bool entries_has(const struct world *w, uint32_t number, const struct tracking_entry *e)
{
    const struct mail *m = subscribers_at(w->subscribers, number)->entries.first;
    while (m && !is(m, e))
        m = m->next;
    return m;
}

kith_err entries_add(struct world *w, uint32_t number, const struct tracking_entry *e)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    if (e->topic.len > TOPIC_BYTES_MAX || e->key.len > TOPIC_BYTES_MAX) return KITH_FULL;
    if (entries_has(w, number, e)) return KITH_EXISTS;
    if (s->entry_count == TRACKED_MAX) return KITH_FULL;
    struct mail *end = tracking_ask(TRACKING_UNTRACK, e, (kith_slice){0});
    if (!end) return KITH_NOMEM;
    mail_append(&s->entries, end);
    s->entry_count++;
    return KITH_OK;
}

struct mail *entries_take(struct world *w, uint32_t number, const struct tracking_entry *e)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    struct mail_queue kept = {0};
    struct mail *found = NULL;
    for (struct mail *m; (m = mail_take(&s->entries));)
        if (!found && is(m, e))
            found = m;
        else
            mail_append(&kept, m);
    s->entries = kept;
    if (found) s->entry_count--;
    return found;
}
