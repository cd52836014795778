/* base/siphash.c -- SipHash-c-d after the paper of 2012; 128-bit output after its authors' note. */
#include "base/siphash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, unsigned b) { return (x << b) | (x >> (64 - b)); }

/* In the caller, so that the state stays in registers. */
static inline __attribute__((always_inline)) void rounds(struct state *s, int n)
{
    while (n--) {
        s->v0 += s->v1;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v0 = rotl(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v2 = rotl(s->v2, 32);
    }
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v); /* little endian machines only; meson.build refuses the others */
    return v;
}

/* Fewer than 8 bytes, as the low ones of a number: in two or three pieces that may overlap. */
static uint64_t load_few(const uint8_t *p, size_t len)
{
    if (len >= 4) {
        uint32_t low, high;
        memcpy(&low, p, sizeof low);
        memcpy(&high, p + len - 4, sizeof high);
        return low | (uint64_t)high << (8 * (len - 4));
    }
    if (len == 0) return 0;
    return p[0] | (uint64_t)p[len / 2] << (8 * (len / 2)) | (uint64_t)p[len - 1] << (8 * (len - 1));
}

static inline __attribute__((always_inline)) void absorb(struct state *s, uint64_t m, int c)
{
    s->v3 ^= m;
    rounds(s, c);
    s->v0 ^= m;
}

static inline __attribute__((always_inline)) void message(struct state *s, kith_slice in, int c)
{
    size_t whole = in.len & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8)
        absorb(s, load64(in.ptr + i), c);
    uint64_t last = in.len > whole ? load_few(in.ptr + whole, in.len - whole) : 0;
    absorb(s, last | (uint64_t)in.len << 56, c);
}

static struct state start(const struct siphash_key *k)
{
    return (struct state){k->k0 ^ 0x736f6d6570736575u, k->k1 ^ 0x646f72616e646f6du,
                          k->k0 ^ 0x6c7967656e657261u, k->k1 ^ 0x7465646279746573u};
}

static uint64_t fold(const struct state *s) { return s->v0 ^ s->v1 ^ s->v2 ^ s->v3; }

uint64_t siphash13(const struct siphash_key *key, kith_slice bytes)
{
    struct state s = start(key);
    message(&s, bytes, 1);
    s.v2 ^= 0xff;
    rounds(&s, 3);
    return fold(&s);
}

void siphash24_128(const struct siphash_key *key, kith_slice bytes, uint8_t out[16])
{
    struct state s = start(key);
    s.v1 ^= 0xee;
    message(&s, bytes, 2);
    s.v2 ^= 0xee;
    rounds(&s, 4);
    uint64_t lo = fold(&s);
    s.v1 ^= 0xdd;
    rounds(&s, 4);
    uint64_t hi = fold(&s);
    memcpy(out, &lo, 8);
    memcpy(out + 8, &hi, 8);
}
