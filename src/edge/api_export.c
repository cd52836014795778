/* edge/api_export.c -- the graph as text, in pieces: the next is asked for when its reader has
 * taken the one before. */
#include "edge/api_state.h"

static void ask_piece(struct edge *e, kith_slice watcher, kith_slice watched)
{
    struct mail *m = api_call(CALL_EXPORT, watcher, watched);
    if (m) m->ndjson = e->exchange->asked.ndjson;
    api_call_store(e, m);
}

/* HTTP/1.0 has no end of an answer but that of the connection: one that breaks off would look
 * whole.
 */
void api_export_get(struct edge *e)
{
    if (!e->exchange->reply.chunked)
        api_problem(e, 505, "http_version",
                    "send HTTP/1.1: before it the end of a graph cannot be told from a break");
    else
        ask_piece(e, (kith_slice){0}, (kith_slice){0});
}

void api_export_got(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    api_stream(e, x->asked.ndjson ? "application/x-ndjson" : "text/plain; charset=utf-8",
               buf_slice(&x->got.c));
    if (e->phase == EDGE_DONE) return;
    buf_clear(&x->got.c);
    if (x->got.a.len == 0)
        api_stream_end(e);
    else
        x->reply.rests = true;
}

void api_export_go_on(struct edge *e)
{
    struct api_exchange *x = e->exchange;
    struct buf watcher = x->got.a, watched = x->got.b;
    x->got.a = x->got.b = (struct buf){0};
    x->reply.rests = false;
    ask_piece(e, buf_slice(&watcher), buf_slice(&watched));
    buf_fini(&watcher);
    buf_fini(&watched);
}
