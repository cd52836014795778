/* shard/fastlane.c -- one change to all who listen here. */
#include "shard/fastlane.h"

#include "shard/gather.h"
#include "shard/social_state.h"

/* The forms a diff may take: V1 or V2, on the friend's topic or on "friends". Empty until needed.
 */
struct forms {
    struct frame *frame[2][SOCIAL_FORMS];
    kith_slice topic[SOCIAL_FORMS];
    kith_slice payload;
};

static struct frame *form_of(struct world *w, struct forms *f, enum phx_vsn vsn, unsigned form)
{
    struct frame **at = &f->frame[vsn == PHX_V2][form];
    if (!*at && f->payload.len) {
        *at = phx_encode(vsn, &(struct phx_out){.topic = f->topic[form],
                                                .event = KITH_LIT("presence_diff"),
                                                .payload = f->payload});
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

static void deliver(struct world *w, struct forms *f, unsigned home, uint32_t slot)
{
    struct client *k = clients_at(w->clients, slot);
    for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
        struct social_channel *c = &k->social->channels[form];
        if (c->joined && c->gather)
            gather_hold(c->gather, home, form_of(w, f, k->vsn, form));
        else if (c->joined)
            deliver_live(w, f, slot, form);
    }
}

static struct forms forms_of(struct presence_topic *name, kith_slice user, kith_slice payload)
{
    struct forms f = {.payload = payload};
    f.topic[KITH_SOCIAL_USER] = presence_topic(name, user);
    f.topic[KITH_SOCIAL_FRIENDS] = KITH_LIT("friends");
    return f;
}

static void forms_fini(struct forms *f)
{
    for (unsigned v = 0; v < 2; v++)
        for (unsigned form = 0; form < SOCIAL_FORMS; form++)
            frame_unref(f->frame[v][form]);
}

void fastlane_tell(struct world *w, kith_slice user, kith_slice payload, const uint32_t slots[],
                   uint32_t count)
{
    struct presence_topic name;
    struct forms f = forms_of(&name, user, payload);
    for (uint32_t i = 0; i < count; i++)
        for (unsigned form = 0; form < SOCIAL_FORMS; form++) {
            const struct social *s = clients_at(w->clients, slots[i])->social;
            if (s && s->channels[form].joined && !s->channels[form].gather)
                deliver_live(w, &f, slots[i], form);
        }
    forms_fini(&f);
}

void fastlane_publish(struct world *w, unsigned home, topic_id topic, kith_slice user,
                      kith_slice payload)
{
    struct presence_topic name;
    struct forms f = forms_of(&name, user, payload);
    subscriber_id slot;
    for (struct pubsub_walk walk = {0}; pubsub_next(w->people, topic, &walk, &slot);)
        deliver(w, &f, home, slot);
    forms_fini(&f);
}
