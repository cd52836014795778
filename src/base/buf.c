/* base/buf.c -- a growing byte buffer for encoders. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_fini(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){0};
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
    if (b->failed) return NULL;
    if (b->cap - b->len >= n && b->ptr) return b->ptr + b->len;
    size_t want = b->cap ? b->cap : 64;
    while (want - b->len < n) {
        if (want > SIZE_MAX / 2) {
            b->failed = true;
            return NULL;
        }
        want *= 2;
    }
    uint8_t *p = realloc(b->ptr, want);
    if (!p) {
        b->failed = true;
        return NULL;
    }
    b->ptr = p;
    b->cap = want;
    return p + b->len;
}

void buf_put(struct buf *b, kith_slice s)
{
    uint8_t *at = s.len ? buf_reserve(b, s.len) : NULL;
    if (!at) return;
    memcpy(at, s.ptr, s.len);
    b->len += s.len;
}

void buf_putc(struct buf *b, uint8_t c) { buf_put(b, slice_of(&c, 1)); }

void buf_puts(struct buf *b, const char *s) { buf_put(b, slice_str(s)); }

void buf_put_u64(struct buf *b, uint64_t v)
{
    uint8_t d[20];
    size_t n = sizeof d;
    do {
        d[--n] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v);
    buf_put(b, slice_of(d + n, sizeof d - n));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    uint8_t *at = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
    if (!at) {
        b->failed = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}
