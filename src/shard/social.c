/* shard/social.c -- a session joins, changes its status, and goes. */
#include "shard/social.h"

#include "shard/ended.h"
#include "shard/gather.h"
#include "shard/resume.h"
#include "shard/sessions.h"
#include "shard/showing.h"
#include "shard/social_end.h"
#include "shard/social_extra.h"
#include "shard/states.h"

#include <stdlib.h>

/* Asks the store, once; again only if the answer has not come in the time that a join waits: it was
 * lost for want of memory. */
static void want_watched(struct world *w, uint32_t slot)
{
    struct social_extra *x = clients_at(w->clients, slot)->social->extra;
    if (x->want_serial && w->now.mono_ms - x->wanted_ms < w->o.join_wait_ms) return;
    x->wanted_ms = w->now.mono_ms;
    struct mail *m = showing_mail(w, MAIL_WANT_WATCHED, slot, (kith_slice){0});
    x->want_serial = world_serial(w);
    if (m) {
        m->serial = x->want_serial;
        m->until_ms = w->now.mono_ms + w->o.join_wait_ms;
    }
    world_want(w, m);
}

static kith_err begin(struct world *w, uint32_t slot, const struct social_join *j)
{
    struct client *k = clients_at(w->clients, slot);
    struct social *s = calloc(1, showing_bytes(j->user));
    if (!s) return KITH_NOMEM;
    s->user_bytes = j->user.ptr;
    s->user_len = (uint8_t)j->user.len;
    s->device = j->device;
    if (j->hidden) s->hiding = HIDING_YES;
    k->social = s;
    if (sessions_add(w, slot) == KITH_OK) return KITH_OK;
    k->social = NULL;
    free(s);
    return KITH_NOMEM;
}

/* What it is to be shown with. */
static kith_err note_fields(struct social *s, kith_slice fields)
{
    struct social_extra *x = social_extra(s);
    if (!x) return KITH_NOMEM;
    buf_clear(&x->fields);
    buf_put(&x->fields, fields);
    return x->fields.failed ? KITH_NOMEM : KITH_OK;
}

static kith_err enter(struct world *w, uint32_t slot, const struct social_join *j)
{
    const struct client *k = clients_at(w->clients, slot);
    kith_err e = k->social ? KITH_OK : begin(w, slot, j);
    if (!e && j->fields.len) e = note_fields(k->social, j->fields);
    return e || social_extra(k->social) ? e : KITH_NOMEM;
}

/* What is on its way to a channel that is joined again is on its way to the new join. */
kith_err social_join(struct world *w, uint32_t slot, const struct social_join *j)
{
    struct client *k = clients_at(w->clients, slot);
    if (!ended_settle(w, slot)) {
        frame_unref(j->after_reply);
        return KITH_FULL;
    }
    bool fresh = !k->social;
    struct gather *old = fresh ? NULL : k->social->channels[j->form].gather;
    bool untouched = !fresh && !old && k->social->channels[j->form].untouched;
    uint32_t join_ref_len = (uint32_t)j->name.len - j->topic_len;
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
                                                           .name = j->name.ptr,
                                                           .topic_len = j->topic_len,
                                                           .join_ref_len = join_ref_len,
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

void social_send_away(struct world *w, uint32_t slot)
{
    if (!clients_at(w->clients, slot)->social) return;
    social_end(w, slot, 0);
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
    } else if (!s->tracked) {
        /* Still joining: it is what the session will be shown with. */
        e = note_fields(s, fields);
        if (!e) clients_push(w->clients, slot, reply);
    } else if (world_home(w, social_user(s)) == w->o.id) {
        clients_push(w->clients, slot, reply);
        showing_status(w, slot, fields);
    } else {
        struct mail *m = mail_new(MAIL_STATUS, social_user(s), fields, frame_slice(reply));
        if (m) {
            m->handle = clients_handle(w->clients, slot);
            m->device = s->device;
            m->c_body_at = reply->body_at;
            m->said = s->hiding;
            world_post(w, world_home(w, social_user(s)), m);
            /* What a rejoin under way still carries is older. */
            if (s->extra) buf_clear(&s->extra->fields);
        } else {
            e = KITH_NOMEM;
        }
    }
    frame_unref(reply);
    return e;
}
