/* shard/subscriber.c -- one channel as its shard knows it: it begins, listens, and ends. */
#include "shard/subscriber.h"

#include "shard/awaited.h"
#include "shard/broadcast.h"
#include "shard/subscriber_table.h"
#include "shard/tracking.h"

#include <stdlib.h>

/* Room for one more subscription. */
static kith_err make_room(struct subscriber *s)
{
    uint32_t max = s->listens ? SUBSCRIPTIONS_MAX + 1 : SUBSCRIPTIONS_MAX;
    if (s->topic_count >= max) return KITH_FULL;
    if (s->topic_count < s->topic_cap) return KITH_OK;
    uint32_t cap = s->topic_cap ? s->topic_cap * 2 : 1;
    topic_id *topics = realloc(s->topics, cap * sizeof *topics);
    if (!topics) return KITH_NOMEM;
    s->topics = topics;
    s->topic_cap = cap;
    return KITH_OK;
}

kith_err subscriber_listen(struct world *w, uint32_t number, kith_slice topic, bool to_channel)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    kith_err e = make_room(s);
    if (!e) e = broadcast_subscribe(w, number, topic, to_channel, &s->topics[s->topic_count]);
    if (!e) s->topic_count++;
    return e;
}

kith_err subscriber_begin(struct world *w, const struct subscriber_options *o, uint32_t *number)
{
    uint32_t n;
    kith_err e = subscribers_add(w->subscribers, &n);
    if (e) return e;
    struct subscriber *s = subscribers_at(w->subscribers, n);
    s->slot = o->slot;
    s->channel = o->channel;
    s->listens = o->listens;
    s->topic = o->topic;
    s->join_ref = o->join_ref;
    s->intercept = o->intercept;
    if (o->listens) e = subscriber_listen(w, n, o->topic, false);
    if (e)
        subscribers_remove(w->subscribers, n);
    else
        *number = n;
    return e;
}

void subscriber_ignore(struct world *w, uint32_t number, kith_slice topic)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    topic_id gone = pubsub_find(w->topics, topic);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->topic_count; i++)
        if (s->topics[i] != gone) s->topics[kept++] = s->topics[i];
    bool any = kept < s->topic_count;
    s->topic_count = kept;
    if (any && s->awaited) awaited_forget(s->awaited, gone);
    if (any) broadcast_unsubscribe(w, number, gone);
}

static int by_number(const void *a, const void *b)
{
    topic_id x = *(const topic_id *)a, y = *(const topic_id *)b;
    return x < y ? -1 : x > y;
}

/* In order of their numbers, so that one that stands several times is ended once. */
static void ignore_all(struct world *w, uint32_t number, struct subscriber *s)
{
    if (s->topic_count) qsort(s->topics, s->topic_count, sizeof *s->topics, by_number);
    for (uint32_t i = 0; i < s->topic_count; i++)
        if (i == 0 || s->topics[i] != s->topics[i - 1])
            broadcast_unsubscribe(w, number, s->topics[i]);
}

/* It hears nothing of its own leaves: they are told when it is gone. */
void subscriber_end(struct world *w, uint32_t number)
{
    struct subscriber *s = subscribers_at(w->subscribers, number);
    struct mail_queue entries = s->entries;
    s->entries = (struct mail_queue){0};
    ignore_all(w, number, s);
    subscribers_remove(w->subscribers, number);
    for (struct mail *m; (m = mail_take(&entries));)
        tracking_send(w, m);
}
