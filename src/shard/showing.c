/* shard/showing.c -- a session's own presence, as it asks the user's home to show it. */
#include "shard/showing.h"

#include "shard/home.h"

struct mail *showing_mail(const struct world *w, enum mail_type type, uint32_t slot,
                          kith_slice fields)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    struct mail *m = mail_new(type, s->user, fields, (kith_slice){0});
    if (!m) return NULL;
    m->handle = clients_handle(w->clients, slot);
    m->device = s->device;
    return m;
}

void showing_begin(struct world *w, uint32_t slot, bool joins)
{
    struct social *s = clients_at(w->clients, slot)->social;
    uint64_t owner = home_owner(w->o.id, clients_handle(w->clients, slot));
    unsigned home = world_home(w, s->user);
    kith_slice fields = buf_slice(&s->fields);
    if (s->tracked && fields.len == 0) return;
    if (home != w->o.id)
        world_post(w, home, showing_mail(w, joins ? MAIL_TRACK : MAIL_STATUS, slot, fields));
    else if (joins)
        home_track(w, s->user, owner, s->device, fields);
    else
        home_status(w, s->user, owner, s->device, fields);
    s->tracked = true;
    buf_fini(&s->fields);
}

void showing_away(struct world *w, uint32_t slot, uint32_t linger_ms)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (!s || !s->tracked) return;
    showing_end(w, slot, linger_ms);
    s->tracked = false;
    s->away = true;
}

void showing_back(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (!s || !s->away) return;
    s->away = false;
    showing_begin(w, slot, true);
}

void showing_end(struct world *w, uint32_t slot, uint32_t grace_ms)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    uint64_t owner = home_owner(w->o.id, clients_handle(w->clients, slot));
    unsigned home = world_home(w, s->user);
    if (!s->tracked) return;
    if (home == w->o.id) {
        home_lost(w, s->user, owner, s->device, grace_ms);
        return;
    }
    struct mail *m = showing_mail(w, MAIL_LOST, slot, (kith_slice){0});
    if (m) m->at = grace_ms;
    world_post(w, home, m);
}
