/* core/pubsub.c -- who on this shard listens to which topic. */
#include "core/pubsub.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/map.h"
#include "core/pool.h"

#include <stdlib.h>

enum {
    NAME_INLINE_MAX = 22,   /* a numeric id always, user_presence: and 8 digits too */
    NAME_FREE = UINT16_MAX, /* the length in an item of the pool that is no topic now */
};

struct pubsub_topic {
    struct listeners listeners;
    uint64_t marks;
    uint16_t name_len;
    uint8_t name[NAME_INLINE_MAX]; /* or, if longer, a pointer to it */
};
_Static_assert(sizeof(struct pubsub_topic) == 48, "three quarters of a cache line");

struct pubsub {
    struct siphash_key key;
    struct pool topics; /* of struct pubsub_topic, by topic_id */
    struct pool lists;  /* their listeners' */
    struct map names;
    uint64_t subscriptions;
    uint64_t heap_bytes; /* of long names and sets of listeners */
};

static struct pubsub_topic *at(const struct pubsub *p, topic_id t)
{
    return pool_at(&p->topics, t);
}

struct pubsub *pubsub_new(const struct siphash_key *key)
{
    struct pubsub *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->key = *key;
    pool_init(&p->topics, sizeof(struct pubsub_topic));
    listeners_init_pool(&p->lists);
    return p;
}

static uint8_t *long_name(const struct pubsub_topic *t)
{
    uint8_t *name;
    memcpy(&name, t->name, sizeof name);
    return name;
}

static kith_slice name_of(const struct pubsub_topic *t)
{
    return slice_of(t->name_len > NAME_INLINE_MAX ? long_name(t) : t->name, t->name_len);
}

static kith_err set_name(struct pubsub_topic *t, kith_slice name)
{
    t->name_len = (uint16_t)name.len;
    if (name.len <= NAME_INLINE_MAX) {
        if (name.len) memcpy(t->name, name.ptr, name.len);
        return KITH_OK;
    }
    uint8_t *copy = malloc(name.len);
    memcpy(t->name, &copy, sizeof copy);
    if (!copy) return KITH_NOMEM;
    memcpy(copy, name.ptr, name.len);
    return KITH_OK;
}

static uint64_t name_bytes(const struct pubsub_topic *t)
{
    return t->name_len > NAME_INLINE_MAX ? heap_chunk(t->name_len) : 0;
}

static void topic_fini(struct pubsub *p, struct pubsub_topic *t)
{
    if (t->name_len > NAME_INLINE_MAX) free(long_name(t));
    listeners_fini(&t->listeners, &p->lists);
    t->name_len = NAME_FREE;
}

static uint64_t hash_of(const void *owner, uint32_t t)
{
    const struct pubsub *p = owner;
    return siphash13(&p->key, name_of(at(p, t)));
}

void pubsub_free(struct pubsub *p)
{
    if (!p) return;
    for (topic_id t = 0; t < p->topics.used; t++)
        if (at(p, t)->name_len != NAME_FREE) topic_fini(p, at(p, t));
    map_fini(&p->names);
    pool_fini(&p->topics);
    pool_fini(&p->lists);
    free(p);
}

static topic_id find(const struct pubsub *p, kith_slice name, uint64_t hash)
{
    struct map_probe probe = map_probe(hash);
    for (topic_id t; (t = map_next(&p->names, &probe)) != MAP_NONE;)
        if (slice_eq(name_of(at(p, t)), name)) return t;
    return TOPIC_NONE;
}

topic_id pubsub_find(const struct pubsub *p, kith_slice name)
{
    return find(p, name, siphash13(&p->key, name));
}

kith_slice pubsub_name(const struct pubsub *p, topic_id t) { return name_of(at(p, t)); }

