/* edge/out.c -- the way from an edge to its client. */
#include "edge/out.h"

#include "edge/pages.h"

void out_end(struct edge *e)
{
    e->phase = EDGE_DONE;
    e->since_ms = e->ctx->world->now.mono_ms;
    clients_mark_dirty(e->ctx->world->clients, e->slot);
}

void out_frame(struct edge *e, struct frame *f)
{
    if (f) clients_push(e->ctx->world->clients, e->slot, f);
    if (!f) out_end(e);
    frame_unref(f);
}

void out_buf(struct edge *e, struct buf *b)
{
    out_frame(e, b->failed ? NULL : frame_of(buf_slice(b)));
    buf_fini(b);
}

void out_refuse(struct edge *e, int status, const char *text)
{
    struct buf out = {0};
    respond_text(e->ctx, status, false, text, &out);
    out_buf(e, &out);
    out_end(e);
}
