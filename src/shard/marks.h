/* shard/marks.h -- which of this shard's marks each topic's home knew when it published: what was
 * under way to subscribers that are gone does not reach those who came later, who would take it for
 * the beginning of what they hear from there on. */
#pragma once

#include "shard/world.h"

/* This shard's next mark is of this topic. KITH_NOMEM. */
KITH_MUST_USE kith_err marks_sent(struct world *w, topic_id topic, uint64_t *serial);

/* Shard `from` has marked: what goes there from here on says so. */
static inline void marks_heard(struct world *w, unsigned from, uint64_t serial)
{
    w->marks.heard[from] = serial;
}
static inline uint64_t marks_of(const struct world *w, unsigned shard)
{
    return w->marks.heard[shard];
}

/* Whether the home, when it published, knew that this shard listens as it does today. */
bool marks_known(const struct world *w, topic_id topic, uint64_t heard);
