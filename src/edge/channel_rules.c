/* edge/channel_rules.c -- what a client says about who may see its user. */
#include "edge/channel_api.h"

#include "edge/visibility.h"

/* Answered once it holds everywhere. */
static kith_err ask(struct kith_channel *c, const struct rule *r)
{
    struct world *w = session_world(c->session);
    struct mail *m = rule_mail(r, c->call->in->ref);
    if (!m) return KITH_NOMEM;
    m->handle = clients_handle(w->clients, c->session->slot);
    m->serial = c->number;
    world_want(w, m);
    c->call->answered = true;
    return KITH_OK;
}

kith_err channel_visibility(struct kith_channel *c, kith_payload payload)
{
    struct rule r = {.kind = RULE_VISIBILITY, .user = socket_user(&c->session->socket)};
    struct buf ids = {0};
    if (!c->call || c->call->join || c->call->answered) return KITH_NONE;
    if (r.user.len == 0) return channel_refuse(c, "unauthorized");
    if (!session_may_ask(c->session, payload.bytes.len))
        return channel_refuse(c, "too many changes, try again");
    const char *why = "server busy, try again";
    kith_err e = visibility_read(payload.binary ? (kith_slice){0} : payload.bytes, &r, &ids, &why);
    if (!e) e = ask(c, &r);
    buf_fini(&ids);
    return e ? channel_refuse(c, why) : KITH_OK;
}
