/* shard/call.c -- what the REST API asks of a shard. */
#include "shard/call.h"

#include "shard/figures.h"
#include "shard/home.h"
#include "shard/push.h"
#include "shard/spread.h"

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
    home_listen(w, w->o.id, mail_a(m), SIZE_MAX, &pieces);
    home_look(w, mail_b(m));
    if (m->hidden_too) home_list_hidden(w, mail_a(m), &hidden);
    m = pieces.failed || hidden.failed
            ? call_answer_failed(m, KITH_NOMEM)
            : call_answer(m, buf_slice(&pieces), buf_slice(&hidden), (kith_slice){0});
    buf_fini(&pieces);
    buf_fini(&hidden);
    return m;
}

static struct mail *noted(struct world *w, struct mail *m)
{
    struct buf busiest = {0}, slow = {0}, refused = {0};
    figures_report(w, m->from);
    figures_put_noted(w, &busiest, &slow, &refused);
    bool failed = busiest.failed || slow.failed || refused.failed;
    m = failed ? call_answer_failed(m, KITH_NOMEM)
               : call_answer(m, buf_slice(&busiest), buf_slice(&slow), buf_slice(&refused));
    buf_fini(&busiest);
    buf_fini(&slow);
    buf_fini(&refused);
    return m;
}

/* To a shard that may be this one. */
static void pass_on(struct world *w, unsigned shard, struct mail *m)
{
    if (shard != w->o.id)
        world_post(w, shard, m);
    else
        call_receive(w, m);
}

void call_disconnected(struct world *w, struct mail *m, uint64_t sessions)
{
    m->asker = m->from;
    m->call = CALL_DISCONNECTED;
    m->sessions = sessions;
    m->b_len = 0;
    pass_on(w, world_home(w, mail_a(m)), m);
}

/* What lingers of the user has no socket: it ends here. */
static struct mail *end_lost(struct world *w, struct mail *m)
{
    kith_err e = home_end_lost(w, mail_a(m));
    return e ? call_answer_failed(m, e) : call_answer_number(m, m->sessions);
}

static void fence(struct world *w, struct mail *m)
{
    unsigned shard = (unsigned)m->shard;
    m->asker = m->from;
    m->call = CALL_FENCED;
    pass_on(w, shard, m);
}

static struct mail *fenced(struct world *w, struct mail *m)
{
    spread_finish(w, mail_a(m));
    return call_answer_number(m, 0);
}

/* One shard says so to the store of its node. */
static struct mail *refresh(struct world *w, struct mail *m)
{
    struct buf ids = {0};
    if (w->o.id != 0) return call_answer_number(m, 0);
    ids_put(&ids, mail_a(m));
    struct mail *hint =
        ids.failed ? NULL : mail_new(MAIL_HINT, buf_slice(&ids), (kith_slice){0}, (kith_slice){0});
    buf_fini(&ids);
    if (!hint) return call_answer_failed(m, KITH_NOMEM);
    world_want(w, hint);
    return call_answer_number(m, 0);
}

void call_receive(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    switch ((enum call_kind)m->call) {
    case CALL_PRESENCE: call_reply(w, asker, presence(w, m)); return;
    case CALL_PUSH: push(w, m); return;
    case CALL_DISCONNECT: mail_append(&w->to_edge, m); return;
    case CALL_DISCONNECTED: call_reply(w, (unsigned)m->asker, end_lost(w, m)); return;
    case CALL_REFRESH: call_reply(w, asker, refresh(w, m)); return;
    case CALL_FENCE: fence(w, m); return;
    case CALL_NOTED: call_reply(w, asker, noted(w, m)); return;
    case CALL_FENCED: call_reply(w, (unsigned)m->asker, fenced(w, m)); return;
    case CALL_FIGURES: /* another node's */
    case CALL_VISIBILITY:
    case CALL_BAR:
    case CALL_VISIBLE:
    case CALL_AUDIENCE:
    case CALL_VERDICT:
    case CALL_EVENTS:
    case CALL_EXPORT: break; /* the store's, never a shard's */
    }
    mail_free(m);
}
