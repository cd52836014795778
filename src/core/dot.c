/* core/dot.c -- the text of a dot. */
#include "core/dot.h"

enum { REF_RAW = REF_BYTES / 4 * 3 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void dot_ref(const struct siphash_key *key, uint16_t partition, struct dot d, char out[REF_BYTES])
{
    uint8_t message[8 + 2 + 8], raw[16];
    memcpy(message, &d.inc, 8); /* little endian machines only, as meson.build says */
    memcpy(message + 8, &partition, 2);
    memcpy(message + 10, &d.seq, 8);
    siphash24_128(key, slice_of(message, sizeof message), raw);
    for (unsigned i = 0; i < REF_RAW; i += 3) {
        unsigned v = (unsigned)raw[i] << 16 | (unsigned)raw[i + 1] << 8 | raw[i + 2];
        for (unsigned k = 0; k < 4; k++)
            *out++ = alphabet[v >> (18 - 6 * k) & 63];
    }
}
