/* wire/repl.c -- one broadcast as bytes, for those who listen on another node. */
#include "wire/repl.h"

#include "base/limits.h"
#include "wire/json.h"

enum { VERSION = 1, FLAG_BINARY = 1, HEAD_BYTES = 9, EVENT_BYTES_MAX = 255 };

static bool fits(kith_slice s, size_t max) { return s.len > 0 && s.len <= max; }

kith_err repl_encode(const struct repl *m, struct buf *out)
{
    if (!fits(m->topic, TOPIC_BYTES_MAX) || !fits(m->event, EVENT_BYTES_MAX)) return KITH_FULL;
    if (m->payload.len > UINT32_MAX) return KITH_FULL;
    uint32_t n = (uint32_t)m->payload.len;
    const uint8_t head[HEAD_BYTES] = {VERSION,
                                      m->binary ? FLAG_BINARY : 0,
                                      (uint8_t)(m->topic.len >> 8),
                                      (uint8_t)m->topic.len,
                                      (uint8_t)m->event.len,
                                      (uint8_t)(n >> 24),
                                      (uint8_t)(n >> 16),
                                      (uint8_t)(n >> 8),
                                      (uint8_t)n};
    buf_put(out, slice_of(head, sizeof head));
    buf_put(out, m->topic);
    buf_put(out, m->event);
    buf_put(out, m->payload);
    return out->failed ? KITH_NOMEM : KITH_OK;
}

static kith_slice take(kith_slice *rest, size_t len)
{
    kith_slice head = slice_head(*rest, len);
    *rest = slice_from(*rest, len);
    return head;
}

static bool is_payload(const struct repl *m)
{
    struct json ignored;
    return m->binary || m->payload.len == 0 || json_parse(m->payload, &ignored) == KITH_OK;
}

kith_err repl_decode(kith_slice bytes, struct repl *out)
{
    const uint8_t *h = bytes.ptr;
    if (bytes.len < HEAD_BYTES || h[0] != VERSION || h[1] & ~FLAG_BINARY) return KITH_BAD;
    size_t topic = (size_t)h[2] << 8 | h[3], event = h[4];
    size_t payload = (size_t)h[5] << 24 | (size_t)h[6] << 16 | (size_t)h[7] << 8 | h[8];
    kith_slice rest = slice_from(bytes, HEAD_BYTES);
    if (rest.len != topic + event + payload) return KITH_BAD;
    *out = (struct repl){.binary = h[1] & FLAG_BINARY};
    out->topic = take(&rest, topic);
    out->event = take(&rest, event);
    out->payload = rest;
    bool good = fits(out->topic, TOPIC_BYTES_MAX) && event > 0 && utf8_valid(out->topic) &&
                utf8_valid(out->event) && is_payload(out);
    return good ? KITH_OK : KITH_BAD;
}
