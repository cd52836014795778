/* shard/api.c -- what the REST API asks of a shard. */
#include "shard/api.h"

#include "shard/home.h"
#include "shard/sessions.h"
#include "shard/social.h"

struct mail *api_answer_failed(struct mail *question, kith_err e)
{
    question->type = MAIL_API_ANSWER;
    question->failed = true;
    question->at = e;
    question->a_len = question->b_len = question->c_len = 0;
    return question;
}

struct mail *api_answer_number(struct mail *question, uint64_t at)
{
    struct mail *m = api_answer_failed(question, KITH_OK);
    m->failed = false;
    m->at = at;
    return m;
}

struct mail *api_answer(struct mail *question, kith_slice a, kith_slice b, kith_slice c)
{
    struct mail *m = mail_new(MAIL_API_ANSWER, a, b, c);
    if (!m) return api_answer_failed(question, KITH_NOMEM);
    m->handle = question->handle;
    m->serial = question->serial;
    mail_free(question);
    return m;
}

void api_reply(struct world *w, unsigned shard, struct mail *answer)
{
    if (shard != w->o.id)
        world_post(w, shard, answer);
    else
        mail_append(&w->polls, answer);
}

bool api_ask(struct world *w, unsigned shard, struct mail *m)
{
    if (!m) {
        w->stats.mails_lost++;
        return false;
    }
    m->from = (uint8_t)w->o.id;
    if (shard != w->o.id)
        world_post(w, shard, m);
    else
        api_receive(w, m);
    return true;
}

static struct mail *presence(struct world *w, struct mail *m)
{
    struct buf pieces = {0}, hidden = {0};
    home_watch(w, w->o.id, mail_a(m), &pieces);
    home_look(w, mail_b(m));
    if (m->device) home_list_hidden(w, mail_a(m), &hidden);
    m = pieces.failed || hidden.failed
            ? api_answer_failed(m, KITH_NOMEM)
            : api_answer(m, buf_slice(&pieces), buf_slice(&hidden), (kith_slice){0});
    buf_fini(&pieces);
    buf_fini(&hidden);
    return m;
}

/* A push comes to the session's channel as news, by which its code hears of it. On the channel of
 * its user, or on that of friends if it has no other. */
static bool push_one(struct world *w, uint32_t slot, const struct mail *m, struct frame *bytes)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    const struct social_channel *c = &s->channels[KITH_SOCIAL_USER];
    if (!c->joined) c = &s->channels[KITH_SOCIAL_FRIENDS];
    struct mail *news = c->joined ? mail_sharing(MAIL_INFO, bytes, 0, m->b_len) : NULL;
    if (!news) return false;
    news->handle = clients_handle(w->clients, slot);
    news->serial = c->number;
    world_tell(w, news);
    return true;
}

static struct mail *push(struct world *w, struct mail *m)
{
    uint64_t sessions = 0;
    struct frame *bytes = mail_bytes((kith_slice){0}, mail_b(m), mail_c(m));
    struct map_probe walk = sessions_walk(w, mail_a(m));
    for (uint32_t slot; m->a_len && sessions_next(w, &walk, mail_a(m), &slot);)
        sessions += push_one(w, slot, m, bytes);
    for (uint32_t slot = 0; !m->a_len && slot < clients_end(w->clients); slot++)
        if (clients_at(w->clients, slot)->social) sessions += push_one(w, slot, m, bytes);
    frame_unref(bytes);
    return bytes ? api_answer_number(m, sessions) : api_answer_failed(m, KITH_NOMEM);
}

/* What lingers of the user has no socket: it ends here, at its home. The others are the edge's. */
static void disconnect(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    if (world_home(w, mail_a(m)) == w->o.id && home_end_lost(w, mail_a(m)) != KITH_OK)
        api_reply(w, asker, api_answer_failed(m, KITH_NOMEM));
    else
        mail_append(&w->polls, m);
}

void api_receive(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    switch ((enum api_question)m->at) {
    case API_PRESENCE: api_reply(w, asker, presence(w, m)); return;
    case API_PUSH: api_reply(w, asker, push(w, m)); return;
    case API_DISCONNECT: disconnect(w, m); return;
    case API_VISIBILITY:
    case API_BAR:
    case API_VISIBLE:
    case API_AUDIENCE:
    case API_VERDICT:
    case API_EXPORT: break; /* the store's, never a shard's */
    }
    mail_free(m);
}
