/* tests/fuzz/fuzz_node.c -- bytes of another node: as a frame; and, the first byte being its type
 * and the others its body, under the right key. What is read of a body is what is read again of
 * what comes of it. */
#include "wire/node.h"

#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct siphash_key key = {1, 2};

enum { CLUSTER = 7, LIST_MAX = 65536 };

static struct node_at list[LIST_MAX];

typedef kith_err rewriter(kith_slice body, struct buf *out);

static kith_err heartbeat(kith_slice body, struct buf *out)
{
    struct node_heartbeat h;
    kith_err e = node_get_heartbeat(body, &h);
    if (e) return e;
    KITH_ASSERT(node_is_name(h.name) && h.count < LIST_MAX && h.state <= NODE_LEAVING);
    for (uint32_t i = 0; node_next_stream(&h.streams, &list[i]); i++)
        KITH_ASSERT(i < h.count && list[i].stream < STREAM_NUMBERS);
    node_put_heartbeat(out, &h, list);
    return KITH_OK;
}

static kith_err pull(kith_slice body, struct buf *out)
{
    struct node_pull p;
    kith_err e = node_get_pull(body, &p);
    if (e) return e;
    KITH_ASSERT(p.count < LIST_MAX);
    for (uint32_t i = 0; node_next_pull(&p.streams, &list[i]); i++)
        KITH_ASSERT(i < p.count && list[i].stream < STREAM_NUMBERS);
    node_put_pull(out, &p, list);
    return KITH_OK;
}

static kith_err left_out(kith_slice body, struct buf *out)
{
    struct node_rest r;
    kith_err e = node_get_rest(body, &r);
    if (!e) node_put_rest(out, &r);
    return e;
}

static kith_err stale(kith_slice body, struct buf *out)
{
    struct node_stale s;
    kith_err e = node_get_stale(body, &s);
    if (!e) node_put_stale(out, &s);
    return e;
}

static kith_err ask(kith_slice body, struct buf *out)
{
    uint64_t inc;
    kith_err e = node_get_ask(body, &inc);
    if (!e) node_put_ask(out, inc);
    return e;
}

static kith_err vouch(kith_slice body, struct buf *out)
{
    struct node_vouch v;
    kith_err e = node_get_vouch(body, &v);
    if (!e) node_put_vouch(out, &v);
    return e;
}

static kith_err claim(kith_slice body, struct buf *out)
{
    struct node_claim c;
    kith_err e = node_get_claim(body, &c);
    if (e) return e;
    KITH_ASSERT(c.stream < STREAM_NUMBERS && c.user.len <= USER_ID_BYTES_MAX);
    node_put_claim(out, &c);
    return KITH_OK;
}

static kith_err claimed(kith_slice body, struct buf *out)
{
    struct node_claimed c;
    kith_err e = node_get_claimed(body, &c);
    if (e) return e;
    KITH_ASSERT(c.stream < STREAM_NUMBERS && c.left <= NODE_LEFT_LOST);
    node_put_claimed(out, &c);
    return KITH_OK;
}

static kith_err call(kith_slice body, struct buf *out)
{
    struct node_call c;
    kith_err e = node_get_call(body, &c);
    if (!e) node_put_call(out, &c);
    return e;
}

static kith_err answer(kith_slice body, struct buf *out)
{
    struct node_answer a;
    kith_err e = node_get_answer(body, &a);
    if (!e) node_put_answer(out, &a);
    return e;
}

static kith_err others(kith_slice body, struct buf *out)
{
    kith_slice rest;
    struct node_other all[512], *o = all;
    kith_err e = node_get_others(body, &rest);
    if (e) return e;
    while (o < all + 512 && node_next_other(&rest, o))
        o++;
    node_put_others(out, all, (uint32_t)(o - all));
    return KITH_OK;
}

static rewriter *const rewriters[] = {[NODE_HEARTBEAT] = heartbeat, [NODE_PULL] = pull,
                                      [NODE_STALE] = stale,         [NODE_ASK] = ask,
                                      [NODE_VOUCH] = vouch,         [NODE_CLAIM] = claim,
                                      [NODE_CLAIMED] = claimed,     [NODE_CALL] = call,
                                      [NODE_ANSWER] = answer,       [NODE_OTHERS] = others,
                                      [NODE_REST] = left_out};

static void check_body(uint8_t type, kith_slice body)
{
    if (type >= sizeof rewriters / sizeof *rewriters || !rewriters[type]) return;
    struct buf once = {0}, twice = {0};
    if (rewriters[type](body, &once) == KITH_OK) {
        KITH_ASSERT(once.len <= body.len); /* what was passed over is gone, the rest as short */
        KITH_ASSERT(rewriters[type](buf_slice(&once), &twice) == KITH_OK);
        KITH_ASSERT(slice_eq(buf_slice(&once), buf_slice(&twice)));
    }
    buf_fini(&once);
    buf_fini(&twice);
}

static void check_framed(uint8_t type, kith_slice body)
{
    struct buf b = {0};
    struct node_frame f;
    const struct node_head head = {.type = type, .cluster = CLUSTER, .nid = 8, .inc = 9};
    size_t begun = node_begin(&b);
    buf_put(&b, body);
    kith_err e = node_end(&b, begun, &head, &key);
    KITH_ASSERT(e == (body.len > NODE_BODY_BYTES_MAX ? KITH_FULL : KITH_OK));
    if (e == KITH_OK) {
        KITH_ASSERT(node_decode(buf_slice(&b), CLUSTER, &key, &f) == NODE_GOOD);
        KITH_ASSERT(f.head.type == type && slice_eq(f.body, body));
        check_body(type, f.body);
    }
    buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct node_frame f;
    if (node_decode(slice_of(data, size), CLUSTER, &key, &f) == NODE_GOOD)
        check_body(f.head.type, f.body);
    if (size) check_framed(data[0], slice_of(data + 1, size - 1));
    return 0;
}
