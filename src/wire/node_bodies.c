/* wire/node_bodies.c -- the small bodies of frames between nodes. */
#include "wire/node.h"
#include "wire/pack.h"

#define U32_END ((uint64_t)UINT32_MAX + 1)

enum { NUMBERS_MAX = 8 }; /* of a body, lists and texts aside */

/* A few numbers that are written at once. */
struct numbers {
    uint8_t bytes[NUMBERS_MAX * VARINT_BYTES_MAX], *at;
};

static void put(struct buf *out, const struct numbers *n)
{
    buf_put(out, slice_of(n->bytes, (size_t)(n->at - n->bytes)));
}

static kith_err end(const struct unpack *u) { return u->bad ? KITH_BAD : KITH_OK; }

static uint32_t get_u32(struct unpack *u) { return (uint32_t)unpack_below(u, U32_END); }

/* Lists of streams */

static void put_at(struct buf *out, const struct node_at *a, bool digest)
{
    struct numbers n;
    n.at = pack_varint(pack_varint(n.bytes, a->stream), a->seq);
    if (digest) n.at = pack_u64(n.at, a->digest);
    put(out, &n);
}

static struct node_at get_at(struct unpack *u, bool digest)
{
    struct node_at a = {.stream = (uint32_t)unpack_below(u, STREAM_NUMBERS)};
    a.seq = unpack_varint(u);
    if (digest) a.digest = unpack_u64(u);
    return a;
}

static void put_list(struct buf *out, const struct node_at *list, uint32_t count, bool digest)
{
    struct numbers n;
    n.at = pack_varint(n.bytes, count);
    put(out, &n);
    for (uint32_t i = 0; i < count; i++)
        put_at(out, &list[i], digest);
}

/* All of it is looked at here, so that the walk through it meets nothing bad. */
static kith_slice get_list(struct unpack *u, uint32_t *count, bool digest)
{
    *count = get_u32(u);
    const uint8_t *first = u->at;
    for (uint32_t i = 0; i < *count && !u->bad; i++)
        (void)get_at(u, digest);
    return slice_of(first, (size_t)(u->at - first));
}

static bool next(kith_slice *list, struct node_at *out, bool digest)
{
    if (list->len == 0) return false;
    struct unpack u = unpack_start(*list);
    *out = get_at(&u, digest);
    *list = unpack_rest(&u);
    return !u.bad;
}

bool node_next_stream(kith_slice *streams, struct node_at *out) { return next(streams, out, true); }

bool node_next_pull(kith_slice *streams, struct node_at *out) { return next(streams, out, false); }

/* Heartbeats: name, state, flags (1 = wants a reply, 2 = answers, 4 = the last number is there),
 * numbers, streams, what was said to all */

enum { WANT_REPLY = 1, ANSWERS = 2, SAID = 4 };

void node_put_heartbeat(struct buf *out, const struct node_heartbeat *h,
                        const struct node_at *streams)
{
    struct numbers n;
    n.at = pack_varint(n.bytes, h->name.len);
    put(out, &n);
    buf_put(out, h->name);
    n.at = pack_u8(n.bytes, (uint8_t)h->state);
    n.at = pack_u8(n.at, (h->want_reply ? WANT_REPLY : 0) | (h->answers ? ANSWERS : 0) |
                             (h->said ? SAID : 0));
    n.at = pack_varint(n.at, h->period_ms);
    n.at = pack_u64(n.at, h->features);
    put(out, &n);
    put_list(out, streams, h->count, true);
    if (h->said == 0) return;
    n.at = pack_varint(n.bytes, h->said);
    put(out, &n);
}

kith_err node_get_heartbeat(kith_slice body, struct node_heartbeat *out)
{
    struct unpack u = unpack_start(body);
    *out = (struct node_heartbeat){.name = unpack_text(&u, NODE_NAME_BYTES_MAX)};
    out->state = (enum node_state)unpack_below(&u, NODE_LEAVING + 1);
    uint8_t flags = unpack_u8(&u);
    out->want_reply = flags & WANT_REPLY;
    out->answers = flags & ANSWERS;
    out->period_ms = get_u32(&u);
    out->features = unpack_u64(&u);
    out->streams = get_list(&u, &out->count, true);
    if (flags & SAID) out->said = unpack_varint(&u);
    return node_is_name(out->name) ? end(&u) : KITH_BAD;
}

void node_put_pull(struct buf *out, const struct node_pull *p, const struct node_at *from)
{
    struct numbers n;
    n.at = pack_varint(pack_u64(n.bytes, p->origin), p->question);
    n.at = pack_varint(n.at, p->bytes_max);
    put(out, &n);
    put_list(out, from, p->count, false);
}

kith_err node_get_pull(kith_slice body, struct node_pull *out)
{
    struct unpack u = unpack_start(body);
    *out = (struct node_pull){.origin = unpack_u64(&u)};
    out->question = unpack_varint(&u);
    out->bytes_max = unpack_varint(&u);
    out->streams = get_list(&u, &out->count, false);
    return end(&u);
}

_Static_assert(STREAM_NUMBERS == 128, "a bit for each in two words");

void node_put_rest(struct buf *out, const struct node_rest *r)
{
    struct numbers n;
    n.at = pack_varint(pack_u64(n.bytes, r->origin), r->question);
    n.at = pack_varint(n.at, r->wait_ms);
    n.at = pack_u64(pack_u64(n.at, r->streams[0]), r->streams[1]);
    put(out, &n);
}

