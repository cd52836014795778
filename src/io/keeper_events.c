/* io/keeper_events.c -- the log of events, in its turn. */
#include "io/keeper_state.h"

kith_err keeper_begin_events(struct keeper *k)
{
    const struct keeper_options *o = &k->o;
    if (!o->events) return KITH_OK;
    struct events_start e = {.options = *o->events,
                             .store = o->store,
                             .run = o->run,
                             .boxes = o->boxes,
                             .shards = o->shards};
    return events_new(&e, &k->events);
}

void keeper_take_event(struct keeper *k, struct mail *m)
{
    if (k->events)
        events_note(k->events, m);
    else
        mail_free(m);
}

/* While the sessions are saved nothing else is written; it is behind that. */
bool keeper_log_events(struct keeper *k)
{
    if (k->saving.begun || !events_due(k->events)) return false;
    seens_commit(&k->seens);
    events_go_on(k->events);
    return true;
}
