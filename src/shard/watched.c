/* shard/watched.c -- the topics to which a session is subscribed. */
#include "shard/watched.h"

#include "core/pool.h"
#include "wire/pack.h"

#include <stdlib.h>

struct watched {
    uint32_t count, bytes;
    uint8_t gaps[]; /* from 0 to the first, from each to the next */
};

enum { GAP_BYTES_MAX = 5 }; /* of 32 bits, 7 a byte */

static int in_order(const void *a, const void *b)
{
    topic_id x = *(const topic_id *)a, y = *(const topic_id *)b;
    return x < y ? -1 : x > y;
}

static uint32_t gap_bytes(topic_id gap)
{
    uint8_t bytes[VARINT_BYTES_MAX];
    return (uint32_t)(pack_varint(bytes, gap) - bytes);
}

struct watched *watched_of(topic_id topics[], uint32_t n)
{
    uint32_t bytes = 0;
    qsort(topics, n, sizeof *topics, in_order);
    for (uint32_t i = 0; i < n; i++)
        bytes += gap_bytes(topics[i] - (i ? topics[i - 1] : 0));
    struct watched *s = malloc(sizeof *s + bytes);
    if (!s) return NULL;
    *s = (struct watched){.count = n, .bytes = bytes};
    uint8_t *at = s->gaps;
    for (uint32_t i = 0; i < n; i++)
        at = pack_varint(at, topics[i] - (i ? topics[i - 1] : 0));
    return s;
}

void watched_free(struct watched *s) { free(s); }

uint32_t watched_count(const struct watched *s) { return s ? s->count : 0; }

uint64_t watched_bytes(const struct watched *s) { return s ? heap_chunk(sizeof *s + s->bytes) : 0; }

/* A gap, as pack_varint wrote it here: nothing of it needs to be checked. */
static const uint8_t *take_gap(const uint8_t *at, topic_id *gap)
{
    topic_id byte = *at++;
    *gap = byte & 0x7f;
    for (unsigned shift = 7; byte >= 0x80; shift += 7) {
        byte = *at++;
        *gap |= (byte & 0x7f) << shift;
    }
    return at;
}

bool watched_next(const struct watched *s, struct watched_walk *w, topic_id *out)
{
    topic_id gap;
    if (!s || w->at == s->bytes) return false;
    w->at = (uint32_t)(take_gap(s->gaps + w->at, &gap) - s->gaps);
    *out = w->last += gap;
    return true;
}

/* Walks up to the first that is `topic` or more. *before is in front of it, *after behind it; the
 * same, at the end, if there is none. */
static bool seek(const struct watched *s, topic_id topic, struct watched_walk *before,
                 struct watched_walk *after)
{
    const uint8_t *at = s->gaps, *next = at, *end = at + s->bytes;
    topic_id last = 0, found = 0, gap;
    for (; at < end; at = next, last = found) {
        next = take_gap(at, &gap);
        if ((found = last + gap) >= topic) break;
    }
    *before = (struct watched_walk){(uint32_t)(at - s->gaps), last};
    *after = (struct watched_walk){(uint32_t)(next - s->gaps), found};
    return at < end;
}

/* In the place of [from, to), for which there is room, come the gaps to `first` and, if there is
 * one, on to `second`. */
static void put_gaps(struct watched *s, const struct watched_walk *from, uint32_t to,
                     topic_id first, const topic_id *second)
{
    uint8_t bytes[2 * VARINT_BYTES_MAX], *end = pack_varint(bytes, first - from->last);
    if (second) end = pack_varint(end, *second - first);
    uint32_t n = (uint32_t)(end - bytes);
    memmove(s->gaps + from->at + n, s->gaps + to, s->bytes - to);
    memcpy(s->gaps + from->at, bytes, n);
    s->bytes += n - (to - from->at);
}

kith_err watched_add(struct watched **s, topic_id topic)
{
    struct watched_walk before, after;
    uint32_t bytes = *s ? (*s)->bytes : 0;
    struct watched *grown = realloc(*s, sizeof *grown + bytes + GAP_BYTES_MAX);
    if (!grown) return KITH_NOMEM;
    if (!*s) *grown = (struct watched){0};
    *s = grown;
    bool more = seek(grown, topic, &before, &after);
    put_gaps(grown, &before, after.at, topic, more ? &after.last : NULL);
    grown->count++;
    return KITH_OK;
}

/* The gap that two become takes no more bytes than they did. */
bool watched_remove(struct watched **s, topic_id topic)
{
    struct watched_walk before, after, next;
    topic_id follower;
    if (!*s || !seek(*s, topic, &before, &after) || after.last != topic) return false;
    next = after;
    if (watched_next(*s, &next, &follower))
        put_gaps(*s, &before, next.at, follower, NULL);
    else
        (*s)->bytes = before.at;
    if (--(*s)->count == 0) {
        free(*s);
        *s = NULL;
    }
    return true;
}
