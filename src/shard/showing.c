/* shard/showing.c -- a session's own presence, as it asks the user's home to show it. */
#include "shard/showing.h"

#include "shard/claims.h"
#include "shard/hiding.h"
#include "shard/social_extra.h"

#include <stdlib.h>

struct mail *showing_mail(const struct world *w, enum mail_type type, uint32_t slot,
                          kith_slice fields)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    struct mail *m = mail_new(type, social_user(s), fields, (kith_slice){0});
    if (!m) return NULL;
    m->handle = clients_handle(w->clients, slot);
    m->device = s->device;
    return m;
}

static struct home_session session_of(const struct world *w, uint32_t slot)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    return (struct home_session){.user = social_user(s),
                                 .owner = home_owner(w->o.id, clients_handle(w->clients, slot)),
                                 .device = s->device,
                                 .hiding = s->hiding};
}

static void begin_here(struct world *w, uint32_t slot, bool joins, kith_slice fields)
{
    struct home_session it = session_of(w, slot);
    struct social *s = clients_at(w->clients, slot)->social;
    if (joins)
        claims_track(w, &it, fields);
    else
        claims_status(w, &it, fields);
    if (s->hiding == HIDING_UNSAID && hiding_holds(w, &it)) s->hiding = HIDING_YES;
}

static void begin_there(struct world *w, uint32_t slot, bool joins, kith_slice fields)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    struct mail *m = showing_mail(w, joins ? MAIL_TRACK : MAIL_STATUS, slot, fields);
    if (m) m->said = s->hiding;
    world_post(w, world_home(w, social_user(s)), m);
}

static void begin(struct world *w, uint32_t slot, bool joins, kith_slice fields)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (s->taken || (s->tracked && fields.len == 0)) return;
    s->unsaid = false; /* it is back */
    if (world_home(w, social_user(s)) == w->o.id)
        begin_here(w, slot, joins, fields);
    else
        begin_there(w, slot, joins, fields);
    s->tracked = true;
    if (s->extra) buf_clear(&s->extra->fields);
}

void showing_begin(struct world *w, uint32_t slot, bool joins)
{
    struct social *s = clients_at(w->clients, slot)->social;
    begin(w, slot, joins, s->extra ? buf_slice(&s->extra->fields) : (kith_slice){0});
    social_extra_tidy(s);
}

void showing_status(struct world *w, uint32_t slot, kith_slice fields)
{
    begin(w, slot, false, fields);
    social_extra_tidy(clients_at(w->clients, slot)->social);
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

/* Without memory for it, it lingers for the rest of its grace. */
void showing_end_away(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (!s || !s->away) return;
    s->away = false;
    struct home_session it = session_of(w, slot);
    if (world_home(w, social_user(s)) == w->o.id) {
        home_end_away(w, &it);
        return;
    }
    struct mail *m = showing_mail(w, MAIL_LOST, slot, (kith_slice){0});
    if (m) m->away = true;
    world_post(w, world_home(w, social_user(s)), m);
}

/* One whose join is under way will be shown as it says. That is answered by the home, too: what was
 * told of it before is told by then. */
kith_err showing_hide(struct world *w, uint32_t slot, bool hidden, kith_slice ref, uint32_t channel)
{
    struct social *s = clients_at(w->clients, slot)->social;
    struct mail *m = mail_new(MAIL_HIDE, social_user(s), (kith_slice){0}, ref);
    if (!m) return KITH_NOMEM;
    s->hiding = hidden ? HIDING_YES : HIDING_NO;
    m->handle = clients_handle(w->clients, slot);
    m->serial = channel;
    m->device = s->device;
    m->hiding = s->hiding;
    m->tracked = s->tracked;
    m->from = (uint8_t)w->o.id;
    if (world_home(w, social_user(s)) == w->o.id)
        claims_hide(w, m);
    else
        world_post(w, world_home(w, social_user(s)), m);
    return KITH_OK;
}

void showing_hidden(struct world *w, uint64_t handle)
{
    uint32_t slot;
    if (!clients_find(w->clients, handle, &slot)) return;
    struct social *s = clients_at(w->clients, slot)->social;
    if (s && s->hiding == HIDING_UNSAID) s->hiding = HIDING_YES;
}

void showing_end(struct world *w, uint32_t slot, uint32_t grace_ms)
{
    struct social *s = clients_at(w->clients, slot)->social;
    struct home_session it = session_of(w, slot);
    unsigned home = world_home(w, social_user(s));
    if (!s->tracked) return;
    if (home == w->o.id) {
        claims_lost(w, &it, grace_ms);
        return;
    }
    struct mail *m = showing_mail(w, MAIL_LOST, slot, (kith_slice){0});
    s->unsaid = !m;
    s->unsaid_ms = grace_ms;
    if (!m) return;
    m->linger_ms = grace_ms;
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
    memcpy(user, old.user_bytes, old.user_len);
    *m = (struct mail){.type = MAIL_LOST,
                       .handle = clients_handle(w->clients, slot),
                       .device = old.device,
                       .linger_ms = old.unsaid_ms,
                       .a_len = (uint32_t)old.user_len};
    memcpy(m->bytes, user, old.user_len);
    world_post(w, world_home(w, slice_of(user, old.user_len)), m);
}
