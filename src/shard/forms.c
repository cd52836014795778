/* shard/forms.c -- a diff in the forms that clients take it in. */
#include "shard/forms.h"

#include "shard/gather.h"

void forms_init(struct forms *f, kith_slice user, kith_slice payload)
{
    *f = (struct forms){.payload = payload};
    (void)presence_topic(&f->topic, user);
}

void forms_fini(struct forms *f)
{
    for (unsigned v = 0; v < 2; v++)
        for (unsigned form = 0; form < SOCIAL_FORMS; form++)
            frame_unref(f->frame[v][form]);
}

static struct frame *encode(const struct forms *f, enum phx_vsn vsn, unsigned form)
{
    bool own = form == KITH_SOCIAL_USER;
    return phx_encode(vsn, &(struct phx_out){.topic = own ? slice_of(f->topic.bytes, f->topic.len)
                                                          : KITH_LIT("friends"),
                                             .event = KITH_LIT("presence_diff"),
                                             .payload = f->payload});
}

static void make(struct world *w, struct forms *f, enum phx_vsn vsn, unsigned form)
{
    if (f->payload.len == 0) return;
    struct frame *made = f->frame[vsn == PHX_V2][form] = encode(f, vsn, form);
    if (made) made->since_us = f->since_us;
    w->stats.encodings++;
}

/* NULL: there is no memory for it. */
static inline struct frame *form_of(struct world *w, struct forms *f, enum phx_vsn vsn,
                                    unsigned form)
{
    struct frame **at = &f->frame[vsn == PHX_V2][form];
    if (!*at) make(w, f, vsn, form);
    return *at;
}

static inline void deliver_live(struct world *w, uint32_t slot, struct social_channel *c,
                                struct frame *frame)
{
    c->untouched = false;
    if (frame)
        clients_deliver(w->clients, slot, frame);
    else
        clients_fall_behind(w->clients, slot);
}

void forms_deliver(struct world *w, struct forms *f, unsigned home, uint32_t slot)
{
    const struct client *k = clients_at(w->clients, slot);
    if (!k->social) return; /* it has ended, see ended.h */
    struct social_channel *c = k->social->channels;
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        if (!c[form].joined) continue;
        if (!c[form].gather)
            deliver_live(w, slot, &c[form], form_of(w, f, k->vsn, form));
        else
            gather_hold(c[form].gather, home, f->anew ? NULL : form_of(w, f, k->vsn, form));
    }
}

static void fetch_channels(const struct social *s)
{
    for (unsigned form = 0; s && form < SOCIAL_FORMS; form++)
        __builtin_prefetch(&s->channels[form], 1);
}

void forms_deliver_all(struct world *w, struct forms *f, unsigned home, const uint32_t slots[],
                       uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        __builtin_prefetch(clients_at(w->clients, slots[i]), 1);
    for (uint32_t i = 0; i < n; i++)
        fetch_channels(clients_at(w->clients, slots[i])->social);
    for (uint32_t i = 0; i < n; i++)
        forms_deliver(w, f, home, slots[i]);
}

void forms_tell(struct world *w, struct forms *f, uint32_t slot)
{
    const struct client *k = clients_at(w->clients, slot);
    struct social *s = k->social;
    for (unsigned form = 0; s && form < SOCIAL_FORMS; form++)
        if (s->channels[form].joined && !s->channels[form].gather)
            deliver_live(w, slot, &s->channels[form], form_of(w, f, k->vsn, form));
}
