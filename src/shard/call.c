/* shard/call.c -- what the REST API asks of a shard. */
#include "shard/call.h"

#include "shard/home.h"
#include "shard/push.h"

bool call_send(struct world *w, unsigned shard, struct mail *m)
{
    if (!m) {
        w->stats.mails_lost++;
        return false;
    }
    m->from = (uint8_t)w->o.id;
    if (shard != w->o.id)
        world_post(w, shard, m);
    else
        call_receive(w, m);
    return true;
}

static struct mail *presence(struct world *w, struct mail *m)
{
    struct buf pieces = {0}, hidden = {0};
    home_listen(w, w->o.id, mail_a(m), &pieces);
    home_look(w, mail_b(m));
    if (m->device) home_list_hidden(w, mail_a(m), &hidden);
    m = pieces.failed || hidden.failed
            ? call_answer_failed(m, KITH_NOMEM)
            : call_answer(m, buf_slice(&pieces), buf_slice(&hidden), (kith_slice){0});
    buf_fini(&pieces);
    buf_fini(&hidden);
    return m;
}

/* What lingers of the user has no socket: it ends here, at its home. The others are the edge's. */
static void disconnect(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    if (world_home(w, mail_a(m)) == w->o.id && home_end_lost(w, mail_a(m)) != KITH_OK)
        call_reply(w, asker, call_answer_failed(m, KITH_NOMEM));
    else
        mail_append(&w->to_edge, m);
}

void call_receive(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    switch ((enum call_kind)m->at) {
    case CALL_PRESENCE: call_reply(w, asker, presence(w, m)); return;
    case CALL_PUSH: push(w, m); return;
    case CALL_DISCONNECT: disconnect(w, m); return;
    case CALL_VISIBILITY:
    case CALL_BAR:
    case CALL_VISIBLE:
    case CALL_AUDIENCE:
    case CALL_VERDICT:
    case CALL_EXPORT: break; /* the store's, never a shard's */
    }
    mail_free(m);
}
