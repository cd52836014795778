/* base/frame.c -- finished bytes for the wire, counted by reference. */
#include "base/frame.h"

#include "base/assert.h"

#include <stdlib.h>

struct frame *frame_new(size_t len)
{
    if (len > UINT32_MAX - sizeof(struct frame)) return NULL;
    struct frame *f = malloc(sizeof *f + len);
    if (f) *f = (struct frame){.refs = 1, .len = (uint32_t)len};
    return f;
}

struct frame *frame_of(kith_slice bytes)
{
    struct frame *f = frame_new(bytes.len);
    if (f && bytes.len) memcpy(f->bytes, bytes.ptr, bytes.len);
    return f;
}

void frame_unref(struct frame *f)
{
    if (!f) return;
    KITH_ASSERT(f->refs > 0);
    if (--f->refs == 0) free(f);
}
