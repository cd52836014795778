/* wire/ws.c -- RFC 6455, the receiving side: bytes in, messages out. */
#include "wire/ws.h"

#include "base/limits.h"
#include "wire/utf8.h"

#include <stdlib.h>

/* A frame as section 5.2 draws it:
 *
 *   FIN RSV RSV RSV op:4 | MASK len:7 | 0, 2 or 8 bytes of length | 4 bytes of mask | payload
 *
 * A server's has no mask. */
struct head {
    bool fin;
    uint8_t op;
    uint8_t short_len; /* 126 and 127 announce 2 and 8 bytes of length */
    uint8_t bytes;     /* of the head itself */
    uint64_t payload;
    size_t need; /* so many bytes let it go on: two, the head, the frame */
};

/* A message that is being put together. */
struct ws_fragments {
    struct buf message; /* its bytes so far */
    uint32_t checked;   /* so many of the first are valid UTF-8 */
    uint16_t count;
};

static void message_free(struct ws_in *w)
{
    if (w->fragments) buf_fini(&w->fragments->message);
    free(w->fragments);
    w->fragments = NULL;
    w->fragment_op = 0;
}

void ws_in_fini(struct ws_in *w) { message_free(w); }

size_t ws_in_bytes(const struct ws_in *w) { return w->fragments ? w->fragments->message.len : 0; }

static enum ws_event end(struct ws_in *w, enum ws_event what, uint16_t code, struct ws_message *out)
{
    message_free(w);
    w->ended = true;
    out->code = code;
    if (what == WS_FAIL) out->payload = slice_of(NULL, 0);
    return what;
}

static bool is_control(uint8_t op) { return op & 8; }

/* The verdicts on a frame come in the order of its bytes, so that they are the same however the
 * bytes are cut, and each as soon as the byte is there. They return a close code, 0 for good. */
static uint16_t judge_opcode(const struct ws_in *w, const struct head *h)
{
    switch (h->op) {
    case WS_OP_TEXT:
    case WS_OP_BINARY: return w->fragment_op ? WS_CODE_PROTOCOL : 0;
    case WS_OP_CONT: return w->fragment_op ? 0 : WS_CODE_PROTOCOL;
    case WS_OP_CLOSE:
    case WS_OP_PING:
    case WS_OP_PONG: return h->fin ? 0 : WS_CODE_PROTOCOL;
    default: return WS_CODE_PROTOCOL;
    }
}

static uint16_t judge_length(const struct ws_in *w, const struct head *h)
{
    uint64_t least = h->short_len == 127 ? UINT16_MAX + 1 : h->short_len == 126 ? 126 : 0;
    if (h->payload < least || h->payload > INT64_MAX) return WS_CODE_PROTOCOL;
    if (is_control(h->op)) return 0;
    size_t before = h->op == WS_OP_CONT ? w->fragments->message.len : 0;
    if (before + h->payload > w->message_bytes_max) return WS_CODE_TOO_BIG;
    if (h->op == WS_OP_CONT && w->fragments->count == FRAGMENTS_MAX) return WS_CODE_POLICY;
    return 0;
}

static uint16_t judge_start(const struct ws_in *w, const uint8_t *b, size_t len, struct head *h)
{
    h->fin = b[0] & 0x80;
    h->op = b[0] & 0x0F;
    if (b[0] & 0x70) return WS_CODE_PROTOCOL;
    uint16_t code = judge_opcode(w, h);
    if (code || len < 2) return code;
    h->short_len = b[1] & 0x7F;
    if (((b[1] & 0x80) != 0) == w->from_server) return WS_CODE_PROTOCOL;
    return is_control(h->op) && h->short_len > 125 ? WS_CODE_PROTOCOL : 0;
}

static uint64_t big_endian(const uint8_t *b, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | b[i];
    return v;
}

static uint16_t judge(const struct ws_in *w, kith_slice in, struct head *h)
{
    h->need = 2;
    uint16_t code = judge_start(w, in.ptr, in.len, h);
    if (code || in.len < 2) return code;
    uint8_t wide = h->short_len == 127 ? 8 : h->short_len == 126 ? 2 : 0;
    h->bytes = (uint8_t)(2 + wide + (w->from_server ? 0 : 4));
    h->need = h->bytes;
    if (in.len < 2u + wide) return 0;
    h->payload = wide ? big_endian(in.ptr + 2, wide) : h->short_len;
    code = judge_length(w, h);
    if (!code) h->need += (size_t)h->payload;
    return code;
}

static void unmask(uint8_t *p, size_t n, const uint8_t mask[4])
{
    uint64_t eight, twice;
    uint8_t pair[8] = {mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]};
    memcpy(&twice, pair, 8);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&eight, p + i, 8);
        eight ^= twice;
        memcpy(p + i, &eight, 8);
    }
    for (; i < n; i++)
        p[i] ^= mask[i & 3];
}

