/* shard/social.c -- a session joins, changes its status, and goes. */
#include "shard/social.h"

#include "shard/gather.h"
#include "shard/resume.h"
#include "shard/sessions.h"
#include "shard/showing.h"
#include "shard/social_end.h"
#include "shard/states.h"

#include <stdlib.h>

/* Asks the store, once; again only if the answer has not come in the time that a join waits: it was
 * lost for want of memory. */
static void want_watched(struct world *w, uint32_t slot)
{
    struct social *s = clients_at(w->clients, slot)->social;
    if (s->want_serial && w->now.mono_ms - s->wanted_ms < w->o.join_wait_ms) return;
    s->wanted_ms = w->now.mono_ms;
    struct mail *m = showing_mail(w, MAIL_WANT_WATCHED, slot, (kith_slice){0});
    s->want_serial = world_serial(w);
    if (m) {
        m->serial = s->want_serial;
        m->until_ms = w->now.mono_ms + w->o.join_wait_ms;
    }
    world_want(w, m);
}

static kith_err enter(struct world *w, uint32_t slot, const struct social_join *j)
{
    struct client *k = clients_at(w->clients, slot);
    if (!k->social) {
        k->social = calloc(1, showing_bytes(j->user));
        if (!k->social) return KITH_NOMEM;
        k->social->user = j->user;
        k->social->device = j->device;
        if (j->hidden) k->social->hiding = HIDING_YES;
        if (sessions_add(w, slot) != KITH_OK) {
            free(k->social);
            k->social = NULL;
            return KITH_NOMEM;
        }
    }
    if (j->fields.len == 0) return KITH_OK;
    buf_clear(&k->social->fields);
    buf_put(&k->social->fields, j->fields);
    return k->social->fields.failed ? KITH_NOMEM : KITH_OK;
}

/* What is on its way to a channel that is joined again is on its way to the new join. */
kith_err social_join(struct world *w, uint32_t slot, const struct social_join *j)
{
    struct client *k = clients_at(w->clients, slot);
    bool fresh = !k->social;
    struct gather *old = fresh ? NULL : k->social->channels[j->form].gather;
    bool untouched = !fresh && !old && k->social->channels[j->form].untouched;
    struct gather *g = old ? old : states_new(w, slot);
    struct buf ref = {0};
    buf_put(&ref, j->ref);
    if (!g || ref.failed || enter(w, slot, j) != KITH_OK) {
        if (g != old) gather_free(g);
        buf_fini(&ref);
        frame_unref(j->after_reply);
        if (fresh && k->social) social_forget(w, slot);
        return KITH_NOMEM;
    }
    if (old && old->after_reply) clients_send(w->clients, slot, old->after_reply);
    buf_fini(&g->ref);
    g->ref = ref;
    g->bare = j->bare;
    g->answers = true;
    g->after_reply = j->after_reply;
    g->resume_serial = 0;
    g->unchanged = false;
    k->social->channels[j->form] = (struct social_channel){.joined = true,
                                                           .number = j->channel,
                                                           .topic = j->topic,
                                                           .join_ref = j->join_ref,
                                                           .gather = g,
                                                           .untouched = untouched};
    resume_begin(w, slot, j->form, j->resume);
    if (!k->social->watched_known)
        want_watched(w, slot);
    else if (!old)
        states_queue(w, slot, j->form);
    return KITH_OK;
}

bool social_alive(const struct world *w, uint32_t slot, enum kith_social_form form)
{
    const struct social_channel *c = social_channel_of(w, slot, form);
    return c && c->joined;
}

bool social_waits(const struct world *w, uint32_t slot, enum kith_social_form form)
{
    const struct social_channel *c = social_channel_of(w, slot, form);
    return c && c->gather && c->gather->answers;
}

bool social_hold(struct world *w, uint32_t slot, enum kith_social_form form, struct mail *news)
{
    if (!social_waits(w, slot, form)) return false;
    mail_append(&social_channel_of(w, slot, form)->gather->news, news);
    return true;
}

void social_part(struct world *w, uint32_t slot, enum kith_social_form form)
{
    struct social_channel *c = social_channel_of(w, slot, form);
    if (!c) return;
    states_cancel(w, slot, c);
    *c = (struct social_channel){0};
    social_end_if_idle(w, slot);
}

void social_lost(struct world *w, uint32_t slot, uint32_t grace_ms)
{
    struct client *k = clients_at(w->clients, slot);
    if (!k->social) return;
    if (grace_ms) resume_note_lost(w, slot);
    social_end(w, slot, grace_ms);
    social_forget(w, slot);
}

kith_err social_hide(struct world *w, uint32_t slot, bool hidden, kith_slice ref, uint32_t channel)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    return s && social_on_any(s) ? showing_hide(w, slot, hidden, ref, channel) : KITH_NONE;
}

kith_err social_status(struct world *w, uint32_t slot, kith_slice fields, struct frame *reply)
{
    struct social *s = clients_at(w->clients, slot)->social;
    kith_err e = KITH_OK;
    if (!s) {
        e = KITH_NONE;
    } else if (!s->tracked || world_home(w, s->user) == w->o.id) {
        /* Still joining: it is what the session will be shown with. */
        buf_clear(&s->fields);
        buf_put(&s->fields, fields);
        if (s->fields.failed) e = KITH_NOMEM;
        if (!e) clients_push(w->clients, slot, reply);
        if (!e && s->tracked) showing_begin(w, slot, false);
    } else {
        struct mail *m = mail_new(MAIL_STATUS, s->user, fields, frame_slice(reply));
        if (m) {
            m->handle = clients_handle(w->clients, slot);
            m->device = s->device;
            m->c_body_at = reply->body_at;
            m->said = s->hiding;
            world_post(w, world_home(w, s->user), m);
            buf_clear(&s->fields); /* what a rejoin under way still carries is older */
        } else {
            e = KITH_NOMEM;
        }
    }
    frame_unref(reply);
    return e;
}
