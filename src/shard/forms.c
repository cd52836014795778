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

static struct frame *form_of(struct world *w, struct forms *f, enum phx_vsn vsn, unsigned form)
{
    struct frame **at = &f->frame[vsn == PHX_V2][form];
    if (!*at && f->payload.len) {
        *at = encode(f, vsn, form);
        w->stats.encodings++;
    }
    return *at;
}

static void deliver_live(struct world *w, struct forms *f, uint32_t slot, unsigned form)
{
    struct client *k = clients_at(w->clients, slot);
    struct frame *frame = form_of(w, f, k->vsn, form);
    if (frame) {
        clients_deliver(w->clients, slot, frame);
    } else {
        k->behind = true; /* no memory for the diff: the client gets a state later */
        clients_mark_dirty(w->clients, slot);
    }
}

void forms_deliver(struct world *w, struct forms *f, unsigned home, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = &k->social->channels[form];
        if (c->joined && c->gather)
            gather_hold(c->gather, home, f->anew ? NULL : form_of(w, f, k->vsn, form));
        else if (c->joined)
            deliver_live(w, f, slot, form);
    }
}

void forms_tell(struct world *w, struct forms *f, uint32_t slot)
{
    const struct social *s = clients_at(w->clients, slot)->social;
    for (unsigned form = 0; s && form < SOCIAL_FORMS; form++)
        if (s->channels[form].joined && !s->channels[form].gather) deliver_live(w, f, slot, form);
}
