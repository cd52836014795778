/* base/buf.h -- a growing byte buffer for encoders. A failed growth sticks: write on, ask once. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

struct buf {
    uint8_t *ptr;
    size_t len, cap;
    bool failed; /* out of memory: len stands where it failed, what follows is dropped */
};

void buf_fini(struct buf *b); /* {0} is a valid empty buffer */
static inline void buf_clear(struct buf *b) { b->len = 0, b->failed = false; }
static inline kith_slice buf_slice(const struct buf *b) { return slice_of(b->ptr, b->len); }

/* Room for `n` more bytes at the end, to be written and then counted with buf->len += n.
 * NULL: out of memory. */
uint8_t *buf_reserve(struct buf *b, size_t n);

void buf_put(struct buf *b, kith_slice s);
void buf_putc(struct buf *b, uint8_t c);
void buf_puts(struct buf *b, const char *s);
void buf_put_u64(struct buf *b, uint64_t v); /* decimal */
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *fmt, ...);
