/* shard/push.c -- what back ends say to the sessions here. */
#include "shard/push.h"

#include "shard/call_answer.h"
#include "shard/sessions.h"
#include "shard/social.h"

/* Each session's channel encodes its own, whose topic is its user's: so much is copied in a turn,
 * and lies in outboxes at once, some 2 ms. */
enum { TURN_BYTES = 4 << 20 };

static struct frame *bytes_of(const struct mail *m)
{
    return mail_bytes((kith_slice){0}, mail_b(m), mail_c(m));
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

static void push_to_user(struct world *w, struct mail *m)
{
    unsigned asker = m->from;
    uint64_t sessions = 0;
    struct frame *bytes = bytes_of(m);
    struct map_probe walk = sessions_walk(w, mail_a(m));
    for (uint32_t slot; bytes && sessions_next(w, &walk, mail_a(m), &slot);)
        sessions += push_one(w, slot, m, bytes);
    frame_unref(bytes);
    call_reply(w, asker,
               bytes ? call_answer_number(m, sessions) : call_answer_failed(m, KITH_NOMEM));
}

void push(struct world *w, struct mail *m)
{
    if (m->a_len) {
        push_to_user(w, m);
        return;
    }
    if (!w->pushes.waiting.first) w->pushes.sessions = w->pushes.slot = 0;
    mail_append(&w->pushes.waiting, m);
}

/* The first of those that wait, to some of the sessions. */
static void push_some(struct world *w, struct frame *bytes, uint32_t max)
{
    struct pushes *p = &w->pushes;
    uint32_t end = clients_end(w->clients);
    for (uint32_t told = 0; told < max && p->slot < end; p->slot++) {
        if (!clients_at(w->clients, p->slot)->social) continue;
        p->sessions += push_one(w, p->slot, p->waiting.first, bytes);
        told++;
    }
}

void push_turn(struct world *w)
{
    struct pushes *p = &w->pushes;
    if (!p->waiting.first) return;
    struct frame *bytes = bytes_of(p->waiting.first);
    uint32_t max = bytes ? TURN_BYTES / (bytes->len + 1) : 0;
    if (bytes) push_some(w, bytes, max < w->o.spread_per_turn ? max : w->o.spread_per_turn);
    frame_unref(bytes);
    if (bytes && p->slot < clients_end(w->clients)) return;
    struct mail *m = mail_take(&p->waiting);
    unsigned asker = m->from;
    call_reply(w, asker,
               bytes ? call_answer_number(m, p->sessions) : call_answer_failed(m, KITH_NOMEM));
    p->sessions = p->slot = 0;
}

uint64_t push_next_due(const struct world *w)
{
    return w->pushes.waiting.first ? w->now.mono_ms : UINT64_MAX;
}
