/* edge/socket.c -- the way from a channel to its client. */
#include "edge/socket.h"

void session_send(struct session *s, struct frame *f)
{
    clients_push(s->ctx->world->clients, s->slot, f);
    frame_unref(f);
}
