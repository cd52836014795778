/* shard/resume.c -- a client that comes back takes over the presence that it had. */
#include "shard/resume.h"

#include "shard/claims.h"
#include "shard/gather.h"
#include "shard/resume_token.h"
#include "shard/states.h"

static bool untouched(const struct social_channel *c)
{
    return c->joined && c->untouched && !c->gather;
}

/* Sessions that were lost */

void resume_note_lost(struct world *w, uint32_t slot)
{
    struct lost_view view = {.handle = clients_handle(w->clients, slot)};
    for (unsigned form = 0; form < SOCIAL_FORMS; form++)
        if (untouched(social_channel_of(w, slot, form))) view.forms |= 1u << form;
    if (view.forms) w->lost_views[w->lost_count++ % LOST_VIEWS_MAX] = view;
}

static bool lost_untouched(const struct world *w, uint64_t handle, unsigned form)
{
    uint32_t count = w->lost_count < LOST_VIEWS_MAX ? w->lost_count : LOST_VIEWS_MAX;
    for (uint32_t i = 1; i <= count; i++) {
        const struct lost_view *v = &w->lost_views[(w->lost_count - i) % LOST_VIEWS_MAX];
        if (v->handle == handle) return v->forms >> form & 1;
    }
    return false;
}

/* The way of the mail */

static void pass(struct world *w, unsigned shard, struct mail *m,
                 void (*receive)(struct world *w, struct mail *m))
{
    if (shard != w->o.id) {
        world_post(w, shard, m);
        return;
    }
    m->from = (uint8_t)w->o.id;
    receive(w, m);
}

static void answer(struct world *w, struct mail *m)
{
    m->type = MAIL_RESUMED;
    m->handle = home_owner_handle(m->sender);
    pass(w, home_owner_shard(m->sender), m, resume_taken);
}

static void close_socket(struct world *w, uint32_t slot)
{
    struct mail *m = mail_new(MAIL_CLOSE, (kith_slice){0}, (kith_slice){0}, (kith_slice){0});
    if (!m) {
        clients_push(w->clients, slot, NULL);
        return;
    }
    m->handle = clients_handle(w->clients, slot);
    m->why = CLOSE_TAKEN_OVER;
    world_tell(w, m);
}

/* As long as a join may take, and then it is gone. */
static void take_from(struct world *w, uint32_t slot, struct mail *m)
{
    struct social *s = clients_at(w->clients, slot)->social;
    m->type = MAIL_TAKE;
    m->unchanged = untouched(&s->channels[m->form]);
    m->linger_ms = w->o.join_wait_ms;
    s->taken = true;
    s->tracked = s->away = false;
    close_socket(w, slot);
    pass(w, world_home(w, social_user(s)), m, resume_take);
}

void resume_receive(struct world *w, struct mail *m)
{
    uint32_t slot;
    bool open = clients_find(w->clients, m->handle, &slot);
    const struct social *s = open ? clients_at(w->clients, slot)->social : NULL;
    if (s && !s->taken && slice_eq(social_user(s), mail_a(m))) {
        take_from(w, slot, m);
        return;
    }
    m->unchanged = !open && lost_untouched(w, m->handle, (unsigned)m->form);
    answer(w, m);
}

void resume_take(struct world *w, struct mail *m)
{
    struct home_session old = {
        .user = mail_a(m), .owner = home_owner(m->from, m->handle), .device = m->device};
    claims_lost(w, &old, m->linger_ms);
    answer(w, m);
}

void resume_taken(struct world *w, struct mail *m)
{
    uint32_t slot;
    bool open = clients_find(w->clients, m->handle, &slot);
    for (unsigned form = 0; open && form < SOCIAL_FORMS; form++) {
        struct social_channel *c = social_channel_of(w, slot, form);
        if (!c || !c->gather || c->gather->resume_serial != m->serial) continue;
        c->gather->resume_serial = 0;
        c->gather->unchanged = m->unchanged;
        states_go_on(w, slot, form);
    }
    mail_free(m);
}

/* The new session */

static void ask(struct world *w, uint32_t slot, unsigned form, uint64_t owner)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    struct mail *m = mail_new(MAIL_RESUME, social_user(s), (kith_slice){0}, (kith_slice){0});
    if (!m) return; /* it is a join like any */
    m->handle = home_owner_handle(owner);
    m->device = s->device;
    m->form = form;
    m->sender = home_owner(w->o.id, clients_handle(w->clients, slot));
    m->serial = s->channels[form].gather->resume_serial = world_serial(w);
    pass(w, home_owner_shard(owner), m, resume_receive);
}

/* One's own session is a second join on the same socket. */
void resume_begin(struct world *w, uint32_t slot, unsigned form, kith_slice token)
{
    struct social_channel *c = social_channel_of(w, slot, form);
    kith_slice user = social_user(clients_at(w->clients, slot)->social);
    struct resume_name name;
    if (!resume_token_read(w, user, form, token, &name)) return;
    if (home_owner_shard(name.owner) >= w->o.count) return;
    c->gather->resumed_digest = name.digest;
    if (name.owner == home_owner(w->o.id, clients_handle(w->clients, slot)))
        c->gather->unchanged = c->untouched;
    else
        ask(w, slot, form, name.owner);
}
