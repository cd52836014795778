/* tests/wire/ws_feed.h -- conversations as one line of text: frames going in, events coming out.
 *
 *   in:  T:hi|t:h|C:i|P:x   final frames in capitals, others small: Text, Binary, Continuation,
 *                           clOse, Ping, pOng is G
 *   out: T:hi|T:hi|P:x|     events; a close is O1000:reason|, a failure F1002| */
#pragma once

#include "base/buf.h"
#include "cut.h"
#include "wire/ws.h"

#include <ctype.h>
#include <stdlib.h>

static inline uint8_t opcode_of(char letter)
{
    switch (toupper((unsigned char)letter)) {
    case 'C': return WS_OP_CONT;
    case 'T': return WS_OP_TEXT;
    case 'B': return WS_OP_BINARY;
    case 'O': return WS_OP_CLOSE;
    case 'P': return WS_OP_PING;
    case 'G': return WS_OP_PONG;
    default: abort();
    }
}

static inline void put_masked(struct buf *out, kith_slice payload)
{
    static const uint8_t mask[4] = {0x37, 0xFA, 0x21, 0x3D};
    buf_put(out, slice_of(mask, 4));
    for (size_t i = 0; i < payload.len; i++)
        buf_putc(out, payload.ptr[i] ^ mask[i % 4]);
}

/* A client's frame; `wide` is how many bytes its length takes beside the first: 0, 2, 8. */
static inline void put_frame_wide(struct buf *out, uint8_t first, kith_slice payload, int wide)
{
    buf_putc(out, first);
    buf_putc(out, 0x80 | (wide == 8 ? 127 : wide == 2 ? 126 : (uint8_t)payload.len));
    for (int i = wide; i-- > 0;)
        buf_putc(out, (uint8_t)((uint64_t)payload.len >> (8 * i)));
    put_masked(out, payload);
}

static inline void put_frame(struct buf *out, uint8_t first, kith_slice payload)
{
    put_frame_wide(out, first, payload, payload.len < 126 ? 0 : payload.len < 65536 ? 2 : 8);
}

static inline void put_frames(struct buf *out, kith_slice spec)
{
    while (spec.len) {
        kith_slice one;
        spec = slice_cut(spec, '|', &one);
        if (one.len < 2 || one.ptr[1] != ':') abort();
        unsigned fin = isupper(one.ptr[0]) ? 0x80 : 0;
        put_frame(out, (uint8_t)(fin | opcode_of((char)one.ptr[0])), slice_from(one, 2));
    }
}

static inline void put_event(struct buf *log, enum ws_event what, const struct ws_message *m)
{
    static const char letters[] = {
        [WS_TEXT] = 'T', [WS_BINARY] = 'B', [WS_PING] = 'P',
        [WS_PONG] = 'G', [WS_CLOSE] = 'O',  [WS_FAIL] = 'F',
    };
    buf_putc(log, (uint8_t)letters[what]);
    if (what == WS_CLOSE || what == WS_FAIL) buf_put_u64(log, m->code);
    if (what != WS_FAIL) buf_putc(log, ':'), buf_put(log, m->payload);
    buf_putc(log, '|');
}

/* Feeds pieces as a connection would: what was not used is offered again, with more behind it.
 * Each offer is memory of its own size, so that a sanitizer sees a look too far. */
static inline void feed(struct ws_in *w, kith_slice in, int how, struct buf *log)
{
    struct cutter c = cutter(how);
    size_t start = 0, have = 0;
    enum ws_event what = WS_MORE;
    while (what != WS_CLOSE && what != WS_FAIL && (have < in.len || what != WS_MORE)) {
        if (what == WS_MORE) have += cut(&c, in.len - have);
        size_t n = have - start, used, need;
        uint8_t *offer = (uint8_t *)malloc(n ? n : 1);
        struct ws_message m;
        if (n) memcpy(offer, in.ptr + start, n);
        what = ws_feed(w, offer, n, &used, &need, &m);
        if (used > n || (what == WS_MORE && need <= n - used)) abort();
        if (memcmp(offer + used, in.ptr + start + used, n - used) != 0) abort();
        if (what != WS_MORE) put_event(log, what, &m);
        start += used;
        free(offer);
    }
}
