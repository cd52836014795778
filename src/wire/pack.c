/* wire/pack.c -- numbers out of bytes. */
#include "wire/pack.h"

static uint64_t refuse(struct unpack *u)
{
    u->at = u->end;
    u->bad = true;
    return 0;
}

/* A last byte of 0 would say nothing: there is a shorter form. Of the tenth one bit is left. */
uint64_t unpack_long_varint(struct unpack *u)
{
    uint64_t v = 0;
    for (unsigned shift = 0; u->at < u->end && shift < 64; shift += 7) {
        uint8_t c = *u->at++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c & 0x80) continue;
        return (c == 0 && shift) || (shift == 63 && c > 1) ? refuse(u) : v;
    }
    return refuse(u);
}

uint64_t unpack_below(struct unpack *u, uint64_t end)
{
    uint64_t v = unpack_varint(u);
    return v < end ? v : refuse(u);
}

kith_slice unpack_bytes(struct unpack *u, size_t len)
{
    if (len > unpack_left(u)) {
        (void)refuse(u);
        return (kith_slice){0};
    }
    kith_slice bytes = slice_of(u->at, len);
    if (len) u->at += len;
    return bytes;
}

kith_slice unpack_text(struct unpack *u, size_t len_max)
{
    return unpack_bytes(u, (size_t)unpack_below(u, (uint64_t)len_max + 1));
}

static void copy(struct unpack *u, void *out, size_t len)
{
    kith_slice b = unpack_bytes(u, len);
    if (b.len) memcpy(out, b.ptr, len);
}

uint8_t unpack_u8(struct unpack *u)
{
    uint8_t v = 0;
    copy(u, &v, sizeof v);
    return v;
}

uint16_t unpack_u16(struct unpack *u)
{
    uint16_t v = 0;
    copy(u, &v, sizeof v);
    return v;
}

uint32_t unpack_u32(struct unpack *u)
{
    uint32_t v = 0;
    copy(u, &v, sizeof v);
    return v;
}

uint64_t unpack_u64(struct unpack *u)
{
    uint64_t v = 0;
    copy(u, &v, sizeof v);
    return v;
}
