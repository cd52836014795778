/* io/newest.c -- each session's latest status that waits for the log. */
#include "io/newest.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mix.h"
#include "shard/hook.h"

static struct mail **at(const struct newest *n, uint32_t number)
{
    return pool_at(&n->waiting, number);
}

void newest_init(struct newest *n) { pool_init(&n->waiting, sizeof(struct mail *)); }

void newest_fini(struct newest *n)
{
    pool_fini(&n->waiting);
    map_fini(&n->by_ref);
}

static const struct session_refs *refs_of(const struct mail *m)
{
    return (const struct session_refs *)(const void *)mail_c(m).ptr;
}

static bool is_status(const struct mail *m) { return refs_of(m)->old[0] && refs_of(m)->now[0]; }

/* Refs are random to those who have them. */
static uint64_t hash(const char ref[REF_BYTES])
{
    uint64_t part;
    memcpy(&part, ref, sizeof part);
    return mix64(part);
}

static uint64_t hash_of(const void *owner, uint32_t number)
{
    return hash(refs_of(*at(owner, number))->now);
}

static uint32_t find(const struct newest *n, const char ref[REF_BYTES])
{
    struct map_probe walk = map_probe(hash(ref));
    uint32_t number;
    while ((number = map_next(&n->by_ref, &walk)) != MAP_NONE)
        if (memcmp(refs_of(*at(n, number))->now, ref, REF_BYTES) == 0) return number;
    return POOL_NONE;
}

static void drop(struct newest *n, uint32_t number)
{
    map_remove(&n->by_ref, hash_of(n, number), number);
    pool_give(&n->waiting, number);
}

void newest_put(struct newest *n, struct mail *m)
{
    uint32_t number;
    if (!is_status(m) || find(n, refs_of(m)->now) != POOL_NONE) return;
    if (pool_take(&n->waiting, &number)) return;
    *at(n, number) = m;
    if (map_add(&n->by_ref, hash_of(n, number), number, hash_of, n)) pool_give(&n->waiting, number);
}

void newest_drop(struct newest *n, const struct mail *m)
{
    uint32_t number = find(n, refs_of(m)->now);
    if (number != POOL_NONE && *at(n, number) == m) drop(n, number);
}

/* The status that waits of the session that `m` tells of. NULL: there is none. */
static struct mail *take(struct newest *n, const struct mail *m)
{
    const struct session_refs *refs = refs_of(m);
    uint32_t number = find(n, refs->old[0] ? refs->old : refs->now);
    if (number == POOL_NONE) return NULL;
    struct mail *elder = *at(n, number);
    drop(n, number);
    return elder;
}

/* What both come to. NULL: no memory. */
static struct frame *both(const struct mail *elder, const struct mail *m)
{
    struct session_refs refs = *refs_of(elder);
    struct buf metas = {0};
    memcpy(refs.now, refs_of(m)->now, REF_BYTES);
    buf_put(&metas, slice_head(mail_b(elder), elder->old_bytes));
    buf_put(&metas, slice_from(mail_b(m), m->old_bytes));
    struct frame *bytes = NULL;
    if (!metas.failed)
        bytes = mail_bytes(mail_a(elder), buf_slice(&metas), slice_of(&refs, sizeof refs));
    buf_fini(&metas);
    return bytes;
}

bool newest_join(struct newest *n, const struct mail *m, bool may, size_t *bytes)
{
    struct mail *elder = take(n, m);
    if (!elder || !may || !is_status(m) || elder->hidden != m->hidden) return false;
    uint64_t b_len = elder->old_bytes + m->b_len - m->old_bytes;
    size_t size = *bytes - elder->b_len + b_len;
    struct frame *shared = size <= EVENTS_WAITING_BYTES_MAX ? both(elder, m) : NULL;
    if (!shared) return false;
    frame_unref(elder->shared);
    elder->shared = shared;
    elder->b_len = (uint32_t)b_len;
    elder->at_ms = m->at_ms;
    *bytes = size;
    newest_put(n, elder);
    return true;
}
