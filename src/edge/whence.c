/* edge/whence.c -- from which address a client comes, and how many come from there. */
#include "edge/whence.h"

#include "edge/crowds.h"
#include "edge/out.h"

_Static_assert(HTTP_HEAD_BYTES_MAX < 1 << 15 && CROWD_BITS == 17, "both fit into one word");

static bool enter(struct edge *e, const struct address *from)
{
    const struct edge_options *o = e->ctx->options;
    if (!o->per_address_max || e->ctx->api) return true;
    e->crowd = crowds_enter(o->crowds, from, o->per_address_max) & CROWD_MASK;
    if (!e->crowd) e->ctx->world->stats.connections_crowded++; /* no log has addresses */
    return e->crowd != 0;
}

bool whence_begin(struct edge *e, const struct address *from)
{
    e->proxied = proxies_have(&e->ctx->options->proxies, from);
    return e->proxied || enter(e, from);
}

void whence_end(struct edge *e)
{
    if (e->crowd) crowds_leave(e->ctx->options->crowds, e->crowd);
    e->crowd = 0;
}

/* A proxy may send requests of many clients by one connection: the latest counts. */
bool whence_admit(struct edge *e, const struct http_request *r)
{
    const struct edge_options *o = e->ctx->options;
    struct address from;
    if (!e->proxied || !o->per_address_max || !forwarded_client(&o->proxies, r, &from)) return true;
    whence_end(e);
    if (enter(e, &from)) return true;
    out_refuse(e, 429, "too many connections from one address\n");
    return false;
}
