/* load/heard.c -- diffs that were read a moment ago. */
#include "load/heard.h"

#include <string.h>

enum { HEAD_BYTES = 4, FROM = 32, WORDS = 5, BYTES_MIN = FROM + 8 * WORDS };

/* Of a whole text of 126 bytes and more in one frame that is not masked (RFC 6455 section 5.2); 0:
 * it is none, or none that is remembered. */
static uint32_t frame_bytes(kith_slice s)
{
    if (s.len < BYTES_MIN || s.ptr[0] != 0x81 || s.ptr[1] != 126) return 0;
    uint32_t bytes = HEAD_BYTES + ((uint32_t)s.ptr[2] << 8 | s.ptr[3]);
    return bytes >= BYTES_MIN && bytes <= HEARD_BYTES_MAX && bytes <= s.len ? bytes : 0;
}

/* Names of users stand somewhere in these bytes, whatever the topic is; two changes of one user
 * have the same place, where the newer one takes that of the older. */
static uint32_t slot_of(const uint8_t *frame)
{
    uint64_t word, mix = 0;
    for (int i = 0; i < WORDS; i++) {
        memcpy(&word, frame + FROM + 8 * i, sizeof word);
        mix = (mix ^ word) * 0x9e3779b97f4a7c15u;
        mix ^= mix >> 32;
    }
    return (uint32_t)(mix % HEARD_SLOTS);
}

const struct heard_diff *heard_find(const struct heard *h, kith_slice bytes)
{
    uint32_t len = frame_bytes(bytes);
    if (len == 0) return NULL;
    const struct heard_diff *d = &h->slots[slot_of(bytes.ptr)];
    return d->whole && d->bytes == len && memcmp(d->frame, bytes.ptr, len) == 0 ? d : NULL;
}

struct heard_diff *heard_take(struct heard *h, kith_slice bytes)
{
    uint32_t len = frame_bytes(bytes);
    if (len == 0) return NULL;
    struct heard_diff *d = &h->slots[slot_of(bytes.ptr)];
    d->whole = false;
    d->topic = HEARD_NOBODY;
    d->people = 0;
    d->bytes = len;
    memcpy(d->frame, bytes.ptr, len);
    return d;
}
