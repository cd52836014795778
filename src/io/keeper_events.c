/* io/keeper_events.c -- the log of events and its delivery, in their turn. */
#include "io/keeper_state.h"

#include "io/system.h"

#define TOLD_MS 1000 /* between two tellings of how it is */

kith_err keeper_begin_events(struct keeper *k)
{
    const struct keeper_options *o = &k->o;
    if (!o->events) return KITH_OK;
    struct events_start e = {.options = *o->events,
                             .store = o->store,
                             .run = o->run,
                             .boxes = o->boxes,
                             .shards = o->shards};
    kith_err err = events_new(&e, &k->events);
    return err || !o->hook ? err : delivery_new(o->hook, o->store, o->box, &k->delivery);
}

void keeper_end_events(struct keeper *k)
{
    events_flush(k->events);
    delivery_free(k->delivery);
    k->delivery = NULL;
}

void keeper_take_event(struct keeper *k, struct mail *m)
{
    if ((m->type == MAIL_SESSION || m->type == MAIL_ROLL) && k->events) {
        events_note(k->events, m);
        return;
    }
    if (m->type == MAIL_HOOK && k->delivery) delivery_take(k->delivery, m);
    if (m->type == MAIL_NODE_ENDED && k->events) events_node_ended(k->events, m->inc, m->stay_ms);
    mail_free(m);
}

/* An event says whether anybody might see its user, as it was then; and nothing is to come into the
 * log of a user who is erased. Of others it may wait: a change of an edge is not to cost a second
 * write, and none all that a lost database has left waiting. */
void keeper_log_before(struct keeper *k, const struct rule *r)
{
    bool changes_it = r->kind == RULE_VISIBILITY || r->kind == RULE_ERASE;
    if (!changes_it || !events_await(k->events, r->user)) return;
    keeper_commit(k); /* nothing else is open meanwhile */
    events_flush_user(k->events, r->user);
}

/* How it is, for /metrics */

static uint64_t tell_due(const struct keeper *k)
{
    bool same = memcmp(&k->told.events, events_stats(k->events), sizeof k->told.events) == 0 &&
                (!k->delivery ||
                 memcmp(&k->told.hooks, delivery_stats(k->delivery), sizeof k->told.hooks) == 0);
    return same && k->told.at_ms ? UINT64_MAX : k->told.at_ms + TOLD_MS;
}

static void tell(struct keeper *k, uint64_t now_ms)
{
    k->told.events = *events_stats(k->events);
    if (k->delivery) k->told.hooks = *delivery_stats(k->delivery);
    k->told.at_ms = now_ms;
    struct mail *m = mail_new(MAIL_EVENTS, slice_of(&k->told.events, sizeof k->told.events),
                              slice_of(&k->told.hooks, k->delivery ? sizeof k->told.hooks : 0),
                              (kith_slice){0});
    if (m) keeper_give(k, 0, m);
}

/* Turns */

/* While the sessions are saved nothing else is written; it is behind that. */
bool keeper_log_events(struct keeper *k)
{
    if (!k->events || k->saving.begun) return false;
    uint64_t now_ms = system_now().mono_ms, logged = events_stats(k->events)->logged;
    bool log = events_due(k->events), send = delivery_due(k->delivery);
    if (log || send) seens_commit(&k->seens);
    if (log) events_go_on(k->events);
    if (events_stats(k->events)->logged > logged) delivery_news(k->delivery);
    if (send) delivery_go_on(k->delivery);
    if (now_ms >= tell_due(k)) tell(k, now_ms);
    return log || send;
}

/* One, of some ms: who reads it on many connections has joins wait for one of them at most. */
bool keeper_tell_events(struct keeper *k)
{
    struct mail *m = mail_take(&k->pages);
    if (!m) return false;
    unsigned asker = m->from;
    keeper_give(k, asker, events_answer(k->events, k->o.store, m));
    return true;
}

int keeper_events_due_ms(const struct keeper *k)
{
    if (!k->events || k->saving.begun) return -1;
    uint64_t now_ms = system_now().mono_ms, told = tell_due(k);
    int ms = events_due_ms(k->events), telling = told <= now_ms ? 0 : (int)(told - now_ms);
    if (told != UINT64_MAX && telling < ms) ms = telling;
    if (k->delivery && delivery_due_ms(k->delivery) < ms) ms = delivery_due_ms(k->delivery);
    return ms;
}
