/* shard/diffs.c -- what is told about a user to those whose sight of it changes: each payload, and
 * each list of them, behind its length. */
#include "shard/diffs.h"

#include "base/ids.h"
#include "wire/presence.h"

static void put_bytes(struct buf *out, const struct buf *bytes)
{
    uint32_t len = (uint32_t)bytes->len;
    buf_put(out, slice_of(&len, sizeof len));
    buf_put(out, buf_slice(bytes));
    out->failed |= bytes->failed;
}

static bool next_bytes(kith_slice *rest, kith_slice *bytes)
{
    uint32_t len;
    if (rest->len == 0) return false;
    memcpy(&len, rest->ptr, sizeof len);
    *bytes = slice_of(rest->ptr + sizeof len, len);
    *rest = slice_from(*rest, sizeof len + len);
    return true;
}

static size_t read_metas(const struct world *w, kith_slice user, struct meta metas[])
{
    struct presence_topic name;
    struct entry e;
    size_t n = 0;
    kith_slice topic = presence_topic(&name, user);
    for (struct tracker_walk walk = {0};
         n < SESSIONS_MAX && presence_next(w->presence, topic, &walk, &e);)
        metas[n++] = e.meta;
    return n;
}

void diffs_put(struct world *w, kith_slice user, enum diffs which, struct buf *out)
{
    struct meta metas[SESSIONS_MAX];
    struct buf payload = {0};
    size_t n = read_metas(w, user, metas), leaves = which & DIFFS_LEAVES ? n : 0;
    if (n && which & DIFFS_JOIN) {
        presence_put_diff(&payload, user, metas, n, NULL, 0);
        put_bytes(out, &payload);
    }
    for (size_t i = 0; i < leaves && !out->failed; i++) {
        buf_clear(&payload);
        presence_put_diff(&payload, user, NULL, 0, &metas[i], 1);
        put_bytes(out, &payload);
    }
    buf_fini(&payload);
}

bool diffs_next(kith_slice *rest, kith_slice *payload) { return next_bytes(rest, payload); }

void diffs_put_list(struct world *w, kith_slice user, enum diffs which, struct buf *out)
{
    struct buf payloads = {0};
    diffs_put(w, user, which, &payloads);
    ids_put(out, user);
    put_bytes(out, &payloads);
    buf_fini(&payloads);
}

bool diffs_next_list(kith_slice *rest, kith_slice *user, kith_slice *payloads)
{
    return ids_next(rest, user) && next_bytes(rest, payloads);
}