static enum ws_event close_frame(struct ws_in *w, struct ws_message *out)
{
    kith_slice p = out->payload;
    if (p.len == 0) return end(w, WS_CLOSE, 0, out);
    if (p.len == 1) return end(w, WS_FAIL, WS_CODE_PROTOCOL, out);
    uint16_t code = (uint16_t)big_endian(p.ptr, 2);
    if (!ws_code_sendable(code)) return end(w, WS_FAIL, WS_CODE_PROTOCOL, out);
    out->payload = slice_from(p, 2);
    if (!utf8_valid(out->payload)) return end(w, WS_FAIL, WS_CODE_UTF8, out);
    return end(w, WS_CLOSE, code, out);
}

/* How many bytes at the end begin a character that the next fragment may end. */
static size_t open_character(kith_slice s)
{
    for (size_t n = 1; n <= 3 && n <= s.len; n++) {
        const uint8_t *at = s.ptr + s.len - n;
        if ((*at & 0xC0) == 0x80) continue;
        size_t whole = *at >= 0xF0 ? 4 : *at >= 0xE0 ? 3 : 2;
        if (*at < 0xC2 || *at > 0xF4 || whole <= n) return 0;
        uint8_t ended[4] = {0x80, 0x80, 0x80, 0x80}; /* good after any beginning of two or three */
        memcpy(ended, at, n);
        return n == 1 || utf8_valid(slice_of(ended, whole)) ? n : 0;
    }
    return 0;
}

/* Each byte is looked at once, and bad text is refused with the fragment that brings it. */
static bool text_so_far(struct ws_in *w, bool fin)
{
    struct ws_fragments *f = w->fragments;
    kith_slice fresh = slice_from(buf_slice(&f->message), f->checked);
    size_t n = fresh.len - (fin ? 0 : open_character(fresh));
    f->checked += (uint32_t)n;
    return utf8_valid(slice_head(fresh, n));
}

static enum ws_event fragment(struct ws_in *w, const struct head *h, struct ws_message *out)
{
    if (!w->fragments) w->fragments = calloc(1, sizeof *w->fragments);
    struct ws_fragments *f = w->fragments;
    if (f) buf_put(&f->message, out->payload);
    if (!f || f->message.failed) return end(w, WS_FAIL, WS_CODE_INTERNAL, out);
    if (h->op != WS_OP_CONT) w->fragment_op = h->op;
    f->count++;
    bool text = w->fragment_op == WS_OP_TEXT;
    if (text && !text_so_far(w, h->fin)) return end(w, WS_FAIL, WS_CODE_UTF8, out);
    if (!h->fin) return WS_MORE;
    w->fragment_op = 0;
    out->payload = buf_slice(&f->message);
    return text ? WS_TEXT : WS_BINARY;
}

static enum ws_event whole_frame(struct ws_in *w, const struct head *h, struct ws_message *out)
{
    switch (h->op) {
    case WS_OP_CLOSE: return close_frame(w, out);
    case WS_OP_PING: return WS_PING;
    case WS_OP_PONG: return WS_PONG;
    case WS_OP_CONT: return fragment(w, h, out);
    default: break;
    }
    if (!h->fin) return fragment(w, h, out);
    if (h->op == WS_OP_BINARY) return WS_BINARY;
    if (!utf8_valid(out->payload)) return end(w, WS_FAIL, WS_CODE_UTF8, out);
    return WS_TEXT;
}

/* The frame is whole: its payload, unmasked where it lies. */
static kith_slice payload_of(const struct ws_in *w, uint8_t *frame, const struct head *h)
{
    uint8_t *payload = frame + h->bytes;
    if (!w->from_server) unmask(payload, (size_t)h->payload, payload - 4);
    return slice_of(payload, (size_t)h->payload);
}

enum ws_event ws_feed(struct ws_in *w, uint8_t *bytes, size_t len, size_t *used, size_t *need,
                      struct ws_message *out)
{
    *out = (struct ws_message){0};
    *used = w->ended ? len : 0;
    *need = 2;
    if (!w->fragment_op) message_free(w);
    while (*used < len) {
        struct head h = {0};
        uint8_t *frame = bytes + *used;
        uint16_t code = judge(w, slice_of(frame, len - *used), &h);
        if (code) return end(w, WS_FAIL, code, out);
        *need = h.need;
        if (len - *used < h.need) return WS_MORE;
        out->payload = payload_of(w, frame, &h);
        *used += h.need;
        *need = 2;
        out->frames++;
        enum ws_event what = whole_frame(w, &h, out);
        if (what != WS_MORE) return what;
    }
    return WS_MORE;
}
