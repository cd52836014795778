/* shard/envelope.c -- a frame for other nodes as mail. */
#include "shard/envelope.h"

struct mail *envelope_new(enum node_type type, kith_slice body, kith_slice node)
{
    struct mail *m = mail_room(MAIL_FRAME, NODE_HEAD_BYTES + body.len + NODE_MAC_BYTES, node);
    if (!m) return NULL;
    m->frame = type;
    if (body.len) memcpy(m->bytes + NODE_HEAD_BYTES, body.ptr, body.len);
    return m;
}

kith_err envelope_seal(struct mail *m, const struct node_head *head, const struct siphash_key *key)
{
    struct node_head h = *head;
    h.type = (uint8_t)m->frame;
    h.to = m->inc;
    return node_seal(m->bytes, m->a_len, &h, key);
}
