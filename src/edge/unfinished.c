/* edge/unfinished.c -- what clients have begun to say and not ended. */
#include "edge/unfinished.h"

#include "edge/longpoll.h"
#include "edge/out.h"

static bool is_socket(const struct edge *e)
{
    return e->phase == EDGE_SOCKET || e->phase == EDGE_ECHO;
}

size_t unfinished_bytes(const struct edge *e)
{
    return ws_in_bytes(&e->ws) + (e->phase == EDGE_POST ? longpoll_bytes(e) : 0);
}

void unfinished_refuse(struct edge *e)
{
    e->ctx->world->stats.unfinished_refused++;
    if (e->phase == EDGE_POST) {
        longpoll_refuse(e);
    } else if (e->phase == EDGE_POLL) {
        longpoll_shutdown(e); /* with the question behind which it stands */
    } else if (is_socket(e)) {
        ws_in_fini(&e->ws);
        edge_close(e, WS_CODE_AGAIN, e->ctx->options->grace_ms);
    } else {
        out_refuse(e, 503, "server busy, try again\n");
    }
}
