/* shard/awaited.c -- a state of some topics on its way to a channel. */
#include "shard/awaited.h"

#include "base/limits.h"

#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
    topic_id x = *(const topic_id *)a, y = *(const topic_id *)b;
    return x < y ? -1 : x > y;
}

static uint32_t sort_unique(topic_id *topics, uint32_t count)
{
    uint32_t kept = 0;
    if (count) qsort(topics, count, sizeof *topics, by_number);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || topics[i] != topics[kept - 1]) topics[kept++] = topics[i];
    return kept;
}

struct awaited *awaited_new(const struct kith_tracker *t, const topic_id topics[], uint32_t count,
                            uint64_t deadline_ms, uint64_t *all)
{
    struct awaited *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    a->tracker = t;
    a->gather = gather_new(0, deadline_ms, all);
    a->topics = malloc((count + 1) * sizeof *a->topics);
    if (!a->gather || !a->topics) {
        awaited_free(a);
        return NULL;
    }
    if (count) memcpy(a->topics, topics, count * sizeof *topics);
    a->topic_count = sort_unique(a->topics, count);
    return a;
}

static void drop_news(struct awaited *a)
{
    mail_queue_fini(&a->news);
    a->news_count = 0;
}

void awaited_free(struct awaited *a)
{
    if (!a) return;
    drop_news(a);
    gather_free(a->gather);
    free(a->topics);
    free(a);
}

void awaited_restart(struct awaited *a, uint32_t serial, uint64_t deadline_ms)
{
    drop_news(a);
    gather_restart(a->gather, serial);
    a->gather->phase = GATHER_ASKED;
    a->gather->deadline_ms = deadline_ms;
}

static topic_id *find(const struct awaited *a, topic_id topic)
{
    return a->topic_count ? bsearch(&topic, a->topics, a->topic_count, sizeof topic, by_number)
                          : NULL;
}

bool awaited_covers(const struct awaited *a, unsigned tracker, topic_id topic)
{
    return a->tracker->number == tracker && find(a, topic);
}

void awaited_hold(struct awaited *a, unsigned home, struct mail *news)
{
    struct gather *g = a->gather;
    bool late = g->seen >> home & 1;
    if (late && (!news || a->news_count == OUTBOX_FRAMES_MAX)) g->stale = true;
    if (!late || g->stale) {
        mail_free(news);
        return;
    }
    mail_append(&a->news, news);
    a->news_count++;
}

void awaited_forget(struct awaited *a, topic_id topic)
{
    topic_id *at = find(a, topic);
    if (!at) return;
    uint32_t behind = a->topic_count - (uint32_t)(at - a->topics) - 1;
    memmove(at, at + 1, behind * sizeof *at);
    a->topic_count--;
}
