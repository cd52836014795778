/* shard/trackers.c -- the trackers of any topic, for the topics whose home is here. */
#include "shard/trackers.h"

#include "base/assert.h"

#include <stdlib.h>

struct trackers *trackers_new(void) { return calloc(1, sizeof(struct trackers)); }

void trackers_free(struct trackers *t)
{
    if (!t) return;
    for (unsigned i = 0; i < TRACKERS_MAX; i++) {
        for (unsigned p = 0; t->of[i] && p < PARTITIONS; p++)
            tracker_free(t->of[i][p]);
        free(t->of[i]);
    }
    changes_fini(&t->changes);
    mail_queue_fini(&t->late);
    free(t);
}

uint64_t trackers_count(const struct trackers *t)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < TRACKERS_MAX; i++)
        for (unsigned p = 0; t->of[i] && p < PARTITIONS; p++)
            if (t->of[i][p]) sum += tracker_count(t->of[i][p]);
    return sum;
}

struct tracker *trackers_find(const struct world *w, const struct kith_tracker *t, kith_slice topic)
{
    KITH_ASSERT(t->number < TRACKERS_MAX);
    struct tracker **all = w->trackers->of[t->number];
    return all ? all[presence_partition(topic, PARTITIONS)] : NULL;
}

/* The key differs from one tracker to the next, and from that of social presence: a ref is of one
 * entry in the world. */
static struct tracker *make(const struct world *w, unsigned number, uint16_t partition)
{
    struct siphash_key ref_key = w->o.ref_key;
    ref_key.k1 ^= number + 1;
    return tracker_new(&(struct tracker_options){.inc = w->o.inc,
                                                 .partition = partition,
                                                 .ref_key = ref_key,
                                                 .hash_key = w->o.hash_key,
                                                 .entries_max = TRACKED_ENTRIES_MAX});
}

struct tracker *trackers_get(struct world *w, const struct kith_tracker *t, kith_slice topic)
{
    KITH_ASSERT(t->number < TRACKERS_MAX);
    struct tracker ***all = &w->trackers->of[t->number];
    uint16_t partition = presence_partition(topic, PARTITIONS);
    if (!*all) *all = calloc(PARTITIONS, sizeof **all);
    if (!*all) return NULL;
    struct tracker **one = &(*all)[partition];
    if (!*one) *one = make(w, t->number, partition);
    return *one;
}