kith_err node_get_rest(kith_slice body, struct node_rest *out)
{
    struct unpack u = unpack_start(body);
    *out = (struct node_rest){.origin = unpack_u64(&u)};
    out->question = unpack_varint(&u);
    out->wait_ms = unpack_varint(&u);
    out->streams[0] = unpack_u64(&u);
    out->streams[1] = unpack_u64(&u);
    return end(&u);
}

/* How nodes are */

void node_put_stale(struct buf *out, const struct node_stale *s)
{
    struct numbers n;
    n.at = pack_u64(pack_u64(n.bytes, s->nid), s->inc);
    put(out, &n);
}

kith_err node_get_stale(kith_slice body, struct node_stale *out)
{
    struct unpack u = unpack_start(body);
    out->nid = unpack_u64(&u);
    out->inc = unpack_u64(&u);
    return end(&u);
}

void node_put_ask(struct buf *out, uint64_t inc)
{
    struct numbers n;
    n.at = pack_u64(n.bytes, inc);
    put(out, &n);
}

kith_err node_get_ask(kith_slice body, uint64_t *inc)
{
    struct unpack u = unpack_start(body);
    *inc = unpack_u64(&u);
    return end(&u);
}

void node_put_vouch(struct buf *out, const struct node_vouch *v)
{
    struct numbers n;
    n.at = pack_varint(pack_u64(n.bytes, v->inc), v->age_ms);
    put(out, &n);
}

kith_err node_get_vouch(kith_slice body, struct node_vouch *out)
{
    struct unpack u = unpack_start(body);
    out->inc = unpack_u64(&u);
    out->age_ms = unpack_varint(&u);
    return end(&u);
}

void node_put_others(struct buf *out, const struct node_other *list, uint32_t count)
{
    struct numbers n;
    n.at = pack_varint(n.bytes, count);
    put(out, &n);
    for (uint32_t i = 0; i < count; i++) {
        n.at = pack_varint(pack_u64(n.bytes, list[i].inc), list[i].stay_ms);
        put(out, &n);
    }
}

static struct node_other get_other(struct unpack *u)
{
    struct node_other o = {.inc = unpack_u64(u)};
    o.stay_ms = unpack_varint(u);
    return o;
}

kith_err node_get_others(kith_slice body, kith_slice *others)
{
    struct unpack u = unpack_start(body);
    uint32_t count = get_u32(&u);
    const uint8_t *first = u.at;
    for (uint32_t i = 0; i < count && !u.bad; i++)
        (void)get_other(&u);
    *others = slice_of(first, (size_t)(u.at - first));
    return end(&u);
}

bool node_next_other(kith_slice *others, struct node_other *out)
{
    if (others->len == 0) return false;
    struct unpack u = unpack_start(*others);
    *out = get_other(&u);
    *others = unpack_rest(&u);
    return !u.bad;
}

/* Claims */

void node_put_claim(struct buf *out, const struct node_claim *c)
{
    struct numbers n;
    n.at = pack_u64(pack_varint(n.bytes, c->stream), c->device);
    n.at = pack_varint(pack_u64(n.at, c->id), c->user.len);
    put(out, &n);
    buf_put(out, c->user);
}

kith_err node_get_claim(kith_slice body, struct node_claim *out)
{
    struct unpack u = unpack_start(body);
    out->stream = (uint32_t)unpack_below(&u, STREAM_NUMBERS);
    out->device = unpack_u64(&u);
    out->id = unpack_u64(&u);
    out->user = unpack_text(&u, USER_ID_BYTES_MAX);
    return end(&u);
}

void node_put_claimed(struct buf *out, const struct node_claimed *c)
{
    struct numbers n;
    n.at = pack_u8(pack_u64(n.bytes, c->id), (uint8_t)c->left);
    n.at = pack_varint(pack_varint(n.at, c->stream), c->slot);
    put(out, &n);
}

kith_err node_get_claimed(kith_slice body, struct node_claimed *out)
{
    struct unpack u = unpack_start(body);
    out->id = unpack_u64(&u);
    out->left = (enum node_left)unpack_below(&u, NODE_LEFT_LOST + 1);
    out->stream = (uint32_t)unpack_below(&u, STREAM_NUMBERS);
    out->slot = get_u32(&u);
    return end(&u);
}

/* Calls */

void node_put_call(struct buf *out, const struct node_call *c)
{
    struct numbers n;
    n.at = pack_varint(pack_u64(n.bytes, c->id), c->kind);
    put(out, &n);
    buf_put(out, c->payload);
}

kith_err node_get_call(kith_slice body, struct node_call *out)
{
    struct unpack u = unpack_start(body);
    out->id = unpack_u64(&u);
    out->kind = get_u32(&u);
    out->payload = unpack_rest(&u);
    return end(&u);
}

void node_put_answer(struct buf *out, const struct node_answer *a)
{
    struct numbers n;
    n.at = pack_varint(pack_u8(pack_u64(n.bytes, a->id), a->failed), a->number);
    put(out, &n);
    buf_put(out, a->payload);
}

kith_err node_get_answer(kith_slice body, struct node_answer *out)
{
    struct unpack u = unpack_start(body);
    out->id = unpack_u64(&u);
    out->failed = unpack_below(&u, 2);
    out->number = get_u32(&u);
    out->payload = unpack_rest(&u);
    return end(&u);
}
