/* shard/showing.c -- a session's own presence, as it asks the user's home to show it. */
#include "shard/showing.h"

#include "shard/home.h"

#include <stdlib.h>

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
    s->unsaid = false; /* it is back */
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
    struct social *s = clients_at(w->clients, slot)->social;
    uint64_t owner = home_owner(w->o.id, clients_handle(w->clients, slot));
    unsigned home = world_home(w, s->user);
    if (!s->tracked) return;
    if (home == w->o.id) {
        home_lost(w, s->user, owner, s->device, grace_ms);
        return;
    }
    struct mail *m = showing_mail(w, MAIL_LOST, slot, (kith_slice){0});
    s->unsaid = !m;
    s->unsaid_ms = grace_ms;
    if (!m) return;
    m->at = grace_ms;
    world_post(w, home, m);
}

size_t showing_bytes(kith_slice user)
{
    size_t mail = sizeof(struct mail) + user.len;
    return mail > sizeof(struct social) ? mail : sizeof(struct social);
}

void showing_forget(struct world *w, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    struct social old = *k->social;
    uint8_t user[USER_ID_BYTES_MAX];
    struct mail *m = (void *)k->social;
    k->social = NULL;
    if (!old.unsaid) {
        free(m);
        return;
    }
    memcpy(user, old.user.ptr, old.user.len);
    *m = (struct mail){.type = MAIL_LOST,
                       .handle = clients_handle(w->clients, slot),
                       .device = old.device,
                       .at = old.unsaid_ms,
                       .a_len = (uint32_t)old.user.len};
    memcpy(m->bytes, user, old.user.len);
    world_post(w, world_home(w, slice_of(user, old.user.len)), m);
}
