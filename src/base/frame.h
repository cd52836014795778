/* base/frame.h -- finished bytes for the wire, shared by all who receive them.
 * The count is not atomic: a frame lives in one thread. What goes to another thread is copied
 * into the mail that carries it. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

struct frame {
    uint32_t refs;
    uint32_t len;      /* of bytes[] */
    uint32_t body_at;  /* where the message begins behind its transport's header: [body_at, len) */
    uint32_t since_us; /* when what it tells was made: the low bits of a time; 0: nobody measures */
    uint8_t bytes[];
};

struct frame *frame_new(size_t len); /* one reference, the caller's; body_at 0. NULL: no memory */
struct frame *frame_of(kith_slice bytes); /* the same, filled */

static inline struct frame *frame_ref(struct frame *f)
{
    f->refs++;
    return f;
}

void frame_unref(struct frame *f); /* NULL is welcome */

static inline kith_slice frame_slice(const struct frame *f) { return slice_of(f->bytes, f->len); }
static inline kith_slice frame_body(const struct frame *f)
{
    return slice_of(f->bytes + f->body_at, f->len - f->body_at);
}
