/* tests/fuzz/mutate_ws.h -- WebSocket frames, changed one at a time: lengths and masks stay right,
 * or are wrong on purpose. */
#pragma once

#include "mutate.h"

struct raw_frame {
    uint8_t first;
    bool masked;
    uint8_t mask[4];
    kith_slice payload; /* masked as it came */
};

/* The first of *in, which moves behind it. False: what is left is none. */
static inline bool next_raw_frame(kith_slice *in, struct raw_frame *f)
{
    if (in->len < 2) return false;
    uint64_t len = in->ptr[1] & 0x7f;
    size_t wide = len == 126 ? 2 : len == 127 ? 8 : 0, at = 2 + wide;
    *f = (struct raw_frame){.first = in->ptr[0], .masked = in->ptr[1] & 0x80};
    if (in->len < at + (f->masked ? 4 : 0)) return false;
    if (wide) len = 0;
    for (size_t i = 0; i < wide; i++)
        len = len << 8 | in->ptr[2 + i];
    if (f->masked) memcpy(f->mask, in->ptr + at, 4), at += 4;
    if (len > in->len - at) return false;
    f->payload = slice_of(in->ptr + at, (size_t)len);
    *in = slice_from(*in, at + (size_t)len);
    return true;
}

static inline void put_mask(struct buf *out, const struct raw_frame *f, kith_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_putc(out, f->masked ? text.ptr[i] ^ f->mask[i & 3] : text.ptr[i]);
}

/* `wide`: how many bytes its length has, or fewer than it needs for as many as it does. */
static inline void put_raw_frame(struct buf *out, const struct raw_frame *f, kith_slice text,
                                 unsigned wide)
{
    if (wide < 8 && text.len > UINT16_MAX) wide = 8;
    if (wide < 2 && text.len > 125) wide = 2;
    buf_putc(out, f->first);
    buf_putc(out, (uint8_t)((f->masked ? 0x80 : 0) | (wide == 8   ? 127
                                                      : wide == 2 ? 126
                                                                  : text.len)));
    for (unsigned i = wide; i-- > 0;)
        buf_putc(out, (uint8_t)((uint64_t)text.len >> 8 * i));
    if (f->masked) buf_put(out, slice_of(f->mask, 4));
    put_mask(out, f, text);
}

/* In two fragments, with a ping between them perhaps. */
static inline void put_fragments(struct buf *out, struct raw_frame f, kith_slice text,
                                 uint64_t *seed)
{
    static const struct raw_frame ping = {.first = 0x89};
    size_t at = chance_below(seed, (uint32_t)text.len + 1);
    struct raw_frame between = ping;
    between.masked = f.masked;
    f.first &= 0x7f;
    put_raw_frame(out, &f, slice_head(text, at), 0);
    if (chance_below(seed, 2)) put_raw_frame(out, &between, slice_head(text, at % 126), 0);
    f.first = 0x80;
    put_raw_frame(out, &f, slice_from(text, at), 0);
}

/* How a target's messages change. */
typedef void message_mutator(struct buf *out, kith_slice text, uint64_t *seed);

static inline void mutate_raw_frame(struct buf *out, struct raw_frame f, message_mutator *change,
                                    uint64_t *seed)
{
    static const uint8_t firsts[] = {0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x02, 0x00, 0x80, 0xc1};
    struct buf text = {0}, changed = {0};
    put_mask(&text, &f, f.payload);
    switch (chance_below(seed, 10)) {
    case 0: f.first = firsts[chance_below(seed, sizeof firsts)]; break;
    case 1: f.first ^= (uint8_t)(1u << chance_below(seed, 8)); break;
    case 2: f.masked = !f.masked; break;
    case 3: memcpy(f.mask, seed, 4); break;
    default: change(&changed, buf_slice(&text), seed);
    }
    if (!changed.len && f.payload.len) buf_put(&changed, buf_slice(&text));
    if (chance_below(seed, 8) == 0)
        put_fragments(out, f, buf_slice(&changed), seed);
    else
        put_raw_frame(out, &f, buf_slice(&changed), chance_below(seed, 20) ? 0 : 8);
    buf_fini(&text);
    buf_fini(&changed);
}

static inline size_t count_raw_frames(kith_slice in)
{
    struct raw_frame f;
    size_t n = 0;
    while (next_raw_frame(&in, &f))
        n++;
    return n;
}

/* Appends `in` with one frame changed, left out, or there twice; what is no frame, as
 * mutate_bytes. */
static inline void mutate_frames(struct buf *out, kith_slice in, message_mutator *change,
                                 uint64_t *seed)
{
    size_t n = count_raw_frames(in), at = n ? chance_below(seed, (uint32_t)n) : 0;
    struct raw_frame f;
    if (!n || chance_below(seed, 12) == 0) {
        mutate_bytes(out, in);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const uint8_t *begin = in.ptr;
        (void)next_raw_frame(&in, &f);
        unsigned how = i == at ? chance_below(seed, 8) : 1;
        if (how == 0) continue;
        if (how <= 2) buf_put(out, slice_of(begin, (size_t)(in.ptr - begin)));
        if (i == at && how > 1) mutate_raw_frame(out, f, change, seed);
    }
    buf_put(out, in);
}
