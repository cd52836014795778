/* wire/pack.h -- numbers as bytes between nodes: of a fixed size, little endian; or as varints, 7
 * bits a byte, the lowest first, of which only the shortest form is accepted (LEB128). */
#pragma once

#include "base/slice.h"

enum { VARINT_BYTES_MAX = 10 };

/* Writers put it at `at`, where there must be room, and return what is behind it. (Little endian
 * machines only; meson.build refuses the others.) */
static inline uint8_t *pack_u8(uint8_t *at, uint8_t v)
{
    *at = v;
    return at + 1;
}

static inline uint8_t *pack_u16(uint8_t *at, uint16_t v)
{
    memcpy(at, &v, sizeof v);
    return at + sizeof v;
}

static inline uint8_t *pack_u32(uint8_t *at, uint32_t v)
{
    memcpy(at, &v, sizeof v);
    return at + sizeof v;
}

static inline uint8_t *pack_u64(uint8_t *at, uint64_t v)
{
    memcpy(at, &v, sizeof v);
    return at + sizeof v;
}

static inline uint8_t *pack_varint(uint8_t *at, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *at++ = (uint8_t)(v | 0x80);
    return pack_u8(at, (uint8_t)v);
}

static inline uint8_t *pack_bytes(uint8_t *at, kith_slice s)
{
    if (s.len) memcpy(at, s.ptr, s.len);
    return at + s.len;
}

/* Its length as a varint, and it. */
static inline uint8_t *pack_text(uint8_t *at, kith_slice s)
{
    return pack_bytes(pack_varint(at, s.len), s);
}

/* A reader. What cannot be read is 0 or empty, and sticks: read on, ask once. */
struct unpack {
    const uint8_t *at, *end;
    bool bad;
};

static inline struct unpack unpack_start(kith_slice bytes)
{
    return (struct unpack){bytes.ptr, bytes.ptr ? bytes.ptr + bytes.len : NULL, false};
}

static inline size_t unpack_left(const struct unpack *u) { return (size_t)(u->end - u->at); }

uint64_t unpack_long_varint(struct unpack *u); /* of any length; use unpack_varint */

static inline uint64_t unpack_varint(struct unpack *u)
{
    if (u->at < u->end && *u->at < 0x80) return *u->at++;
    return unpack_long_varint(u);
}

uint64_t unpack_below(struct unpack *u, uint64_t end); /* a varint that is less than `end` */
uint8_t unpack_u8(struct unpack *u);
uint16_t unpack_u16(struct unpack *u);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
kith_slice unpack_bytes(struct unpack *u, size_t len);    /* borrowed */
kith_slice unpack_text(struct unpack *u, size_t len_max); /* as pack_text wrote it; borrowed */

static inline kith_slice unpack_rest(const struct unpack *u)
{
    return slice_of(u->at, unpack_left(u));
}
