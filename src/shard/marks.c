/* shard/marks.c -- which of this shard's marks a topic's home knew when it published. */
#include "shard/marks.h"

#include <stdlib.h>

kith_err marks_sent(struct world *w, topic_id topic, uint64_t *serial)
{
    struct marks *m = &w->marks;
    if (topic >= m->cap) {
        uint32_t cap = topic + topic / 2 + 8;
        uint64_t *sent = realloc(m->sent, cap * sizeof *sent);
        if (!sent) return KITH_NOMEM;
        m->sent = sent;
        m->cap = cap;
    }
    *serial = m->sent[topic] = ++m->latest;
    return KITH_OK;
}

bool marks_known(const struct world *w, topic_id topic, uint64_t heard)
{
    return topic >= w->marks.cap || heard >= w->marks.sent[topic];
}
