/* wire/node.c -- frames between nodes: head, body, MAC. */
#include "wire/node.h"

#include "wire/pack.h"

enum { MAGIC = 0xa7, VERSION = 1 };

/* Names */

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

bool node_is_name(kith_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_char(name.ptr[i])) return false;
    return name.len > 0 && name.len <= NODE_NAME_BYTES_MAX;
}

/* Nobody gains by two names of one hash: who may name a node may also stop it. */
uint64_t node_id(kith_slice name)
{
    static const struct siphash_key nodes = {.k0 = 1};
    return siphash13(&nodes, name);
}

uint32_t node_cluster(kith_slice name)
{
    static const struct siphash_key clusters = {.k0 = 2};
    return (uint32_t)siphash13(&clusters, name);
}

/* Writing */

size_t node_begin(struct buf *out)
{
    size_t begun = out->len;
    if (buf_reserve(out, NODE_HEAD_BYTES)) out->len += NODE_HEAD_BYTES;
    return begun;
}

static void put_head(uint8_t *at, const struct node_head *h, size_t body)
{
    at = pack_u8(pack_u8(at, MAGIC), VERSION);
    at = pack_u8(pack_u8(at, h->type), h->flags);
    at = pack_u32(at, h->cluster);
    at = pack_u64(pack_u64(at, h->nid), h->inc);
    at = pack_u32(pack_u32(at, (uint32_t)body), 0);
    (void)pack_u64(pack_u64(at, h->to), h->number);
}

kith_err node_seal(uint8_t *frame, size_t len, const struct node_head *head,
                   const struct siphash_key *key)
{
    if (len > NODE_FRAME_BYTES_MAX) return KITH_FULL;
    put_head(frame, head, len - NODE_HEAD_BYTES - NODE_MAC_BYTES);
    siphash24_128(key, slice_of(frame, len - NODE_MAC_BYTES), frame + len - NODE_MAC_BYTES);
    return KITH_OK;
}

kith_err node_end(struct buf *out, size_t begun, const struct node_head *head,
                  const struct siphash_key *key)
{
    uint8_t *mac = buf_reserve(out, NODE_MAC_BYTES);
    size_t len = out->len + NODE_MAC_BYTES - begun;
    kith_err e = mac ? node_seal(out->ptr + begun, len, head, key) : KITH_NOMEM;
    out->len = e ? begun : begun + len;
    return e;
}

/* Reading */

static bool is_under(const struct siphash_key *key, kith_slice signed_part, const uint8_t *mac)
{
    uint8_t right[NODE_MAC_BYTES], difference = 0;
    siphash24_128(key, signed_part, right);
    for (int i = 0; i < NODE_MAC_BYTES; i++) /* as long wherever they differ */
        difference |= right[i] ^ mac[i];
    return difference == 0;
}

/* Of another version nothing is known but that its first two bytes are these. */
enum node_fault node_decode(kith_slice bytes, uint32_t cluster, const struct siphash_key *key,
                            struct node_frame *out)
{
    if (bytes.len > NODE_FRAME_BYTES_MAX || bytes.len < 2 || bytes.ptr[0] != MAGIC)
        return NODE_GARBLED;
    if (bytes.ptr[1] != VERSION) return NODE_OTHER_VERSION;
    if (bytes.len < NODE_HEAD_BYTES + NODE_MAC_BYTES) return NODE_GARBLED;
    size_t body = bytes.len - NODE_HEAD_BYTES - NODE_MAC_BYTES;
    struct unpack u = unpack_start(slice_from(bytes, 2));
    struct node_frame f = {.head = {.type = unpack_u8(&u), .flags = unpack_u8(&u)}};
    f.head.cluster = unpack_u32(&u);
    f.head.nid = unpack_u64(&u);
    f.head.inc = unpack_u64(&u);
    if (unpack_u32(&u) != body || unpack_u32(&u) != 0) return NODE_GARBLED;
    f.head.to = unpack_u64(&u);
    f.head.number = unpack_u64(&u);
    f.body = unpack_bytes(&u, body);
    if (f.head.cluster != cluster) return NODE_OTHER_CLUSTER;
    if (!is_under(key, slice_head(bytes, NODE_HEAD_BYTES + body), u.at)) return NODE_FORGED;
    *out = f;
    return NODE_GOOD;
}