static kith_err add_topic(struct pubsub *p, kith_slice name, uint64_t hash, topic_id *out)
{
    if (name.len > TOPIC_BYTES_MAX) return KITH_FULL;
    topic_id t;
    kith_err e = pool_take(&p->topics, &t);
    if (e) return e;
    e = set_name(at(p, t), name);
    if (!e) e = map_add(&p->names, hash, t, hash_of, p);
    if (e) {
        topic_fini(p, at(p, t));
        pool_give(&p->topics, t);
        return e;
    }
    p->heap_bytes += name_bytes(at(p, t));
    *out = t;
    return KITH_OK;
}

static kith_err find_or_add(struct pubsub *p, kith_slice name, topic_id *out)
{
    uint64_t hash = siphash13(&p->key, name);
    *out = find(p, name, hash);
    return *out == TOPIC_NONE ? add_topic(p, name, hash, out) : KITH_OK;
}

static void forget_if_idle(struct pubsub *p, topic_id t)
{
    struct pubsub_topic *topic = at(p, t);
    if (topic->listeners.count || topic->marks) return;
    map_remove(&p->names, hash_of(p, t), t);
    p->heap_bytes -= name_bytes(topic) + listeners_bytes(&topic->listeners);
    topic_fini(p, topic);
    pool_give(&p->topics, t);
}

kith_err pubsub_subscribe(struct pubsub *p, kith_slice name, subscriber_id who, topic_id *out)
{
    KITH_ASSERT(who <= SUBSCRIBER_MAX);
    topic_id t;
    kith_err e = find_or_add(p, name, &t);
    if (e) return e;
    struct listeners *l = &at(p, t)->listeners;
    uint64_t before = listeners_bytes(l);
    e = listeners_add(l, &p->lists, who);
    if (e) {
        forget_if_idle(p, t);
        return e;
    }
    p->heap_bytes += listeners_bytes(l) - before;
    p->subscriptions++;
    *out = t;
    return KITH_OK;
}

bool pubsub_unsubscribe(struct pubsub *p, topic_id t, subscriber_id who)
{
    if (t == TOPIC_NONE) return true;
    struct listeners *l = &at(p, t)->listeners;
    uint64_t before = listeners_bytes(l);
    p->subscriptions -= listeners_remove(l, &p->lists, who);
    p->heap_bytes += listeners_bytes(l) - before;
    bool none_left = l->count == 0;
    forget_if_idle(p, t);
    return none_left;
}

uint32_t pubsub_count(const struct pubsub *p, topic_id t) { return at(p, t)->listeners.count; }

bool pubsub_has(const struct pubsub *p, topic_id t, subscriber_id who)
{
    return listeners_has(&at(p, t)->listeners, &p->lists, who);
}

kith_err pubsub_mark(struct pubsub *p, kith_slice name, unsigned bit, topic_id *out)
{
    KITH_ASSERT(bit < 64);
    kith_err e = find_or_add(p, name, out);
    if (e) return e;
    at(p, *out)->marks |= (uint64_t)1 << bit;
    return KITH_OK;
}

void pubsub_unmark(struct pubsub *p, topic_id t, unsigned bit)
{
    KITH_ASSERT(bit < 64);
    at(p, t)->marks &= ~((uint64_t)1 << bit);
    forget_if_idle(p, t);
}

uint64_t pubsub_marks(const struct pubsub *p, topic_id t) { return at(p, t)->marks; }

bool pubsub_next_part(const struct pubsub *p, topic_id t, struct pubsub_walk *w, subscriber_id *out)
{
    return listeners_next_part(&at(p, t)->listeners, &p->lists, &w->in, out);
}

struct pubsub_size pubsub_size(const struct pubsub *p)
{
    return (struct pubsub_size){
        .topics = p->topics.count,
        .subscriptions = p->subscriptions,
        .bytes = sizeof *p + pool_bytes(&p->topics) + pool_bytes(&p->lists) +
                 heap_chunk(p->names.cap * sizeof(uint32_t)) + p->heap_bytes,
    };
}
